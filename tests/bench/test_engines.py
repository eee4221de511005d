"""What `bench engines` measures really happens: the same passages come back, and a flip is a flip."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kintsugi.bench.engines import truth
from kintsugi.bench.engines.contestant import K, Ours
from kintsugi.bench.engines.corpus import entries
from kintsugi.bench.engines.field import field
from kintsugi.bench.engines.lance_direct import LanceDirect
from kintsugi.bench.engines.truth import record_rows
from kintsugi.documents import intake
from kintsugi.errors import ConfigurationError
from kintsugi.index.publish import publish
from kintsugi.index.switch import switch
from kintsugi.stores.lance import LanceIndex
from tests.builders import RUN
from tests.stores.entries import DIMENSION

PASSAGES = 40


@pytest.fixture
def corpus(platform, settings):
    for number in range(PASSAGES):
        text = f"# Note {number}\n\nPump {number} feeds tank {number * 7 % 11} by valve {number * 3}."
        (settings.runbooks / f"{number}.md").write_text(text)
    intake.ingest(platform, "runbooks", "all", RUN)
    publish(platform, RUN)
    return platform


def test_our_adapter_and_lancedb_alone_find_the_same_nearest_passages(corpus, tmp_path):
    (batch,) = entries(corpus, PASSAGES)
    contestants = [
        Ours("ours", LanceIndex(tmp_path / "ours"), "g-1", batch[0].vector.size, 0.5),
        LanceDirect(tmp_path / "theirs", vector_index=False),
    ]
    asked = batch[7]
    exact = sorted(batch, key=lambda entry: (-float(np.dot(entry.vector, asked.vector)), entry.id))[:K]
    for contestant in contestants:
        contestant.write(batch)
        contestant.settle()
        found = contestant.vector(asked.vector)
        assert found[asked.id] == asked.text
        assert sorted(np.dot(entry.vector, asked.vector) for entry in batch if entry.id in found) == pytest.approx(
            sorted(np.dot(entry.vector, asked.vector) for entry in exact), abs=1e-5
        )
        assert asked.id in contestant.lexical(asked.text)
        assert asked.id in contestant.hybrid(asked.text, asked.vector)
        contestant.close()


def test_the_truth_is_written_read_summed_and_flipped(corpus, settings, tmp_path, monkeypatch):
    flipped = []
    monkeypatch.setattr(truth, "switch", lambda *called: flipped.append(switch(*called)))
    rows = {row["leg"]: row for row in record_rows(settings, tmp_path / "truth", corpus, PASSAGES)}
    assert set(rows) == {"write", "read", "digests", "flip"}
    assert rows["write"]["chunks"] == PASSAGES
    assert rows["flip"]["engine"] == "kintsugi on sqlite, lancedb"
    assert flipped == [True] * truth.FLIPS


def test_a_corpus_that_is_too_small_is_refused(corpus):
    with pytest.raises(ConfigurationError, match="too few passages"):
        list(entries(corpus, PASSAGES + 1))


WRITER = """
import pickle, sys
from tests.stores.entries import entry
contestant = pickle.load(sys.stdin.buffer)()
contestant.write([entry("a", "a gauge")])
contestant.settle()
"""


def test_the_writer_beside_the_searches_writes_to_what_is_searched(settings, tmp_path):
    entrant = field(settings, tmp_path, DIMENSION)[0]
    here = entrant.opened()
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", WRITER], input=pickle.dumps(entrant.opened), cwd=root, check=True)
    assert here.lexical("gauge") == {"a": "a gauge"}
    here.close()
