"""The tasks that `publish` and `build_generation` are made of."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow.sdk import task

from kintsugi_airflow import bridge

if TYPE_CHECKING:
    from kintsugi.index.plan import PublishPlan
    from kintsugi.platform import Platform
    from kintsugi.records import RunRef

Planner = Callable[["Platform", "RunRef"], "PublishPlan"]


def publish_tasks(plan_work: Planner) -> None:
    """Wire plan → embed (mapped over batches) → write → finish.

    Args:
        plan_work: computes what there is to do; imports what is heavy when it is called.
    """

    @task.short_circuit
    def plan(**context: Any) -> list[list[str]]:
        """Find the documents to look at, in batches; nothing to write and nothing to judge skips the rest."""
        with bridge.opened() as platform:
            planned = plan_work(platform, bridge.run_ref(context)).to_dict()
        context["ti"].xcom_push(key="plan", value=planned)
        batches: list[list[str]] = planned["batches"]
        return batches

    @task(pool="embedding")
    def embed(batch: list[str], planned: dict[str, Any]) -> dict[str, Any]:
        """Give every chunk of these documents a vector, from the cache where there is one."""
        from dataclasses import asdict

        from kintsugi.index import publish as steps
        from kintsugi.index.current import IdRange

        with bridge.opened() as platform:
            return asdict(steps.embed_batch(platform, steps.PublishPlan.from_dict(planned), IdRange(*batch)))

    @task
    def write(planned: dict[str, Any], **context: Any) -> dict[str, Any]:
        """Make the index equal to the truth for these documents, and bring the generations beside it along."""
        from dataclasses import asdict

        from kintsugi.index import publish as steps

        with bridge.opened() as platform:
            return asdict(steps.write_all(platform, steps.PublishPlan.from_dict(planned), bridge.run_ref(context)))

    @task
    def finish(planned: dict[str, Any], written: dict[str, Any], **context: Any) -> dict[str, Any]:
        """Move the watermark, pass the golden gate, flip. Returns the ruling; its queries may be secret."""
        from kintsugi.index import publish as steps

        with bridge.opened() as platform:
            verdict = steps.finish(platform, steps.PublishPlan.from_dict(planned), bridge.run_ref(context))
        return {name: value for name, value in verdict.to_dict().items() if name != "worst"}  # words of documents

    batches = plan()
    planned = batches["plan"]
    written = write(planned)
    embed.partial(planned=planned).expand(batch=batches) >> written
    finish(planned, written)
