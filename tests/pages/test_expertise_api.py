"""What agents ask for and report over REST."""

import pytest

from autorefine.counters import Counters
from autorefine.trace import trace_of
from kintsugi.expertise.repository import StoredPatterns
from tests.autorefine.runs import GUARD, GUESS, LOOK_UP, NO_TABLE, pattern, planted

RETRIEVE, USED = "/kintsugi/expertise/retrieve", "/kintsugi/expertise/used"
OWN = {"sec-fetch-site": "same-origin", "accept": "application/json"}
RUNS = [trace_of(each) for each in planted(60)]
AGENT = {"agent": "agent", "agent_version": "1"}


@pytest.fixture
def known(platform):
    return StoredPatterns(platform.records).put(pattern(RUNS, LOOK_UP, guard=GUARD, state="active"))


def counts(platform, id):
    return StoredPatterns(platform.records).get(id).counters.get("agent@1", Counters())


def test_an_agent_that_is_stuck_gets_the_patterns_of_its_situation(client, known):
    steps = [{"action": "query", "error": NO_TABLE}]
    answer = client.post(RETRIEVE, json={**AGENT, "steps": steps}, headers=OWN).json()
    (given,) = answer["patterns"]
    assert given["id"] == known.id
    assert (given["why"], given["situation"]) == ("situation", GUARD.symbol)
    assert given["guideline"] == known.guideline


def test_a_report_after_a_retrieval_counts_one_of_each(client, platform, known):
    task = next(name for name in map(str, range(20)) if _is_treated(platform, name))
    steps = [{"action": "query", "error": NO_TABLE}]
    client.post(RETRIEVE, json={**AGENT, "steps": steps, "task": task}, headers=OWN)
    report = {**AGENT, "task": task, "used": [known.id], "succeeded": True}
    for _ in range(2):
        answer = client.post(USED, json=report, headers=OWN)
        assert answer.status_code == 200
    assert counts(platform, known.id) == Counters(1, 1, 1)


def test_an_outcome_that_turns_out_otherwise_corrects_the_count(client, platform, known):
    report = {**AGENT, "task": "t", "used": [known.id], "succeeded": True}
    client.post(USED, json=report, headers=OWN)
    answer = client.post(USED, json={**report, "succeeded": False}, headers=OWN).json()
    assert answer["counted"] == [known.id]
    assert counts(platform, known.id) == Counters(1, 1, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**AGENT, "task": ""},
        {**AGENT, "task": "t", "used": ["x"] * 101},
        {**AGENT, "task": "t", "succeeded": "yes"},
        {**AGENT, "task": "t", "more": 1},
        {**AGENT, "task": "a\0b"},
    ],
)
def test_what_is_no_report_is_refused(client, body):
    assert client.post(USED, json=body, headers=OWN).status_code == 422


@pytest.mark.parametrize("address", [RETRIEVE, USED])
def test_a_request_of_another_site_is_refused(client, address):
    body = {**AGENT, "task": "t"}
    assert client.post(address, json=body, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post(address, data=body, headers=OWN).status_code == 415


def test_a_pattern_for_other_agents_is_not_given(client, platform):
    StoredPatterns(platform.records).put(pattern(RUNS, GUESS, guard=GUARD, state="active"))
    steps = [{"action": "query", "error": NO_TABLE}]
    body = {"agent": "somebody else", "agent_version": "1", "steps": steps}
    assert client.post(RETRIEVE, json=body, headers=OWN).json() == {"patterns": []}


def _is_treated(platform, task: str) -> bool:
    from kintsugi.savings.holdout import assign

    return assign(platform, "agent", task) == "treated"
