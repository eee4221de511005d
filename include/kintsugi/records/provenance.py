"""Where a record came from and who may see it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Sensitivity = Literal["public", "internal", "confidential"]
Trust = Literal["trusted", "reviewed", "untrusted"]


OUTSIDE_AIRFLOW = ("cli", "ui", "bench", "test")
"""What stands for a DAG where none was involved: there is nothing to link to."""


class RunRef(BaseModel):
    """The run that wrote a record: an answer leads back to it; ``dag`` may be one of `OUTSIDE_AIRFLOW`."""

    model_config = ConfigDict(frozen=True)

    dag: str
    run_id: str
    task: str = ""
    try_number: int = 0

    @property
    def of_a_dag(self) -> bool:
        """Whether it is a run of a DAG, which Airflow has a page about."""
        return self.dag not in OUTSIDE_AIRFLOW

    def __str__(self) -> str:
        return "/".join(part for part in (self.dag, self.run_id, self.task) if part)


class Labels(BaseModel):
    """Who may read a document and how far it is to be believed; filtered on inside the engines.

    ``access`` names principals; ``"everyone"`` is every authenticated user.
    """

    model_config = ConfigDict(frozen=True)

    access: tuple[str, ...] = ("everyone",)
    sensitivity: Sensitivity = "internal"
    trust: Trust = "reviewed"
    region: str = "local"

    @property
    def for_everybody(self) -> bool:
        """Whether every authenticated user may know what it says."""
        return "everyone" in self.access and self.sensitivity != "confidential"
