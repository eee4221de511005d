from kintsugi.laptop.dags import compare


def dag(dag_id, file, **changes):
    return {"dag_id": dag_id, "fileloc": f"/home/dags/{file}", "is_paused": False, "is_stale": False, **changes}


def test_files_of_which_airflow_knows_nothing_are_waited_for():
    assert compare(["heal.py", "watch.py"], [dag("heal", "heal.py")], []).waiting == ("watch.py",)


def test_a_broken_file_is_not_waited_for_and_tells_its_reason():
    error = {"filename": "watch.py", "stack_trace": "Traceback …\n  File …\nModuleNotFoundError: No module named 'x'\n"}
    found = compare(["watch.py"], [], [error])
    assert found.waiting == ()
    assert found.broken == {"watch.py": "ModuleNotFoundError: No module named 'x'"}


def test_a_dag_whose_file_is_gone_does_not_count():
    found = compare(["heal.py"], [dag("heal", "heal.py", is_stale=True)], [])
    assert found.dags == {}
    assert found.waiting == ("heal.py",)


def test_paused_dags_are_known():
    assert compare([], [dag("heal", "heal.py", is_paused=True)], []).dags == {"heal": True}
