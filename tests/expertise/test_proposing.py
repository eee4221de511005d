"""A language model proposes only when one is set, and what it took counts as a cost of learning."""

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from autorefine.config import RefineConfig
from autorefine.extract.offer import offer_of
from autorefine.trace import trace_of
from kintsugi.expertise.gather import store
from kintsugi.expertise.proposing import MODEL, MOST_ANSWERS, StoredLedger, proposer
from kintsugi.expertise.refine import refine
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.platform import Platform
from kintsugi.records import LearningCost, LoopState, StoredPattern
from tests.autorefine.chat_stub import chat_server
from tests.autorefine.runs import LOOK_UP, planted
from tests.builders import RUN

NAME = "Look before you query"
OFFER = offer_of([trace_of(each) for each in planted(40)], RefineConfig())


@pytest.fixture
def chat():
    with chat_server() as server:
        actions = [OFFER.actions.index(f"do:{LOOK_UP}"), OFFER.actions.index("do:wait")]
        proposal = {"kind": "skill", "name": NAME, "explanation": "Names are unknown.", "situation": 0, "avoid": False}
        server.answers = [{"proposals": [proposal | {"actions": actions}]}]
        yield server


VALID = {
    "proposals": [
        {"kind": "skill", "name": NAME, "explanation": "It is.", "situation": None, "actions": [0], "avoid": False}
    ]
}
"""May be answered to any question."""


def with_model(platform: Platform, base_url: str, **changes: object) -> Platform:
    settings = platform.settings.extraction
    values = {"base_url": base_url, "model": "m", "api_key": SecretStr("sk-secret-key"), "timeout": 5.0} | changes
    object.__setattr__(platform.settings, "extraction", settings.model_copy(update=values))
    return platform


def test_no_model_is_asked_unless_one_is_set(platform):
    assert proposer(platform) is None


def test_what_it_proposes_waits_for_the_gates_like_everything_else(platform, chat):
    store(platform.records, "test", planted(40))
    refine(with_model(platform, chat.base_url), RUN)
    assert chat.asked
    proposed = [each for each in StoredPatterns(platform.records).all() if each.name.startswith(NAME)]
    assert [verdict.gate for verdict in proposed[0].verdicts][:1] == ["contract"]


def test_what_it_took_is_a_cost_of_learning(platform, chat):
    chat.answers = [VALID]
    store(platform.records, "test", planted(40))
    refine(with_model(platform, chat.base_url), RUN)
    costs = list(platform.records.scan(LearningCost))
    assert (len(costs), sum(each.tokens for each in costs)) == (len(chat.asked), 100 * len(chat.asked))
    assert all(each.tokens_out == 20 for each in costs)


def test_a_model_that_fails_stops_nothing(platform, chat):
    chat.status = 500
    store(platform.records, "test", planted(40))
    assert refine(with_model(platform, chat.base_url), RUN)["new"] == 40


class Killed(Exception):
    """The process is gone."""


def killed(*_: object) -> None:
    raise Killed


def patterns_of(platform: Platform) -> list[dict]:
    return [each.body | {"version": 0} for each in platform.records.scan(StoredPattern)]


def test_a_pass_that_is_killed_after_a_call_gets_the_same_answer_again_and_does_not_pay_twice(
    platform, chat, settings, tmp_path, monkeypatch
):
    chat.answers = [VALID]
    calm = Platform(settings.model_copy(update={"var": tmp_path / "calm"}), platform.clock)
    for each in (platform, calm):
        store(each.records, "test", planted(40))
        with_model(each, chat.base_url)
    refine(calm, RUN)
    calls = len(chat.asked)
    with monkeypatch.context() as dying:
        dying.setattr(StoredPatterns, "put", killed)
        with pytest.raises(Killed):
            refine(platform, RUN)
    report = refine(platform, RUN)
    assert report["model"]["reused"] == 1
    assert len(chat.asked) == 2 * calls
    assert platform.records.count(LearningCost) == calls
    assert patterns_of(platform) == patterns_of(calm)
    calm.close()


def test_a_bad_answer_is_paid_each_time_and_never_kept(platform, chat):
    chat.answers = ["no JSON"]
    store(platform.records, "test", planted(40))
    report = refine(with_model(platform, chat.base_url), RUN)
    assert report["model"]["failed"] > 0
    assert sum(each.tokens for each in platform.records.scan(LearningCost)) == 100 * len(chat.asked)
    assert platform.records.get(LoopState, MODEL).body["answers"] == []


def test_no_more_calls_are_made_in_a_day_than_the_settings_say(platform, chat, clock):
    chat.answers = [VALID]
    with_model(platform, chat.base_url, most_calls_per_day=1)
    store(platform.records, "test", planted(40))
    with capture_logs() as logs:
        first = refine(platform, RUN)["model"]
    assert first["requests"] == 1
    assert first["refused"] > 0
    assert any(each["event"] == "model_did_not_propose" and "no more calls" in each["problem"] for each in logs)
    store(platform.records, "test", planted(10, prefix="later"))
    assert refine(platform, RUN)["model"]["requests"] == 0
    clock.advance(86_400)
    store(platform.records, "test", planted(20, prefix="next"))
    assert refine(platform, RUN)["model"]["requests"] == 1


def test_only_the_newest_answers_are_kept(platform):
    ledger = StoredLedger(platform, most=50)
    for number in range(MOST_ANSWERS + 1):
        ledger.keep(f"q{number}", f"a{number}")
    assert [ledger.answer(f"q{number}") for number in (0, 1, MOST_ANSWERS)] == [None, "a1", f"a{MOST_ANSWERS}"]
