"""Figures, times and names as people read them; pure functions, used as template filters."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

_HASH = re.compile(r"[0-9a-f]{24,}")
SPANS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def count(value: int) -> str:
    """Return ``12,345``."""
    return f"{value:,}"


def plural(value: int, one: str, many: str = "") -> str:
    """Return ``1 chunk``, ``2 chunks``."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def span(seconds: float) -> str:
    """Return a duration in its one or two largest units: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 d 4 h``."""
    if 0 < seconds < 0.05:
        return "< 0.1 s"
    if seconds < 10:
        return f"{max(seconds, 0.0):.1f}".removesuffix(".0") + " s"
    left = round(seconds)
    parts = []
    for size, unit in SPANS:
        whole, left = divmod(left, round(size))
        if whole:
            parts.append(f"{whole} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def ago(at: float, now: float) -> str:
    """Return how long ago a time was, in its largest unit: ``just now``, ``14 s ago``, ``3 h ago``."""
    seconds = now - at
    if seconds < 2:
        return "just now"
    size, unit = next((size, unit) for size, unit in SPANS if seconds >= size)
    return f"{int(seconds // size)} {unit} ago"


def utc(at: float) -> str:
    """Return ``2026-11-24 19:40:07 UTC``; a time that no calendar has is returned as its number."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return str(at)


def title(name: str) -> str:
    """Return a name from the code as words: ``missing-chunks`` → ``Missing chunks``."""
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def slug(state: str) -> str:
    """Return a state as a CSS class: ``awaiting approval`` → ``awaiting-approval``."""
    return state.replace(" ", "-")


def figure(value: float) -> str:
    """Return a number in as many digits as matter: ``3``, ``0.25``, ``1,204``."""
    return count(int(value)) if float(value).is_integer() else f"{value:,.3g}"


def points(value: float) -> str:
    """Return a difference in percentage points, with its sign: ``+38``, ``−4``, ``0``."""
    rounded = round(value)
    return f"{rounded:+d}".replace("-", "−") if rounded else "0"


def signed(value: float, digits: int = 3) -> str:
    """Return a small difference with its sign: ``+0.041``, ``−0.25``, ``0``."""
    rounded = round(value, digits)
    return f"{rounded:+.{digits}g}".replace("-", "−") if rounded else "0"


def chance(p: float) -> str:
    """Return a p-value: ``0.041``, ``< 0.001``."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def percent(share: float) -> str:
    """Return a share of 1 as ``12 %``, ``1.5 %``, ``0.81 %``, ``< 0.01 %``."""
    value = 100 * share
    if 0 < value < 0.01:
        return "< 0.01 %"
    digits = 0 if value >= 10 else 1 if value >= 1 else 2
    return f"{figure(round(value, digits))} %"


def named(value: Any, name: str) -> str:
    """Return what a diagnosis, a plan or a verification holds under a name: shares as percentages, else as `shown`."""
    is_share = name == "share" or name.endswith("_share")
    return percent(value) if is_share and isinstance(value, int | float) else shown(value)


def shown(value: Any, most: int = 6) -> str:
    """Return any value as a line of text; long lists and the hashes in them are cut, and say so."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return figure(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{title(str(key)).lower()} {named(each, str(key))}" for key, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        items = [shown(each, most) for each in value]
        return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")
    if isinstance(value, str) and _HASH.fullmatch(value):
        return f"{value[:12]}…"
    return "–" if value is None or value == "" else str(value)


def marked(text: str) -> Markup:
    """Return the text escaped, with what stands between backticks as code."""
    parts = text.split("`")
    whole = len(parts) % 2 == 1
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if whole and n % 2 else escape(part if whole or not n else f"`{part}")
        for n, part in enumerate(parts)
    )
