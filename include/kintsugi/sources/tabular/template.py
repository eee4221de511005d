"""Templates: a row's title and text. They come from the configuration; values of rows are never templates."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kintsugi.documents.formats.rows import flattened
from kintsugi.errors import DataError
from kintsugi.sources.tabular.values import Row, plain, shown

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

WHOLE_ROW = "row"
"""A template's name of the whole row: ``row["Unit price"]`` is for columns whose name is no word."""

_METHODS = ("get", "items", "keys", "values")


class Template:
    """One template of Jinja, in its sandbox, with undefined names refused.

    Attributes:
        source: its text.
        names: the columns that it refers to.
        takes_all: whether it may look at others too.

    Raises:
        ValueError: its syntax is wrong; says where.
    """

    def __init__(self, source: str) -> None:
        from jinja2 import TemplateSyntaxError, meta, nodes

        self.source = source
        environment = _environment()
        try:
            tree = environment.parse(source)
            self._template = environment.from_string(source)
        except TemplateSyntaxError as error:
            raise ValueError(f"a template that Jinja reads ({error.message}, line {error.lineno})") from None
        undeclared = meta.find_undeclared_variables(tree)
        members = {name for node in tree.find_all((nodes.Getattr, nodes.Getitem)) if (name := _member(node))}
        uses = sum(node.name == WHOLE_ROW for node in tree.find_all(nodes.Name))
        named = sum(_member(node) is not None for node in tree.find_all((nodes.Getattr, nodes.Getitem)))
        self.names = frozenset((undeclared - {WHOLE_ROW}) | members)
        self.takes_all = uses > named

    def render(self, row: Row, what: str) -> str:
        """Return the template filled in.

        Raises:
            DataError: it can't be, with this row's values.
        """
        from jinja2 import TemplateError

        try:
            return self._template.render({**row, WHOLE_ROW: row})
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise DataError(
                f"{what}: the template can't be filled in",
                expected="values that the template works with",
                got=f"{type(error).__name__}: {error}",
                next_step="correct the row, or let the template allow for it (`is defined`, `default`)",
            ).named("template") from error


def lines_of(row: Row) -> str:
    """Return the row as ``column: value`` lines, columns without a value left out; nested values by their path."""
    fields = ((name, shown(value)) if _is_leaf(value) else (name, plain(value)) for name, value in row.items())
    lines = (
        f"{path}: {text.strip()}" for name, value in fields for path, text in flattened(value, name) if text.strip()
    )
    return "\n".join(lines) + "\n"


def checked(source: str) -> str:
    """Return the template's source, for the check of an option.

    Raises:
        ValueError: its syntax is wrong.
    """
    if source:
        Template(source)
    return source


def _is_leaf(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple)


def _member(node: Any) -> str | None:
    """Return the column that ``row.name`` or ``row["name"]`` refers to."""
    from jinja2 import nodes

    if not isinstance(node.node, nodes.Name) or node.node.name != WHOLE_ROW:
        return None
    if isinstance(node, nodes.Getattr):
        return None if node.attr in _METHODS else node.attr
    return node.arg.value if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) else None


def _environment() -> "SandboxedEnvironment":
    from jinja2 import StrictUndefined, Undefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def finalize(value: Any) -> Any:
        return value if isinstance(value, Undefined) else shown(value)

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=finalize, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.clear()  # a column may have the name of one
    return environment
