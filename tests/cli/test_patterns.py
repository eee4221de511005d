"""`kintsugi patterns` on a real store and a real index."""

import json

import pytest
from typer.testing import CliRunner

import kintsugi.platform as platform_module
from autorefine.counters import Counters
from autorefine.trace import trace_of
from autorefine.verdict import Verdict
from kintsugi.cli.patterns import bar, patterns_app
from kintsugi.documents.identity import document_id
from kintsugi.errors import DataError, StoreUnavailable, TerminalError
from kintsugi.expertise.gather import store
from kintsugi.expertise.publish import publish_patterns
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.source import EXPERTISE, external_id_of
from kintsugi.index.generations import serving
from kintsugi.index.publish import publish
from kintsugi.observe.pattern_view import Bound
from kintsugi.records import RunRef, StoredPattern, StoredTrajectory, UsageReport
from tests.autorefine.runs import GUARD, GUESS, LOOK_UP, pattern, planted
from tests.builders import RUN
from tests.cli.test_quarantine import SharedPlatform

TOLD = list(planted(60))
RUNS = [trace_of(each) for each in TOLD]


@pytest.fixture
def run_cli(platform, settings, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(platform))

    def run(*arguments: str, exit_code: int = 0, typed: str | None = None, columns: int = 250) -> str:
        result = CliRunner(env={"COLUMNS": str(columns)}).invoke(
            patterns_app, arguments, input=typed, catch_exceptions=False
        )
        assert result.exit_code == exit_code, result.output
        return result.stdout

    return run


def put(platform, *actions, **changes):
    changes = {"guard": GUARD, "state": "active"} | changes
    return StoredPatterns(platform.records).put(pattern(RUNS, *actions, **changes))


def facts_of(shown: str):
    """Return the JSON object; lines of the log, which the whole command line sends elsewhere, may be before it."""
    return json.loads(shown.splitlines()[-1])


def state(platform, id) -> str:
    return StoredPatterns(platform.records).get(id).state


def test_nothing_learned_is_said(run_cli):
    assert "No such pattern" in run_cli("list")


def test_the_list_has_state_kind_name_bound_and_use(run_cli, platform):
    known = put(platform, LOOK_UP, counters={"agent@1": Counters(9, 7, 5)})
    shown = run_cli("list")
    for part in ("active", "skill", known.name, known.id, "●", "retrieved 9, used 7, succeeded 5"):
        assert part in shown


def test_active_patterns_are_first_and_the_list_can_be_narrowed(run_cli, platform):
    candidate, active = put(platform, GUESS, state="candidate"), put(platform, LOOK_UP)
    facts = facts_of(run_cli("list", "--json"))
    assert [each["id"] for each in facts["patterns"]] == [active.id, candidate.id]
    assert facts_of(run_cli("list", "--state", "candidate", "--json"))["count"] == 1
    assert facts_of(run_cli("list", "--agent", "somebody else", "--json"))["count"] == 0
    assert facts_of(run_cli("list", "--agent", "agent", "--json"))["count"] == 2
    assert facts_of(run_cli("list", "--kind", "subagent", "--json"))["count"] == 0
    assert "1 more" in run_cli("list", "--limit", "1")


def test_a_state_that_there_is_not_is_refused_with_those_that_there_are(run_cli):
    with pytest.raises(TerminalError, match="candidate"):
        run_cli("list", "--state", "asleep")


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are(run_cli):
    with pytest.raises(TerminalError, match="subagent"):
        run_cli("list", "--kind", "guideline")


def test_an_agent_that_no_pattern_speaks_to_is_told_which_agents_there_are(run_cli, platform):
    put(platform, LOOK_UP)
    assert "No such pattern speaks to nobody. There are some for: agent." in run_cli("list", "--agent", "nobody")


def test_what_goes_into_a_pipe_has_a_line_for_each_pattern_and_is_not_broken(run_cli, platform):
    known, other = put(platform, LOOK_UP), put(platform, GUESS)
    lines = run_cli("list", columns=40).splitlines()
    assert len(lines) == 2
    for each in (known, other):
        (line,) = (line for line in lines if each.id in line)
        assert each.name in line
        assert "retrieved 0, used 0, succeeded 0" in line


