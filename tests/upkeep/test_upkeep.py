from collections import Counter

import pytest

from kintsugi.documents import intake
from kintsugi.errors import DataError, TerminalError
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Lease
from kintsugi.records.upkeep import HiddenDocument, Proposal, TextSketch
from kintsugi.retrieval.feedback import give_feedback
from kintsugi.retrieval.hybrid import retrieve
from kintsugi.stores.search import Scope
from kintsugi.upkeep import proposals
from kintsugi.upkeep.age import OlderLine, ages
from kintsugi.upkeep.facts import same_facts
from kintsugi.upkeep.gates import Replayed, contract, preservation_verdict, replay_verdict
from kintsugi.upkeep.proposing import drafted
from kintsugi.upkeep.sketch import alike, sketch
from kintsugi.upkeep.upkeep import upkeep
from tests.builders import RUN
from tests.upkeep.runbooks import OTHER, RESTORE, take_in, the_one


def documents_found(platform: Platform, question: str) -> Counter[str]:
    retrieved = retrieve(platform, question, 20, Scope())
    heads = platform.records.get_many(Document, [each.entry.document for each in retrieved.found])
    return Counter(heads[each.entry.document].external_id for each in retrieved.found)


def test_texts_are_as_alike_as_their_words_in_a_row_are():
    words = [f"word{number}" for number in range(2_000)]
    one, half = sketch(" ".join(words)), sketch(" ".join(words[:1_000]))
    assert alike(one, one) == 1
    assert abs(alike(one, half) - 0.5) < 0.2
    assert alike(one, sketch(" ".join(reversed(words)))) < 0.1
    assert alike(sketch("too short"), sketch("too short")) == 0


def test_the_older_text_is_found_by_versions_as_numbers():
    assert ages("Use version 4.2 here", "Use version 4.10 here").one_is_older == (
        OlderLine("Use version 4.2 here", "Use version 4.10 here"),
    )
    assert ages("Since 2026-02-01", "Since 2025-12-31").other_is_older


def test_lines_that_differ_in_other_words_say_nothing_about_age():
    found = ages("Use version 4.2 here", "Take version 4.10 there")
    assert not found.one_is_older
    assert not found.other_is_older


def test_a_document_that_repeats_another_is_proposed_and_admitted(twice):
    found = the_one(twice, "duplicate")
    assert (found.state, found.targets[0].name, found.successor.name) == ("admitted", "runbooks/b.md", "runbooks/a.md")
    assert [each["gate"] for each in found.verdicts] == ["contract", "replay", "preservation"]


def test_a_document_of_an_older_version_is_proposed_as_stale(outdated):
    found = the_one(outdated, "stale")
    assert (found.targets[0].name, found.successor.name) == ("runbooks/b.md", "runbooks/a.md")
    assert any("4.10" in str(each.get("newer")) for each in found.evidence)


def test_nothing_is_changed_without_a_yes(twice):
    assert twice.records.count(HiddenDocument) == 0
    assert documents_found(twice, "replica snapshot")["b.md"] > 0


def labelled(platform: Platform, trust: dict[str, str]) -> None:
    for head in list(platform.records.scan(Document)):
        if head.external_id in trust:
            labels = head.labels.model_copy(update={"trust": trust[head.external_id]})
            platform.records.put([head.but(labels=labels)])


def test_a_less_trusted_document_does_not_displace_a_more_trusted_one(kept):
    take_in(kept, official=RESTORE.format("4.2"), planted=RESTORE.format("9.9"), c=OTHER)
    labelled(kept, {"official.md": "trusted", "planted.md": "untrusted"})
    assert upkeep(kept, RUN).proposed == 0


def test_a_successor_that_lost_trust_since_is_refused_by_the_contract(outdated):
    found = the_one(outdated, "stale")
    labelled(outdated, {"a.md": "untrusted", "b.md": "reviewed"})
    verdict = contract(outdated, found)
    assert verdict.ruling == "refuse"
    assert "a.md is untrusted" in verdict.reason


