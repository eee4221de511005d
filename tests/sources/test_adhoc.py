"""Paths of the command line as sources."""

import zipfile

import pytest

from kintsugi.documents import intake
from kintsugi.errors import ConfigurationError
from kintsugi.platform import Platform
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


@pytest.mark.parametrize("before", [(".", "sub/a.md"), (".", "sub"), ("sub", "."), ("sub/a.md",), (".",), ("sub",)])
@pytest.mark.parametrize("after", [".", "sub"])
def test_a_deleted_file_is_buried_by_any_folder_above_it_however_it_was_brought_in(platform, tmp_path, before, after):
    root = tmp_path / "stuff"
    (root / "sub").mkdir(parents=True)
    (root / "b.md").write_text("Stays.")

    def bring(path: str, number: int) -> None:
        source, partition = adhoc_source(platform.settings, root / path, "cli")
        intake.ingest(platform, source, partition, RunRef(dag="cli", run_id=str(number)))

    for number, path in enumerate(before):
        (root / "sub" / "a.md").write_text(f"Text {number}.")
        (root / "sub" / "c.md").write_text("Stays, too.")
        bring(path, number)
    (root / "sub" / "a.md").unlink()
    bring(after, 9)
    living = {each.external_id for each in platform.records.scan(Document, {"deleted_at": None})}
    assert f"{root}/sub/a.md" not in living
    assert living == {each for each in known(platform) if not each.endswith("a.md")}


def test_an_archive_and_a_log_by_their_paths_are_what_they_are_in_their_folder(platform, tmp_path):
    root = tmp_path / "stuff"
    root.mkdir()
    with zipfile.ZipFile(root / "docs.zip", "w") as archive:
        archive.writestr("in/a.md", "Text.")
    (root / "app.log").write_text("INFO started\nERROR disk is full\n")
    alone = [
        each.external_id
        for name in ("app.log", "docs.zip")
        for each in adhoc_source(platform.settings, root / name, "cli")[0].items()
    ]
    inside = [each.external_id for each in adhoc_source(platform.settings, root, "cli")[0].items()]
    assert alone == inside
    assert f"{root}/docs.zip/in/a.md" in inside
    assert sum(each.startswith(f"{root}/app.log#") for each in inside) == 2


def test_what_is_gone_from_an_archive_is_buried_by_its_path_and_by_its_folder(platform, tmp_path):
    root = tmp_path / "stuff"
    root.mkdir()

    def pack(*names: str) -> None:
        with zipfile.ZipFile(root / "docs.zip", "w") as archive:
            for name in names:
                archive.writestr(name, f"Text of {name}.")

    def bring(path: str) -> set[str]:
        source, partition = adhoc_source(platform.settings, root / path, "cli")
        intake.ingest(platform, source, partition, RunRef(dag="cli", run_id=f"{path}-{len(known(platform))}"))
        living = platform.records.scan(Document, {"deleted_at": None})
        return {each.external_id.removeprefix(f"{root}/docs.zip/") for each in living}

    pack("a.md", "b.md", "c.md")
    assert bring(".") == {"a.md", "b.md", "c.md"}
    pack("a.md", "b.md")
    assert bring("docs.zip") == {"a.md", "b.md"}
    pack("a.md", "d.md")
    assert bring(".") == {"a.md", "d.md"}


def known(platform: Platform) -> set[str]:
    return {each.external_id for each in platform.records.scan(Document)}


def test_a_path_that_is_not_there_is_a_mistake_of_the_caller_and_no_outage(platform, tmp_path):
    with pytest.raises(ConfigurationError, match=r"no such file or folder; .*next: correct the path"):
        adhoc_source(platform.settings, tmp_path / "nope", "cli")


@pytest.mark.parametrize("name", ["runbooks", "expertise", "", "../x", "Big"])
def test_names_of_the_platform_and_unusable_names_are_refused(settings, tmp_path, name):
    with pytest.raises(ConfigurationError, match="next: choose another with --source"):
        adhoc_source(settings, tmp_path, name)
