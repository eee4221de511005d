"""What has to be kept around a question to a language model, so that it is paid once and never without end."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ModelUsage:
    """What the model was asked and what it cost; ``cost`` is ``None`` when a request was made without a known price.

    ``reused`` counts answers that were given before, ``failed`` questions that ended without an answer, ``refused``
    questions that were not asked since no more may be.
    """

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    reused: int = 0
    failed: int = 0
    refused: int = 0

    def __add__(self, other: "ModelUsage") -> "ModelUsage":
        return ModelUsage(
            self.requests + other.requests,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            None if self.cost is None or other.cost is None else self.cost + other.cost,
            self.reused + other.reused,
            self.failed + other.failed,
            self.refused + other.refused,
        )


class Ledger(Protocol):
    """Keeps answers by question, and says how much may be asked.

    Implementers guarantee: what `keep` was given is found by `answer` when the loop is killed afterwards and asks
    again, and what `call` returned counts, also when nothing more is heard of it.
    """

    def answer(self, question: str) -> str | None:
        """Return the answer that was kept for this question (a hash); ``None`` when there is none."""
        ...

    def call(self, question: str, now: float) -> str | None:
        """Count a call, and return a name that no other call has; ``None`` when no more calls may be made now."""
        ...

    def paid(self, call: str, usage: ModelUsage) -> None:
        """Take note of what a call took, whatever came of it."""
        ...

    def keep(self, question: str, answer: str) -> None:
        """Keep a valid answer, before anything is made of it."""
        ...


class Remembered:
    """A `Ledger` that lasts as long as the process and sets no limit; keeps so many answers, the latest used."""

    def __init__(self, answers: int = 64) -> None:
        self._most = answers
        self._answers: OrderedDict[str, str] = OrderedDict()
        self._calls = 0

    def answer(self, question: str) -> str | None:
        """Return the answer that was kept for this question; ``None`` when there is none."""
        if question in self._answers:
            self._answers.move_to_end(question)
        return self._answers.get(question)

    def call(self, question: str, now: float) -> str | None:
        """Count a call, and return its name."""
        self._calls += 1
        return f"{question} {self._calls}"

    def paid(self, call: str, usage: ModelUsage) -> None:
        """Do nothing: whoever asks adds it up."""

    def keep(self, question: str, answer: str) -> None:
        """Keep an answer, and let the one go that was not used for the longest time."""
        self._answers[question] = answer
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
