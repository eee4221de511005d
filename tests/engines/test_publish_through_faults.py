"""A publish while OpenSearch is overloaded or MongoDB's connection is cut: what it can't do, the next one completes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from kintsugi.errors import TransientError
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.stores.opensearch import OpenSearchIndex
from kintsugi.stores.opensearch.client import connect
from kintsugi.stores.owner import Owner
from tests.builders import RUN, HashEmbedder
from tests.engines.completed import require_complete
from tests.engines.conftest import Opener
from tests.engines.http_faults import Answer, HalfBulk, LostAnswer, RefusedItems, Request
from tests.engines.http_faults import Fault as HttpFault
from tests.engines.http_proxy import HttpProxy, bulk, path
from tests.engines.platforms import DIMENSION, Real
from tests.engines.proxy import Cut, Proxy
from tests.index.corpus import bury, store
from tests.index.crashing import seed_few
from tests.stores.opensearch_handles import Waits

FEW = {"gate_fewest": 2, "gate_queries": 4}
UNPUBLISHED = 8


@dataclass(frozen=True)
class Between:
    """A platform that reaches its engines through proxies, and whoever sees them without."""

    platform: Platform
    direct: Platform
    http: HttpProxy
    tcp: Proxy
    waits: Waits

    def heal(self) -> None:
        """Let everything through again."""
        self.http.heal()
        self.tcp.heal()


@pytest.fixture
def between(opened: Opener, real: Real) -> Iterator[Between]:
    """Something is served, and there are changes to publish."""
    direct = opened(real, **FEW)
    seed_few(direct, 4)
    publish(direct, RUN)
    store(direct, "00.md", ["An edited passage of quite another kind.", "It has a second one."])
    bury(direct, "01.md")
    for number in range(UNPUBLISHED):
        store(direct, f"new-{number}.md", [f"What came with number {number}.", f"More of number {number}."])
    host, port = real.opensearch.removeprefix("http://").split(":")
    mongo_host, mongo_port = real.mongo.removeprefix("mongodb://").split(":")
    waits = Waits()
    with HttpProxy(host, int(port)) as http, Proxy(mongo_host, int(mongo_port)) as tcp:
        through = opened(real.but(mongo=tcp.uri, opensearch=http.url), timeout=4, **FEW)
        hurried = OpenSearchIndex(
            partial(connect, through.settings.opensearch),
            prefix=real.prefix,
            owner=Owner(lambda: through.records),
            sleep=waits,
        )
        yield Between(through.using(index=hurried), direct, http, tcp, waits)
        hurried.close()


def failed(between: Between) -> TransientError | None:
    """Publish through the proxies; return the error when it gave up, which has to be one that is tried again."""
    try:
        publish(between.platform, RUN)
    except TransientError as error:
        return error
    return None


def require_completed_by_the_next(between: Between) -> None:
    between.heal()
    publish(between.platform, RUN)
    require_complete(between.direct)
    assert publish(between.direct, RUN).written == 0


def every_third(number: int, item: object) -> bool:
    return number % 3 == 0


def an_alias(request: Request) -> bool:
    return request.path.endswith("/_aliases")


PASSES: dict[str, tuple[HttpFault, Callable[[Request], bool], int]] = {
    "every third item is pushed back, twice": (RefusedItems(every_third), bulk, 2),
    "all items are pushed back, three times": (RefusedItems(), bulk, 3),
    "503 for two requests in bulk": (Answer(503, retry_after=1), bulk, 2),
    "429 for one request of any kind": (Answer(429), lambda request: True, 1),
    "half a bulk is done and the answer lost": (HalfBulk(3), bulk, 1),
    "a bulk is done and the answer lost": (LostAnswer(), bulk, 1),
    "a refresh is refused": (Answer(503), path("/_refresh"), 2),
}
LASTS: dict[str, tuple[HttpFault, Callable[[Request], bool]]] = {
    "items are pushed back": (RefusedItems(every_third), bulk),
    "no item is taken": (RefusedItems(), bulk),
    "503 to all that is asked": (Answer(503), lambda request: True),
    "503 to bulk": (Answer(503), bulk),
    "bulks are half done, each time": (HalfBulk(3), bulk),
    "what is asked is done, and never answered": (LostAnswer(), bulk),
}


@pytest.mark.parametrize("name", PASSES)
def test_what_passes_soon_is_not_noticed_by_the_publish(name: str, between: Between) -> None:
    fault, on, times = PASSES[name]
    between.http.fault(fault, on=on, times=times)
    assert failed(between) is None
    assert between.waits, "the fault was met, and waited for"
    require_complete(between.direct)
    require_completed_by_the_next(between)


@pytest.mark.parametrize("name", LASTS)
def test_what_lasts_ends_the_publish_and_the_next_one_completes(name: str, between: Between) -> None:
    fault, on = LASTS[name]
    between.http.fault(fault, on=on)
    error = failed(between)
    assert error is not None
    assert error.next_step
    require_completed_by_the_next(between)


@pytest.mark.parametrize("fault", [Answer(503), LostAnswer()])
def test_a_flip_whose_alias_could_not_follow_is_mended_by_the_next_publish(fault: HttpFault, between: Between) -> None:
    publish(between.direct, RUN)
    other = HashEmbedder(dimension=DIMENSION, model="another hash")
    through, direct = (each.using(embedder=other) for each in (between.platform, between.direct))
    between.http.fault(fault, on=an_alias)
    with pytest.raises(TransientError):
        publish(through, RUN)
    between.heal()
    publish(through, RUN)
    require_complete(direct)


@pytest.mark.parametrize("sent", [0, 300, 2_000, 6_000, 12_000])
def test_a_connection_to_mongodb_that_is_cut_once_costs_no_record(sent: int, between: Between) -> None:
    between.platform.records.now()  # connected
    between.tcp.fault(Cut(sent=sent), times=1)
    failed(between)
    assert between.tcp.fired == 1, "the cut was made"
    require_completed_by_the_next(between)


def test_answers_of_mongodb_that_are_cut_again_and_again_end_the_publish(between: Between) -> None:
    between.tcp.fault(Cut(received=5_000))
    error = failed(between)
    assert error is not None
    assert error.next_step
    assert between.tcp.fired > 0
    require_completed_by_the_next(between)