def test_show_leads_from_the_evidence_to_the_airflow_run(run_cli, platform):
    known = put(platform, LOOK_UP)
    newest = [each.trajectory for each in known.evidence if each.steps][-1]
    told = next(each for each in TOLD if each.id == newest)
    store(platform.records, "airflow", [told], run=RunRef(dag="etl", run_id="manual__1"))
    shown = run_cli("show", known.id[:6])
    assert "etl" in shown
    assert "manual__1" in shown
    assert "no longer kept" in shown
    run = facts_of(run_cli("show", known.id, "--json"))["runs"][0]
    assert run["origin"]["run"]["run_id"] == "manual__1"


def test_show_has_advice_situation_gates_and_the_posterior_of_each_agent_version(run_cli, platform):
    known = put(platform, LOOK_UP, counters={"agent@1": Counters(20, 20, 18), "agent@2": Counters(20, 20, 2)})
    StoredPatterns(platform.records).put(known.ruled(Verdict("replay", "admit", "held-out runs agree")))
    shown = run_cli("show", known.id)
    for part in (known.guideline[:40], GUARD.symbol.partition(":")[2], LOOK_UP, "replay: admit, held-out runs agree"):
        assert part in shown
    bounds = {each["agent_version"]: each["bound"] for each in facts_of(run_cli("show", known.id, "--json"))["served"]}
    assert bounds["agent@1"] > 0.6 > 0.3 > bounds["agent@2"]


@pytest.mark.parametrize("name", ["", "nothing", "z" * 64])
def test_a_name_that_is_not_one_patterns_is_refused(run_cli, platform, name):
    put(platform, LOOK_UP)
    with pytest.raises(TerminalError, match="exactly one"):
        run_cli("show", name)


def test_retiring_takes_the_document_out_of_the_served_index(run_cli, platform):
    gone, stays = put(platform, LOOK_UP), put(platform, GUESS)
    publish_patterns(platform, RUN)
    publish(platform, RUN)
    facts = facts_of(run_cli("retire", gone.id, "--reason", "it misleads", "--yes", "--json"))
    assert facts["documents"] == {"written": 0, "deleted": 1}
    assert (state(platform, gone.id), state(platform, stays.id)) == ("retired", "active")
    assert EXPERTISE in {each.source for each in platform.index.entries(serving(platform.records).id)}


def test_a_rollback_takes_the_descendants_along_and_restore_brings_them_back(run_cli, platform):
    known = put(platform, LOOK_UP)
    child = put(platform, GUESS, parents=(known.id,))
    publish_patterns(platform, RUN)
    publish(platform, RUN)
    facts = facts_of(run_cli("rollback", known.id, "--reason", "it misleads", "--yes", "--json"))
    assert {each["pattern"] for each in facts["changed"]} == {known.id, child.id}
    assert EXPERTISE not in {each.source for each in platform.index.entries(serving(platform.records).id)}
    facts = facts_of(run_cli("restore", known.id, "--reason", "it did not", "--yes", "--json"))
    assert facts["documents"]["written"] == 2
    assert (state(platform, known.id), state(platform, child.id)) == ("active", "active")
    assert EXPERTISE in {each.source for each in platform.index.entries(serving(platform.records).id)}


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_decision_that_the_index_does_not_hear_of_yet_is_told_as_decided(run_cli, platform, monkeypatch, form):
    gone, stays = put(platform, LOOK_UP), put(platform, GUESS)
    publish_patterns(platform, RUN)
    publish(platform, RUN)
    away = platform.using(index=Away())
    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(away))
    shown = run_cli("rollback", gone.id, "--reason", "it misleads", "--yes", *form, exit_code=1)
    if form:
        facts = facts_of(shown)
        assert [each["pattern"] for each in facts["changed"]] == [gone.id]
        assert facts["documents"]["deleted"] == 1
        assert "nobody answers" in facts["behind"]
    else:
        assert "active → retired" in shown
        assert "left the index" not in shown
    assert state(platform, gone.id) == "retired"
    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(platform))
    assert facts_of(run_cli("rollback", gone.id, "--reason", "again", "--yes", "--json"))["behind"] == ""
    shown_now = {each.document for each in platform.index.entries(serving(platform.records).id)}
    assert shown_now == {document_id(EXPERTISE, external_id_of(stays.id))}


