"""What tests that take the same documents in again and again need not repeat."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import pytest

from kintsugi.contracts.check import Report, check
from kintsugi.contracts.contract import Contract, Row, Verdict


@pytest.fixture(scope="module")
def remembered_verdicts() -> Iterator[None]:
    """Rows that held against their contract before are not evaluated again, a third of a second each time.

    An evaluation writes nothing and depends on nothing else, so nobody can be killed differently for it.
    """
    known: dict[tuple[str, str, str], tuple[Verdict, list[Sequence[Any]]]] = {}

    def remembering(
        contract: Contract, rows: Sequence[Row], what: str, *, suite: str = "", report: Report | None = None
    ) -> Verdict:
        key = (contract.name, suite, repr(rows))
        if key not in known:
            reported: list[Sequence[Any]] = []
            known[key] = check(contract, rows, what, suite=suite, report=reported.append), reported
        verdict, reported = known[key]
        for results in reported if report else ():
            report(results)
        return verdict

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("kintsugi.documents.intake.validate"), "check", remembering)
        yield
