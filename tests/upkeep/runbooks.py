"""Runbooks to keep up, and what takes them in."""

from kintsugi.documents import intake
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records.upkeep import Proposal
from tests.builders import RUN

RESTORE = """# Restoring a lost replica

Stop the writer before anything else, so that no late commit reaches the damaged replica during its restoration.
Fetch the newest snapshot from the archive bucket and verify its checksum against the manifest that lies beside it.
Start the replica with version {} of the server and watch the replication lag until it stays below two seconds.
Announce to the operators that reading from this replica is allowed again, and close the incident with its figures.
"""
OTHER = """# Rotating credentials

Every quarter the credentials of the warehouse are rotated: create new ones, deploy them, revoke the previous pair.
"""


def take_in(platform: Platform, **texts: str) -> None:
    """Take in the texts as runbooks of these names, and publish them."""
    for name, text in texts.items():
        (platform.settings.runbooks / f"{name}.md").write_text(text)
    intake.ingest(platform, "runbooks", "all", RUN)
    publish(platform, RUN)


def the_one(platform: Platform, kind: str) -> Proposal:
    """Return the only proposal of this kind."""
    (found,) = platform.records.scan(Proposal, {"kind": kind})
    return found
