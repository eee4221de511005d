"""One pass of upkeep: find, propose, let the gates judge, and keep hidden what was decided."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice

import structlog

from kintsugi.errors import ConflictError, DataError
from kintsugi.platform import Platform
from kintsugi.records import Document, RunRef
from kintsugi.records.upkeep import HiddenDocument, Proposal
from kintsugi.sources.config import MADE_HERE, load_sources
from kintsugi.upkeep.deciding import deciding
from kintsugi.upkeep.finding import alike_proposals, misleading_proposals, sourceless_proposals
from kintsugi.upkeep.gates import Ranking, ranking
from kintsugi.upkeep.hiding import hide
from kintsugi.upkeep.proposals import keep, weigh
from kintsugi.upkeep.unanswered import unanswered_proposals

MOST_NEW = 20
"""New proposals of each kind of finding in a pass: nobody reads more, and the next pass finds the rest."""

MOST_JUDGED = 100
"""Proposals, the newest, that the gates are asked about in a pass, held ones again."""


@dataclass(frozen=True)
class Upkept:
    """What a pass did: new proposals, how they were judged, and documents that were hidden again."""

    proposed: int
    admitted: int
    refused: int
    hidden_again: int


def upkeep(platform: Platform, run: RunRef) -> Upkept:
    """Make proposals and let the gates judge them; nothing that anybody reads is changed.

    What a person decided before is kept up: a document that came back in the version that was hidden, because its
    partition was read again, is hidden again.

    Raises:
        TransientError: a store or the model can't be reached now; what was proposed stays.
    """
    again = sum(_hidden_again(platform, each, str(run)) for each in platform.records.scan(HiddenDocument))
    proposed = 0
    for findings in _findings(platform, run):
        proposed += sum(1 for _ in islice((each for each in findings if keep(platform, each)), MOST_NEW))
    waiting = platform.records.latest(Proposal, "made_at", {"state": "proposed"}, limit=MOST_JUDGED)
    ranked = ranking(platform)
    judged = [_weighed(platform, each, str(run), ranked) for each in waiting]
    done = Upkept(proposed, judged.count("admitted"), judged.count("refused"), again)
    structlog.get_logger().info("upkeep_done", run=str(run), **asdict(done))
    return done


def _findings(platform: Platform, run: RunRef) -> Iterator[Iterator[Proposal]]:
    yield alike_proposals(platform, run)
    sources = load_sources(platform.settings)
    if not sources.errors:  # a source that is only misspelt is not gone
        yield sourceless_proposals(platform, {*sources.sources, *MADE_HERE}, run)
    yield misleading_proposals(platform, run)
    yield unanswered_proposals(platform, run)


def _weighed(platform: Platform, proposal: Proposal, by: str, ranked: Ranking) -> str:
    try:
        return weigh(platform, proposal, by, ranked).state
    except ConflictError:  # a person decided meanwhile
        return ""


def _hidden_again(platform: Platform, hidden: HiddenDocument, by: str) -> bool:
    proposal = platform.records.get(Proposal, hidden.proposal)
    if proposal is None or proposal.state != "applied":
        return False
    head = platform.records.get(Document, hidden.id)
    if head is None or not head.chunks:
        return False
    try:
        with deciding(platform, proposal, by):
            for target in (each for each in proposal.targets if each.document == hidden.id):
                hide(platform, proposal, target)
    except (ConflictError, DataError):  # being written or taken back, or of another version by now: shown, as it should
        return False
    return True
