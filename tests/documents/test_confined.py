"""Documents that would hang or kill whoever reads them."""

import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Pipe

import psutil
import pytest

from kintsugi.documents import intake
from kintsugi.documents.confined import ConfinedParser
from kintsugi.documents.parse import parse
from kintsugi.errors import DataError
from kintsugi.platform import Platform
from kintsugi.records import Document, Labels, Quarantined, RunRef
from kintsugi.sources import media
from kintsugi.sources.folder import FolderSource

ENDLESS = b"<b>a</b>" * 600_000
"""Some 15 s of reading, and 700 MB."""


@pytest.fixture
def children():
    """Count this process's children that parse, those aside that were there before."""
    before = {each.pid for each in parsers()}
    return lambda: sum(each.pid not in before for each in parsers())


def parsers() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "confined_child" in " ".join(each.cmdline())]


def test_a_document_read_apart_is_read_as_in_this_process():
    data = b"# Title\n\nText.\n\n## Part\n\nMore.\n"
    with ConfinedParser(60, 2000) as parser:
        assert parser.parse(data, media.MARKDOWN, "a.md") == parse(data, media.MARKDOWN, "a.md")
        assert parser.parse(b"a,b\n1\n2,3\n", media.CSV, "a.csv") == parse(b"a,b\n1\n2,3\n", media.CSV, "a.csv")
        with pytest.raises(DataError, match="next: write something into it") as refused:
            parser.parse(b"", media.MARKDOWN, "empty.md")
    assert refused.value.check == "empty"


@pytest.mark.parametrize(
    ("data", "seconds", "memory_mb", "check", "setting"),
    [
        (ENDLESS, 1.0, 4000, "time", "ingest.parse_seconds"),
        (ENDLESS, 600.0, 160, "memory", "ingest.parse_memory_mb"),
        (b"word " * 30_000_000, 120.0, 90, "memory", "ingest.parse_memory_mb"),
    ],
    ids=["slow", "growing", "bursting"],
)
def test_a_document_beyond_a_bound_is_refused_and_the_next_one_is_read(
    data, seconds, memory_mb, check, setting, children
):
    with ConfinedParser(seconds, memory_mb) as parser:
        with pytest.raises(DataError, match=setting) as refused:
            parser.parse(data, media.HTML, "endless.html")
        assert refused.value.check == check
        assert children() == 0
        assert parser.parse(b"Text.", media.TEXT, "next.txt").text == "Text."
    assert children() == 0


def test_a_child_that_was_killed_in_between_is_replaced():
    with ConfinedParser(60, 2000) as parser:
        before = {each.pid for each in parsers()}
        parser.parse(b"Text.", media.TEXT, "a.txt")
        (child,) = (each for each in parsers() if each.pid not in before)
        child.kill()
        psutil.wait_procs([child], timeout=10)
        assert parser.parse(b"Other.", media.TEXT, "b.txt").text == "Other."


def test_many_documents_share_one_child(children):
    with ConfinedParser(60, 2000) as parser:
        for n in range(20):
            parser.parse(b"Text.", media.TEXT, f"{n}.txt")
        assert children() == 1


def test_a_child_ends_when_its_parent_is_gone():
    ours, theirs = Pipe()
    arguments = [sys.executable, "-m", "kintsugi.documents.confined_child", str(theirs.fileno()), "60", "2000"]
    child = subprocess.Popen(arguments, pass_fds=[theirs.fileno()])
    theirs.close()
    assert ours.recv() == "ready"
    ours.close()
    assert child.wait(timeout=30) == 0


def test_a_hostile_file_goes_to_quarantine_and_everything_else_is_taken_in(settings, clock, platform, tmp_path):
    root = tmp_path / "notes"
    root.mkdir()
    for name in ("a.md", "z.md"):
        (root / name).write_text("Good text.")
    (root / "endless.html").write_bytes(ENDLESS)
    strict = settings.ingest.model_copy(update={"parse_memory_mb": 160, "parse_seconds": 600.0})
    bounded = Platform(settings.model_copy(update={"ingest": strict}), clock).using(records=platform.records)
    notes = FolderSource("notes", root, Labels(), max_bytes=100_000_000)
    partition = intake.ingest(bounded, notes, "all", RunRef(dag="test", run_id="1"))
    assert (partition.state, partition.written, partition.refused) == ("committed", 2, 1)
    assert {each.external_id for each in platform.records.scan(Document)} == {"a.md", "z.md"}
    assert [(each.item, each.check) for each in platform.records.scan(Quarantined)] == [("endless.html", "memory")]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<div>a" * 20_000, media.HTML),
        (b"# a" + b" " * 200_000 + b"b", media.MARKDOWN),
        (b"# " + b"[" * 200_000, media.MARKDOWN),
        (b"---\ntitle: a" + b" " * 200_000 + b"b\n---\ntext", media.MARKDOWN),
        (("x " + "\u00c3\u0082" * 100_000 + " y").encode(), media.TEXT),
    ],
    ids=["nested blocks", "blanks in a heading", "brackets in a heading", "blanks in front matter", "damage"],
)
def test_what_repeats_without_end_costs_no_more_than_its_length(data, kind):
    begun = time.monotonic()
    with suppress(DataError):
        parse(data, kind, "long")
    assert time.monotonic() - begun < 10
