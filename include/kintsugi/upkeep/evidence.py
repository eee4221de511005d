"""Whether what a proposal rests on still stands."""

from collections.abc import Iterator

from kintsugi.platform import Platform
from kintsugi.records import Document, Feedback
from kintsugi.records.upkeep import Proposal
from kintsugi.sources.config import MADE_HERE, load_sources


def fallen(platform: Platform, proposal: Proposal) -> Iterator[str]:
    """Yield each piece of evidence that doesn't stand (any more), in words.

    Looked up are the documents and the feedback that it names, and the source that it says is gone.
    """
    named = {key: [each[key] for each in proposal.evidence if key in each] for key in ("document", "feedback")}
    documents = platform.records.get_many(Document, named["document"])
    for id in named["document"]:
        if id not in documents or documents[id].deleted_at is not None:
            yield f"the document {id} in its evidence is gone"
    feedback = platform.records.get_many(Feedback, named["feedback"])
    for id in named["feedback"]:
        if id not in feedback:
            yield f"the feedback {id} in its evidence does not exist"
        elif feedback[id].useful:
            yield f"the feedback {id} in its evidence says by now that the answer was of use"
    for source in (each["source"] for each in proposal.evidence if "source" in each):
        if source in {*load_sources(platform.settings).sources, *MADE_HERE}:
            yield f"the source {source!r} is configured again"
