import random
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from autorefine.trajectory import Step, Trajectory
from kintsugi.bench.savings import CASES, measure
from kintsugi.cli.savings import picture
from kintsugi.errors import ConfigurationError, DataError
from kintsugi.expertise.gather import store
from kintsugi.expertise.retrieve import retrieve
from kintsugi.records import StoredTrajectory, Watermark
from kintsugi.records.savings import Assignment, TaskOutcome
from kintsugi.savings import bootstrap
from kintsugi.savings.bootstrap import Interval
from kintsugi.savings.collect import WATERMARK, Collected, collect
from kintsugi.savings.estimate import LEAST_HELD_OUT, LEAST_IN_ARM, Costs, estimate
from kintsugi.savings.holdout import assign, assignment_id, drawn
from kintsugi.savings.kept import keep_report, kept_report
from kintsugi.savings.outcomes import observe, spent_on_learning
from kintsugi.savings.prices import OWN_FILE, read_prices
from kintsugi.savings.report import INCOMPARABLE, INSUFFICIENT, MOST_CLASSES, savings_report
from kintsugi.savings.terms import Terms


def trajectory(name: str, *, agent="solver", task="t", steps=(), success=True) -> Trajectory:
    return Trajectory(name, task, "g", agent, "1", tuple(steps), success, "test")


def test_the_arm_of_a_task_is_the_same_whenever_it_is_asked_for(platform):
    arms = [assign(platform, "sql", str(task)) for task in range(50)]
    assert [assign(platform, "sql", str(task)) for task in range(50)] == arms


def test_an_arm_that_was_kept_holds_when_the_draw_would_differ(platform):
    made = {"task_class": "sql", "task": "1", "arm": "held out", "share": 0.15, "at": 1.0}
    platform.records.insert(Assignment(id=assignment_id("sql", "1"), **made))
    other = next(task for task in map(str, range(99)) if assign(platform, "sql", f"x{task}") == "treated")
    assert assign(platform, "sql", "1") == "held out"
    assert assign(platform, "sql", f"x{other}") == "treated"


@pytest.mark.parametrize("share", [0.10, 0.15, 0.20])
def test_each_class_has_its_share_held_out(share):
    for task_class in ("sql", "bash", "heal"):
        held_out = sum(drawn("salt", task_class, str(task), share) == "held out" for task in range(5_000))
        assert abs(held_out / 5_000 - share) < 4 * (share * (1 - share) / 5_000) ** 0.5


def test_classes_and_platforms_are_drawn_independently():
    first, *others = (
        [drawn(salt, name, str(task), 0.15) == "held out" for task in range(4_000)] for salt in "ab" for name in "xy"
    )
    for other in others:
        both = sum(one and two for one, two in zip(first, other, strict=True)) / 4_000
        assert 0.01 < both < 0.035, "0.15 of 0.15"


@pytest.mark.parametrize("share", [0.05, 0.25])
def test_a_share_outside_of_ten_to_twenty_percent_is_refused(share):
    with pytest.raises(ConfigurationError, match="held out"):
        Terms(share=share)


def test_an_outcome_is_kept_once(platform):
    assign(platform, "sql", "1")
    assert observe(platform, "sql", "1", succeeded=True, seconds=2)
    assert not observe(platform, "sql", "1", succeeded=False, seconds=9)
    assert [each.seconds for each in platform.records.scan(TaskOutcome)] == [2]


def test_a_task_that_was_never_assigned_has_no_outcome(platform):
    assert not observe(platform, "sql", "1", succeeded=True)
    assert platform.records.count(TaskOutcome) == 0


@pytest.mark.parametrize("seconds", [-1.0, 1e308, inf])
def test_an_impossible_amount_is_refused(platform, seconds):
    assign(platform, "sql", "1")
    with pytest.raises(DataError, match="at least 0"):
        observe(platform, "sql", "1", succeeded=True, seconds=seconds)


def test_nothing_is_asked_of_the_amounts_of_a_task_that_was_never_assigned(platform):
    assert not observe(platform, "sql", "1", succeeded=True, seconds=inf)


