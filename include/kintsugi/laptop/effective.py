"""Every setting with its value and where that comes from."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kintsugi.settings import PREFIX, Settings, known_keys
from kintsugi.stores.place import without_secrets


@dataclass(frozen=True)
class Setting:
    """One setting. ``origin`` is a variable's name, ``kintsugi.toml`` or ``default``."""

    key: str
    value: str
    origin: str


def effective_settings(settings: Settings, environ: Mapping[str, str]) -> list[Setting]:
    """Return all settings, in the order of their sections; secret options of an address are left out."""
    file = settings.home / "kintsugi.toml"
    written = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    values = settings.model_dump()
    return [
        Setting(key, without_secrets(str(_at(values, key))), origin_of(key, written, environ)) for key in known_keys()
    ]


def origin_of(key: str, written: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Return where a key's value comes from: variables win over the file, the file over the default."""
    variable = PREFIX + key.replace(".", "__").upper()
    if variable in environ:
        return variable
    return "kintsugi.toml" if _at(written, key) is not None else "default"


def _at(content: Mapping[str, Any], key: str) -> Any:
    value: Any = content
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
