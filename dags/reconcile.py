"""Truth and index are compared every night, and made equal."""

from typing import Any

from airflow.sdk import dag, task

from kintsugi_airflow import bridge
from kintsugi_airflow.ingest import DEFAULTS


@dag(
    schedule="17 2 * * *",
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS | {"pool": "healing"},
    tags=["kintsugi", "healing"],
)
def reconcile() -> None:
    """
    ### Records = index?

    Both engines sum up digests of 4096 buckets; ids are read only in buckets that differ. What looks wrong is looked at
    again after a grace period, so that nothing that is just being written is touched. Missing and stale entries are
    written from the records, orphaned ones deleted, and everything is counted again. **Nothing to repair skips the
    rest**, and that is what you should see nearly always.

    **When `descend` is red with a SafetyError**: a large share has drifted. Look at both sides with
    `kintsugi reconcile --dry-run`; if the records are right, trigger this DAG with `{"force": true}`. It looks at the
    served generation; at another one with `{"generation": "NAME"}`.

    **When `recount` is red**: entries are wrong again, or could not be written. The log says how many.
    """

    @task.short_circuit
    def digests(**context: Any) -> dict[str, Any] | None:
        """Compare the sums of all buckets; no row leaves the engines."""
        from kintsugi.index import reconcile as steps
        from kintsugi.index.digest import compare
        from kintsugi.index.generations import serving

        name = (context["dag_run"].conf or {}).get("generation") or ""
        with bridge.opened() as platform:
            if not name and serving(platform.records) is None:
                return None
            target = steps.target_of(platform, name)
            compared = compare(platform, target)
            if not compared.differing:
                steps.keep(platform, target.id, bridge.run_ref(context), found={})
        return {"generation": target.id, **compared.to_dict()} if compared.differing else None

    @task.short_circuit
    def descend(compared: dict[str, Any], **context: Any) -> dict[str, Any] | None:
        """Look into the buckets that differ, and note what is wrong there."""
        from kintsugi.index import reconcile as steps
        from kintsugi.index.digest import Compared
        from kintsugi.index.reconciled import total
        from kintsugi.index.suspects import StoredSuspects

        force = (context["dag_run"].conf or {}).get("force") is True
        generation = compared["generation"]
        sums = Compared.from_dict({name: value for name, value in compared.items() if name != "generation"})
        with bridge.opened() as platform:
            suspects = StoredSuspects(platform.records, generation)
            found = steps.descend(platform, generation, sums, suspects, force=force)
            seen_at = platform.records.now()
            if not total(found):
                steps.keep(platform, generation, bridge.run_ref(context), found=found)
        return {"generation": generation, "found": found, "seen_at": seen_at} if total(found) else None

    @task
    def recheck(seen: dict[str, Any]) -> dict[str, Any]:
        """Look again once the grace period is over; what is right by now is forgotten."""
        import time

        from kintsugi.index import reconcile as steps
        from kintsugi.index.suspects import StoredSuspects

        with bridge.opened() as platform:
            grace = platform.settings.healing.grace
            time.sleep(min(grace, max(0.0, seen["seen_at"] + grace - platform.records.now())))
            return steps.recheck(platform, seen["generation"], StoredSuspects(platform.records, seen["generation"]))

    @task
    def repair(seen: dict[str, Any], confirmed: dict[str, Any], **context: Any) -> dict[str, Any]:
        """Write what is missing or stale from the records, delete what is orphaned."""
        from dataclasses import asdict

        from kintsugi.index import reconcile as steps
        from kintsugi.index.suspects import StoredSuspects

        with bridge.opened() as platform:
            suspects = StoredSuspects(platform.records, seen["generation"])
            return asdict(steps.repair(platform, seen["generation"], suspects, bridge.run_ref(context)))

    @task
    def recount(seen: dict[str, Any], repaired: dict[str, Any], **context: Any) -> int:
        """Compare everything again; be red unless both sides are equal."""
        from kintsugi.index import reconcile as steps
        from kintsugi.index.repair import Repaired

        with bridge.opened() as platform:
            left = steps.recount(platform, seen["generation"])
            done = Repaired(**repaired).entries
            steps.keep(
                platform, seen["generation"], bridge.run_ref(context), found=seen["found"], repaired=done, left=left
            )
            return steps.require_equal(seen["generation"], left)

    seen = descend(digests())
    recount(seen, repair(seen, recheck(seen)))


reconcile()
