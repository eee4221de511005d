"""Refusals as a list that a person can survey: those of one source and one reason are one entry."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from kintsugi.cli.quoted import printable
from kintsugi.cli.words import moment

if TYPE_CHECKING:
    from kintsugi.records import Quarantined

MOST_GROUPED = 1_000
"""Refusals that are looked at, so that those alike don't hide the others."""

_NAMED = 5
"""Refusals that are named of those alike."""


def alike(found: "Iterable[Quarantined]") -> "list[list[Quarantined]]":
    """Return refusals together that have source, check, state, expectation and next step in common; in their order."""
    groups: dict[tuple[str, ...], list[Quarantined]] = defaultdict(list)
    for each in found:
        groups[each.source, each.check, each.expected, each.next_step, each.state].append(each)
    return list(groups.values())


def quarantine_list(groups: "Iterable[list[Quarantined]]") -> Text:
    """Return refusals in groups of those `alike`: which they are, then what came, then what to do."""
    text = Text()
    for group in groups:
        first = group[0]
        if len(group) == 1:
            text.append(f"{printable(first.item)}  ", style="bold").append(f"{first.check}  ", style="red")
            text.append(f"{first.id[:8]} · {first.source} · {moment(first.refused_at)}\n", style="dim")
        else:
            text.append(f"{len(group)} of {first.source}  ", style="bold").append(f"{first.check}  ", style="red")
            text.append(f"the newest {moment(first.refused_at)}\n", style="dim")
            for each in group[:_NAMED]:
                text.append(f"    {printable(each.item)}  ").append(f"{each.id[:8]}\n", style="dim")
            if len(group) > _NAMED:
                text.append(f"    and {len(group) - _NAMED} more; --json names as many as --limit says\n", style="dim")
        values = {each.value for each in group}
        text.append(printable(f"    expected {first.expected}, got {first.value}"))
        text.append("\n" if len(values) == 1 else " for the newest\n")
        text.append(printable(f"    → {first.next_step}\n"), style="yellow")
    return text