def test_texts_that_differ_in_a_number_are_no_duplicates_however_alike_they_are(kept):
    rules = "\n".join(
        f"Rule {chr(97 + n % 26)}{chr(97 + n // 26)}: its owner checks the batch first." for n in range(60)
    )
    limit = "\nThe refund limit is {} euros.\n"
    take_in(kept, a=rules + limit.format(100), b=rules + limit.format(9000), c=OTHER)
    assert upkeep(kept, RUN).proposed == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It takes 5 minutes.", "It takes 5 hours."),
        ("Limit a is 100, limit b is 200.", "Limit a is 200, limit b is 100."),
        ("Since 2025-12-31.", "Since 2026-12-31."),
        ("Run /opt/start here.", "Run /opt/stop here."),
        ("Edit settings.yaml first.", "Edit config.yaml first."),
        ("Ask ops@ours.example.", "Ask dev@ours.example."),
        ("Nothing more.", "Nothing more than 3."),
    ],
)
def test_other_figures_dates_paths_and_addresses_are_other_facts(one, other):
    assert not same_facts(one, other)


def test_other_words_and_other_punctuation_are_the_same_facts():
    assert same_facts("Wait (5 minutes), then go.", "Wait 5 minutes; after that, go on.")


def test_evidence_that_does_not_exist_is_refused(twice):
    found = the_one(twice, "duplicate")
    for evidence in ({"what": "share", "document": "no-such"}, {"what": "of no use", "feedback": "no-such"}):
        verdict = contract(twice, found.but(evidence=(*found.evidence, evidence)))
        assert verdict.ruling == "refuse"
        assert "no-such" in verdict.reason


def test_a_complaint_that_was_taken_back_is_no_evidence_when_it_is_applied(kept):
    take_in(kept, c=OTHER)
    document = next(kept.records.scan(Document))
    words = ("how long is the warranty of the printer", [document.id])
    give_feedback(kept, *words, useful=False, run=RUN)
    upkeep(kept, RUN)
    give_feedback(kept, *words, useful=True, run=RUN)
    with pytest.raises(TerminalError, match="of use"):
        proposals.apply(kept, the_one(kept, "unanswered"), "me")


def test_a_document_whose_source_is_configured_again_is_not_hidden(twice):
    found = the_one(twice, "duplicate")
    verdict = contract(twice, found.but(evidence=({"what": "no such source is configured", "source": "runbooks"},)))
    assert (verdict.ruling, verdict.reason) == ("refuse", "the source 'runbooks' is configured again")


def test_what_was_refused_is_proposed_again_once_its_successor_has_changed(twice):
    proposals.refuse(twice, the_one(twice, "duplicate"), "me")
    take_in(twice, a=RESTORE.format("4.2") + "\nOne more word.\n")
    assert upkeep(twice, RUN).proposed == 1


def test_a_draft_that_was_refused_stays_refused_when_the_question_is_asked_in_other_words(kept):
    take_in(kept, c=OTHER)
    document = next(kept.records.scan(Document))
    give_feedback(kept, "how long is the warranty of the printer", [document.id], useful=False, run=RUN)
    upkeep(kept, RUN)
    proposals.refuse(kept, the_one(kept, "unanswered"), "me")
    give_feedback(kept, "how long is the warranty of the printer?", [document.id], useful=False, run=RUN)
    upkeep(kept, RUN)
    assert the_one(kept, "unanswered").state == "refused"
    take_in(kept, c=OTHER + "\nThe printer is described elsewhere.\n")
    upkeep(kept, RUN)
    assert kept.records.count(Proposal, {"kind": "unanswered"}) == 2


def test_a_second_pass_proposes_nothing_and_sketches_nothing(twice):
    before = {each.id: each.version for each in twice.records.scan(TextSketch)}
    assert upkeep(twice, RUN).proposed == 0
    assert {each.id: each.version for each in twice.records.scan(TextSketch)} == before


