"""A question while an engine is down: an error with the next step within seconds, never a wait of minutes."""

import time
from collections.abc import Iterator

import pytest

from kintsugi.errors import StoreUnavailable
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.retrieval.answer import ask
from tests.builders import RUN
from tests.engines.conftest import Opener
from tests.engines.life import EVERYTHING
from tests.engines.platforms import Real
from tests.engines.proxy import BlackHole, Fault, Proxy, Refuse
from tests.index.crashing import seed_few

TIMEOUT = 1.0
"""Seconds, as the settings `mongo.timeout` and `opensearch.timeout`; by default 5 and 10."""

SECONDS = 12.0
"""Within which the error has to be there, on a busy machine."""

QUESTION = "word0 word1 word2"


@pytest.fixture
def proxies(real: Real) -> Iterator[dict[str, Proxy]]:
    places = {"mongo": real.mongo.removeprefix("mongodb://"), "opensearch": real.opensearch.removeprefix("http://")}
    (mongo_host, mongo_port), (host, port) = (place.split(":") for place in places.values())
    with Proxy(mongo_host, int(mongo_port)) as mongo, Proxy(host, int(port)) as opensearch:
        yield {"mongo": mongo, "opensearch": opensearch}


@pytest.fixture
def asked(opened: Opener, real: Real, proxies: dict[str, Proxy]) -> Platform:
    """Through proxies, with something to answer from."""
    direct = opened(real)
    seed_few(direct, 2)
    publish(direct, RUN)
    there = real.but(mongo=proxies["mongo"].uri, opensearch=proxies["opensearch"].url)
    return opened(there, timeout=TIMEOUT)


@pytest.mark.parametrize("before", [True, False], ids=["asked before", "never asked"])
@pytest.mark.parametrize("fault", [Refuse(), BlackHole()], ids=["refuses", "hangs"])
@pytest.mark.parametrize("engine", ["mongo", "opensearch"])
def test_a_question_ends_within_seconds_and_says_what_to_do(
    engine: str, fault: Fault, before: bool, asked: Platform, proxies: dict[str, Proxy]
) -> None:
    if before:
        require_answered(asked)
    proxies[engine].fault(fault)
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable) as caught:
        ask(asked, QUESTION, EVERYTHING)
    assert time.monotonic() - begun < SECONDS
    assert caught.value.next_step
    assert f"{proxies[engine].host}:{proxies[engine].port}" in str(caught.value)
    proxies[engine].heal()
    require_answered(asked)  # once it is back, the same process answers


def require_answered(platform: Platform, tries: int = 5) -> None:
    """Ask until there is an answer: on a busy machine a healthy engine may need longer than `TIMEOUT` at first."""
    for _ in range(tries - 1):
        try:
            assert ask(platform, QUESTION, EVERYTHING).generation
        except StoreUnavailable:
            continue
        return
    assert ask(platform, QUESTION, EVERYTHING).generation