def test_outcomes_come_from_trajectories_of_assigned_tasks(platform):
    assign(platform, "solver", "t")
    tries = (Step("load", error="locked", seconds=2.0, cost=20.0), Step("load", seconds=3.0, cost=10.4))
    store(platform.records, "agents", [trajectory("a", steps=tries), trajectory("b", task="never assigned")])
    assert collect(platform).outcomes == 1
    assert collect(platform).outcomes == 0
    (kept,) = platform.records.scan(TaskOutcome)
    assert (kept.seconds, kept.retries, kept.tokens, kept.origin) == (5.0, 1, 30, "agents")


@pytest.mark.parametrize("origin", ["airflow", "healing"])
def test_a_run_or_a_repair_is_no_task_of_an_agent_whatever_its_name(platform, origin):
    assign(platform, "etl", "run etl")
    store(platform.records, origin, [trajectory("a", agent="etl", task="run etl")])
    assert collect(platform) == Collected(0, 0, 0)


@pytest.mark.parametrize("amount", ["cost", "seconds"])
@pytest.mark.parametrize("assigned", [True, False])
def test_a_trajectory_that_says_what_no_task_takes_is_left_out_and_the_rest_goes_on(platform, amount, assigned):
    assign(platform, "solver", "sane")
    if assigned:
        assign(platform, "solver", "mad")
    mad = trajectory("a", task="mad", steps=[Step("go", **{amount: 1e308})] * 2)
    store(platform.records, "agents", [mad, trajectory("b", task="sane", steps=[Step("go", seconds=1.0)])])
    assert collect(platform) == Collected(outcomes=1, learning=0, unreadable=int(assigned))
    assert [each.task for each in platform.records.scan(TaskOutcome)] == ["sane"]
    assert platform.records.count(Watermark, {"id": WATERMARK}) == 1


def test_a_run_of_refine_that_took_what_no_run_takes_is_left_out(platform):
    run = trajectory("r", agent="refine", task="run refine", steps=[Step("learn", seconds=1e308)] * 2)
    store(platform.records, "airflow", [run])
    assert collect(platform) == Collected(outcomes=0, learning=0, unreadable=1)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("told", [(1, 2), (2, 1)])
@pytest.mark.parametrize("ids", ["ab", "ba"])
def test_the_trajectory_of_a_task_that_started_first_holds_in_whatever_order_they_are_met(
    platform, clock, together, told, ids
):
    assign(platform, "solver", "t")
    runs = {at: replace(trajectory(ids[at - 1], success=at > 1), started_at=float(at)) for at in (1, 2)}
    for at in told:
        store(platform.records, "agents", [runs[at]])
        clock.advance(3600)
        if not together:
            collect(platform)
    collect(platform)
    assert collect(platform).outcomes == 0
    (kept,) = platform.records.scan(TaskOutcome)
    assert (kept.trajectory, kept.succeeded) == (ids[0], False)


def test_where_nobody_says_when_they_started_the_trajectory_that_was_gathered_first_holds(platform, clock):
    assign(platform, "solver", "t")
    for name in "ba":
        store(platform.records, "agents", [trajectory(name)])
        clock.advance(60)
    collect(platform)
    assert [each.trajectory for each in platform.records.scan(TaskOutcome)] == ["b"]


def test_a_trajectory_that_turns_out_otherwise_corrects_the_outcome_and_another_try_of_the_task_does_not(
    platform, clock
):
    assign(platform, "solver", "t")
    first = trajectory("b", steps=[Step("guess", seconds=1.0)])
    store(platform.records, "agents", [replace(first, outcome_at=1.0)])
    collect(platform)
    clock.advance(3600)
    store(platform.records, "agents", [replace(first, success=False, outcome_at=2.0)])
    assert collect(platform).outcomes == 1
    store(platform.records, "agents", [trajectory("a", steps=[Step("guess", seconds=9.0)])])
    assert collect(platform).outcomes == 0
    (kept,) = platform.records.scan(TaskOutcome)
    assert (kept.succeeded, kept.seconds, kept.trajectory) == (False, 1.0, "b")


def test_runs_of_refine_are_the_cost_of_learning(platform):
    run = trajectory("r", agent="refine", task="run refine", steps=[Step("learn", seconds=100.0)])
    platform.records.insert(StoredTrajectory(id="r", origin="airflow", gathered_at=1.0, body=run.to_document()))
    collect(platform)
    assert savings_report(platform).learning == pytest.approx(100 * read_prices().compute_second)


