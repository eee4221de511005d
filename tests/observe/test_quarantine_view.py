"""The view of what is held: newest first, filtered, and nothing of a secret in it."""

from kintsugi.observe import quarantine_view as view_module
from kintsugi.observe.overview import refusals
from kintsugi.observe.quarantine_view import NOT_SHOWN, masked_sample, quarantine_view
from kintsugi.records import Quarantined, RunRef
from kintsugi.sensitive.finding import KINDS
from tests.builders import RUN

KEY = "AKIA" + "Z7Q4M2X9K1L5P8T3"


def refused(name, **changes):
    values = {"source": "inbox", "partition": "all", "item": name, "check": "readable", "expected": "e", "value": "v"}
    return Quarantined(id=name, **(values | {"next_step": "n", "run": RUN, "refused_at": 1.0} | changes))


def names(refusals):
    return [each.item for each in refusals]


def test_the_newest_is_first_and_what_was_settled_stands_apart(platform):
    platform.records.put(
        [
            refused("old", refused_at=1.0),
            refused("new", refused_at=2.0),
            refused("in", refused_at=3.0, state="released", by="ada"),
            refused("out", refused_at=4.0, state="dropped"),
        ]
    )
    view = quarantine_view(platform, samples=True)
    assert names(view.newest) == ["new", "old"]
    assert (view.held, view.matching) == (2, 2)
    assert [(each.item, each.state, each.by) for each in view.decided] == [
        ("out", "dropped", ""),
        ("in", "released", "ada"),
    ]


def test_filters_go_together_and_the_choices_stay(platform):
    platform.records.put(
        [
            refused("a", source="wiki", check="readable"),
            refused("b", source="wiki", check="size"),
            refused("c", source="inbox", check="size"),
        ]
    )
    view = quarantine_view(platform, source="wiki", check="size", samples=True)
    assert names(view.newest) == ["b"]
    assert view.sources == {"wiki": 2, "inbox": 1}
    assert view.checks == {"size": 2, "readable": 1}


def test_a_rare_source_is_found_behind_many_refusals_of_another(platform, monkeypatch):
    monkeypatch.setattr(view_module, "LOOKED_AT", 3)
    platform.records.put([refused("rare", source="wiki", refused_at=0.5), *(refused(f"n{n}") for n in range(9))])
    view = quarantine_view(platform, source="wiki", samples=True)
    assert names(view.newest) == ["rare"]
    assert (view.held, view.looked_at) == (10, 3)


def test_a_sample_is_for_those_who_may_see_it(platform):
    platform.records.put([refused("a", sample="the beginning")])
    assert quarantine_view(platform, samples=True).newest[0].sample == "the beginning"
    assert quarantine_view(platform, samples=False).newest[0].sample == ""


def test_what_was_refused_for_what_stands_in_it_has_no_sample_for_anybody(platform):
    platform.records.put(refused(check, check=check, sample="the thing itself") for check in KINDS)
    view = quarantine_view(platform, samples=True)
    assert {each.sample for each in view.newest} == {""}
    assert {each.sensitive for each in view.newest} == {True}


def test_a_secret_in_the_sample_of_another_refusal_is_masked():
    masked = masked_sample(f"line 1\naws_access_key_id = {KEY}\nline 3 ada.byron@analytical-works.com")
    assert KEY not in masked
    assert "line 1" in masked
    assert "ada.byron@analytical-works.com" not in masked


def test_a_secret_that_the_end_of_a_sample_cuts_in_two_is_not_shown_either():
    sample = ("word " * 200)[: view_module.SAMPLE_ENDS - 12] + KEY[:12]
    assert len(sample) == view_module.SAMPLE_ENDS
    assert KEY[:6] not in masked_sample(sample)


def test_one_long_word_without_a_space_is_not_shown_at_all():
    assert masked_sample("x" * view_module.SAMPLE_ENDS) == "…"


def test_a_secret_in_what_came_is_masked_for_everybody(platform):
    platform.records.put([refused("a", value=f"key {KEY}", expected=f"not {KEY}")])
    (seen,) = quarantine_view(platform, samples=True).newest
    assert KEY not in seen.value + seen.expected
    assert seen.value.startswith("key ")


def test_what_came_from_a_source_that_is_not_for_everyone_is_for_those_who_operate_the_index(platform):
    entry = "sources:\n  staff: {kind: tables, labels: {access: [hr]}, options: {path: staff.csv, key: id}}\n"
    (platform.settings.home / "include").mkdir(exist_ok=True)
    (platform.settings.home / "include" / "sources.yaml").write_text(entry)
    platform.records.put(
        [refused("a", source="staff"), refused("b", source="gone"), refused("c", source="cli", partition="/tmp/c")]
    )
    values = {each.item: each.value for each in quarantine_view(platform, samples=False).newest}
    assert values == {"a": NOT_SHOWN, "b": NOT_SHOWN, "c": "v"}
    assert {each.value for each in quarantine_view(platform, samples=True).newest} == {"v"}
    assert {each.item: each.value for each in refusals(platform).newest} == values, "nor on the first page"


def test_what_a_release_refused_again_says_so(platform):
    run = RunRef(dag="release", run_id="release__a__1")
    platform.records.put([refused("a", run=run), refused("b")])
    assert {each.item: each.again for each in quarantine_view(platform, samples=True).newest} == {
        "a": True,
        "b": False,
    }
