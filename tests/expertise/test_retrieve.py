"""Which patterns a task gets: by its situation, by its text, for its agent; and that it is counted."""

import random

import pytest

from autorefine.counters import Counters
from autorefine.match import Guard
from autorefine.moments import sign
from autorefine.pattern import Scope
from autorefine.trace import trace_of
from autorefine.trajectory import Step
from kintsugi.errors import ConflictError, DataError
from kintsugi.expertise.publish import publish_patterns
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.retrieve import retrieve
from kintsugi.index.publish import publish
from kintsugi.records.savings import Assignment
from kintsugi.savings.holdout import assign
from tests.autorefine.runs import GUARD, GUESS, LOOK_UP, NO_TABLE, pattern, planted
from tests.builders import RUN

RUNS = [trace_of(each) for each in planted(60)]
STUCK = [Step("open", observation="ok"), Step("query", error=NO_TABLE)]
OTHER = Guard("error:“disk full”", 2)


def put(platform, *actions, **changes):
    changes = {"guard": GUARD, "state": "active"} | changes
    return StoredPatterns(platform.records).put(pattern(RUNS, *actions, **changes))


def given(platform, text="", situation=None, **changes):
    values = {"agent": "agent", "agent_version": "1", "rng": random.Random(1)} | changes
    return retrieve(platform, text, situation, **values)


def ids(found) -> list[str]:
    return [each.pattern.id for each in found]


def in_arm(platform, arm: str) -> str:
    return next(name for name in map(str, range(200)) if assign(platform, "agent", name) == arm)


def test_a_run_that_is_stuck_gets_what_speaks_of_its_situation(platform):
    fits, _ = put(platform, LOOK_UP), put(platform, GUESS, guard=OTHER)
    (found,) = given(platform, situation=STUCK)
    assert (found.pattern.id, found.why, found.situation) == (fits.id, "situation", GUARD.symbol)


def test_the_more_specific_situation_is_first(platform):
    steps = [Step("query", error="TableMissing: no flights")]
    general = put(platform, LOOK_UP, guard=Guard("error:TableMissing", 3))
    specific = put(platform, LOOK_UP, guard=Guard("error:TableMissing in query", 3))
    assert ids(given(platform, situation=steps)) == [specific.id, general.id]


def test_the_most_specific_situation_is_given_however_well_others_have_served(platform):
    steps = [Step("query", error="TableMissing: no flights")]
    served = {"agent@1": Counters(50, 50, 49)}
    specific = put(platform, LOOK_UP, guard=Guard("error:TableMissing in query", 3))
    for number in range(3):
        put(platform, f"try {number}", guard=Guard("error:TableMissing", 3), counters=served)
    for seed in range(20):
        for k in (1, 3):
            assert ids(given(platform, situation=steps, k=k, rng=random.Random(seed)))[0] == specific.id


def test_the_situation_may_be_told_as_symbols(platform):
    fits = put(platform, LOOK_UP)
    assert ids(given(platform, situation=[GUARD.symbol])) == [fits.id]


def test_a_situation_is_over_once_the_first_action_can_no_longer_come_in_time(platform):
    put(platform, LOOK_UP)
    waited = [Step("wait", observation="ok")] * GUARD.reach
    assert ids(given(platform, situation=STUCK + waited[:-1])) != []
    assert given(platform, situation=STUCK + waited) == []


@pytest.mark.parametrize("state", ["candidate", "retired"])
def test_only_active_patterns_are_given(platform, state):
    put(platform, LOOK_UP, state=state)
    assert given(platform, situation=STUCK) == []


def test_a_pattern_is_for_the_agents_and_groups_of_its_scope(platform):
    put(platform, LOOK_UP, scope=Scope(groups=("flights",), agents=("agent",)))
    assert given(platform, situation=STUCK, agent="another", group="flights") == []
    assert given(platform, situation=STUCK, group="hotels") == []
    assert len(given(platform, situation=STUCK, group="flights")) == 1


def test_at_the_start_a_pattern_is_found_by_what_the_task_is_about(platform):
    fits, other = put(platform, LOOK_UP), put(platform, "reboot", "pray", guard=OTHER)
    publish_patterns(platform, RUN)
    publish(platform, RUN)
    found = given(platform, "how to list the tables when there is no such table")
    assert ids(found)[0] == fits.id
    assert found[0].why == "text"
    assert ids(given(platform, "reboot and pray, the disk is full"))[0] == other.id


def test_patterns_of_others_that_fit_better_hide_none_that_are_for_this_agent(platform):
    task = "count the flights to Boston"
    for number in range(90):
        advice = {
            "name": f"{task} {number}",
            "guideline": f"{task}: look {number}",
            "scope": Scope(agents=("another",)),
        }
        put(platform, f"count flights boston {number}", **advice)
    mine = put(platform, "reboot", guideline="When the disk is full, reboot.", scope=Scope(agents=("agent",)))
    publish_patterns(platform, RUN)
    publish(platform, RUN)
    assert ids(given(platform, task)) == [mine.id]


