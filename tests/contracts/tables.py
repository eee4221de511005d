"""A platform whose only source is a table in a file, as `sources.yaml` has it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kintsugi.platform import Platform

SOURCE = "orders"


class OrdersFile:
    """Writes the table, and the entry that brings it in."""

    def __init__(self, platform: Platform) -> None:
        self._home: Path = platform.settings.home
        self.entry()

    def entry(self, *accept_drift: str, **options: str) -> None:
        """Write the source's entry."""
        lines = [f"      {name}: {value}" for name, value in ({"path": "orders.csv", "key": "id"} | options).items()]
        path = self._home / "include" / "sources.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            "\n".join(
                [
                    "sources:",
                    f"  {SOURCE}:",
                    "    kind: tables",
                    f"    accept_drift: [{', '.join(accept_drift)}]",
                    "    options:",
                    *lines,
                ]
            )
        )

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the table; its header is the first row's."""
        lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
        (self._home / "orders.csv").write_text("\n".join(lines) + "\n")


def orders(count: int = 30, **names: str) -> list[dict[str, Any]]:
    """Return rows; ``names`` gives columns other names."""
    rows = [
        {"id": n, "customer": f"Customer {n * 7919 % 101}", "city": ("Lyon", "Turin")[n % 2], "total": n * 3}
        for n in range(count)
    ]
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]
