import pytest

from kintsugi.documents import intake
from kintsugi.errors import ConflictError, DataError, StaleEpochError, TerminalError
from kintsugi.healing.lease import acquire
from kintsugi.index.generations import pointer_of
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Pointer
from kintsugi.records.upkeep import HiddenDocument, Proposal
from kintsugi.retrieval.feedback import give_feedback
from kintsugi.upkeep import proposals
from kintsugi.upkeep.gates import judge
from kintsugi.upkeep.hiding import hide
from kintsugi.upkeep.upkeep import upkeep
from tests.builders import RUN
from tests.upkeep.runbooks import OTHER, RESTORE, take_in, the_one


def head_of(platform: Platform, name: str) -> Document:
    return next(each for each in platform.records.scan(Document) if each.external_id == name)


def live(platform: Platform, document: str) -> int:
    return platform.records.count(Chunk, {"document": document, "live": True})


def blame(platform: Platform, document: str) -> Proposal:
    """Find the document misleading, and return what is proposed then."""
    for number in range(5):
        give_feedback(platform, f"Who painted this {number}?", [document], useful=False, run=RUN, who="u")
    upkeep(platform, RUN)
    return next(
        each for each in platform.records.scan(Proposal, {"kind": "stale"}) if each.targets[0].document == document
    )


@pytest.fixture
def doubly(twice):
    """Runbook b is to be hidden for two reasons: it repeats a, and it misleads."""
    a, b = head_of(twice, "a.md"), head_of(twice, "b.md")
    for question in ("stop the writer before the damaged replica", "fetch the newest snapshot from the archive bucket"):
        give_feedback(twice, question, [a.id, b.id], useful=True, run=RUN)
    return twice, the_one(twice, "duplicate"), blame(twice, b.id)


def test_what_is_held_when_it_is_applied_stays_as_it_was(twice):
    pointer = pointer_of(twice.records)
    twice.records.delete(Pointer, [pointer.id])
    with pytest.raises(TerminalError, match="nothing is served"):
        proposals.apply(twice, the_one(twice, "duplicate"), "me", although_held=True)
    assert the_one(twice, "duplicate").state == "admitted"
    twice.records.put([pointer])
    assert proposals.apply(twice, the_one(twice, "duplicate"), "me").state == "applied"


def test_a_proposal_that_is_made_before_anything_is_served_is_judged_once_something_is(kept):
    (kept.settings.runbooks / "c.md").write_text(OTHER)
    intake.ingest(kept, "runbooks", "all", RUN)
    c = head_of(kept, "c.md")
    give_feedback(kept, "how are credentials of the warehouse rotated", [c.id], useful=True, run=RUN)
    assert [each["ruling"] for each in blame(kept, c.id).verdicts] == ["admit", "hold", "hold"]
    publish(kept, RUN)
    upkeep(kept, RUN)
    assert [each["ruling"] for each in the_one(kept, "stale").verdicts] == ["admit", "refuse", "refuse"]


def test_a_successor_that_is_not_published_yet_is_waited_for(kept):
    take_in(kept, b=RESTORE.format("4.2"), c=OTHER)
    (kept.settings.runbooks / "a.md").write_text(RESTORE.format("4.10"))
    intake.ingest(kept, "runbooks", "all", RUN)
    upkeep(kept, RUN)
    held = the_one(kept, "stale")
    assert held.state == "proposed"
    assert held.verdicts[1]["reason"] == "runbooks/a.md is not published yet"
    publish(kept, RUN)
    upkeep(kept, RUN)
    assert the_one(kept, "stale").state == "admitted"


def test_a_new_version_of_a_successor_is_waited_for_until_it_is_published(kept):
    take_in(kept, a="# Another\n\nNothing about it is said here yet.\n", b=RESTORE.format("4.2"), c=OTHER)
    (kept.settings.runbooks / "a.md").write_text(RESTORE.format("4.10"))
    intake.ingest(kept, "runbooks", "all", RUN)
    upkeep(kept, RUN)
    assert the_one(kept, "stale").state == "proposed"


def test_a_document_is_hidden_by_one_proposal_at_a_time(doubly):
    platform, repeats, misleads = doubly
    assert (repeats.state, misleads.state) == ("admitted", "admitted")
    applied = proposals.apply(platform, repeats, "me")
    with pytest.raises(TerminalError, match="hidden already"):
        proposals.apply(platform, misleads, "me", although_held=True)
    assert platform.records.get(Proposal, misleads.id).state == "admitted"
    proposals.revert(platform, applied, "me")
    document = applied.targets[0].document
    assert live(platform, document) > 0
    also = proposals.apply(platform, misleads, "me")
    assert live(platform, document) == 0
    proposals.revert(platform, also, "me")
    assert live(platform, document) > 0


