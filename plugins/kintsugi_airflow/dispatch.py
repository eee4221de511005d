"""One heal run for each open incident: starting twice is starting once."""

from typing import Any

from kintsugi.healing.incidents import mark_notified, open_incidents, revive_stalled
from kintsugi_airflow import bridge


def heal_run_id(incident: str, attempt: int) -> str:
    """Return the run id that an attempt at an incident has, whoever starts it."""
    return f"heal__{incident}__{attempt}"


def dispatch_open_incidents(context: Any) -> list[str]:
    """Start `heal` for every open incident whose current attempt has no run yet; return the run ids.

    Incidents whose run died get their next attempt first. An incident is marked as notified after Airflow has accepted
    the run, or has answered that it exists already: a crash between the two repeats a request that changes nothing.
    """
    with bridge.opened() as platform:
        records = platform.records
        revive_stalled(records, platform.settings.healing, bridge.run_ref(context))
        waiting = [each for each in open_incidents(records) if each.notified_attempt < each.attempt]
        for incident in waiting:
            client = bridge.airflow_client()
            client.trigger("heal", heal_run_id(incident.id, incident.attempt), partition_key=incident.id)
            mark_notified(records, incident.id, incident.attempt)
    return [heal_run_id(each.id, each.attempt) for each in waiting]
