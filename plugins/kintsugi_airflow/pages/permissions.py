"""What somebody who is logged in may see and do, by Airflow's own rules."""

from collections.abc import Collection

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails

OPERATED = "build_generation"
"""Who may change this DAG operates the index: what it holds is no secret to them."""

RELEASES = "release"
"""Who may start runs of this DAG decides about what is in quarantine."""

REFINES = "refine"
"""Who may start runs of this DAG decides about patterns, and reports how they served."""


def operates_the_index(user: BaseUser) -> bool:
    """Return whether the words of golden queries and titles may be shown, whatever documents they come from."""
    return get_auth_manager().is_authorized_dag(method="PUT", details=DagDetails(id=OPERATED), user=user)


def decides_about_refusals(user: BaseUser) -> bool:
    """Return whether somebody may release and drop what is in quarantine."""
    run, details = DagAccessEntity.RUN, DagDetails(id=RELEASES)
    return get_auth_manager().is_authorized_dag(method="POST", access_entity=run, details=details, user=user)


def decides_about_expertise(user: BaseUser) -> bool:
    """Return whether somebody may retire, roll back and restore patterns."""
    run, details = DagAccessEntity.RUN, DagDetails(id=REFINES)
    return get_auth_manager().is_authorized_dag(method="POST", access_entity=run, details=details, user=user)


def reports_uses(user: BaseUser) -> bool:
    """Return whether what somebody reports about patterns is counted: counts decide what others are given."""
    return decides_about_expertise(user)


def dags_to_read(user: BaseUser, dags: Collection[str]) -> set[str]:
    """Return those of the DAGs whose runs somebody may look at."""
    manager, run = get_auth_manager(), DagAccessEntity.RUN
    return {
        dag
        for dag in dags
        if manager.is_authorized_dag(method="GET", access_entity=run, details=DagDetails(id=dag), user=user)
    }
