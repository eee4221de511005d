"""Which repair belongs to which kind of incident: a closed mapping, written by people, decided by rules.

To add one: write its file here and name it in `PLAYBOOKS`.
"""

from kintsugi.errors import TerminalError
from kintsugi.healing.playbooks.late_partition import LatePartitionPlaybook
from kintsugi.healing.playbooks.missing_chunks import MissingChunksPlaybook
from kintsugi.healing.playbooks.playbook import Playbook
from kintsugi.healing.playbooks.schema_drift import SchemaDriftPlaybook
from kintsugi.healing.playbooks.source_outage import SourceOutagePlaybook
from kintsugi.healing.playbooks.volume import VolumePlaybook

PLAYBOOKS: dict[str, Playbook] = {
    playbook.kind: playbook
    for playbook in (
        MissingChunksPlaybook(),
        SourceOutagePlaybook(),
        LatePartitionPlaybook(),
        SchemaDriftPlaybook(),
        VolumePlaybook(),
    )
}


def playbook_for(kind: str) -> Playbook:
    """Return the playbook for incidents of this kind.

    Raises:
        TerminalError: there is none; the incident is a person's.
    """
    playbook = PLAYBOOKS.get(kind)
    if playbook is None:
        raise TerminalError(
            f"no playbook for incidents of kind {kind!r}",
            expected="one of " + ", ".join(PLAYBOOKS),
            next_step="see docs/runbooks; a playbook is added in kintsugi/healing/playbooks",
        )
    return playbook
