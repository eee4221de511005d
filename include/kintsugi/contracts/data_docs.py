"""Data Docs: the newest validation of each source as a page, by Great Expectations' own renderer.

The page stands alone: no script, no font and no style comes from elsewhere, and it runs nothing.
"""

import errno
import os
import re
from collections.abc import Sequence
from copy import copy as shallow
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kintsugi.errors import TerminalError
from kintsugi.records import CellFigures, OddCell
from kintsugi.settings import Settings

_SHOWN = 50
"""Unexpected values that are shown of each expectation."""

_VALUE = 200
_ACTIVE = re.compile(r"<(script|style)\b.*?</\1\s*>|<(?:link|meta|img|iframe)\b[^>]*>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"</?a\b[^>]*>", re.IGNORECASE)
_BULKY = ("unexpected_list", "unexpected_index_list", "partial_unexpected_index_list", "unexpected_index_query")
_SAMPLES = ("partial_unexpected_list", "partial_unexpected_counts")

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data Docs: {source}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }}
h5, h6 {{ font-size: 1.05rem; margin: 1.2rem 0 .3rem; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ border: 1px solid #8886; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
td {{ overflow-wrap: anywhere; }}
.badge {{ border: 1px solid #8886; border-radius: .3rem; padding: 0 .3rem; font-family: ui-monospace, monospace; }}
.text-success {{ color: #1a7f37; }} .text-danger {{ color: #cf222e; }}
.fa-check-circle::before {{ content: "✓"; }} .fa-times::before {{ content: "✗"; }}
.fa-exclamation-triangle::before {{ content: "!"; }}
</style></head>
<body><h1>{source}</h1><p>{what}</p>
{body}
</body></html>
"""


def data_doc(settings: Settings, source: str) -> bytes | None:
    """Return the page of a source's newest validation; ``None`` before the first one."""
    try:
        return _path(settings, source).read_bytes()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENAMETOOLONG):
            return None
        raise


def write_data_doc(
    settings: Settings,
    source: str,
    suite: str,
    results: Sequence[Any],
    what: str,
    *,
    samples: bool = True,
    cells: CellFigures | None = None,
) -> Path:
    """Render the results of a validation and put them in place of the source's former page; return its path.

    Args:
        settings: whose ``var`` keeps it.
        source: the source's name.
        suite: the suite's name.
        results: of Great Expectations, one for each expectation.
        what: what was validated, and when.
        samples: whether refused values are shown; not for a source that not everyone may read.
        cells: wrong cells of the partition; ``None`` where nobody looked.

    Raises:
        TerminalError: the renderer could not render them.
        OSError: the page could not be written.
    """
    try:
        body = _rendered(suite, [_bounded(each, samples=samples) for each in results]) + _told(cells, samples=samples)
    except Exception as error:  # whatever the renderer stumbles over, it is not what the data did wrong
        raise TerminalError(
            f"source {source}: its Data Docs could not be rendered",
            got=f"{type(error).__name__}: {error}",
            next_step="report it; the validation itself is not touched by it",
        ) from error
    path = _path(settings, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(_PAGE.format(source=escape(source), what=escape(what), body=body), encoding="utf-8")
    part.replace(path)
    return path


def _rendered(suite: str, bounded: Sequence[Any]) -> str:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaSectionView

    well = sum(bool(each.success) for each in bounded)
    outcome = ExpectationSuiteValidationResult(
        success=well == len(bounded),
        results=list(bounded),
        suite_name=suite,
        statistics={
            "evaluated_expectations": len(bounded),
            "successful_expectations": well,
            "unsuccessful_expectations": len(bounded) - well,
            "success_percent": 100 * well / max(1, len(bounded)),
        },
        meta={},
    )
    document = ValidationResultsPageRenderer(run_info_at_end=True).render(outcome).to_json_dict()
    view = DefaultJinjaSectionView()
    sections = enumerate(document["sections"], 1)
    parts = [view.render({"section": each, "section_loop": {"index": n}}) for n, each in sections]
    return _LINK.sub("", _ACTIVE.sub("", "\n".join(parts)))


def _told(cells: CellFigures | None, *, samples: bool) -> str:
    """Return the paragraph on wrong cells, which no expectation of a single column could find."""
    if cells is None:
        return ""
    refused = f"; {cells.refused} rows were refused for it" if cells.refused else ""
    said = f"{cells.cells} cells of {cells.rows} rows contradict the rest of the table{refused}."
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(each[:_VALUE])}</td>' for each in _line(cell))}</tr>"
        for cell in (cells.examples if samples else ())
    )
    head = "".join(f"<th>{each}</th>" for each in ("Row", "Column", "Value", "Suggested", "Why"))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
    return f"\n<section><h5>Wrong cells</h5><p>{said}</p>{table}</section>"


def _line(cell: OddCell) -> tuple[str, ...]:
    return cell.item, cell.column, cell.value, cell.suggestion or "", cell.reason


def _bounded(result: Any, *, samples: bool) -> Any:
    """Return a copy of a result whose size does not depend on the shard."""
    copy = shallow(result)
    hidden = _BULKY if samples else (*_BULKY, *_SAMPLES)
    copy.result = {name: _shown(each) for name, each in result.result.items() if name not in hidden}
    return copy


def _shown(value: Any) -> Any:
    """Return a value as it may stand in the page: the renderer puts what was observed into it as it is."""
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value[:_SHOWN]]
    return escape(value[:_VALUE]) if isinstance(value, str) else value


def _path(settings: Settings, source: str) -> Path:
    return settings.var / "data-docs" / f"{quote(source, safe='')}.html"
