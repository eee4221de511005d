"""The report on savings as it is kept for the page: whoever opens it has no task read and nothing drawn."""

from typing import Any

from kintsugi.platform import Platform
from kintsugi.records.savings import SAVINGS, SavingsFigures
from kintsugi.savings.report import SavingsReport, savings_report
from kintsugi.stores.records import RecordStore


def keep_report(platform: Platform) -> SavingsReport:
    """Take the report and keep it in place of the last one; return it.

    Raises:
        ConfigurationError: the price file can't be used; the last report stays.
    """
    report = savings_report(platform)
    platform.records.put([SavingsFigures(id=SAVINGS, at=report.at, body=report.to_document())])
    return report


def kept_report(records: RecordStore) -> dict[str, Any]:
    """Return the report that was kept last, as a document; an empty one before the first."""
    kept = records.get(SavingsFigures, SAVINGS)
    return {} if kept is None else kept.body
