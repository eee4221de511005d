"""Patterns for a task: by what it is about, and by the situation that a run has got into."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from autorefine.choose import choose
from autorefine.counters import Counters
from autorefine.pattern import Pattern
from autorefine.scores import heeded, lower_bound
from autorefine.symbols import outcome_symbols
from autorefine.trace import trace_of
from autorefine.trajectory import Step, Trajectory
from kintsugi.errors import ConflictError
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.screen import screened_steps, screened_text
from kintsugi.expertise.source import EXPERTISE, pattern_of
from kintsugi.expertise.usage import report_use
from kintsugi.platform import Platform
from kintsugi.records import Document
from kintsugi.retrieval import hybrid
from kintsugi.savings.holdout import assign
from kintsugi.stores.search import Scope

Why = Literal["situation", "text", "always"]

EXPLORATION = 0.1
"""Share of the places that goes to patterns that were hardly tried yet."""

MOST_STEPS = 64
DEPTH = 100
"""Passages that are asked for at first; then `_MORE` times as many, until there are no more."""

_MORE = 8

_BY_SITUATION, _BY_TEXT, _BY_SIGN, _ALWAYS = 1.0, 0.9, 0.5, 0.1


@dataclass(frozen=True)
class Retrieved:
    """A pattern for a task, and why.

    Attributes:
        why: *situation*: the run is where the pattern speaks of; *text*: it speaks of what the task is about; *always*:
            it speaks of whole runs.
        situation: the symbol of its guard, or the sign, that was seen; "" elsewhere.
        relevance: 0 … 1, how well it fits.
        bound: lower bound of the success rate with it, for this agent version.
    """

    pattern: Pattern
    why: Why
    situation: str
    relevance: float
    bound: float

    def to_document(self) -> dict[str, Any]:
        """Return what an agent needs of it, as plain JSON types."""
        guard = self.pattern.guard
        return {
            "id": self.pattern.id,
            "kind": self.pattern.kind,
            "name": self.pattern.name,
            "guideline": self.pattern.guideline,
            "avoid": self.pattern.avoid,
            "guard": guard and guard.to_document(),
            "signature": list(self.pattern.signature),
            "machine": self.pattern.machine and self.pattern.machine.to_document(),
            "why": self.why,
            "situation": self.situation,
            "relevance": round(self.relevance, 4),
            "bound": round(self.bound, 4),
        }


def retrieve(
    platform: Platform,
    text: str = "",
    situation: Sequence[Step] | Sequence[str] | None = None,
    *,
    agent: str,
    agent_version: str,
    group: str = "",
    k: int = 5,
    rng: random.Random,
    task: str = "",
) -> list[Retrieved]:
    """Return up to ``k`` active patterns for a task, and count them as retrieved by it where it is named.

    Ask at the start, with what the task is about, and again when the run is stuck, with what has happened: patterns
    whose situation has come about are first, the most specific of them on top and in any case; then those whose text
    fits. Only patterns whose scope covers agent and group are looked at. A task that is held out of expertise gets
    none; its class is the agent.

    Args:
        platform: where the patterns are, and the index that holds their documents.
        text: what the task is about, in words.
        situation: the steps so far, oldest first, or the outcome symbols of the last one.
        agent: who will act on them.
        agent_version: its version.
        group: where it acts (a database, a repository); "" where that does not matter.
        k: the most patterns.
        rng: decides which patterns of little experience take the places that are set apart for them.
        task: the task's id; with it, retrievals of one task count once, and its usage report is joined to them.

    Raises:
        DataError: the task or its agent is no name that can be kept.
        TransientError: a store or the model can't be reached now.
    """
    who = f"{agent}@{agent_version}"
    task = screened_text(task)  # as in the run that will tell of it
    if task and assign(platform, agent, task) == "held out":
        return []
    active = [each for each in StoredPatterns(platform.records).all("active") if each.scope.covers(group, agent)]
    about = _by_text(platform, text, {each.id for each in active}) if text.strip() and active else {}
    told = _as_learned_from(situation or ())
    found = fitting(active, symbols_of(told), signs_of(told, screened_text(text)), about, who)
    fits = [each for each in found if each.why == "situation"]
    given = fits[: min(k, 1)]
    given += _chosen(fits[len(given) :], k - len(given), who, rng)
    given += _chosen([each for each in found if each.why != "situation"], k - len(given), who, rng)
    if given and task:
        _count(platform, task, who, given)
    return given


def symbols_of(situation: Sequence[Step] | Sequence[str]) -> list[tuple[str, ...]]:
    """Return the outcome symbols of each step so far, newest first; plain symbols are those of the newest step."""
    texts = tuple(each for each in situation if isinstance(each, str))
    steps = [each for each in situation if isinstance(each, Step)][-MOST_STEPS:]
    seen = [outcome_symbols(each.action, each.observation, each.error) for each in reversed(steps)]
    return [texts, *seen] if texts else seen


def signs_of(situation: Sequence[Step] | Sequence[str], text: str) -> frozenset[str]:
    """Return the signs that a run shows after these steps; none at the start, and none beyond the moments compared."""
    steps = tuple(each for each in situation if isinstance(each, Step))
    goes_on = Step("")  # signs are those of a run that has not ended, whatever its end
    told = Trajectory("", "", "", "", "", (*steps, goes_on), success=True, outcome_source="", task_text=text)
    signs = trace_of(told).signs if 0 < len(steps) < MOST_STEPS else ()
    return signs[len(steps) - 1] if len(steps) <= len(signs) and steps else frozenset()


def fitting(
    patterns: Sequence[Pattern],
    seen: Sequence[Sequence[str]],
    signs: Collection[str],
    by_text: dict[str, float],
    agent_version: str,
) -> list[Retrieved]:
    """Return the patterns that fit, best first; those whose situation has not come about are left out once one is told.

    A situation counts for as many steps as the pattern gives for its first action. Of two that have come about the more
    specific one is first (its symbol says more), then the more recent one; what signs say of the run comes after that.

    Args:
        patterns: what may be given.
        seen: outcome symbols by step, newest first; empty at the start of a run.
        signs: what can be said of the run now.
        by_text: relevance of patterns to the task's text, 0 … 1, by id.
        agent_version: for whom, ``name@version``.
    """
    found: list[tuple[tuple[float, ...], Retrieved]] = []
    for pattern in patterns:
        bound = lower_bound(pattern.counters.get(agent_version, Counters()), heeded(pattern))
        steps_ago = _steps_ago(pattern, seen)
        if pattern.guard is not None and steps_ago is not None:
            specific = float(len(pattern.guard.symbol))
            made = Retrieved(pattern, "situation", pattern.guard.symbol, _BY_SITUATION, bound)
            found.append(((0.0, -specific, float(steps_ago), -bound), made))
        elif pattern.kind == "sign":
            shown = next((each for each in pattern.signature if each in signs), "")
            if shown:
                found.append(((0.5, -bound), Retrieved(pattern, "situation", shown, _BY_SIGN, bound)))
        elif pattern.id in by_text and (pattern.guard is None or not seen):
            relevance = _BY_TEXT * by_text[pattern.id]
            found.append(((1.0, -relevance * bound), Retrieved(pattern, "text", "", relevance, bound)))
        elif pattern.guard is None:
            found.append(((2.0, -bound), Retrieved(pattern, "always", "", _ALWAYS, bound)))
    return [each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].pattern.id))]


def _chosen(found: Sequence[Retrieved], k: int, agent_version: str, rng: random.Random) -> list[Retrieved]:
    """Return at most ``k``, in the order given; a share of the places is for patterns that were hardly tried yet."""
    pairs = [(each.pattern, each.relevance) for each in found]
    chosen = choose(pairs, k, agent_version=agent_version, rng=rng, exploration=EXPLORATION)
    ids = {each.id for each in chosen}
    return [each for each in found if each.pattern.id in ids]


def _count(platform: Platform, task: str, agent_version: str, given: Sequence[Retrieved]) -> None:
    """Count what a task was given; where others are faster all the time, it is counted with the task's next report."""
    try:
        report_use(platform, task, agent_version, retrieved=[each.pattern.id for each in given])
    except ConflictError as error:
        structlog.get_logger().warning("retrieval_not_counted", task=task, error=str(error))