def test_a_situation_that_holds_what_is_never_stored_is_known_again(platform):
    screened = "no mailbox of [personal:e-mail-address]"
    fits = put(platform, LOOK_UP, guard=Guard(f"error:“{screened}”", 3))
    steps = [Step("query", error="no mailbox of maria.huber@example-bank.de")]
    assert ids(given(platform, situation=steps)) == [fits.id]
    told = ["error:“no mailbox of maria.huber@example-bank.de”"]
    assert ids(given(platform, situation=told)) == [fits.id]


def test_text_without_anything_served_finds_nothing_and_is_no_error(platform):
    put(platform, LOOK_UP)
    assert given(platform, "how to list the tables") == []


def test_a_pattern_without_a_situation_speaks_of_every_run(platform):
    always = put(platform, LOOK_UP, guard=None)
    (found,) = given(platform)
    assert (found.pattern.id, found.why) == (always.id, "always")


def test_no_more_than_k_are_given(platform):
    for number in range(4):
        put(platform, f"try {number}")
    assert len(given(platform, situation=STUCK, k=3)) == 3


def test_what_a_task_is_given_is_counted_once_a_task(platform):
    fits, task = put(platform, LOOK_UP), in_arm(platform, "treated")
    for _ in range(2):
        given(platform, situation=STUCK, task=task)
    assert StoredPatterns(platform.records).get(fits.id).counters == {"agent@1": Counters(1, 0, 0)}


def test_the_class_of_a_task_is_its_agent_and_a_task_of_nobody_is_refused(platform):
    put(platform, LOOK_UP)
    given(platform, situation=STUCK, task="t")
    assert [each.task_class for each in platform.records.scan(Assignment)] == ["agent"]
    with pytest.raises(DataError):
        given(platform, situation=STUCK, task="t", agent="")


def test_an_agent_gets_patterns_also_where_others_count_all_the_time(platform):
    fits = put(platform, LOOK_UP)

    class Contended:
        def __getattr__(self, name):
            return getattr(platform.records, name)

        def replace(self, record):
            raise ConflictError("another writer was faster")

    task = in_arm(platform, "treated")
    assert ids(given(platform.using(records=Contended()), situation=STUCK, task=task)) == [fits.id]
    given(platform, situation=STUCK, task=task)
    assert StoredPatterns(platform.records).get(fits.id).counters == {"agent@1": Counters(1, 0, 0)}


def test_a_task_that_is_held_out_gets_nothing_and_counts_nothing(platform):
    fits, task = put(platform, LOOK_UP), in_arm(platform, "held out")
    assert given(platform, situation=STUCK, task=task) == []
    assert StoredPatterns(platform.records).get(fits.id).counters == {}


def test_looking_without_a_task_counts_nothing(platform):
    fits = put(platform, LOOK_UP)
    assert given(platform, situation=STUCK)
    assert StoredPatterns(platform.records).get(fits.id).counters == {}


def test_the_same_chance_gives_the_same_patterns(platform):
    for number in range(8):
        put(platform, f"try {number}", guard=None)
    first, again = (ids(given(platform, k=3, rng=random.Random(7))) for _ in range(2))
    assert first == again


def test_now_and_then_a_pattern_that_is_new_gets_a_place_of_those_that_fit_better(platform):
    proven = [put(platform, f"try {number}", counters={"agent@1": Counters(50, 50, 49)}).id for number in range(3)]
    new = put(platform, "a new way").id
    drawn = [ids(given(platform, situation=STUCK, k=3, rng=random.Random(seed))) for seed in range(60)]
    explored = sum(new in each for each in drawn)
    assert 8 <= explored <= 30, "one place in ten: 0.3 of three places"
    assert all(set(each) <= {*proven, new} and len(each) == 3 for each in drawn)


def test_a_sign_is_given_once_it_shows_and_never_before(platform):
    shows = sign("now", "error:“no such table: flights”")
    warning = put(platform, shows, kind="sign", signature=(shows,), guard=None, avoid=True)
    assert given(platform) == []
    assert given(platform, situation=STUCK[:1]) == []
    (found,) = given(platform, situation=STUCK)
    assert (found.pattern.id, found.situation) == (warning.id, shows)


def test_advice_for_the_situation_is_before_what_a_sign_says(platform):
    shows = sign("now", "error:“no such table: flights”")
    warning = put(platform, shows, kind="sign", signature=(shows,), guard=None, avoid=True)
    advice = put(platform, LOOK_UP)
    assert ids(given(platform, situation=STUCK)) == [advice.id, warning.id]
