"""Templates and the files they need, ready to be sent."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kintsugi.healing.context import in_words
from kintsugi.observe.sources_view import PARTITIONS
from kintsugi_airflow.pages import bars, commands, growth, quoting, words

HERE = Path(__file__).parent
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class StaticFile:
    """A file of the page. ``mark`` changes with its content, so that browsers may keep it for good."""

    body: bytes
    media_type: str
    mark: str


def static_files() -> dict[str, StaticFile]:
    """Return every file that the page may ask for, by name: a closed list, no path ever reaches the disk."""
    files = {}
    for path in sorted((HERE / "static").iterdir()):
        body = path.read_bytes()
        mark = hashlib.blake2b(body, digest_size=6).hexdigest()
        files[path.name] = StaticFile(body, MEDIA_TYPES[path.suffix], mark)
    return files


def environment(files: dict[str, StaticFile]) -> Environment:
    """Return the templates: everything is escaped, and an unknown name is an error, never an empty string."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "count": words.count,
        "plural": words.plural,
        "span": words.span,
        "utc": words.utc,
        "words": words.title,
        "slug": words.slug,
        "figure": words.figure,
        "points": words.points,
        "signed": words.signed,
        "chance": words.chance,
        "percent": words.percent,
        "named": words.named,
        "shown": words.shown,
        "quoted": quoting.quoted,
        "below": quoting.below,
        "marked": words.marked,
        "alert_line": in_words,
    }
    made.globals |= {
        "ago": words.ago,
        "columns": bars.columns,
        "wide_chart": bars.chart_width(PARTITIONS),
        "wide_slots": PARTITIONS,
        "strip": bars.strip,
        "figures": bars.figures,
        "colours": bars.colours,
        "command": commands.command,
        "leaning": bars.leaning,
        "whisker": growth.whisker,
        "lines": growth.lines,
        "chart_width": bars.CHART_WIDTH,
        "marks": {name: file.mark for name, file in files.items()},
    }
    return made


def page(templates: Environment, name: str, **values: Any) -> str:
    """Return the template, filled in."""
    return templates.get_template(name).render(**values)
