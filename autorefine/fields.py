"""Typed reading of plain documents: a refusal names the field, what was expected and what came."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import TypeVar

T = TypeVar("T")


class Fields:
    """The fields of one plain document, read with their types checked.

    Args:
        what: name of the thing that is read; it leads every error message.
        document: what should be a mapping with text keys.

    Raises:
        ValueError: from the constructor and from every method, when something else came than was expected.
    """

    def __init__(self, what: str, document: object) -> None:
        if not isinstance(document, Mapping):
            raise ValueError(_message(what, "a mapping", document))
        self._what = what
        self._document = document

    def text(self, name: str) -> str:
        """Return a text field."""
        value = self._value(name, "text")
        if not isinstance(value, str):
            raise ValueError(_message(f"{self._what}.{name}", "text", value))
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a text field that may be absent or null."""
        return None if self._document.get(name) is None else self.text(name)

    def flag(self, name: str) -> bool:
        """Return a field that is true or false; 0 and 1 are refused."""
        value = self._value(name, "true or false")
        if not isinstance(value, bool):
            raise ValueError(_message(f"{self._what}.{name}", "true or false", value))
        return value

    def optional_flag(self, name: str) -> bool | None:
        """Return a field that is true or false, or absent or null."""
        return None if self._document.get(name) is None else self.flag(name)

    def number(self, name: str) -> float:
        """Return a numeric field."""
        value = self._value(name, "a number")
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise ValueError(_message(f"{self._what}.{name}", "a number", value))
        return float(value)

    def optional_number(self, name: str) -> float | None:
        """Return a numeric field that may be absent or null."""
        return None if self._document.get(name) is None else self.number(name)

    def integer(self, name: str) -> int:
        """Return a field that holds a whole number."""
        value = self._value(name, "a whole number")
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(_message(f"{self._what}.{name}", "a whole number", value))
        return value

    def each(self, name: str, read: Callable[[object], T]) -> tuple[T, ...]:
        """Return a list field, every item read with ``read``; a refused item is named by its position."""
        value = self._value(name, "a list")
        if not isinstance(value, list | tuple):
            raise ValueError(_message(f"{self._what}.{name}", "a list", value))
        read_items = []
        for position, item in enumerate(value):
            try:
                read_items.append(read(item))
            except ValueError as refused:
                raise ValueError(f"{self._what}.{name}[{position}]: {refused}") from None
        return tuple(read_items)

    def mapping(self, name: str, read: Callable[[object], T]) -> dict[str, T]:
        """Return a field that maps text to values, every value read with ``read``."""
        value = self._value(name, "a mapping")
        if not isinstance(value, Mapping):
            raise ValueError(_message(f"{self._what}.{name}", "a mapping", value))
        return {str(key): read(item) for key, item in value.items()}

    def optional(self, name: str, read: Callable[[object], T]) -> T | None:
        """Return a field read with ``read``, or None when it is absent or null."""
        value = self._document.get(name)
        return None if value is None else read(value)

    def choice(self, name: str, *allowed: str) -> str:
        """Return a text field that must be one of ``allowed``."""
        value = self.text(name)
        if value not in allowed:
            raise ValueError(_message(f"{self._what}.{name}", f"one of {', '.join(allowed)}", value))
        return value

    def _value(self, name: str, expected: str) -> object:
        if name not in self._document:
            raise ValueError(f"{self._what}.{name}: expected {expected}, got nothing")
        value: object = self._document[name]
        return value


def as_text(value: object) -> str:
    """Read one item of a list of texts."""
    if not isinstance(value, str):
        raise ValueError(_message("item", "text", value))
    return value


def as_integer(value: object) -> int:
    """Read one item of a list of whole numbers."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(_message("item", "a whole number", value))
    return value


def as_number(value: object) -> float:
    """Read one item of a list of numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(_message("item", "a number", value))
    return float(value)


def as_texts(value: object) -> tuple[str, ...]:
    """Read one list of texts."""
    if not isinstance(value, list | tuple):
        raise ValueError(_message("item", "a list of texts", value))
    return tuple(as_text(item) for item in value)


def _message(where: str, expected: str, got: object) -> str:
    shown = repr(got)
    return (
        f"{where}: expected {expected}, got {shown if len(shown) <= 60 else shown[:57] + '...'} ({type(got).__name__})"
    )
