"""`bench ingest`: a row a phase, and a LlamaIndex that is not there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kintsugi.bench import llamaindex_pipeline
from kintsugi.bench.ingest import measure
from kintsugi.bench.model_alone import model_alone
from kintsugi.embedding.connect import own_embedder
from kintsugi.errors import ConfigurationError
from kintsugi.settings import EmbeddingSettings, Settings
from tests.bench.llamaindex_stub import FIRST, write_libraries
from tests.embedding.small_model import small_model

KEYS = {"phase", "documents", "chunks", "embedded", "tokens", "seconds", "raw_model_seconds", "peak_rss_mb"}


@pytest.fixture(scope="session")
def model(tmp_path_factory) -> Path:
    return small_model(tmp_path_factory.mktemp("small") / "model")


@pytest.fixture
def settings(settings: Settings, model: Path) -> Settings:
    return settings.model_copy(update={"embedding": EmbeddingSettings(model=str(model))})


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.md").write_text(f"# Note {number}\n\nThe scheduler of cluster {number} stopped.\n")
    return folder


def test_each_phase_has_its_row_and_an_edit_costs_one_chunk(settings, folder):
    before = {each.name: each.read_text() for each in folder.iterdir()}
    cold, unchanged, edit = measure(settings, folder)
    assert [row["phase"] for row in (cold, unchanged, edit)] == ["cold", "unchanged", "edit"]
    assert set(cold) >= KEYS
    assert (cold["documents"], cold["embedded"], cold["written"]) == (3, 3, 3)
    assert (unchanged["embedded"], unchanged["written"], unchanged["tokens"]) == (0, 0, 0)
    assert (edit["embedded"], edit["written"]) == (1, 1)
    assert cold["loading_seconds"] > 0
    assert cold["tokens"] > cold["embedded"]
    assert {each.name: each.read_text() for each in folder.iterdir()} == before


def test_a_python_without_llamaindex_is_named(settings, folder, tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    python.chmod(0o700)
    rows = measure(settings, folder, python)
    next(rows)
    with pytest.raises(ConfigurationError, match=r"LlamaIndex doesn't run with .*No module named 'llama_index'"):
        next(rows)


def test_what_llamaindex_does_only_once_is_not_in_its_seconds(folder, tmp_path):
    write_libraries(tmp_path / "libraries")
    command = [sys.executable, llamaindex_pipeline.__file__, str(folder), "model", "100"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "libraries")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert (said["documents"], said["chunks"]) == (3, 3), "the document before them is not among them"
    assert said["seconds"] < FIRST <= said["loading_seconds"]


def test_a_folder_without_anything_to_edit_is_refused(settings, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="a file to edit"):
        next(measure(settings, tmp_path / "empty"))


def test_no_texts_cost_nothing(settings):
    alone = model_alone(settings, own_embedder(settings), [])
    assert (alone.tokens, alone.raw, alone.own) == (0, 0.0, 0.0)
