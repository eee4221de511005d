"""The overview counts what there is and reads no more than it shows."""

from kintsugi.observe.overview import NEWEST_REFUSED, Episode, episodes, intake, overview, refusals, status
from kintsugi.records import (
    POINTER,
    Fingerprint,
    Generation,
    Incident,
    Partition,
    Pointer,
    Quarantined,
    Repair,
)
from kintsugi.sources.registry import source_names
from tests.builders import RUN, HashEmbedder, chunk, document


def incident(id: str, state: str = "open", opened_at: float = 1.0, **changes) -> Incident:
    return Incident(id=id, kind="k", target=id, state=state, opened_at=opened_at, changed_at=opened_at, **changes)


def test_an_empty_platform_has_an_overview(platform):
    seen = overview(platform)
    assert seen.status.serving is None
    assert seen.status.last_change is None
    assert (seen.status.documents, seen.status.chunks, seen.status.open_incidents) == (0, 0, 0)
    assert [each.source for each in seen.intake] == list(source_names(platform.settings))
    assert seen.at == platform.records.now()


def test_tombstones_are_not_counted_but_their_change_is_seen(platform):
    alive, gone = document("a.md"), document("b.md", deleted_at=9.0, changed_at=9.0)
    platform.records.put([alive, gone])
    platform.records.put([chunk("one", of=alive), chunk("two", of=gone, live=False)])
    seen = status(platform.records)
    assert (seen.documents, seen.chunks) == (1, 1)
    assert seen.last_change == 9.0


def test_the_serving_generation_is_named_with_its_model(platform):
    fingerprint: Fingerprint = HashEmbedder().fingerprint
    platform.records.put([fingerprint])
    platform.records.put(
        [
            Generation(
                id="g-2",
                fingerprint=fingerprint.id,
                dimension=64,
                pipeline="p",
                state="serving",
                run=RUN,
                created_at=1.0,
            )
        ]
    )
    platform.records.put([Pointer(id=POINTER, generation="g-2", previous="g-1", flipped_at=5.0)])
    serving = status(platform.records).serving
    assert serving is not None
    assert (serving.generation, serving.previous, serving.model, serving.since) == ("g-2", "g-1", "hash", 5.0)


def test_incidents_that_ended_are_not_open(platform, clock):
    records = platform.records
    records.put(
        [incident("a"), incident("b", "repairing"), incident("c", "resolved"), incident("d", "escalated", clock())]
    )
    seen = status(records)
    assert seen.open_incidents == 2
    assert seen.incidents == {"open": 1, "repairing": 1, "resolved": 1, "escalated": 1}
    assert seen.handed_over == 1


def test_an_escalation_of_last_week_does_not_raise_the_alarm_today(platform, clock):
    platform.records.put([incident("old", "escalated", clock() - 7 * 86400)])
    assert status(platform.records).handed_over == 0


def test_partitions_stand_in_the_order_of_their_keys_whatever_order_they_were_run_in(platform):
    for key, changed_at in (("03", 1.0), ("01", 2.0), ("02", 3.0)):
        platform.records.put(
            [
                Partition(
                    id=f"airflow@{key}", source="airflow", key=key, state="committed", run=RUN, changed_at=changed_at
                )
            ]
        )
    airflow = next(each for each in intake(platform) if each.source == "airflow")
    assert [each.key for each in airflow.recent] == ["01", "02", "03"]
    assert airflow.last is not None
    assert airflow.last.key == "02"


def test_only_the_newest_partitions_are_read(platform):
    platform.records.put(
        Partition(id=f"airflow@{n:03}", source="airflow", key=f"{n:03}", state="failed", run=RUN, changed_at=float(n))
        for n in range(50)
    )
    airflow = next(each for each in intake(platform, newest=4) if each.source == "airflow")
    assert [each.key for each in airflow.recent] == ["046", "047", "048", "049"]
    assert airflow.gaps == 4


def test_a_source_that_nobody_registered_is_shown_as_well(platform):
    platform.records.put(
        [Partition(id="wiki@all", source="wiki", key="all", state="committed", run=RUN, changed_at=1.0)]
    )
    assert [each.source for each in intake(platform)] == [*source_names(platform.settings), "wiki"]


def test_released_items_are_no_longer_refused(platform):
    def held(n: int, state: str) -> Quarantined:
        return Quarantined(
            id=str(n),
            source="inbox",
            partition="all",
            item=f"{n}.pdf",
            check="c",
            expected="e",
            value="v",
            next_step="n",
            state=state,
            run=RUN,
            refused_at=float(n),
        )

    platform.records.put([held(n, "held") for n in range(9)] + [held(n, "released") for n in range(9, 12)])
    seen = refusals(platform)
    assert seen.held == 9
    assert [each.item for each in seen.newest] == [f"{n}.pdf" for n in range(8, 8 - NEWEST_REFUSED, -1)]


def test_an_episode_knows_how_long_it_took_and_what_was_done_in_order(platform):
    def repair(step: int, incident_id: str = "a") -> Repair:
        return Repair(
            id=f"{incident_id}/1/{step}",
            incident=incident_id,
            action=f"step-{step}",
            target="t",
            state="done",
            epoch=1,
            run=RUN,
            started_at=10.0 + step,
        )

    platform.records.put([incident("a", "resolved", 10.0, closed_at=25.0), incident("b", opened_at=20.0)])
    platform.records.put([repair(0), repair(1), repair(0, "b")])
    newer, older = episodes(platform.records)
    assert newer.incident.id == "b"
    assert newer.seconds is None
    assert isinstance(older, Episode)
    assert older.seconds == 15.0
    assert [each.action for each in older.repairs] == ["step-0", "step-1"]
