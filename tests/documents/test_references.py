"""Documents are found by the names that people use."""

import pytest

from kintsugi.documents.references import References
from kintsugi.errors import DataError
from kintsugi.records import Partition
from tests.builders import RUN, document


@pytest.fixture
def references(platform) -> References:
    for source in ("notes", "notes-old", "wiki"):
        for key in ("2026-01-01", "2026-01-02"):
            platform.records.put(
                [
                    Partition(
                        id=Partition.key_of(source, key),
                        source=source,
                        key=key,
                        state="committed",
                        run=RUN,
                        changed_at=1.0,
                    )
                ]
            )
    platform.records.put(
        [
            document("setup/linux.md"),
            document("only-old.md", source="notes-old"),
            document("twice.md"),
            document("twice.md", source="wiki"),
            document("gone.md", deleted_at=2.0),
        ]
    )
    return References(platform.records)


@pytest.mark.parametrize("name", ["setup/linux.md", "notes/setup/linux.md", document("setup/linux.md").id])
def test_a_document_is_found_by_external_id_with_or_without_its_source_and_by_id(references, name):
    assert references.document(name).external_id == "setup/linux.md"


def test_every_source_is_looked_into(references):
    assert references.document("only-old.md").source == "notes-old"


def test_a_name_that_two_sources_have_needs_its_source(references):
    with pytest.raises(DataError, match=r"several sources.*notes/twice.md, wiki/twice.md"):
        references.document("twice.md")
    assert references.document("wiki/twice.md").source == "wiki"


@pytest.mark.parametrize("name", ["never.md", "", "/", "wiki/setup/linux.md", "0" * 32, "\0"])
def test_an_unknown_document_is_refused_by_name(references, name):
    with pytest.raises(DataError, match="unknown"):
        references.document(name)


def test_a_deleted_document_is_not_found(references):
    with pytest.raises(DataError, match="deleted at its source"):
        references.document("gone.md")