def test_an_applied_proposal_hides_its_document_from_answers_until_it_is_reverted(twice):
    before = {each.id: each.digest for each in twice.records.scan(Chunk, {"live": True})}
    applied = proposals.apply(twice, the_one(twice, "duplicate"), "me")
    publish(twice, RUN)
    assert documents_found(twice, "replica snapshot")["b.md"] == 0
    assert documents_found(twice, "replica snapshot")["a.md"] > 0
    proposals.revert(twice, applied, "me")
    publish(twice, RUN)
    assert documents_found(twice, "replica snapshot")["b.md"] > 0
    assert {each.id: each.digest for each in twice.records.scan(Chunk, {"live": True})} == before


def test_a_hidden_document_that_is_read_again_unchanged_stays_hidden(twice):
    proposals.apply(twice, the_one(twice, "duplicate"), "me")
    intake.ingest(twice, "runbooks", "all", RUN)
    publish(twice, RUN)
    assert documents_found(twice, "replica snapshot")["b.md"] == 0


def test_a_new_version_of_a_hidden_document_is_shown(twice):
    proposals.apply(twice, the_one(twice, "duplicate"), "me")
    take_in(twice, b="# Something else\n\nThe replica is restored by the vendor from now on, call the hotline.\n")
    assert documents_found(twice, "vendor hotline replica")["b.md"] > 0
    assert upkeep(twice, RUN).hidden_again == 0


def test_a_hidden_document_that_came_back_in_the_same_version_is_hidden_again(twice):
    applied = proposals.apply(twice, the_one(twice, "duplicate"), "me")
    head = twice.records.get(Document, applied.targets[0].document)
    dead = list(twice.records.scan(Chunk, {"document": head.id}))
    twice.records.put(each.but(live=True) for each in dead)
    twice.records.put([head.but(chunks=len(dead))])
    assert upkeep(twice, RUN).hidden_again == 1
    assert twice.records.count(Chunk, {"document": head.id, "live": True}) == 0


