"""OpenSearch's bulk requests taken apart into items, and put together again."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Item:
    """One action of a bulk request and the lines that it came as."""

    action: str
    id: str | None
    index: str | None
    lines: bytes

    def refused(self, status: int, error: dict[str, Any]) -> dict[str, Any]:
        """The item's part of an answer, when the server would not take it."""
        return {self.action: {"_index": self.index, "_id": self.id, "status": status, "error": error}}


def items_of(body: bytes, index: str | None = None) -> Iterator[Item]:
    """Take a bulk request's body apart; ``index`` is the one of its path."""
    lines = iter([line + b"\n" for line in body.split(b"\n") if line.strip()])
    for line in lines:
        ((action, target),) = json.loads(line).items()
        source = b"" if action == "delete" else next(lines)
        yield Item(action, target.get("_id"), target.get("_index", index), line + source)


def body_of(items: Iterable[Item]) -> bytes:
    """Put a bulk request's body together."""
    return b"".join(item.lines for item in items)


def merged(answer: dict[str, Any] | None, answers: Sequence[dict[str, Any] | None]) -> dict[str, Any]:
    """Answer in the request's order: ``answers`` holds the made-up ones, ``None`` where the server's own goes."""
    own = iter(answer["items"] if answer else ())
    items = [made_up if made_up is not None else next(own) for made_up in answers]
    failed = any("error" in outcome for item in items for outcome in item.values())
    return {"took": answer["took"] if answer else 0, "errors": failed, "items": items}
