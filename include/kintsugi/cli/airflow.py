"""`kintsugi airflow …`: Airflow's own command line, with the environment of the platform's services."""

import os
import sys
from typing import Annotated

import typer


def airflow(
    arguments: Annotated[list[str] | None, typer.Argument(help="What Airflow's own command line takes.")] = None,
) -> None:
    """Run Airflow's own command line on this platform, e.g. `kintsugi airflow dags list`."""
    import psutil

    from kintsugi.errors import TerminalError
    from kintsugi.laptop.processes import is_alive
    from kintsugi.laptop.state import read_state
    from kintsugi.settings import load_settings

    settings = load_settings()
    state = read_state(settings)
    schedulers = [each.process for each in (state.services if state else ()) if each.name == "scheduler"]
    alive = [each for each in schedulers if each and is_alive(each)]
    if not alive:
        raise TerminalError(
            f"airflow: the platform in {settings.var} does not run",
            expected="a living scheduler, whose environment Airflow's commands need",
            next_step="`kintsugi up --no-job`, then again",
        )
    quiet = {"NO_COLOR": os.environ.get("NO_COLOR", ""), "PYTHONWARNINGS": "ignore"}
    environment = {**psutil.Process(alive[0].pid).environ(), **quiet}
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *(arguments or [])], environment)