class Away:
    """An index that does not answer."""

    def __getattr__(self, name):
        def asked(*args, **named):
            raise StoreUnavailable("index: nobody answers")

        return asked


def test_documents_that_were_withdrawn_leave_the_index_where_others_can_not_be_taken_in(run_cli, platform, monkeypatch):
    gone, stays = put(platform, LOOK_UP), put(platform, GUESS)
    publish_patterns(platform, RUN)
    publish(platform, RUN)

    def refused(*args, **named):
        raise TerminalError("the contract could not be checked")

    monkeypatch.setattr("kintsugi.documents.intake.ingest", refused)
    facts = facts_of(run_cli("retire", gone.id, "--reason", "it misleads", "--yes", "--json", exit_code=1))
    assert (facts["documents"], facts["behind"]) == (None, "the contract could not be checked")
    shown = {each.document for each in platform.index.entries(serving(platform.records).id)}
    assert shown == {document_id(EXPERTISE, external_id_of(stays.id))}


def test_what_a_decision_touches_is_shown_first_and_no_means_no(run_cli, platform):
    known = put(platform, LOOK_UP)
    child = put(platform, GUESS, parents=(known.id,))
    run_cli("rollback", known.id, "--reason", "it misleads", typed="n\n", exit_code=1)
    assert (state(platform, known.id), state(platform, child.id)) == ("active", "active")


def test_a_decision_without_a_reason_changes_nothing(run_cli, platform):
    known = put(platform, LOOK_UP)
    with pytest.raises(TerminalError, match="a reason"):
        run_cli("retire", known.id, "--reason", " ", "--yes")
    assert state(platform, known.id) == "active"


def test_why_tells_each_decision_with_who_made_it(run_cli, platform):
    known = put(platform, LOOK_UP)
    run_cli("retire", known.id, "--reason", "it misleads", "--yes")
    shown = run_cli("why", known.id)
    assert "active → retired" in shown
    assert "it misleads" in shown
    (decision,) = facts_of(run_cli("why", known.id, "--json"))["decisions"]
    assert (decision["was"], decision["now"], decision["reason"]) == ("active", "retired", "it misleads")
    assert decision["by"]


def test_used_counts_once_and_corrects_itself(run_cli, platform):
    known = put(platform, LOOK_UP)
    report = ("used", "--task", "t", "--agent-version", "agent@1", "--used", known.id)
    assert "Counted for 1" in run_cli(*report, "--succeeded")
    assert "nothing changed" in run_cli(*report, "--succeeded")
    run_cli(*report, "--failed")
    counts = StoredPatterns(platform.records).get(known.id).counters["agent@1"]
    assert (counts.retrieved, counts.used, counts.succeeded) == (1, 1, 0)


def test_used_names_ids_that_no_pattern_has(run_cli, platform):
    report = ("used", "--task", "t", "--agent-version", "agent@1", "--used", "nothing", "--succeeded")
    assert facts_of(run_cli(*report, "--json", exit_code=1))["unknown"] == ["nothing"]
    shown = run_cli(*report, exit_code=1)
    assert "No pattern has the id nothing." in shown
    assert "nothing changed" not in shown


def test_a_report_says_what_is_known_of_the_task_by_now(run_cli, platform):
    known, other = put(platform, LOOK_UP), put(platform, GUESS)
    report = ("used", "--task", "t", "--agent-version", "agent@1")
    assert "Kept; there is nothing to count." in run_cli(*report)
    shown = run_cli(*report, "--retrieved", known.id, "--retrieved", other.id)
    assert "Task t of agent@1 has not ended yet: given 2 patterns, used 0." in shown
    shown = run_cli(*report, "--used", known.id, "--failed")
    assert "Task t of agent@1 failed: given 2 patterns, used 1." in shown
    assert "Counted for 1 pattern." in shown


