"""The way of a proposal: proposed → admitted → applied → reverted, or refused; each step by compare-and-set.

Where the gates hold it, a person who knows more may apply what is only proposed.
"""

from collections.abc import Iterator
from pathlib import Path

import structlog

from kintsugi.errors import DataError, TerminalError
from kintsugi.healing.lease import renew
from kintsugi.platform import Platform
from kintsugi.records import Lease
from kintsugi.records.upkeep import Proposal, ProposalState
from kintsugi.upkeep.deciding import deciding
from kintsugi.upkeep.gates import Ranking, judge
from kintsugi.upkeep.hiding import hide, show
from kintsugi.upkeep.proposing import drafted

DRAFTS = "drafts"
MAY_FOLLOW: dict[ProposalState, tuple[ProposalState, ...]] = {
    "proposed": ("admitted", "applying", "refused"),
    "admitted": ("applying", "refused"),
    "applying": ("applied", "reverted"),
    "applied": ("reverted",),
    "reverted": (),
    "refused": (),
}


def keep(platform: Platform, proposal: Proposal) -> bool:
    """Keep a new proposal; return false when it was made before, however it ended."""
    begun = {"state": "proposed", "at": proposal.made_at, "by": str(proposal.run)}
    return platform.records.insert(proposal.but(history=(begun,)))


def weigh(platform: Platform, proposal: Proposal, by: str, ranked: Ranking | None = None) -> Proposal:
    """Ask the gates and keep what they say: all admit → *admitted*, one refuses → *refused*, else it stays.

    Raises:
        ConflictError: somebody else moved it meanwhile.
    """
    verdicts = judge(platform, proposal, ranked)
    said = tuple(each.to_document() for each in verdicts)
    if any(each.ruling == "refuse" for each in verdicts):
        return _moved(platform, proposal.but(verdicts=said), "refused", by)
    if all(each.admitted for each in verdicts):
        return _moved(platform, proposal.but(verdicts=said), "admitted", by)
    return proposal if proposal.verdicts == said else platform.records.replace(proposal.but(verdicts=said))


def apply(platform: Platform, proposal: Proposal, by: str, *, although_held: bool = False) -> Proposal:
    """Do what a proposal says, because a person said yes; a killed one is completed by the next call.

    The gates are asked again first: what they admitted may have changed. From then on it can be completed or taken
    back, and no longer be refused.

    Args:
        platform: where it is kept, and what it changes.
        proposal: as it is stored.
        by: who said yes.
        although_held: also when no known question speaks of it: the person knows.

    Raises:
        TerminalError: the gates refuse it (now), or hold it; what is held stays as it is.
        ConflictError: somebody else is deciding or moved it, or an ingest is writing the document right now.
        StaleEpochError: the gates took so long that somebody else began to decide; nothing was changed.
    """
    with deciding(platform, proposal, by) as lease:
        if proposal.state != "applying":
            proposal = _begun(platform, proposal, by, lease, although_held=although_held)
        for target in proposal.targets:
            hide(platform, proposal, target)
        if not proposal.targets:
            _write(draft_file(platform, proposal), drafted(proposal))
        return _moved(platform, proposal, "applied", by)


def revert(platform: Platform, proposal: Proposal, by: str) -> Proposal:
    """Take back what a proposal did, also where applying was cut short; a draft that somebody wrote in stays.

    Raises:
        TerminalError: it isn't applied.
        ConflictError: somebody else is deciding or moved it, or an ingest is writing the document right now.
    """
    _require(proposal, "reverted")
    with deciding(platform, proposal, by):
        for target in proposal.targets:
            show(platform, proposal, target)
        if not proposal.targets:
            file = draft_file(platform, proposal)
            if file.exists() and file.read_bytes() == drafted(proposal).encode():
                file.unlink()
        return _moved(platform, proposal, "reverted", by)


def refuse(platform: Platform, proposal: Proposal, by: str) -> Proposal:
    """Say no: the same is proposed again only for other versions of its documents.

    Raises:
        TerminalError: it is past that.
        ConflictError: somebody else moved it meanwhile.
    """
    _require(proposal, "refused")
    return _moved(platform, proposal, "refused", by)


def named(platform: Platform, start: str) -> Proposal:
    """Return the proposal whose id starts so.

    Raises:
        DataError: there is none, or more than one.
    """
    found = [each for each in platform.records.scan(Proposal) if each.id.startswith(start)][:2]
    if len(found) != 1:
        raise DataError(
            f"proposal {start!r}",
            expected="the start of one proposal's id",
            got="none" if not found else "several",
            next_step="`kintsugi upkeep list` shows them",
        )
    return found[0]


def listed(platform: Platform, state: ProposalState | None = None, most: int = 50) -> Iterator[Proposal]:
    """Yield the newest proposals (in this state), newest first."""
    yield from platform.records.latest(Proposal, "made_at", {"state": state} if state else None, limit=most)


def draft_file(platform: Platform, proposal: Proposal) -> Path:
    """Return where a draft lies: apart from what is taken in, until a person has filled it in."""
    return platform.settings.var / DRAFTS / f"{proposal.id[:12]}.md"


def _begun(platform: Platform, proposal: Proposal, by: str, lease: Lease, *, although_held: bool) -> Proposal:
    """Ask the gates once more, and say that it is being applied before anything is done."""
    _require(proposal, "applying")
    verdicts = judge(platform, proposal)
    renew(platform.records, lease, platform.settings.healing.lease)
    said = proposal.but(verdicts=tuple(each.to_document() for each in verdicts))
    refused = next((each for each in verdicts if each.ruling == "refuse"), None)
    if refused is not None:
        _moved(platform, said, "refused", by)
        raise TerminalError(
            f"proposal {proposal.id}: refused", got=f"{refused.gate}: {refused.reason}", next_step="make it anew"
        )
    held = [each for each in verdicts if not each.admitted]
    a_person_may_know = [each.gate for each in held] == ["replay"]
    if held and not (a_person_may_know and although_held):
        raise TerminalError(
            f"proposal {proposal.id}: held, and not applied",
            got=f"{held[0].gate}: {held[0].reason}",
            next_step=f"if you know, `kintsugi upkeep apply {proposal.id[:12]} --although-held`"
            if a_person_may_know
            else "apply it once that has changed, or refuse it",
        )
    return _moved(platform, said, "applying", by)


def _write(file: Path, text: str) -> None:
    """Write a draft as a whole, once: what a person wrote into it after a kill stays."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(file)


def _require(proposal: Proposal, state: ProposalState) -> None:
    if state not in MAY_FOLLOW[proposal.state]:
        raise TerminalError(
            f"proposal {proposal.id}: can't become {state}",
            expected=" or ".join(each for each, after in MAY_FOLLOW.items() if state in after),
            got=proposal.state,
            next_step=f"`kintsugi upkeep show {proposal.id[:12]}` says what happened",
        )


def _moved(platform: Platform, proposal: Proposal, state: ProposalState, by: str) -> Proposal:
    _require(proposal, state)
    entry = {"state": state, "at": platform.records.now(), "by": by}
    moved = platform.records.replace(proposal.but(state=state, history=(*proposal.history, entry)))
    structlog.get_logger().info("proposal_moved", proposal=proposal.id, kind=proposal.kind, state=state, by=by)
    return moved
