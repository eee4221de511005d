"""One record of every class with every field set to something that a careless store would lose."""

from typing import Any

from kintsugi.records import (
    Budget,
    Chunk,
    Column,
    DocumentVersion,
    Feedback,
    Figures,
    Fingerprint,
    Generation,
    Incident,
    Installation,
    Labels,
    Lease,
    LoopState,
    Partition,
    PartitionProfile,
    PatternDecision,
    Pointer,
    Quarantined,
    ReceivedAlert,
    Reconciliation,
    Record,
    Repair,
    RunRef,
    SourceSchema,
    StoredPattern,
    StoredTrajectory,
    Suspect,
    UsageReport,
    Vector,
    WakeUp,
    Watermark,
)
from kintsugi.records.savings import Assignment, LearningCost, TaskOutcome
from kintsugi.records.upkeep import HiddenDocument, Proposal, Target, TextSketch
from tests.builders import chunk, document

RUN = RunRef(dag="ingest_airflow", run_id="scheduled__2026-01-01T00:00:00+00:00", task="load", try_number=3)
LABELS = Labels(access=("ops", "o'brien"), sensitivity="confidential", trust="untrusted", region="eu-central-1")
BODY: dict[str, Any] = {
    "$where": "1 == 1",
    "a.b": [1, 2.5, -0.0, None, True, [], {}],
    "": {"nested": {"deeper": [{"deepest": "…"}]}},
    "large": 2**62,
    "small": 5e-324,
}
HOSTILE = {
    "empty": "",
    "NUL inside": "before\0after",
    "quotes": '\'; DROP TABLE documents; -- "quoted" `ticked` \\ backslash',
    "operator": "$where",
    "path": "../../etc/passwd",
    "emoji": "🏺 👩‍👩‍👧‍👦 kintsugi",
    "combining": "e\u0301 is not é",
    "right to left": "שלום \u202e evil",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x85\u2028\u2029\ufeff\ufffe\uffff",
    "highest": "\U0010ffff",
    "looks like JSON": '{"$oid": "0", "version": 7}',
    "looks escaped": "\\u0000 \\ud800",
    "a megabyte": "xé🏺" * 200_000,
}
"""Texts by what is nasty about them."""


