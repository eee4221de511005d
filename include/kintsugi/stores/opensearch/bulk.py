"""Bulk requests whose every item is accounted for."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kintsugi.errors import AGAIN, ConfigurationError, KintsugiError, StoreUnavailable
from kintsugi.stores.opensearch import outcomes
from kintsugi.stores.opensearch.blocks import blocked
from kintsugi.stores.opensearch.breakers import open_breaker
from kintsugi.stores.opensearch.connection import Connection, Sleep
from kintsugi.stores.opensearch.errors import BLOCK, Answer, answer_of, missing
from kintsugi.stores.opensearch.outcomes import Verdict

MOST_ITEMS = 500
MOST_BYTES = 5_000_000

WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds of patience with an engine that takes nothing at all; each item that it takes begins them anew."""

TOO_LARGE, PUSHED_BACK = 413, 429


@dataclass(frozen=True)
class Action:
    """One item: the entry's id, and its lines as they are sent."""

    id: str
    lines: bytes


@dataclass
class Sent:
    """What became of the actions: ids done, ids that weren't there to delete, reasons by refused id."""

    done: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


class Bulk:
    """Sends actions to one index until each is done or refused. All may be sent twice: the ids are ours."""

    def __init__(self, connection: Connection, sleep: Sleep) -> None:
        self._connection = connection
        self._sleep = sleep

    def send(self, door: str, actions: Iterable[Action], doing: str) -> Sent:
        """Return what became of each.

        What is pushed back is sent again in smaller requests; a request that is too large is halved by bytes. An item
        that the engine fails at each time, while it takes another one in the same request, is refused.

        Raises:
            StoreUnavailable: the engine takes nothing for longer than `WAITS`, takes no writes, or can't be reached.
        """
        sent, waiting = Sent(), deque(actions)
        taken: Action | None = None
        most_items, most_bytes, waited = MOST_ITEMS, MOST_BYTES, 0
        while waiting:
            batch = _taken(waiting, most_items, most_bytes)
            size = sum(len(each.lines) for each in batch)
            answers = self._answers(door, batch, doing)
            if answers is None:
                most_bytes = size // 2
                if len(batch) == 1:
                    sent.refused[batch[0].id] = f"its {size} bytes are more than the engine takes in one request (413)"
                    most_bytes = MOST_BYTES
                else:
                    waiting.extendleft(reversed(batch))
                continue
            again, reason = self._sorted(batch, answers, sent, doing)
            waiting.extendleft(reversed(again))
            taken = next((each for each in batch if each not in again), taken)
            if not again:
                most_items, waited = min(MOST_ITEMS, most_items * 2), 0
                continue
            most_items = max(1, len(batch) // 2)
            waited = 0 if len(again) < len(batch) else waited + 1
            if waited > len(WAITS):
                fault = self._fault(door, taken, waiting[0], doing)
                if not fault:
                    raise self._gave_up(doing, len(waiting), sent, reason)
                sent.refused[waiting.popleft().id] = fault
                waited = len(WAITS)
                continue
            self._sleep(WAITS[max(0, waited - 1)])
        return sent

    def _fault(self, door: str, taken: Action | None, doubtful: Action, doing: str) -> str:
        """Return what the engine says against an item while it takes, in one request, what it took before; else ""."""
        answers = None if taken is None else self._answers(door, [taken, doubtful], doing)
        if answers is None or outcomes.judged(answers[0]) not in (Verdict.DONE, Verdict.ABSENT):
            return ""
        if not outcomes.may_be_its_fault(answers[1]) or open_breaker(self._connection):
            return ""
        return str(answers[1])

    def _answers(self, door: str, batch: Sequence[Action], doing: str) -> list[Answer] | None:
        """Return what the engine says about each item, ``None`` when the request was too large."""
        try:
            told = self._connection.ask(
                doing,
                "POST",
                f"/{door}/_bulk",
                b"".join(each.lines for each in batch),
                params={"require_alias": "true", "filter_path": "took,items.*.status,items.*.result,items.*.error"},
                writing=True,
            )
        except KintsugiError as error:
            answer = answer_of(error)
            if answer.status == TOO_LARGE:
                return None
            if answer.status == PUSHED_BACK and answer.type != BLOCK:
                return [answer] * len(batch)
            raise
        return [outcomes.answer_to(item) for item in told["items"]]

    def _sorted(
        self, batch: Sequence[Action], answers: Sequence[Answer], sent: Sent, doing: str
    ) -> tuple[list[Action], str]:
        """File each item under what became of it; return those to send again, and a reason."""
        verdicts = [outcomes.judged(answer) for answer in answers]
        doubtful = [outcomes.may_be_a_breaker(answer) for answer in answers]
        posing = any(v is Verdict.REFUSED and d for v, d in zip(verdicts, doubtful, strict=True))
        breaker = open_breaker(self._connection) if posing else ""
        again, reason = [], ""
        for action, answer, verdict, doubt in zip(batch, answers, verdicts, doubtful, strict=True):
            if verdict is Verdict.AGAIN or (verdict is Verdict.REFUSED and doubt and breaker):
                again.append(action)
                reason = f"breaker {breaker} is open: {answer}" if breaker else str(answer)
            elif verdict is Verdict.DONE:
                sent.done.append(action.id)
            elif verdict is Verdict.ABSENT:
                sent.absent.append(action.id)
            elif verdict is Verdict.REFUSED:
                sent.refused[action.id] = str(answer)
            else:
                raise self._ended(verdict, answer, doing)
        return again, reason

    def _ended(self, verdict: Verdict, answer: Answer, doing: str) -> KintsugiError:
        what = f"search index {self._connection.where}: {doing}"
        if verdict is Verdict.BLOCKED:
            return blocked(what, answer)
        if verdict is Verdict.MISSING:
            return missing(what, str(answer))
        return ConfigurationError(
            what,
            expected="a user who may write",
            got=str(answer),
            next_step="give the user's role the rights on the platform's indexes and aliases",
        )

    def _gave_up(self, doing: str, left: int, sent: Sent, reason: str) -> StoreUnavailable:
        return StoreUnavailable(
            f"search index {self._connection.where}: {doing}: {left} entries were not taken, {len(sent.done)} were",
            expected=f"room for one entry within {sum(WAITS):g} s",
            got=reason,
            next_step=f"{AGAIN}, nothing is lost; if it lasts, `GET _nodes/stats/breaker`, "
            "`GET _plugins/_knn/stats` and `GET _cat/thread_pool/write` name what is full",
        )


def _taken(waiting: deque[Action], most_items: int, most_bytes: int) -> list[Action]:
    """Take the next request's actions from the left: at least one, within both limits."""
    batch: list[Action] = []
    size = 0
    while waiting and len(batch) < most_items and (not batch or size + len(waiting[0].lines) <= most_bytes):
        batch.append(waiting.popleft())
        size += len(batch[-1].lines)
    return batch
