import json


def test_without_findings_nothing_is_proposed(run_cli):
    assert "0 proposed" in run_cli("upkeep", "find").output
    assert "Nothing is proposed" in run_cli("upkeep", "list").output
    assert json.loads(run_cli("upkeep", "list", "--json").output) == {"proposals": []}


def test_an_unknown_proposal_is_said(run_cli):
    shown = run_cli("upkeep", "apply", "nope", "--yes")
    assert shown.exit_code == 1
    assert "nope" in shown.output


def test_an_unknown_state_is_refused(run_cli):
    assert run_cli("upkeep", "list", "--state", "done").exit_code == 2
