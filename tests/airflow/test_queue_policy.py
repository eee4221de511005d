"""The policy of docker/image sends the tasks of the real DAGs to the queues of the stack."""

from tests.docker.conftest import DOCKER, image_script

policies = image_script("policies/airflow_local_settings.py")


def test_every_task_that_uses_the_model_goes_to_the_workers_made_for_it():
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(DOCKER.parent / "dags"))
    queues = {}
    for dag in bag.dags.values():
        for task in dag.tasks:
            policies.task_policy(task)
            queues.setdefault(task.queue, set()).add((dag.dag_id, task.task_id, task.pool))
    assert ("publish", "embed", "embedding") in queues["embedding"]
    assert {pool for _, _, pool in queues["embedding"]} == {"embedding"}
    assert not [each for each in queues["default"] if each[2] == "embedding"]
