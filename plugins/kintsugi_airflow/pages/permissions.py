"""What somebody who is logged in may see and what they are called, by Airflow's own rules."""

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails

OPERATED = "build_generation"
"""Who may change this DAG operates the index: what it holds is no secret to them."""


def operates_the_index(user: BaseUser) -> bool:
    """Return whether the words of golden queries and titles may be shown, whatever documents they come from."""
    return get_auth_manager().is_authorized_dag(method="PUT", details=DagDetails(id=OPERATED), user=user)
