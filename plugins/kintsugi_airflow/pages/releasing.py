"""Starts the run that releases an item, once at a time for each refusal, and says how it stands."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import KintsugiError
from kintsugi.observe.quarantine_view import RELEASE, Held
from kintsugi.records import RunRef

REMEMBERED = 1000
MOST_RUNS = 20
"""Runs for one refusal of which each but the last one failed; whoever wants more clears the last one."""

Step = Literal["held", "under way", "refused again", "the run failed", "released", "dropped"]


@dataclass(frozen=True)
class Progress:
    """Where a refusal stands; ``run`` is that of its release, ``None`` where none was started."""

    step: Step
    run: RunRef | None = None


def release_run_id(refusal: Held, number: int = 1) -> str:
    """Return the id that the run has: one for each refusal, so that asking twice is asking once.

    Args:
        refusal: what is to be released.
        number: 1, and one more for each run that failed.
    """
    again = f"__{number}" if number > 1 else ""
    return f"{RELEASE}__{refusal.id}__{round(refusal.refused_at * 1000)}{again}"


class Releasing:
    """Remembers which releases this process started; every method may be called from many threads.

    Args:
        connect: opens a client of the Airflow around this app.
    """

    def __init__(self, connect: Callable[[], AbstractContextManager[AirflowClient]]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._started: OrderedDict[str, str] = OrderedDict()

    def start(self, refusal: Held, by: str) -> Progress:
        """Start the run, or find that it was started before; where that one failed, start another one.

        Raises:
            KintsugiError: Airflow did not take it.
        """
        with self._connect() as client:
            for number in range(1, MOST_RUNS + 1):
                run_id = release_run_id(refusal, number)
                is_new = client.trigger(RELEASE, run_id, conf={"by": by}, partition_key=refusal.id)
                state = None if is_new else client.run_state(RELEASE, run_id)
                if state != "failed":
                    break
        with self._lock:
            self._started[release_run_id(refusal)] = run_id
            while len(self._started) > REMEMBERED:
                self._started.popitem(last=False)
        return _of_run(run_id, state)

    def progress(self, refusal: Held) -> Progress:
        """Return how a refusal stands; asks Airflow only about a release that this process started and that goes on."""
        if refusal.state != "held":
            return Progress(refusal.state, refusal.run if refusal.run.dag == RELEASE else None)
        with self._lock:
            run_id = self._started.get(release_run_id(refusal))
        if run_id is None:
            return Progress("refused again", refusal.run) if refusal.again else Progress("held")
        try:
            with self._connect() as client:
                return _of_run(run_id, client.run_state(RELEASE, run_id))
        except KintsugiError:  # the record says how it ended, as soon as it has
            return _of_run(run_id, None)


def _of_run(run_id: str, state: str | None) -> Progress:
    return Progress("the run failed" if state == "failed" else "under way", RunRef(dag=RELEASE, run_id=run_id))
