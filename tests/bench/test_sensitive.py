"""The benchmark of sensitive text, on a few documents."""

import io
import tarfile

import pytest

from kintsugi.bench.sensitive import measure
from kintsugi.errors import ConfigurationError

PAGE = "# Disk is full\n\nDelete what is old with `rm`.\n\n## Impact\n\nWrites fail on {}.\n"


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    for number in range(30):
        (folder / f"page-{number}.md").write_text(PAGE.format(number))
    return folder


def test_canaries_of_each_kind_are_planted_once_a_document_and_mostly_found(pages):
    rows = {row["kind"]: row for row in measure(pages)}
    for kind in ("secret", "personal", "injection", "invisible"):
        assert rows[kind]["planted"] == rows[kind]["documents"] == 30
        assert rows[kind]["recall"] > 0.7
        assert rows[kind]["false_alarms"] == 0
    assert rows["poisoning"]["found"] == rows["poisoning"]["planted"]
    assert rows["all"]["flagged"] == 0


def test_the_same_seed_plants_the_same(pages):
    first, again, other = (
        [(row["kind"], row.get("found"), row.get("missed")) for row in measure(pages, seed)] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_an_archive_is_read_like_the_folder_that_it_holds(pages, tmp_path):
    with tarfile.open(tmp_path / "pages.tar.xz", "w:xz") as archive:
        for path in sorted(pages.iterdir()):
            member = tarfile.TarInfo(path.name)
            member.size = path.stat().st_size
            archive.addfile(member, io.BytesIO(path.read_bytes()))
    packed = [row.get("found") for row in measure(tmp_path / "pages.tar.xz")]
    assert packed == [row.get("found") for row in measure(pages)]


def test_a_place_without_documents_is_refused(tmp_path):
    with pytest.raises(ConfigurationError):
        list(measure(tmp_path / "nothing"))
