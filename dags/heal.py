"""One run heals one incident."""

from datetime import timedelta
from typing import Any

from airflow.sdk import PartitionedAtRuntime, dag, task
from airflow.sdk.exceptions import AirflowFailException

from kintsugi_airflow import bridge
from kintsugi_airflow.assets import TRAJECTORIES
from kintsugi_airflow.healing import RepairApproval, RepairOperator
from kintsugi_airflow.ingest import DEFAULTS


@dag(
    schedule=PartitionedAtRuntime(),
    catchup=False,
    max_active_runs=4,
    default_args=DEFAULTS | {"pool": "healing", "retry_delay": timedelta(seconds=2)},
    tags=["kintsugi", "healing"],
)
def heal() -> None:
    """
    ### Incident → diagnosis → plan → repair → verification

    Started by `watch`; the partition key is the incident, the run id is `heal__<incident>__<attempt>`. Every step
    writes the incident under a lease with a fencing epoch: a run that was killed is continued, a late one is refused.

    **When `approve` is waiting**: the repair is larger than its budget. Read the plan under *Required Actions* and
    approve or deny; no answer in time is a denial.

    **When the run is red at `outcome`**: the incident was escalated to you. `kintsugi incidents` says why; what the
    repair had done was undone. After you have removed the cause: `kintsugi heal INCIDENT`. *Awaiting approval* there
    means that the budget was used up at the last moment: the incident's next run asks you within seconds.
    """

    @task
    def claim(**context: Any) -> None:
        """Take the incident, with a new fencing epoch."""
        from kintsugi.healing import heal as steps

        with bridge.opened() as platform:
            steps.claim(platform, bridge.incident_of(context), bridge.run_ref(context))

    @task.short_circuit(ignore_downstream_trigger_rules=False)
    def diagnose(**context: Any) -> bool:
        """Look again with the detector that raised it; what has passed by itself skips the repair."""
        from kintsugi.healing import heal as steps

        incident_id, run = bridge.incident_of(context), bridge.run_ref(context)
        with bridge.opened() as platform, bridge.orchestrating(platform) as orchestrator:
            incident = steps.diagnose(platform, incident_id, run, orchestrator)
        return incident.state != "resolved"

    @task
    def plan(**context: Any) -> str:
        """Choose the actions, measure what they touch, ask the budget."""
        from kintsugi.healing import heal as steps
        from kintsugi.healing.words import plan_as_markdown

        with bridge.opened() as platform:
            return plan_as_markdown(steps.plan(platform, bridge.incident_of(context), bridge.run_ref(context)))

    @task
    def verify(**context: Any) -> str:
        """Ask the detector and recount; what does not hold is undone."""
        import random

        from kintsugi.healing import heal as steps

        incident_id, run = bridge.incident_of(context), bridge.run_ref(context)
        with bridge.opened() as platform, bridge.orchestrating(platform) as orchestrator:
            steps.verify(platform, incident_id, run, orchestrator)
            return steps.undo(platform, incident_id, run, orchestrator, random.Random()).state

    @task(trigger_rule="none_failed")
    def close(**context: Any) -> str:
        """Let the lease go; what was undone goes to a person."""
        from kintsugi.healing import heal as steps

        with bridge.opened() as platform:
            return steps.close(platform, bridge.incident_of(context), bridge.run_ref(context)).state

    @task(outlets=[TRAJECTORIES])
    def learn(state: str, outlet_events: Any = None, **context: Any) -> None:
        """Keep the episode as a trajectory for `refine`."""
        from kintsugi import wake_ups
        from kintsugi.expertise.gather import gather_episodes

        with bridge.opened() as platform:
            gather_episodes(platform)
            incident = bridge.incident_of(context)
            bridge.wake(platform, wake_ups.REFINE, outlet_events[TRAJECTORIES], incident, context)

    @task(trigger_rule="none_failed")
    def outcome(state: str) -> None:
        """Be red unless the incident is resolved: without this leaf an escalated run would look like a success."""
        if state != "resolved":
            raise AirflowFailException(f"the incident is not resolved but {state}: `kintsugi incidents` says why")

    repaired = RepairOperator(task_id="repair")
    closed = close()
    claim() >> diagnose() >> plan() >> RepairApproval(task_id="approve") >> repaired >> verify() >> closed
    learn(closed) >> outcome(closed)


heal()