def _steps_ago(pattern: Pattern, seen: Sequence[Sequence[str]]) -> int | None:
    """Return how many steps ago the pattern's situation came about, if its first action can still come in time."""
    if pattern.guard is None:
        return None
    within = seen[: pattern.guard.reach]
    return next((ago for ago, symbols in enumerate(within) if pattern.guard.symbol in symbols), None)


def _as_learned_from(situation: Sequence[Step] | Sequence[str]) -> list[Step] | list[str]:
    """Return the situation in the words in which runs are stored, so that patterns know it again."""
    steps = [each for each in situation if isinstance(each, Step)]
    return list(screened_steps(steps)) or [screened_text(each) for each in situation if isinstance(each, str)]


def _by_text(platform: Platform, text: str, eligible: Collection[str]) -> dict[str, float]:
    """Return how well the documents of these patterns fit the text, the best 1; empty while nothing is served.

    The engine is asked for documents of source ``expertise`` only; what agent and state they are for is looked up in
    the records, which may know better than an index that is published later. So it is asked for all of them: as many
    as fit better may be for others. There are few, since only so many patterns are active.
    """
    depth = DEPTH
    scope = Scope(principals=None, sources=(EXPERTISE,))
    found = hybrid.retrieve(platform, text, depth, scope)
    while found is not None and len(found.found) >= depth:
        depth *= _MORE
        found = hybrid.retrieve(platform, text, depth, scope)
    if found is None or not found.found:
        return {}
    documents = platform.records.get_many(Document, {each.entry.document for each in found.found})
    best: dict[str, float] = {}
    for each in found.found:
        document = documents.get(each.entry.document)
        if document is not None and (pattern := pattern_of(document.external_id)) in eligible:
            best[pattern] = max(best.get(pattern, 0.0), each.score)
    top = max(best.values(), default=0.0)
    return {pattern: score / top if top > 0 else 0.0 for pattern, score in best.items()}
