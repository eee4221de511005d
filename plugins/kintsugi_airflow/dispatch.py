"""One heal run for each open incident: starting twice is starting once."""

from typing import Any

import structlog

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import KintsugiError
from kintsugi.healing.incidents import mark_notified, open_incidents, revive_stalled
from kintsugi.records import Incident
from kintsugi.stores.records import RecordStore
from kintsugi_airflow import bridge


def heal_run_id(incident: str, attempt: int) -> str:
    """Return the run id that an attempt at an incident has, whoever starts it."""
    return f"heal__{incident}__{attempt}"


def dispatch_open_incidents(context: Any) -> list[str]:
    """Start `heal` for every open incident whose current attempt has no run yet; return the run ids.

    Incidents whose run died get their next attempt first.

    Raises:
        KintsugiError: Airflow did not take a run; the others were started all the same.
    """
    with bridge.opened() as platform:
        records = platform.records
        revive_stalled(records, platform.settings.healing, bridge.run_ref(context))
        waiting = [each for each in open_incidents(records) if each.notified_attempt < each.attempt]
        if not waiting:
            return []
        with bridge.connected() as client:
            return start_heal_runs(records, waiting, client)


def start_heal_runs(records: RecordStore, incidents: list[Incident], client: AirflowClient) -> list[str]:
    """Start a heal run for each of the incidents; return the run ids.

    An incident is marked as notified after Airflow has accepted the run, or has answered that it exists already: a
    crash between the two repeats a request that changes nothing.

    Raises:
        KintsugiError: the first refusal, once every incident had its turn.
    """
    started: list[str] = []
    refusals: list[KintsugiError] = []
    for incident in incidents:
        run_id = heal_run_id(incident.id, incident.attempt)
        try:
            client.trigger("heal", run_id, partition_key=incident.id)
        except KintsugiError as error:
            structlog.get_logger().warning("heal_not_started", incident=incident.id, run=run_id, error=str(error))
            refusals.append(error)
            continue
        mark_notified(records, incident.id, incident.attempt)
        started.append(run_id)
    if refusals:
        raise refusals[0]
    return started
