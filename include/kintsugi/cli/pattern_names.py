"""How a pattern is named on the command line."""

from typing import TYPE_CHECKING, Annotated

import typer

from kintsugi.cli.words import number_of

if TYPE_CHECKING:
    from autorefine.pattern import Pattern
    from kintsugi.platform import Platform

Id = Annotated[str, typer.Argument(help="The pattern's id, or its beginning.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def named(platform: "Platform", beginning: str) -> "Pattern":
    """Return the one pattern whose id begins like this.

    Raises:
        TerminalError: no pattern, or more than one, has such an id.
    """
    from kintsugi.errors import TerminalError
    from kintsugi.expertise.repository import StoredPatterns
    from kintsugi.records import StoredPattern

    nearest = platform.records.scan(StoredPattern, after=beginning[:-1], limit=10_000) if beginning else ()
    found = [each.id for each in nearest if each.id.startswith(beginning)]
    pattern = StoredPatterns(platform.records).get(found[0]) if len(found) == 1 else None
    if pattern is None:
        raise TerminalError(
            f"patterns: {number_of(len(found), 'pattern')} have an id that begins with {beginning!r}",
            expected="exactly one",
            got=", ".join(found[:5]),
            next_step="take a longer beginning from `kintsugi patterns list`",
        )
    return pattern
