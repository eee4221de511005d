"""A command group that imports a command's module only when that command is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True)
class Lazy:
    """Where a command is, as ``module:attribute`` (a function or a typer app), and its line in the overview.

    ``passes_on`` is for a command that hands all its arguments on: options that it does not know are none of its own.
    """

    where: str
    help: str
    passes_on: bool = False


class LazyGroup(TyperGroup):
    """Shows its ``lazy`` commands in its overview, in that order, without importing them. Subclass it with a table."""

    lazy: ClassVar[Mapping[str, Lazy]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update({name: TyperCommand(name, help=each.help) for name, each in self.lazy.items()})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command itself; an unknown name gets the usual message with suggestions."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name, self.lazy[name]) if name and name in self.lazy else command, rest


def load(name: str, lazy: Lazy) -> Any:
    """Import a command and return it, ready to be called."""
    module, _, attribute = lazy.where.partition(":")
    target = getattr(import_module(module), attribute)
    if not isinstance(target, typer.Typer):
        app = typer.Typer(add_completion=False)
        settings = {"ignore_unknown_options": True, "allow_interspersed_args": False} if lazy.passes_on else None
        app.command(name, context_settings=settings)(target)
        target = app
    command = typer.main.get_command(target)
    command.name = name
    return command
