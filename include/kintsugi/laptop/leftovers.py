"""Ends what a supervisor left behind that could not end it itself."""

from kintsugi.laptop.folders import postgres_path
from kintsugi.laptop.postgres import stop_postgres
from kintsugi.laptop.processes import family, terminate
from kintsugi.laptop.state import PlatformState
from kintsugi.settings import Settings

PATIENCE = 3.0


def end_leftovers(settings: Settings, recorded: PlatformState | None) -> list[str]:
    """End every recorded process that is still there, with its family, then the database; return the services' names.

    Call it only when no supervisor is alive. A pid that belongs to somebody else by now is left alone: a process is
    known by pid and time of birth, the rest of its session by its command line.
    """
    processes = {each.name: each.process for each in recorded.services if each.process} if recorded else {}
    processes.pop("postgres", None)  # stopped last, and cleanly, by its own pid file
    found = [name for name, process in processes.items() if family(process)]
    terminate((processes[name] for name in found), PATIENCE)
    if stop_postgres(postgres_path(settings), PATIENCE):
        found.append("postgres")
    return found
