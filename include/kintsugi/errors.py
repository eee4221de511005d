"""The error tree: the class of an error is the repair decision.

Adapters translate what their engine raises into one of these, once, at their edge. A message names the thing, what was
expected, what came, and the next step; `KintsugiError` keeps those four apart so that every surface can show them.
"""

AGAIN = "run it again (a task of Airflow does so by itself)"
"""The next step after what passes by itself, for a person at a command line and for one who reads a task's log."""


class KintsugiError(Exception):
    """Base of everything the platform raises on purpose.

    Args:
        what: the thing and what happened to it, e.g. ``"source airflow: GET /api/v2/dagRuns answered 503"``.
        expected: what should have been there.
        got: what came instead.
        next_step: what a person does now.
    """

    def __init__(self, what: str, *, expected: str = "", got: str = "", next_step: str = "") -> None:
        super().__init__(what, expected, got, next_step)
        self.what = what
        self.expected = expected
        self.got = got
        self.next_step = next_step

    def __str__(self) -> str:
        parts = [self.what]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.got:
            parts.append(f"got {self.got}")
        if self.next_step:
            parts.append(f"next: {self.next_step}")
        return "; ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.expected, self.got, self.next_step, self.__dict__.copy()))


class TransientError(KintsugiError):
    """Passes by itself: retry with backoff, no sooner than ``retry_after`` seconds where that is known."""

    retry_after: float | None = None

    def after(self, seconds: float | None) -> "TransientError":
        """Return self with the wait that the other side asked for, in seconds."""
        self.retry_after = seconds
        return self


class SourceUnavailable(TransientError):
    """A source refuses or answers 5xx. The partition becomes a gap that healing backfills once the source is back."""


class StoreUnavailable(TransientError):
    """A store or index can't be reached, or is locked for longer than its time-out."""


class ConflictError(TransientError):
    """A compare-and-set lost against another writer: read again, decide again."""


class TerminalError(KintsugiError):
    """Doesn't pass by itself: never retry; a person or a playbook has to change something first."""


class ConfigurationError(TerminalError):
    """A setting is unknown, missing or wrong."""


class DataError(KintsugiError):
    """One item is bad: quarantine that item, go on with the rest.

    Attributes:
        check: the name of the check that refused the item; kept in the quarantine record.
    """

    check: str = "readable"

    def named(self, check: str) -> "DataError":
        """Return self with the name of the check that refused the item."""
        self.check = check
        return self


class DriftError(KintsugiError):
    """The data or the model changed its shape: hold the partition, open an incident."""


class FingerprintMismatch(DriftError):
    """Vectors of another embedding than the generation's: the write or the query is refused."""


class SafetyError(KintsugiError):
    """Going on could do harm: stop, escalate to a person."""


class StaleEpochError(SafetyError):
    """A writer whose lease has passed to somebody else tried to write."""


def _rebuild(
    kind: type[KintsugiError], what: str, expected: str, got: str, next_step: str, state: dict[str, object]
) -> KintsugiError:
    error = kind(what, expected=expected, got=got, next_step=next_step)
    error.__dict__.update(state)
    return error
