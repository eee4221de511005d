"""Partitions that are held, by what holds them."""

from collections.abc import Iterator

from kintsugi.contracts.drift import SchemaDrift, VolumeDrift
from kintsugi.errors import DriftError
from kintsugi.platform import Platform
from kintsugi.records import Partition
from kintsugi.sources.registry import source_names

_HEALABLE = (SchemaDrift.__name__, VolumeDrift.__name__)
"""Error classes, as an ingest writes them into its partition's record, that have a detector and a playbook."""


def held_by(platform: Platform, kind: type[DriftError]) -> list[Partition]:
    """Return the partitions that are held by this kind of drift, by id.

    Only of sources that the platform can open by itself, as in `kintsugi.healing.gap`.
    """
    held = [each for each in _held(platform) if each.error_class == kind.__name__]
    sources = source_names(platform.settings) if held else ()
    return [each for each in held if each.source in sources]


def held_otherwise(platform: Platform) -> list[Partition]:
    """Return the partitions that are held and that no playbook is for, by id."""
    held = list(_held(platform))
    sources = source_names(platform.settings) if held else ()
    return [each for each in held if each.error_class not in _HEALABLE or each.source not in sources]


def _held(platform: Platform) -> Iterator[Partition]:
    return platform.records.scan(Partition, {"state": "held"})
