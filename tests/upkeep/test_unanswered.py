from kintsugi.records import Document
from kintsugi.records.upkeep import Proposal
from kintsugi.retrieval.feedback import give_feedback
from kintsugi.upkeep.gates import MOST_DIFF
from kintsugi.upkeep.proposing import drafted
from kintsugi.upkeep.unanswered import MOST_NAMED
from kintsugi.upkeep.upkeep import upkeep
from tests.builders import RUN
from tests.upkeep.runbooks import OTHER, take_in, the_one


def test_a_draft_of_many_questions_names_some_counts_the_others_and_still_names_the_documents(kept):
    take_in(kept, c=OTHER)
    document = next(kept.records.scan(Document))
    subject = " ".join(["how long is the warranty of the printer"] * 20)
    for number in range(450):
        give_feedback(kept, f"{subject} {number}", [document.id], useful=False, run=RUN)
    upkeep(kept, RUN)
    found = the_one(kept, "unanswered")
    text = drafted(found)
    assert text.count("\n- how long") == MOST_NAMED
    assert f"- … and {450 - MOST_NAMED} more\n" in text
    assert text.endswith("- runbooks/c.md\n")
    assert found.state == "admitted"


def test_a_draft_of_the_longest_questions_passes_the_contract(kept):
    take_in(kept, c=OTHER)
    document = next(kept.records.scan(Document))
    subject = ("printer warranty " * 240)[:3_990]
    for number in range(60):
        give_feedback(kept, f"{subject} {number}", [document.id], useful=False, run=RUN)
    upkeep(kept, RUN)
    (found,) = kept.records.scan(Proposal, {"kind": "unanswered"})
    assert found.state == "admitted"
    assert 80_000 < len(found.diff) < MOST_DIFF