@pytest.mark.parametrize("who", ["agent", "agent@", "@1", " @ "])
def test_an_agent_version_is_a_name_and_a_version(run_cli, platform, who):
    with pytest.raises(DataError, match="NAME@VERSION"):
        run_cli("used", "--task", "t", "--agent-version", who, "--succeeded")
    assert platform.records.count(UsageReport) == 0


def test_used_without_a_name_for_the_task_is_refused(run_cli):
    with pytest.raises(DataError):
        run_cli("used", "--task", "", "--agent-version", "agent@1")


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_is_exported_can_be_taken_in_elsewhere_and_is_a_candidate_there(run_cli, platform, tmp_path, form):
    known = put(platform, LOOK_UP)
    put(platform, GUESS, state="candidate")
    run_cli("export", str(tmp_path / "out"), *form)
    platform.records.delete(StoredPattern, [known.id])
    path = tmp_path / "out" / ("patterns.json" if form else "")
    facts = facts_of(run_cli("import", str(path), "--json"))
    assert facts["new"] == [known.id]
    taken_in = StoredPatterns(platform.records).get(known.id)
    assert (taken_in.state, taken_in.signature, taken_in.evidence) == ("candidate", known.signature, ())


def test_importing_what_is_known_changes_nothing(run_cli, platform, tmp_path):
    known = put(platform, LOOK_UP)
    run_cli("export", str(tmp_path))
    assert "0 new candidates, 1 known already" in run_cli("import", str(tmp_path))
    assert state(platform, known.id) == "active"


def test_a_folder_that_is_no_skill_is_named_and_the_others_are_taken_in(run_cli, platform, tmp_path):
    put(platform, LOOK_UP)
    run_cli("export", str(tmp_path))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "SKILL.md").write_text("no front matter")
    shown = run_cli("import", str(tmp_path))
    assert "1 refused" in shown
    assert "broken: " in shown


def test_a_path_that_holds_no_patterns_is_refused_with_what_to_do(run_cli, tmp_path):
    (tmp_path / "x.json").write_text("[]")
    for path in (tmp_path / "x.json", tmp_path / "nowhere"):
        with pytest.raises(DataError, match="patterns export"):
            run_cli("import", str(path))


@pytest.mark.parametrize(
    ("bound", "shown"),
    [
        (Bound(0.5, 0.2, 0.8, 0.01, None), "···············│··━━━━●━━━━━···"),
        (Bound(-0.1, -0.4, 0.2, 0.5, None), "·········━━━━━●┿━━━············"),
        (Bound(1.0, 1.0, 1.0, 0.01, None), "···············│··············●"),
    ],
)
def test_a_bound_is_a_picture_around_zero(bound, shown):
    assert bar(bound) == shown


def test_where_the_evidence_compares_nothing_the_runs_of_the_replay_gate_are_told(run_cli, platform):
    numbers = {"size": 0.4, "low": 0.2, "high": 0.6, "p": 0.001, "q": 0.01}
    alike = pattern(RUNS, LOOK_UP, guard=GUARD, effect=None, state="active")
    StoredPatterns(platform.records).put(alike.ruled(Verdict("replay", "admit", "held-out runs agree", numbers)))
    assert "+40 points (+20 to +60)" in run_cli("list")


def test_a_person_says_how_a_run_ended(run_cli, platform):
    store(platform.records, "runs", TOLD)
    said = run_cli("outcome", TOLD[0].id, "--failed" if TOLD[0].success else "--succeeded", "--json")
    told = json.loads(said.splitlines()[-1])
    stored = platform.records.get(StoredTrajectory, TOLD[0].id)
    assert (stored.body["success"], told["success"]) == (not TOLD[0].success, not TOLD[0].success)
    assert stored.body["outcome_source"] == f"decided by {told['by']}"
    with pytest.raises(TerminalError, match="none is called so"):
        run_cli("outcome", "nobody", "--failed")
