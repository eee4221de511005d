"""What errors tell a person to do holds at a command line too."""

import ast
from pathlib import Path

import kintsugi


def test_no_next_step_promises_a_retry_that_only_airflow_makes():
    promises = []
    for path in Path(kintsugi.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        promises += [
            f"{path.name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
            if "tried again" in node.value
        ]
    assert promises == []
