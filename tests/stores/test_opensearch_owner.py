"""Two platforms on one cluster with one prefix: neither sees, changes nor drops what the other has made."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from kintsugi.errors import ConfigurationError
from kintsugi.index.publish import publish, rebuild
from kintsugi.observe.engines import engines
from kintsugi.platform import Platform, open_platform
from kintsugi.records import RECORDS, Installation
from kintsugi.settings import load_settings
from kintsugi.stores.binding import noted
from kintsugi.stores.owner import Owner
from kintsugi.stores.search import SearchIndex
from kintsugi.stores.sqlite import SQLiteRecords
from tests.builders import RUN, HashEmbedder
from tests.engines.servers import Server
from tests.index.crashing import seed_few
from tests.stores.entries import DIMENSION, entry
from tests.stores.search_index_contract import ON_AN_INDEX


@pytest.fixture
def platform(tmp_path: Path, opensearch_node: Server, index_prefix: str) -> Iterator[Callable[[str], Platform]]:
    """Opens the platform in a folder, all on one node and one prefix."""
    engine = {"KINTSUGI_OPENSEARCH__URL": opensearch_node.url, "KINTSUGI_OPENSEARCH__PREFIX": index_prefix}
    made: list[Platform] = []

    def opened(folder: str) -> Platform:
        (tmp_path / folder / "var").mkdir(parents=True, exist_ok=True)
        made.append(Platform(load_settings({"KINTSUGI_HOME": str(tmp_path / folder), **engine})))
        return made[-1]

    yield opened
    for each in made:
        each.close()


@pytest.mark.parametrize(
    "doing",
    [lambda index, name: index.create(name, DIMENSION), lambda index, name: index.drop(name), *ON_AN_INDEX.values()],
    ids=["create", "drop", *ON_AN_INDEX],
)
@pytest.mark.parametrize("used", [True, False], ids=["with indexes of its own", "before its first index"])
def test_an_index_of_another_platform_is_refused_and_left_as_it_is(
    platform: Callable[[str], Platform], doing: Callable[[SearchIndex, str], object], used: bool
) -> None:
    theirs, ours = platform("theirs").index, platform("ours").index
    theirs.create("g", DIMENSION)
    theirs.write("g", [entry("theirs")])
    if used:
        ours.create("other", DIMENSION)
    with pytest.raises(ConfigurationError, match="belongs to another platform") as refused:
        doing(ours, "g")
    assert "opensearch.prefix" in refused.value.next_step
    assert [each.id for each in theirs.entries("g")] == ["theirs"]
    assert (theirs.names(), ours.names()) == (["g"], ["other"] if used else [])


def test_an_alias_on_another_platforms_index_stays_there(
    platform: Callable[[str], Platform], opensearch_node: Server, index_prefix: str
) -> None:
    theirs, ours = platform("theirs").index, platform("ours").index
    theirs.create("g", DIMENSION)
    ours.create("h", DIMENSION)
    theirs.serve("g")
    for doing in (ours.describe, lambda: ours.create("i", DIMENSION), lambda: ours.serve("h")):
        with pytest.raises(ConfigurationError, match=f"{index_prefix}-g"):
            doing()
    assert ours.names() == ["h"]
    with OpenSearch(hosts=[opensearch_node.url], timeout=30) as node:
        assert list(node.indices.get_alias(name=f"{index_prefix}-served")) == [f"{index_prefix}-g"]


def test_a_folder_is_not_bound_to_a_prefix_whose_alias_is_anothers(
    platform: Callable[[str], Platform], index_prefix: str
) -> None:
    theirs, fresh = platform("theirs"), platform("fresh")
    theirs.index.create("g", DIMENSION)
    theirs.index.serve("g")
    with pytest.raises(ConfigurationError, match=f"{index_prefix}-served on indexes of this platform"):
        open_platform(fresh.settings)
    assert noted(fresh.settings) is None
    assert "somebody else" in engines(fresh)[1].error
    theirs.look()


def test_an_index_is_not_dropped_where_it_could_not_be_made_again(
    platform: Callable[[str], Platform], opensearch_node: Server, index_prefix: str
) -> None:
    here = platform("here").using(embedder=HashEmbedder())
    seed_few(here)
    name = publish(here, RUN).generation
    with OpenSearch(hosts=[opensearch_node.url], timeout=30) as node:
        node.indices.delete_alias(index=f"{index_prefix}-{name}", name=f"{index_prefix}-served")
        node.indices.create(index=f"{index_prefix}-served")
    before = here.index.count(name)
    with pytest.raises(ConfigurationError, match="to be free for an alias"):
        rebuild(here, RUN)
    assert here.index.count(name) == before > 0


def test_a_platform_knows_its_indexes_again_wherever_its_records_are_moved(
    platform: Callable[[str], Platform],
) -> None:
    here, there = platform("here"), platform("there")
    here.index.create("g", DIMENSION)
    assert platform("here").index.names() == ["g"]
    for kind in RECORDS:
        there.records.put(here.records.scan(kind))
    assert there.index.names() == ["g"]


def test_looking_writes_nothing_into_the_records(platform: Callable[[str], Platform]) -> None:
    fresh = platform("fresh")
    assert fresh.index.names() == []
    fresh.index.drop("never made")
    fresh.look()
    assert fresh.records.count(Installation) == 0


def test_of_several_that_name_a_platform_at_once_one_wins(tmp_path: Path) -> None:
    stores = [SQLiteRecords(tmp_path / "records.sqlite", clock=lambda: 0.0) for _ in range(2)]
    one, other = (Owner(lambda store=store: store) for store in stores)  # type: ignore[misc]
    assert (one.known(), other.known()) == ("", "")
    assert one.made() == other.made() == one.made() != ""
    for store in stores:
        store.close()
