"""The language model that proposes patterns, if one is set; what it answered, and what that cost, is kept."""

from typing import TYPE_CHECKING, Any

import structlog

from autorefine.extract.asking import ModelUsage
from kintsugi.errors import AGAIN, ConflictError
from kintsugi.platform import Platform
from kintsugi.records import LoopState

if TYPE_CHECKING:
    from autorefine.extract.model import ModelProposer

MODEL = "refine/model"
"""Id of the record that holds the newest answers, and how often the model was asked today."""

MOST_ANSWERS = 16
"""Only a pass that was killed asks the same again, and it begins again with the batch at which it was killed."""

_DAY = 86_400.0
_TRIES = 8


def proposer(platform: Platform) -> "ModelProposer | None":
    """Return the proposer that the settings name; ``None`` while no model is set, which is the default."""
    settings = platform.settings.extraction
    if not settings.model:
        return None
    from autorefine.extract.model import ModelEndpoint, ModelProposer

    endpoint = ModelEndpoint(
        settings.base_url, settings.model, settings.api_key.get_secret_value(), timeout=settings.timeout
    )
    return ModelProposer(
        endpoint,
        on_problem=lambda problem: structlog.get_logger().warning("model_did_not_propose", problem=problem),
        ledger=StoredLedger(platform, settings.most_calls_per_day),
    )


class StoredLedger:
    """A `Ledger` in the truth: a small record of the newest answers and today's calls; each call's cost is kept once.

    Args:
        platform: where it is kept.
        most: so many calls may be made on one day (UTC).
    """

    def __init__(self, platform: Platform, most: int) -> None:
        self._platform = platform
        self._most = most

    def answer(self, question: str) -> str | None:
        """Return the answer that was kept for this question; ``None`` when there is none."""
        return dict(self._read().body["answers"]).get(question)

    def call(self, question: str, now: float) -> str | None:
        """Count a call of the day of ``now``, and return its name; ``None`` when the day has had its calls.

        Raises:
            ConflictError: others were faster several times in a row.
        """
        day = int(now // _DAY)
        for _ in range(_TRIES):
            stored = self._read()
            calls = stored.body["calls"] if day <= stored.body["day"] else 0
            if calls >= self._most:
                return None
            day = max(day, stored.body["day"])
            if self._write(stored, day=day, calls=calls + 1):
                return f"{question} {day}/{calls + 1}"
        raise _busy()

    def paid(self, call: str, usage: ModelUsage) -> None:
        """Keep what a call took as a cost of learning: savings are net of it."""
        from kintsugi.savings.outcomes import spent_on_learning

        if usage.requests:
            spent_on_learning(self._platform, f"model {call}", tokens=usage.tokens_in, tokens_out=usage.tokens_out)

    def keep(self, question: str, answer: str) -> None:
        """Keep an answer, and let the oldest go.

        Raises:
            ConflictError: others were faster several times in a row.
        """
        for _ in range(_TRIES):
            stored = self._read()
            others = [each for each in stored.body["answers"] if each[0] != question]
            if self._write(stored, answers=[*others, [question, answer]][-MOST_ANSWERS:]):
                return
        raise _busy()

    def _read(self) -> LoopState:
        stored = self._platform.records.get(LoopState, MODEL)
        return stored or LoopState(id=MODEL, body={"day": 0, "calls": 0, "answers": []})

    def _write(self, stored: LoopState, **changes: Any) -> bool:
        changed = stored.but(body={**stored.body, **changes})
        if not stored.version:
            return self._platform.records.insert(changed)
        try:
            self._platform.records.replace(changed)
        except ConflictError:
            return False
        return True


def _busy() -> ConflictError:
    return ConflictError(f"{MODEL}: others were faster {_TRIES} times", next_step=AGAIN)
