"""The closed registry of repair actions. To add one: write its file here and name it in `ACTIONS`."""

from kintsugi.errors import ConfigurationError
from kintsugi.healing.actions.accept_schema import AcceptSchema
from kintsugi.healing.actions.action import Action
from kintsugi.healing.actions.backfill_gap import BackfillGap
from kintsugi.healing.actions.backfill_late import BackfillLate
from kintsugi.healing.actions.replay_held import ReplayHeld
from kintsugi.healing.actions.upsert_from_truth import UpsertFromTruth
from kintsugi.healing.actions.wait_for_source import WaitForSource

ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        UpsertFromTruth(),
        WaitForSource(),
        BackfillGap(),
        BackfillLate(),
        AcceptSchema(),
        ReplayHeld(),
    )
}


def action_named(name: str) -> Action:
    """Return a registered action.

    Raises:
        ConfigurationError: there is none of this name; nothing outside the registry is ever run.
    """
    action = ACTIONS.get(name)
    if action is None:
        raise ConfigurationError(f"unknown repair action {name!r}", expected="one of " + ", ".join(ACTIONS))
    return action
