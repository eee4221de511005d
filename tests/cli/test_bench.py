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
