"""Two ways of maintaining, and gates that can be left out, so that they can be compared."""

from dataclasses import replace

import pytest

from autorefine import AutoRefine, InMemoryRepository
from autorefine.config import RefineConfig
from autorefine.counters import Counters
from autorefine.maintenance import paper
from autorefine.paper import merged_adding, pruned_by_rank
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted, trace

PAPER = RefineConfig(maintenance=paper())


def active(name, **counts):
    traces = [trace(f"{name}{n}", name, "end", success=n % 2 == 0) for n in range(6)]
    return replace(pattern(traces, name), state="active", counters={"agent@1": Counters(**counts)})


def test_the_paper_prunes_the_lowest_fifth_even_what_was_never_tried():
    tried = [active(f"a{n}", retrieved=9, used=8, succeeded=7) for n in range(4)]
    untried = active("fresh")
    (gone,) = pruned_by_rank([*tried, untried], PAPER, 10)
    assert (gone.id, gone.state) == (untried.id, "retired")


def test_pruning_again_at_the_same_n_takes_no_more():
    patterns = [active(f"a{n}", retrieved=9, used=8, succeeded=n) for n in range(5)]
    (gone,) = pruned_by_rank(patterns, PAPER, 10)
    after = [gone if each.id == gone.id else each for each in patterns]
    assert pruned_by_rank(after, PAPER, 10) == []


def test_the_paper_adds_counters_up_when_it_merges():
    one = active("look up", retrieved=5, used=4, succeeded=3)
    other = replace(active("look up", retrieved=2, used=2, succeeded=1), id="other")
    changed = {each.id: each for each in merged_adding([one, other], PAPER, 10)}
    kept = next(each for each in changed.values() if each.state == "active")
    assert kept.usage == Counters(7, 6, 4)


def test_without_gates_what_is_proposed_is_active_at_once():
    repository = InMemoryRepository()
    AutoRefine(repository, RefineConfig(gates=())).refine(planted(60))
    assert any(
        each.guard and each.guard.symbol == GUARD.symbol and f"do:{LOOK_UP}" in each.signature
        for each in repository.all("active")
    )
    assert list(repository.all("candidate")) == []


def test_an_unknown_gate_is_refused():
    with pytest.raises(ValueError, match="gates"):
        RefineConfig(gates=("luck",))
