"""What lifts a block of the engine: it says in a reason by number which of them it means."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from kintsugi.errors import StoreUnavailable

if TYPE_CHECKING:
    from kintsugi.stores.opensearch.errors import Answer

_BLOCK = re.compile(r"(?:index \[([^\]]+)\] )?blocked by: ((?:\[[A-Z_]+/\d+/[^\]]*\];?\s*)+)")
_NUMBER = re.compile(r"\[[A-Z_]+/(\d+)/")


def blocked(what: str, answer: "Answer") -> StoreUnavailable:
    """Return the error for an index, or a cluster, that is closed to a request, with the remedy of each block."""
    found = [(index or "<index>", _NUMBER.findall(blocks)) for index, blocks in _BLOCK.findall(answer.reason)]
    remedies = [_REMEDIES[int(each)](index) for index, ids in found for each in ids if int(each) in _REMEDIES]
    return StoreUnavailable(
        what,
        expected="an index that isn't blocked",
        got=str(answer),
        next_step="; ".join(dict.fromkeys(remedies) or [_UNKNOWN])
        + ". Nothing is lost: the records hold what was refused",
    )


def _of_index(setting: str, why: str) -> Callable[[str], str]:
    return lambda index: f'{why}: `PUT {index}/_settings {{"index.blocks.{setting}": null}}` lifts it'


def _of_cluster(setting: str, why: str) -> Callable[[str], str]:
    null = f'{{"cluster.blocks.{setting}": null}}'
    puts = " and, in a request of its own, ".join(
        f'`PUT _cluster/settings {{"{layer}": {null}}}`' for layer in ("persistent", "transient")
    )
    return lambda _: f"{why}: {puts} lifts it"


def _no_manager(_: str) -> str:
    return "it passes once the cluster has a manager and has read its state; `GET _cluster/health` says so"


_UNKNOWN = "`GET _cluster/state/blocks` lists what is blocked"
_REMEDIES: dict[int, Callable[[str], str]] = {
    1: _no_manager,
    2: _no_manager,
    5: _of_index("read_only", "somebody made the index read-only"),
    6: _of_cluster("read_only", "somebody made the whole cluster read-only"),
    7: _of_index("read", "somebody closed the index to reads"),
    8: _of_index("write", "somebody took writes from the index"),
    9: _of_index("metadata", "somebody took changes of its metadata from the index"),
    10: _of_cluster("create_index", "free disk space on the nodes, and the block lifts itself; one that somebody set"),
    12: lambda index: (
        "free disk space on the nodes (`GET _cat/allocation?v`), and a flood-stage block lifts itself; one "
        f'that somebody set: `PUT {index}/_settings {{"index.blocks.read_only_allow_delete": null}}` lifts it'
    ),
    13: _of_cluster("read_only_allow_delete", "somebody let the whole cluster only delete"),
}
