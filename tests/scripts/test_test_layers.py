"""The summary by layer, from reports as pytest writes them."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "test_layers.py"


@pytest.fixture(scope="module")
def layers():
    spec = importlib.util.spec_from_file_location("test_layers", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(folder: Path, tests: int, *reasons: str, failures: int = 0) -> Path:
    skipped = "".join(f'<testcase><skipped message="{reason}"/></testcase>' for reason in reasons)
    suite = (
        f'<testsuite tests="{tests}" failures="{failures}" errors="0" skipped="{len(reasons)}">{skipped}</testsuite>'
    )
    path = folder / "report.xml"
    path.write_text(f"<testsuites>{suite}</testsuites>")
    return path


def test_a_layer_without_its_engine_holds_and_says_so_in_capitals(layers, tmp_path) -> None:
    layer = layers.read_layer("engines", report(tmp_path, 2, *["ENGINE NOT TESTED: mongo: no `java`"] * 2), 1.0, 0)
    assert layer.holds
    assert "2 SKIPPED: AN ENGINE COULD NOT BE STARTED" in layer.mark


def test_a_layer_that_skipped_everything_for_another_reason_does_not_hold(layers, tmp_path) -> None:
    layer = layers.read_layer("engines", report(tmp_path, 1, "needs a replica set"), 1.0, 0)
    assert not layer.holds


def test_a_failure_counts_though_other_tests_lacked_their_engine(layers, tmp_path) -> None:
    layer = layers.read_layer("engines", report(tmp_path, 2, "ENGINE NOT TESTED: mongo", failures=1), 1.0, 1)
    assert layer.mark == "   <- does not hold"


def test_a_layer_that_left_no_report_does_not_hold(layers, tmp_path) -> None:
    assert not layers.read_layer("unit", tmp_path / "missing.xml", 1.0, 3).holds


def test_temporary_files_go_into_memory_where_there_is_enough_of_it_but_not_those_of_a_platform(
    layers, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(layers, "MEMORY", tmp_path)
    monkeypatch.setattr(layers, "ENOUGH", 1)
    assert layers.place_for("unit") == tmp_path
    assert layers.place_for("e2e") is None
    monkeypatch.setattr(layers, "ENOUGH", 1 << 62)
    assert layers.place_for("unit") is None
    monkeypatch.setattr(layers, "MEMORY", tmp_path / "nowhere")
    monkeypatch.setattr(layers, "ENOUGH", 1)
    assert layers.place_for("unit") is None


def test_a_layer_ends_as_its_pytest_does(layers, monkeypatch, tmp_path, capfd) -> None:
    (tmp_path / "test_one.py").write_text("def test_one(): ...\n\ndef test_two(): assert False, 'cracked'\n")
    monkeypatch.setitem(layers.LAYERS, "some", [str(tmp_path), "-p", "no:cacheprovider", "-c", "/dev/null"])
    layer = layers.run_layer("some")
    assert (layer.passed, layer.failed, layer.exit_code, layer.holds) == (1, 1, 1, False)
    assert "cracked" in capfd.readouterr().out
