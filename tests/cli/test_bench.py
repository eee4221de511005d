"""What was measured is printed, also where the measuring ends with an error."""

import json

import pytest

from kintsugi.cli.bench import _show
from kintsugi.errors import StoreUnavailable


def test_rows_measured_before_an_error_are_printed(capsys):
    def measuring():
        yield {"engine": "a", "p50_ms": 1.5}
        raise StoreUnavailable("engine b: gone")

    with pytest.raises(StoreUnavailable):
        _show("engines", measuring(), as_json=True)
    assert json.loads(capsys.readouterr().out)["rows"] == [{"engine": "a", "p50_ms": 1.5}]


def test_a_row_that_is_wider_than_the_terminal_stands_upright(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    wide = {f"figure_number_{number}": number for number in range(10)}
    _show("ingest", iter([{"phase": "cold", **wide}, {"phase": "unchanged", **wide}]), as_json=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["phase", "cold", "unchanged"] in lines
    assert ["figure_number_7", "7", "7"] in lines
