"""Two operators of the DAG `heal`: a person's approval, and a repair that waits without holding a slot."""

import random
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator

from kintsugi.settings import load_settings
from kintsugi_airflow import bridge

APPROVE = "Approve"
DENY = "Deny"


class RepairApproval(HITLOperator):
    """Asks a person when the repair is over budget, and nobody when it is not. No answer in time is a denial."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            subject="Kintsugi: approve the repair of incident {{ dag_run.partition_key }}?",
            body="{{ ti.xcom_pull(task_ids='plan') }}",
            options=[APPROVE, DENY],
            defaults=DENY,
            response_timeout=timedelta(seconds=load_settings().healing.approval_timeout),
            **kwargs,
        )

    def execute(self, context: Any) -> Any:
        """Wait for a person only where one has to decide."""
        from kintsugi.healing.heal import needs_approval

        with bridge.opened() as platform:
            needed = needs_approval(platform, bridge.incident_of(context))
        return super().execute(context) if needed else None

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Write the decision into the incident."""
        from kintsugi.healing.heal import approve, deny

        answer = super().execute_complete(context, event)
        person = (event.get("responded_by_user") or {}).get("name")
        with bridge.opened() as platform:
            incident, run = bridge.incident_of(context), bridge.run_ref(context)
            if answer["chosen_options"] == [APPROVE]:
                approve(platform, incident, run, by=person or "an unnamed user")
            else:
                deny(platform, incident, run, by=person or "nobody, in time")
        return answer["chosen_options"]


class RepairOperator(BaseOperator):
    """Runs the planned actions; where one has to wait (for a source to come back) the triggerer does the waiting."""

    def execute(self, context: Any) -> None:
        """Repair, or the next piece of it."""
        from kintsugi.healing.heal import repair

        incident, run = bridge.incident_of(context), bridge.run_ref(context)
        with bridge.opened() as platform, bridge.orchestrating(platform) as orchestrator:
            wait = repair(platform, incident, run, orchestrator, random.Random())
        if wait is not None:
            self.log.info("repair waits %.1f s: %s", wait.seconds, wait.why)
            self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=wait.seconds)), method_name="execute_complete")

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """Go on after the pause."""
        self.execute(context)
