"""What a person may decide about a pattern: retire it, roll it back with all its descendants, restore it."""

from collections.abc import Callable
from typing import Literal, get_args

import structlog

from autorefine import lineage
from autorefine.report import Decision
from autorefine.repository import PatternRepository, VersionConflict
from kintsugi.errors import AGAIN, ConflictError, TerminalError
from kintsugi.expertise.rehearsed import RehearsedPatterns
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.platform import Platform

Verb = Literal["retire", "rollback", "restore"]
VERBS: tuple[Verb, ...] = get_args(Verb)

_DOES: dict[Verb, Callable[..., list[Decision]]] = {
    "retire": lineage.retire,
    "rollback": lineage.roll_back,
    "restore": lineage.restore,
}


def rehearse(platform: Platform, verb: Verb, pattern: str) -> list[Decision]:
    """Return what a decision would change, and change nothing.

    Raises:
        TerminalError: there is no such pattern.
    """
    return _decide(RehearsedPatterns(StoredPatterns(platform.records)), platform, verb, pattern, "rehearsal", "nobody")


def decide(platform: Platform, verb: Verb, pattern: str, *, reason: str, by: str) -> list[Decision]:
    """Decide about a pattern, and return what changed; the same decision twice changes nothing more.

    The truth is changed, not the index: publishing the patterns afterwards takes documents out, or brings them back.

    Args:
        platform: where the patterns are.
        verb: what to do.
        pattern: its id.
        reason: why, in words; it stands in the audit.
        by: who decided.

    Raises:
        TerminalError: there is no such pattern, or no reason was given.
        ConflictError: the loop is at work on the same patterns.
    """
    if not reason.strip():
        raise TerminalError(
            f"pattern {pattern}: nothing was changed", expected="a reason", next_step="say why; it stands in the audit"
        )
    made = _decide(StoredPatterns(platform.records), platform, verb, pattern, " ".join(reason.split()), by)
    structlog.get_logger().info("pattern_decided", pattern=pattern, verb=verb, by=by, changed=len(made))
    return made


def _decide(
    repository: PatternRepository, platform: Platform, verb: Verb, pattern: str, reason: str, by: str
) -> list[Decision]:
    try:
        return _DOES[verb](repository, pattern, reason=reason, by=by, now=platform.records.now())
    except KeyError as error:
        raise TerminalError(
            f"pattern {pattern}: not known", got=str(error), next_step="take an id from `kintsugi patterns list`"
        ) from error
    except VersionConflict as error:
        raise ConflictError(f"pattern {pattern}: refine is at work", got=str(error), next_step=AGAIN) from error


def as_verb(word: str) -> Verb | None:
    """Return the verb that a word is; ``None`` when it is none."""
    return next((verb for verb in VERBS if verb == word), None)
