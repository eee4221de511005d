"""What agents ask for and report over REST."""

import pytest
from fastapi.testclient import TestClient

from autorefine.counters import Counters
from autorefine.trace import trace_of
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.records import UsageReport
from kintsugi.records.savings import Assignment
from tests.autorefine.runs import GUARD, GUESS, LOOK_UP, NO_TABLE, pattern, planted
from tests.pages.conftest import log_in, mounted

RETRIEVE, USED = "/kintsugi/expertise/retrieve", "/kintsugi/expertise/used"
OWN = {"sec-fetch-site": "same-origin", "accept": "application/json"}
RUNS = [trace_of(each) for each in planted(60)]
AGENT = {"agent": "agent", "agent_version": "1"}


@pytest.fixture
def known(platform):
    return StoredPatterns(platform.records).put(pattern(RUNS, LOOK_UP, guard=GUARD, state="active"))


def counts(platform, id):
    kept = StoredPatterns(platform.records).get(id).counters.get("agent@1", Counters())
    return Counters(kept.retrieved, kept.used, kept.succeeded)


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


@pytest.mark.parametrize(
    "body",
    [
        {**AGENT, "task": " "},
        {**AGENT, "task": "a\0b"},
        {"agent": " ", "agent_version": "1", "task": "t"},
        {"agent_version": "1", "task": "t"},
        {**AGENT, "text": "a\0b"},
        {"agent": "a" * 300, "agent_version": "1" * 300, "task": "t"},
    ],
)
def test_a_situation_that_names_nobody_or_nothing_that_can_be_kept_is_refused(client, known, body):
    steps = [{"action": "query", "error": NO_TABLE}]
    assert client.post(RETRIEVE, json={"steps": steps, **body}, headers=OWN).status_code == 422


@pytest.mark.parametrize("used", [["a\0b"], [""], ["x" * 65]])
def test_an_id_that_no_pattern_can_have_is_refused(client, used):
    assert client.post(USED, json={**AGENT, "task": "t", "used": used}, headers=OWN).status_code == 422


@pytest.mark.parametrize("reason", ["", " \n", "a\0b"])
def test_a_decision_without_a_reason_that_can_be_kept_is_refused(client, known, reason):
    address = f"/kintsugi/api/expertise/{known.id}/retire"
    assert client.post(address, json={"reason": reason}, headers=OWN).status_code == 422


def test_an_address_with_nul_is_no_pattern(client, known):
    for answer in (
        client.get("/kintsugi/api/expertise/a%00b/retire", headers=OWN),
        client.post("/kintsugi/api/expertise/a%00b/retire", json={"reason": "r"}, headers=OWN),
    ):
        assert answer.status_code in (404, 422)


@pytest.mark.parametrize("more", [b'"task": "\\ud800"', b'"task": "t", "\\ud800": 1'])
def test_a_text_that_is_not_unicode_is_refused(client, more):
    body = b'{"agent": "agent", "agent_version": "1", ' + more + b"}"
    headers = {**OWN, "content-type": "application/json"}
    assert client.post(USED, content=body, headers=headers).status_code == 422


def test_who_may_only_look_retrieves_but_has_nothing_counted(app, platform, known):
    log_in(app, "viewer")
    with TestClient(mounted(app)) as viewer:
        steps = [{"action": "query", "error": NO_TABLE}]
        assert viewer.post(RETRIEVE, json={**AGENT, "steps": steps}, headers=OWN).json()["patterns"]
        for address in (RETRIEVE, USED):
            answer = viewer.post(address, json={**AGENT, "task": "t"}, headers=OWN)
            assert answer.status_code == 403
            assert "refine" in answer.json()["detail"]
    assert platform.records.count(UsageReport) == 0
    assert platform.records.count(Assignment) == 0
    log_in(app, "user")
    with TestClient(mounted(app)) as agent:
        assert agent.post(USED, json={**AGENT, "task": "t", "used": [known.id]}, headers=OWN).status_code == 200
