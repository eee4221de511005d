"""What Airflow asks of a deployment: here, that a task of the pool `embedding` goes to the queue of that name.

Workers with much memory listen to that queue; on a laptop there are no queues, and this file isn't there.
"""

from typing import Any

POOL_WITH_A_QUEUE = "embedding"


def task_policy(task: Any) -> None:
    """Send the tasks that use the model to the workers that are made for it; a queue that a DAG names itself stays."""
    if task.pool == POOL_WITH_A_QUEUE and task.queue in (None, "default"):
        task.queue = POOL_WITH_A_QUEUE
