"""Paths of the command line as sources."""

import pytest

from kintsugi.documents import intake
from kintsugi.errors import ConfigurationError
from kintsugi.records import Document, RunRef
from kintsugi.sources.adhoc import adhoc_source


def test_folders_with_equal_names_inside_do_not_touch_each_other(platform, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "readme.md").write_text(f"Text of {name}.")
        (tmp_path / name / "extra.md").write_text("More.")
    for name in ("one", "two", "one"):
        source, partition = adhoc_source(platform.settings, tmp_path / name, "cli")
        intake.ingest(platform, source, partition, RunRef(dag="cli", run_id=name))
        (tmp_path / "one" / "extra.md").unlink(missing_ok=True)
    ids = {each.external_id: each.deleted_at is None for each in platform.records.scan(Document)}
    assert ids == {
        f"{tmp_path}/one/readme.md": True,
        f"{tmp_path}/one/extra.md": False,
        f"{tmp_path}/two/readme.md": True,
        f"{tmp_path}/two/extra.md": True,
    }


def test_a_file_alone_and_in_its_folder_is_one_document(settings, tmp_path):
    (tmp_path / "a.md").write_text("Text.")
    alone, _ = adhoc_source(settings, tmp_path / "a.md", "cli")
    inside, _ = adhoc_source(settings, tmp_path, "cli")
    (one,) = alone.items()
    assert one.external_id in [each.external_id for each in inside.items()]


@pytest.mark.parametrize("name", ["runbooks", "expertise", "", "../x", "Big"])
def test_names_of_the_platform_and_unusable_names_are_refused(settings, tmp_path, name):
    with pytest.raises(ConfigurationError, match="next: choose another with --source"):
        adhoc_source(settings, tmp_path, name)
