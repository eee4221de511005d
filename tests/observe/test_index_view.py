"""The view of the index: complete where the engines answer, and still a view where they don't."""

from kintsugi.errors import StoreUnavailable
from kintsugi.index import publish as steps
from kintsugi.index.generations import STALLED_AFTER
from kintsugi.index.publish import build, publish
from kintsugi.index.retention import drop
from kintsugi.index.switch import roll_back
from kintsugi.observe.engines import engines
from kintsugi.observe.index_view import generations, index_view
from kintsugi.records import Generation
from tests.builders import RUN
from tests.index.crashing import opened, seed_few


class Unreachable:
    """A store that nobody answers for; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __getattr__(self, name):
        def ask(*args, **kwargs):
            self.asked += 1
            raise StoreUnavailable("engine at nowhere: no answer", next_step="start it")

        return ask


def view(platform):
    return index_view(platform, engines(platform))


def test_nothing_is_there_before_the_first_publish(platform):
    seen = view(platform)
    assert seen.generations is not None
    assert (seen.generations.there, seen.generations.serving, seen.generations.previous) == ((), "", "")
    assert [each.error for each in seen.engines] == ["", ""]


def test_generations_are_seen_in_each_state_of_their_life(settings, clock):
    platform = opened(settings.var, settings, clock)
    seed_few(platform)
    clock.advance(1000)
    first = publish(platform, RUN).generation
    flipped = clock.now
    clock.advance(500)
    second = steps.plan_build(platform, RUN).generation
    clock.advance(STALLED_AFTER + 10)
    seen = view(platform).generations
    assert seen is not None
    newest, oldest = seen.there
    assert (newest.generation, newest.state, newest.stalled, newest.entries) == (second, "building", True, 0)
    assert (oldest.generation, oldest.state, oldest.served_since, oldest.entries) == (first, "serving", flipped, 8)
    assert (oldest.model, oldest.waiting) == ("hash", 0)
    assert oldest.verdict is not None
    build(platform, RUN)
    roll_back(platform)
    seen = view(platform).generations
    assert seen is not None
    assert (seen.serving, seen.previous) == (first, second)
    assert [(each.state, each.notes) for each in seen.there] == [("previous", ("rolled back",)), ("serving", ())]
    drop(platform, second, force=True)
    seen = view(platform).generations
    assert seen is not None
    assert ([each.generation for each in seen.there], [each.generation for each in seen.gone]) == ([first], [second])
    platform.close()


def test_an_index_that_belongs_to_no_generation_is_named(platform):
    platform.index.create("somebody-elses", 4)
    seen = view(platform).generations
    assert seen is not None
    assert seen.strangers == ("somebody-elses",)


def test_of_generations_without_an_index_only_the_newest_are_listed_and_all_are_counted(platform):
    platform.records.put(
        Generation(
            id=f"g-{n:02}",
            fingerprint="f",
            dimension=4,
            pipeline="p",
            state="retired",
            created_at=float(n),
            dropped_at=9.0,
            run=RUN,
        )
        for n in range(30)
    )
    seen = generations(platform, {}, newest=3)
    assert [each.generation for each in seen.gone] == ["g-29", "g-28", "g-27"]
    assert seen.earlier == 30


def test_an_index_that_does_not_answer_is_told_of_and_asked_once(platform):
    seed_few(platform)
    publish(platform, RUN)
    nowhere = Unreachable()
    seen = view(platform.using(index=nowhere))
    assert nowhere.asked == 1
    assert seen.generations is not None
    assert [(each.state, each.entries, each.notes) for each in seen.generations.there] == [("serving", None, ())]
    (broken,) = (each for each in seen.engines if each.error)
    assert (broken.role, broken.next_step) == ("index", "start it")


def test_an_index_that_stops_to_answer_after_it_was_asked_is_told_of_too(platform):
    lately = engines(platform)
    seen = index_view(platform.using(index=Unreachable()), lately)
    assert seen.generations is not None
    assert [each.error for each in seen.engines] == ["", "engine at nowhere: no answer"]


def test_records_that_do_not_answer_leave_the_engines_to_be_seen(platform):
    nowhere = Unreachable()
    seen = view(platform.using(records=nowhere))
    assert nowhere.asked == 1
    assert seen.generations is None
    assert seen.engines[0].error == "engine at nowhere: no answer"
    assert seen.engines[1].engine == "LanceDB"
    lately = engines(platform)
    assert index_view(platform.using(records=Unreachable()), lately).engines[0].next_step == "start it"


def test_without_texts_no_verdict_keeps_its_queries(platform):
    worst = [{"query": "secret words", "before": {"rank": 1, "titles": ["secret title"]}, "after": {"rank": None}}]
    platform.records.put(
        [
            Generation(
                id="g",
                fingerprint="f",
                dimension=4,
                pipeline="p",
                state="ready",
                created_at=1.0,
                run=RUN,
                gate={"ruling": "reject", "worst": worst},
            )
        ]
    )
    seen = view(platform)
    assert "secret" in repr(seen)
    assert "secret" not in repr(seen.without_texts())
