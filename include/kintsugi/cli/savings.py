"""`kintsugi savings`: whether patterns are worth what they cost."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from kintsugi.cli.quoted import printable
from kintsugi.cli.tables import folding, wide_console

if TYPE_CHECKING:
    from kintsugi.savings.bootstrap import Interval
    from kintsugi.savings.report import ClassSavings, SavingsReport

WIDTH = 31
"""Characters of an interval's picture; an odd number, so that zero stands in the middle."""


def savings(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Show what patterns saved against a random holdout without them, net of what learning cost, with its interval."""
    from kintsugi.platform import open_platform
    from kintsugi.savings.collect import collect
    from kintsugi.savings.report import savings_report

    platform = open_platform()
    try:
        collect(platform)
        report = savings_report(platform)
    finally:
        platform.close()
    if as_json:
        sys.stdout.write(json.dumps(report.to_document(), ensure_ascii=False) + "\n")
        return
    _show(report)


def picture(interval: "Interval", widest: float) -> str:
    """Return an interval as a bar around zero: ``│`` is zero, ``●`` the estimate; ``widest`` reaches the edge."""
    middle = WIDTH // 2

    def at(value: float) -> int:
        return middle if not widest else round(middle + max(-1.0, min(1.0, value / widest)) * middle)

    cells = [" "] * WIDTH
    for position in range(at(interval.low), at(interval.high) + 1):
        cells[position] = "─"
    cells[middle] = "│"
    cells[at(interval.size)] = "●"
    return "".join(cells)


def _show(report: "SavingsReport") -> None:
    console = wide_console()
    currency = report.prices.currency
    intervals = [each.estimate.saved for each in report.classes if each.estimate.saved]
    widest = max((abs(end) for each in intervals for end in (each.low, each.high)), default=0.0)
    if report.classes:
        names = ("class", "held out", "treated", "cost held out", "cost treated", f"saved, {currency}", "", "success")
        table = Table(*folding(*names), box=None)
        for each in report.classes:
            table.add_row(*_cells(each, widest))
        console.print(table)
    console.print(Text(printable(_finding(report))))
    age = f", {report.prices_age_days} days old: look whether they still hold" if report.prices_are_old else ""
    console.print(Text(printable(f"Prices of {report.prices.date}{age}. {report.prices.source}"), style="dim"))


def _cells(each: "ClassSavings", widest: float) -> list[Text]:
    found = each.estimate
    saved, bar = each.says, f"{found.missing_held_out} held out and {found.missing_treated} treated missing"
    if each.outcomes_are_odd:
        bar = "outcomes are missing from one arm more often"
    if each.share_is_odd:
        bar = "an odd share is held out"
    if found.saved is not None:
        saved = f"{found.saved.size:.4g} ({found.saved.low:.4g} … {found.saved.high:.4g})"
        bar = picture(found.saved, widest)
    success = (
        "" if each.success is None else f"{each.success.size:+.0%} ({each.success.low:+.0%} … {each.success.high:+.0%})"
    )
    means = ["" if mean is None else f"{mean:.4g}" for mean in (found.mean_held_out, found.mean_treated)]
    shown = [found.task_class, str(found.held_out), str(found.treated), *means, saved, bar, success]
    return [Text(printable(cell)) for cell in shown]


def _finding(report: "SavingsReport") -> str:
    learning = f"Learning cost {report.learning:.4g} {report.prices.currency}."
    if report.net is None:
        return f"Insufficient data: {report.missing_held_out} more held-out tasks are needed for a total. {learning}"
    net = f"{report.net.size:.4g} ({report.net.low:.4g} … {report.net.high:.4g}) {report.prices.currency}"
    share = "" if report.share is None else f", {report.share.size:.0%} of what the tasks would have cost"
    return f"Net: {net}{share}: {report.says}. {learning}"
