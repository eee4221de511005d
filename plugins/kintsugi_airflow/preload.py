"""What tasks import is loaded once: LocalExecutor's workers are forks of the scheduler, and inherit what it has.

Great Expectations takes a processor four seconds to import. Without this each `validate` would pay them, which is most
of what a small partition costs. Other executors are left alone: their workers are nobody's forks.
"""

import logging
import sys
from importlib import import_module
from typing import Any

from airflow.configuration import conf
from airflow.listeners import hookimpl

HEAVY = ("great_expectations", "pandas", "sqlalchemy")
"""Slow to import, and safe in a fork: none of them starts a thread. LanceDB and torch do. Nothing of our own is here:
what is edited holds from the next task on, without a restart."""


@hookimpl
def on_starting(component: Any) -> None:
    """Import it where a scheduler starts, before it makes its workers.

    Airflow calls this before its job knows what it is; the command line does.
    """
    if "scheduler" in sys.argv[1:2] and conf.get("core", "executor") == "LocalExecutor":
        logging.getLogger("great_expectations").setLevel(logging.WARNING)  # 150 lines about what it skips
        for name in HEAVY:
            import_module(name)