def test_without_tasks_the_report_says_that_data_are_insufficient(platform):
    report = savings_report(platform)
    assert report.says == INSUFFICIENT
    assert report.to_document()["missing_held_out"] == LEAST_HELD_OUT


def test_a_class_with_too_few_tasks_says_how_many_are_missing():
    few = Costs(np.ones(LEAST_IN_ARM - 3), np.ones(100), 100)
    found = estimate({"sql": few})
    assert found.classes[0].saved is None
    assert (found.classes[0].missing_held_out, found.classes[0].missing_treated) == (3, 0)
    assert found.missing_held_out == LEAST_HELD_OUT


def lognormal(seed: int, tasks: int = 300) -> Costs:
    chance = np.random.default_rng(seed)
    return Costs(chance.lognormal(size=tasks // 5), chance.lognormal(size=tasks), tasks)


def test_each_class_is_drawn_once_and_its_interval_is_the_same_whatever_other_classes_there_are(monkeypatch):
    drawn, draw = [], bootstrap._drawn
    monkeypatch.setattr(bootstrap, "_drawn", lambda costs, *rest: drawn.append(costs.size) or draw(costs, *rest))
    both = estimate({"sql": lognormal(1), "bash": lognormal(2)})
    assert sorted(drawn) == [60, 60, 300, 300]
    assert both.classes[1] == estimate({"sql": lognormal(1)}).classes[0]


def test_classes_with_the_same_costs_are_drawn_independently():
    """Were they not, twice the same costs would have twice the error, and not √2 of it."""
    one = estimate({"a": lognormal(1)}).saved
    two = estimate({"a": lognormal(1), "b": lognormal(1)}).saved
    assert (two.high - two.low) / (one.high - one.low) == pytest.approx(2**0.5, rel=0.1)


def test_costs_that_few_tasks_carry_are_no_data_until_enough_of_them_have_come():
    def rare(tasks: int) -> Costs:
        raw = np.where(np.arange(tasks) % 50 == 0, 1.0, 0.001)
        return Costs(raw[::7], np.delete(raw, np.s_[::7]), tasks)

    few = estimate({"heal": rare(420)}).classes[0]
    assert few.saved is None
    assert few.missing_held_out > 200, "60 tasks hold one that costs something"
    many = estimate({"heal": rare(7 * (60 + few.missing_held_out + 20))}).classes[0]
    assert many.saved is not None
    assert many.missing_held_out == 0


def test_costs_of_nothing_at_all_are_no_error():
    found = estimate({"idle": Costs(np.zeros(80), np.zeros(400), 400)})
    assert found.saved == Interval(0.0, 0.0, 0.0)


def test_a_class_whose_arms_do_not_compare_is_no_part_of_the_total(platform):
    """Tasks of one arm get lost where they take long: what is left of it is cheap, and nothing was saved."""
    chance = random.Random(1)
    for task in range(2_000):
        arm, seconds = assign(platform, "sql", str(task)), chance.lognormvariate(3, 1)
        if arm == "held out" or seconds < 60:
            observe(platform, "sql", str(task), succeeded=True, seconds=seconds)
    report = savings_report(platform)
    assert report.classes[0].outcomes_are_odd
    assert not report.classes[0].share_is_odd
    assert report.to_document()["classes"][0]["says"] == INCOMPARABLE
    assert report.says == INSUFFICIENT


def test_tasks_that_get_lost_in_both_arms_alike_are_no_matter(platform):
    for task in range(2_000):
        assign(platform, "sql", str(task))
        if task % 3:
            observe(platform, "sql", str(task), succeeded=True, seconds=1 + task % 5)
    report = savings_report(platform)
    assert not report.classes[0].outcomes_are_odd
    assert report.net is not None


def test_classes_with_outcomes_are_not_crowded_out_by_those_without(platform):
    for number in range(MOST_CLASSES + 50):
        assign(platform, f"idle {number}", "t")
        assign(platform, f"idle {number}", "u")
    for task in range(600):
        assign(platform, "real", str(task))
        observe(platform, "real", str(task), succeeded=True, seconds=1)
    report = savings_report(platform)
    (real,) = (each for each in report.classes if each.estimate.task_class == "real")
    assert (real.assigned, real.estimate.held_out + real.estimate.treated) == (600, 600)
    assert report.left_out == 2 * 51, "tasks, not classes: their names are not remembered"


def test_the_report_that_is_kept_is_as_of_then(platform, clock):
    assert kept_report(platform.records) == {}
    first = keep_report(platform)
    assign(platform, "sql", "1")
    clock.advance(60)
    assert kept_report(platform.records) == first.to_document()
    assert kept_report(platform.records)["at"] == first.at < platform.records.now()
    keep_report(platform)
    assert [each["class"] for each in kept_report(platform.records)["classes"]] == ["sql"]


def test_the_report_is_net_of_what_learning_cost(platform):
    for task in range(600):
        arm = assign(platform, "sql", str(task))
        observe(platform, "sql", str(task), succeeded=True, retries=0 if arm == "treated" else 2, seconds=1 + task % 3)
    gross = savings_report(platform)
    assert gross.says == "saving"
    spent_on_learning(platform, "call 1", seconds=1e7)
    net = savings_report(platform)
    assert net.net.size == pytest.approx(gross.net.size - net.learning)
    assert net.says == "loss"


def test_a_share_that_chance_does_not_explain_is_said(platform):
    for task in range(60):
        made = {"task_class": "sql", "task": str(task), "arm": "treated", "share": 0.15, "at": 1.0}
        platform.records.insert(Assignment(id=assignment_id("sql", str(task)), **made))
    report = savings_report(platform)
    assert report.classes[0].share_is_odd
    assert report.classes[0].says == INCOMPARABLE


def test_the_report_is_the_same_for_the_same_records(platform):
    for task in range(600):
        assign(platform, "sql", str(task))
        observe(platform, "sql", str(task), succeeded=True, seconds=task)
    assert savings_report(platform).to_document() == savings_report(platform).to_document()


def test_old_prices_are_said(platform, clock):
    clock.now = (read_prices().date.toordinal() - 719_163 + 366) * 86_400.0
    assert savings_report(platform).prices_are_old
    clock.now -= 2 * 86_400
    assert not savings_report(platform).prices_are_old


@pytest.mark.parametrize(
    ("change", "named"),
    [("retry: 0.05", "retry"), ("date: 2026-11-01", "date"), ("compute_second: 0.00003", "compute_second")],
)
def test_a_wrong_price_file_names_what_is_wrong(tmp_path, change, named):
    file = tmp_path / "prices.yaml"
    file.write_text(OWN_FILE.read_text().replace(change, f"{named}: soon"))
    with pytest.raises(ConfigurationError, match=named):
        read_prices(file)


def test_an_interval_is_drawn_around_zero():
    drawn_bar = picture(Interval(5.0, -2.0, 10.0), 10.0)
    assert drawn_bar[15] == "│"
    assert drawn_bar.index("●") > 15
    assert drawn_bar.startswith(" ")
    assert drawn_bar.endswith("─")


def test_an_a_a_run_reports_no_saving_and_a_planted_one_is_recovered():
    """The figure over 100 seeds is the benchmark's; here a few seeds show that the direction is right."""
    rows = [row for row in measure(10, cases=CASES[:2]) if "served" in str(row["method"])]
    nothing, planted = rows
    assert nothing["silent"] == planted["silent"] == 0
    assert nothing["holds_zero"] >= 8
    assert planted["holds_the_truth"] >= 8
    assert planted["reports_a_saving"] > nothing["reports_a_saving"]


def test_where_rare_and_costly_tasks_decide_nothing_is_said_before_there_are_enough_of_them():
    (row,) = (row for row in measure(10, cases=CASES[2:3]) if "served" in str(row["method"]))
    assert row["silent"] == 10
    assert row["mean_width_share"] is None


def test_a_task_that_names_a_person_is_joined_to_its_run_and_its_name_is_not_kept(platform):
    task = "Write to maria.huber@example-bank.de"
    retrieve(platform, task, agent="solver", agent_version="1", rng=random.Random(0), task=task)
    store(platform.records, "agents", [trajectory("a", task=task)])
    assert collect(platform).outcomes == 1
    kept = [*platform.records.scan(Assignment), *platform.records.scan(TaskOutcome)]
    assert [each.task for each in kept] == ["Write to [personal:e-mail-address]"] * 2