def test_a_claim_of_another_proposal_is_kept(doubly):
    platform, repeats, misleads = doubly
    proposals.apply(platform, repeats, "me")
    with pytest.raises(DataError, match="hides it already"):
        hide(platform, misleads, misleads.targets[0])
    assert [each.proposal for each in platform.records.scan(HiddenDocument)] == [repeats.id]


def test_nothing_gives_way_to_what_is_hidden(twice):
    repeats = the_one(twice, "duplicate")
    for question in ("stop the writer before the damaged replica", "fetch the newest snapshot from the archive bucket"):
        give_feedback(twice, question, [repeats.targets[0].document], useful=True, run=RUN)
    misleads = blame(twice, repeats.successor.document)
    proposals.apply(twice, misleads, "me", although_held=True)
    (held,) = judge(twice, repeats)
    assert (held.gate, held.ruling) == ("contract", "hold")
    assert "a.md is hidden already" in held.reason


def test_what_is_hidden_and_not_yet_published_answers_no_question_of_the_gates(doubly):
    platform, repeats, _ = doubly
    proposals.apply(platform, repeats, "me")
    successor = head_of(platform, "a.md")
    assert blame(platform, successor.id).state == "refused"


def test_two_do_not_decide_at_once(twice):
    found = the_one(twice, "duplicate")
    acquire(twice.records, "upkeep", "somebody else", 60.0)
    with pytest.raises(ConflictError, match="somebody else"):
        proposals.apply(twice, found, "me")
    assert the_one(twice, "duplicate") == found
    assert live(twice, found.targets[0].document) > 0


def test_whoever_decided_for_too_long_changes_nothing(twice, clock, monkeypatch):
    found = the_one(twice, "duplicate")

    def slow(platform, proposal):
        clock.advance(twice.settings.healing.lease + 1)
        acquire(twice.records, "upkeep", "somebody else", 60.0)
        return judge(platform, proposal)

    monkeypatch.setattr(proposals, "judge", slow)
    with pytest.raises(StaleEpochError):
        proposals.apply(twice, found, "me")
    assert the_one(twice, "duplicate") == found
    assert live(twice, found.targets[0].document) > 0


def test_what_was_taken_back_is_not_completed_by_one_who_saw_it_before(twice):
    found = the_one(twice, "duplicate")
    before = twice.records.replace(found.but(state="applying"))
    proposals.revert(twice, before, "you")
    with pytest.raises(ConflictError, match="somebody else moved it"):
        proposals.apply(twice, before, "me")
    assert live(twice, found.targets[0].document) > 0


def test_a_pass_does_not_hide_again_what_is_being_taken_back(twice):
    applied = proposals.apply(twice, the_one(twice, "duplicate"), "me")
    document = applied.targets[0].document
    head = twice.records.get(Document, document)
    twice.records.put([head.but(chunks=1)])
    acquire(twice.records, "upkeep", "somebody else", 60.0)
    assert upkeep(twice, RUN).hidden_again == 0
    assert twice.records.get(Document, document).chunks == 1


@pytest.fixture
def begun_draft(kept):
    """A draft that was written by one who was killed before saying so."""
    take_in(kept, c=OTHER)
    document = head_of(kept, "c.md")
    give_feedback(kept, "how long is the warranty of the printer", [document.id], useful=False, run=RUN)
    upkeep(kept, RUN)
    applied = proposals.apply(kept, the_one(kept, "unanswered"), "me")
    return kept, kept.records.replace(applied.but(state="applying")), proposals.draft_file(kept, applied)


def test_completing_a_draft_keeps_what_was_written_into_it_meanwhile(begun_draft):
    platform, begun, file = begun_draft
    file.write_text("Two years.")
    assert proposals.apply(platform, begun, "me").state == "applied"
    assert file.read_text() == "Two years."


def test_a_draft_in_another_encoding_stays_when_its_proposal_is_taken_back(begun_draft):
    platform, begun, file = begun_draft
    file.write_bytes("Zwei Jahre, gemäß Vertrag.".encode("latin-1"))
    assert proposals.revert(platform, begun, "me").state == "reverted"
    assert file.exists()
