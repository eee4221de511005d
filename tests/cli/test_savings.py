import json


def test_savings_say_what_is_missing(run_cli):
    shown = run_cli("savings")
    assert shown.exit_code == 0
    assert "Insufficient data: 60 more held-out tasks" in shown.output
    assert "Prices of" in shown.output


def test_savings_as_json(run_cli):
    found = json.loads(run_cli("savings", "--json").output)
    assert found["says"] == "insufficient data"
    assert found["prices"]["currency"]