def every_class() -> list[Record]:
    """Return one record of each class; where a class has optional fields, they are set."""
    return [
        document(metadata={"$set": "1", "a.b": ""}, labels=LABELS, deleted_at=5.5, run=RUN),
        DocumentVersion(id="v", document="d", text=HOSTILE["quotes"], run=RUN, stored_at=1e9 + 1 / 3),
        chunk("text", heading=("Setup", "Linux › arm64"), labels=LABELS, live=False, digest=2**62 - 1),
        Vector.of("fp", "hash", bytes(range(256)) * 6),
        Fingerprint(
            id="fp",
            model="m",
            revision="r",
            weights="w",
            dimension=384,
            normalised=True,
            prefix="query: ",
            backend="torch",
            canaries="c",
        ),
        Generation(
            id="g",
            fingerprint="fp",
            dimension=384,
            pipeline="p",
            state="serving",
            watermark=2.0,
            run=RUN,
            created_at=1.0,
        ),
        Pointer(id="serving", generation="g", previous="f", flipped_at=3.0),
        Partition(id="s@all", source="s", key="all", state="failed", run=RUN, changed_at=1.0, error="…", refused=2),
        Installation(id="this", key="5f2c"),
        WakeUp(id="publish", by="ingest_inbox/run", at=1.5),
        Watermark(id="publish", at=1_700_000_000.123456),
        Lease(id="l", holder="me", epoch=7, expires_at=1e308),
        Quarantined(
            id="q",
            source="s",
            partition="p",
            item="row 3",
            check="c",
            expected="e",
            value=HOSTILE["controls"],
            next_step="n",
            run=RUN,
            refused_at=1.0,
        ),
        ReceivedAlert(
            id="a",
            source="alerts",
            labels={"alertname": "x", "a.b": "$c"},
            annotations={"summary": "…"},
            started_at=1.5,
            ended_at=2.5,
            url="http://x",
            received_at=3.0,
            heard_at=4.0,
            changed_at=3.0,
            started_in="1970-01-01T00",
            ended_in="1970-01-01T00",
            changed_in="1970-01-01T00",
        ),
        SourceSchema(
            id="s",
            columns=(Column(name="a.b", type="text"),),
            mapping={"$x": "a.b"},
            accepted_by="ada",
            accepted_at=1.0,
            run=RUN,
        ),
        PartitionProfile(
            id="s@all", source="s", key="all", at=1.0, figures=Figures(at=1.0, nulls={"a.b": 0.5}), run=RUN
        ),
        StoredTrajectory(id="t", origin="airflow", gathered_at=1.0, body=BODY),
        StoredPattern(id="p", state="admitted", body=BODY),
        LoopState(id="loop", body=BODY),
        Incident(
            id="i",
            kind="missing-chunks",
            target="g",
            evidence=("a", ""),
            diagnosis=BODY,
            plan=({"action": "x", "arguments": BODY}, {}),
            opened_at=1.0,
            changed_at=2.0,
            closed_at=3.0,
            history=({"state": "open", "at": 1.0},),
        ),
        Repair(
            id="i/1/0/0",
            incident="i",
            action="a",
            target="t",
            arguments=BODY,
            items=("one", "two"),
            state="done",
            epoch=2,
            run=RUN,
            started_at=1.0,
            ended_at=2.0,
        ),
        Budget(id="t@0", target="t", window_start=0.0, repairs=1, items=3, spent_by={"i/1": 3}),
        Feedback(
            id="f",
            question=HOSTILE["quotes"],
            asked="q",
            documents=("d1", "d2"),
            useful=False,
            generation="g",
            who="o'brien",
            at=6.5,
            run=RUN,
        ),
        Reconciliation(id="g", at=7.0, found={"missing": 1, "stale": 0, "orphaned": 2}, repaired=3, left=0, run=RUN),
        Suspect(id="t/x", target="t", item="x", first_seen=4.0),
        Assignment(id="a", task_class="sql", task="1", arm="held out", share=0.15, at=1.5),
        TaskOutcome(id="a", task_class="sql", task="1", arm="held out", tokens=3, retries=1, succeeded=False, at=2.5),
        LearningCost(id="l", tokens=2**40, seconds=1e-9, at=3.5),
        Proposal(
            id="p",
            kind="stale",
            title="t",
            targets=(Target(document="d", document_version="v", name="s/d"),),
            successor=Target(document="e", document_version="w", name="s/e"),
            diff=HOSTILE["quotes"],
            reason="r",
            evidence=(BODY,),
            verdicts=(BODY,),
            history=(BODY,),
            made_at=4.5,
            run=RUN,
        ),
        UsageReport(id="u", task="t", agent_version="a@1", retrieved=("p", "q"), used=("q",), succeeded=False, at=6.5),
        PatternDecision(
            id="000010/p",
            n=10,
            at=7.5,
            pattern="p",
            name=HOSTILE["quotes"],
            was=None,
            now="candidate",
            gate="found",
            ruling="hold",
            reason="r",
            numbers={"p": 0.5},
            by="loop",
            said=HOSTILE["quotes"],
        ),
        HiddenDocument(id="d", document_version="v", proposal="p", chunks=2, at=5.5),
        TextSketch(id="d", document_version="v", values=bytes(range(256))),
    ]


def bare() -> list[Record]:
    """Return records whose optional fields are empty: no labels' access, no heading, no evidence, no bytes."""
    nobody = Labels(access=())
    return [
        document("bare", labels=nobody, metadata={}, deleted_at=None),
        chunk("", heading=(), labels=nobody),
        Vector.of("fp", "empty", b""),
        Incident(id="bare", kind="k", target="t", opened_at=0.0, changed_at=0.0, closed_at=None),
        LoopState(id="bare", body={}),
    ]


def live_chunk(id: str, bucket: int, digest: int, *, live: bool = True) -> Chunk:
    """Return a chunk of which only what `RecordStore.digests` sums matters."""
    return chunk(id).but(id=id, bucket=bucket, digest=digest, live=live)
