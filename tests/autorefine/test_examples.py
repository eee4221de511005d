"""The examples run as a stranger runs them."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

EXAMPLES = Path(__file__).parents[2] / "autorefine" / "examples"


def ran(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments], capture_output=True, text=True, timeout=120, check=True
    )


def test_learning_finds_what_was_planted_and_writes_it_as_skills(tmp_path):
    said = ran("learn.py", str(tmp_path)).stdout
    assert "SHOW TABLES" in said
    written = list(tmp_path.glob("*/SKILL.md"))
    assert written
    assert all(yaml.safe_load(each.read_text().split("\n---\n")[0][4:])["name"] == each.parent.name for each in written)


def test_reading_counts_outcomes_and_tells_of_bad_lines(tmp_path):
    file = tmp_path / "runs.jsonl"
    run = {"success": True, "messages": [{"role": "user", "content": "hello"}]}
    file.write_text(f"{json.dumps(run)}\nnot a run\n")
    done = ran("read.py", str(file))
    assert done.stdout == "1 succeeded, 0 failed, 0 without a known outcome\n"
    assert done.stderr.startswith("line 2: expected JSON")


def test_blame_falls_on_who_guessed():
    assert ran("blame.py").stdout.startswith("guesser, step 2:")
