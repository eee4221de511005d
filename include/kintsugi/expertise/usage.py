"""Patterns that were cited in an answer count as retrieved."""

from collections.abc import Iterable

import structlog

from autorefine.repository import VersionConflict
from autorefine.usage import record_usage
from kintsugi import __version__
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.source import pattern_of
from kintsugi.platform import Platform

ASKED = f"ask@{__version__}"
"""The agent version that answers of the platform are counted for. It never reports uses: people act on its answers."""


def record_retrieved(platform: Platform, external_ids: Iterable[str]) -> int:
    """Count one retrieval for each pattern whose document (of source ``expertise``) an answer cites.

    Each pattern counts once an answer; documents of unknown patterns are passed over. A count that loses against other
    writers too often is given up and logged: an answer never fails for being counted. Returns how many were counted.
    """
    patterns = StoredPatterns(platform.records)
    counted = 0
    for pattern in sorted({pattern_of(each) for each in external_ids}):
        try:
            counted += record_usage(patterns, ASKED, [pattern])
        except VersionConflict as error:
            structlog.get_logger().warning("retrieval_not_counted", pattern=pattern, error=str(error))
    return counted
