"""A language model proposes only when one is set, and what it took counts as a cost of learning."""

import pytest
from pydantic import SecretStr

from autorefine.config import RefineConfig
from autorefine.extract.offer import offer_of
from autorefine.trace import trace_of
from kintsugi.expertise.gather import store
from kintsugi.expertise.proposing import proposer
from kintsugi.expertise.refine import refine
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.platform import Platform
from kintsugi.records import LearningCost
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


def with_model(platform: Platform, base_url: str) -> Platform:
    settings = platform.settings.extraction
    values = {"base_url": base_url, "model": "m", "api_key": SecretStr("sk-secret-key"), "timeout": 5.0}
    object.__setattr__(platform.settings, "extraction", settings.model_copy(update=values))
    return platform


def test_no_model_is_asked_unless_one_is_set(platform):
    assert proposer(platform) is None


def test_what_it_proposes_waits_for_the_gates_like_everything_else(platform, chat):
    store(platform.records, "test", planted(40))
    refine(with_model(platform, chat.base_url), RUN)
    assert chat.asked
    proposed = [each for each in StoredPatterns(platform.records).all() if each.name == NAME]
    assert [verdict.gate for verdict in proposed[0].verdicts][:1] == ["contract"]


def test_what_it_took_is_a_cost_of_learning(platform, chat):
    store(platform.records, "test", planted(40))
    refine(with_model(platform, chat.base_url), RUN)
    (cost,) = platform.records.scan(LearningCost)
    assert cost.tokens > 0
    assert cost.tokens_out > 0


def test_a_model_that_fails_stops_nothing(platform, chat):
    chat.status = 500
    store(platform.records, "test", planted(40))
    assert refine(with_model(platform, chat.base_url), RUN)["new"] == 40
