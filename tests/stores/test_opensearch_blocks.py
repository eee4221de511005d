"""A block says by its number what lifts it: of the whole cluster on a node of its own, of the rest by their words."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from kintsugi.errors import StoreUnavailable
from kintsugi.stores.opensearch.blocks import blocked
from kintsugi.stores.opensearch.errors import BLOCK, Answer
from tests.engines.servers import Server, opensearch_node
from tests.stores.entries import DIMENSION, entry
from tests.stores.opensearch_handles import opened


@pytest.fixture(scope="module")
def lone_node() -> Iterator[Server]:
    """A node that no other test uses: its blocks are everybody's."""
    with opensearch_node() as server:
        yield server


@pytest.mark.parametrize("setting", ["cluster.blocks.read_only", "cluster.blocks.read_only_allow_delete"])
@pytest.mark.parametrize("layer", ["persistent", "transient"])
def test_a_block_of_the_whole_cluster_is_lifted_by_what_is_said(lone_node: Server, setting: str, layer: str) -> None:
    index = opened(lone_node.url, "kintsugi")
    index.create("g", DIMENSION)
    url = f"{lone_node.url}/_cluster/settings"
    httpx.put(url, json={layer: {setting: True}}, timeout=30).raise_for_status()
    with pytest.raises(StoreUnavailable, match="cluster") as refused:
        index.write("g", [entry("a")])
    said = re.findall(r"`PUT _cluster/settings (\{.*?\}\})`", refused.value.next_step)
    assert len(said) == 2
    for body in said:
        httpx.put(url, json=json.loads(body), timeout=30).raise_for_status()
    assert index.write("g", [entry("a")]).written == 1
    index.close()


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "index [k-g] blocked by: [FORBIDDEN/9/index metadata (api)];",
            ['k-g/_settings {"index.blocks.metadata": null}'],
        ),
        ("index [k-g] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded];", ["free disk space", "_cat/allocation"]),
        ("blocked by: [FORBIDDEN/10/cluster create-index blocked (api)];", ['"cluster.blocks.create_index": null']),
        ("blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];", ["it passes"]),
        (
            "index [k-g] blocked by: [FORBIDDEN/5/index read-only (api)];[FORBIDDEN/8/index write (api)];",
            ['{"index.blocks.read_only": null}', '{"index.blocks.write": null}'],
        ),
        ("something else", ["_cluster/state/blocks"]),
    ],
)
def test_each_block_has_its_own_remedy(reason: str, said: list[str]) -> None:
    next_step = blocked("search index x: write", Answer(403, BLOCK, reason)).next_step
    assert [words for words in said if words not in next_step] == []
    assert ("disk" in next_step) == ("disk" in reason or "create-index" in reason)
