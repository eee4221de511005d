"""What a pattern said, and on what it rested, at each decision about it."""

from collections import deque

from autorefine.audit import AuditEntry
from autorefine.repository import PatternRepository

MOST_REVISIONS = 20


def revisions(repository: PatternRepository, pattern: str, newest: int = MOST_REVISIONS) -> list[AuditEntry]:
    """Return what the pattern was after the newest decisions that changed its state or its words, oldest first.

    Each entry has ``now``, ``said`` and ``n``, and in ``numbers`` the support (``support_followed`` …) and the effect
    with its interval. Of decisions that left state and words as they were, the first stands for all. Empty when nothing
    was decided about such a pattern.
    """
    kept: deque[AuditEntry] = deque(maxlen=newest)
    before: AuditEntry | None = None
    for entry in repository.history(pattern):
        if before is None or (entry.now, entry.said) != (before.now, before.said):
            kept.append(entry)
        before = entry
    return list(kept)
