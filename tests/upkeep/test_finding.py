from kintsugi.records import Document
from kintsugi.records.upkeep import Proposal
from kintsugi.retrieval.feedback import give_feedback
from kintsugi.sources.config import MADE_HERE
from kintsugi.upkeep import proposals
from kintsugi.upkeep.finding import alike_proposals, misleading_proposals, sourceless_proposals
from kintsugi.upkeep.upkeep import upkeep
from tests.builders import RUN
from tests.upkeep.runbooks import OTHER, RESTORE, take_in, the_one


def test_a_document_of_very_long_lines_can_be_given_up_for_its_copy(kept):
    text = "\n\n".join(
        " ".join(f"word{paragraph}x{number}" for number in range(60)) + " tail" * 200 for paragraph in range(300)
    )
    take_in(kept, a="# Long\n\n" + text, b="# Long\n\n" + text, c=OTHER)
    upkeep(kept, RUN)
    assert the_one(kept, "duplicate").state == "admitted"


def test_copies_are_compared_with_each_other_once_the_first_of_them_is_hidden(kept):
    take_in(kept, a=RESTORE.format("4.2"), b=RESTORE.format("4.2"), d=RESTORE.format("4.2"), c=OTHER)
    heads = sorted(
        (each for each in kept.records.scan(Document) if each.external_id != "c.md"), key=lambda each: each.id
    )
    kept.records.put([heads[0].but(chunks=0)])
    (found,) = alike_proposals(kept, RUN)
    assert {found.targets[0].document, found.successor.document} == {heads[1].id, heads[2].id}


def test_a_hidden_document_is_not_proposed_again_for_another_reason(twice):
    hidden = proposals.apply(twice, the_one(twice, "duplicate"), "me").targets[0].document
    for number in range(2):
        give_feedback(twice, f"Who painted this {number}?", [hidden], useful=False, run=RUN)
    assert list(misleading_proposals(twice, RUN)) == []
    gone = {each.targets[0].document for each in sourceless_proposals(twice, MADE_HERE, RUN)}
    assert gone == {each.id for each in twice.records.scan(Document)} - {hidden}
    assert twice.records.count(Proposal) == 1