def killed_while_applying(platform, found, monkeypatch, before: int) -> Proposal:
    """Apply until the write with this number, and return the proposal as it stands then."""
    replace, calls = platform.records.replace, []

    def killed(record):
        calls.extend([] if isinstance(record, Lease) else [record])
        if len(calls) == before and not isinstance(record, Lease):
            raise KeyboardInterrupt
        return replace(record)

    with monkeypatch.context() as patched:
        patched.setattr(platform.records, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            proposals.apply(platform, found, "me")
    return the_one(platform, "duplicate")


@pytest.mark.parametrize("before", [2, 3, 4])
def test_what_was_killed_while_it_was_applied_can_be_taken_back(twice, monkeypatch, before):
    stood = killed_while_applying(twice, the_one(twice, "duplicate"), monkeypatch, before)
    assert stood.state == "applying"
    with pytest.raises(TerminalError):
        proposals.refuse(twice, stood, "you")
    document = stood.targets[0].document
    proposals.revert(twice, stood, "me")
    head = twice.records.get(Document, document)
    assert twice.records.count(Chunk, {"document": document, "live": True}) == head.chunks > 0


def test_what_another_proposal_hid_stays_hidden(twice):
    applied = proposals.apply(twice, the_one(twice, "duplicate"), "me")
    (hidden,) = twice.records.scan(HiddenDocument)
    twice.records.put([hidden.but(proposal="another")])
    proposals.revert(twice, applied, "me")
    assert twice.records.count(Chunk, {"document": hidden.id, "live": True}) == 0


@pytest.mark.parametrize("before", [1, 2, 3, 4])
def test_applying_what_was_killed_halfway_completes_it(twice, monkeypatch, before):
    stood = killed_while_applying(twice, the_one(twice, "duplicate"), monkeypatch, before)
    applied = proposals.apply(twice, stood, "me")
    assert applied.state == "applied"
    document = stood.targets[0].document
    assert twice.records.count(Chunk, {"document": document, "live": True}) == 0
    proposals.revert(twice, applied, "me")
    head = twice.records.get(Document, document)
    assert twice.records.count(Chunk, {"document": document, "live": True}) == head.chunks > 0


def test_a_document_that_changed_since_is_not_hidden(twice):
    found = the_one(twice, "duplicate")
    take_in(twice, b=RESTORE.format("4.2") + "\nNow with more.\n")
    with pytest.raises(TerminalError, match="changed since"):
        proposals.apply(twice, found, "me")
    assert the_one(twice, "duplicate").state == "refused"


def test_a_duplicate_that_more_people_may_read_is_not_admitted(twice):
    found = the_one(twice, "duplicate")
    kept = twice.records.get(Document, found.successor.document)
    twice.records.put([kept.but(labels={"access": ("board",)})])
    assert contract(twice, found).ruling == "refuse"


def test_a_document_that_alone_answers_a_question_is_not_given_up(kept):
    take_in(kept, a=RESTORE.format("4.2"), c=OTHER)
    document = next(each for each in kept.records.scan(Document) if each.external_id == "c.md")
    give_feedback(kept, "How are credentials rotated?", [document.id], useful=True, run=RUN)
    for number in range(3):
        give_feedback(kept, f"Who painted this {number}?", [document.id], useful=False, run=RUN)
    upkeep(kept, RUN)
    assert the_one(kept, "stale").state == "refused"


def test_a_document_whose_source_is_gone_waits_for_a_question_that_speaks_of_it_or_for_one_who_knows(kept):
    take_in(kept, c=OTHER)
    gone = next(kept.records.scan(Document))
    by_hand = gone.but(id="by hand", source="cli", version=0, run=gone.run.model_copy(update={"dag": "cli"}))
    kept.records.put([gone.but(source="left", version=0, id="gone"), by_hand])
    upkeep(kept, RUN)
    held = the_one(kept, "stale")
    assert held.targets[0].document == "gone"
    assert held.state == "proposed"
    assert held.verdicts[1]["ruling"] == "hold"
    with pytest.raises(TerminalError, match="--although-held"):
        proposals.apply(kept, held, "me")
    assert the_one(kept, "stale").state == "proposed"
    applied = proposals.apply(kept, the_one(kept, "stale"), "me", although_held=True)
    assert applied.state == "applied"
    assert kept.records.get(Document, "gone").chunks == 0


def test_worse_answers_and_lost_answers_are_refused():
    assert replay_verdict([Replayed("q", 1.0, 0.5)]).ruling == "refuse"
    assert preservation_verdict([Replayed("q", 0.1, 0.0), Replayed("r", 0.1, 1.0)]).ruling == "refuse"
    assert preservation_verdict([Replayed("q", 0.0, 0.0)]).ruling == "admit"


def test_questions_without_a_good_answer_become_a_draft_that_can_be_taken_back(kept):
    take_in(kept, c=OTHER)
    document = next(kept.records.scan(Document))
    give_feedback(kept, "how long is the warranty of the printer", [document.id], useful=False, run=RUN)
    give_feedback(kept, "how long is the warranty of the printer?", [document.id], useful=False, run=RUN)
    upkeep(kept, RUN)
    found = the_one(kept, "unanswered")
    assert found.state == "admitted"
    applied = proposals.apply(kept, found, "me")
    file = proposals.draft_file(kept, applied)
    assert file.read_text() == drafted(found)
    assert file.read_text().count("warranty") == 3
    assert "runbooks/c.md" in file.read_text()
    proposals.revert(kept, applied, "me")
    assert not file.exists()


def test_what_was_refused_is_not_proposed_again(twice):
    proposals.refuse(twice, the_one(twice, "duplicate"), "me")
    assert upkeep(twice, RUN).proposed == 0
    with pytest.raises(TerminalError, match="can't become applying"):
        proposals.apply(twice, the_one(twice, "duplicate"), "me")


def test_a_proposal_is_named_by_the_start_of_its_id(twice):
    found = the_one(twice, "duplicate")
    assert proposals.named(twice, found.id[:8]) == found
    with pytest.raises(DataError, match="none"):
        proposals.named(twice, "zzz")
