"""When the launchers are built, with a stand-in for Maven that takes no minute."""

import os
import shutil
from pathlib import Path

import pytest

from tests.engines import build
from tests.engines.build import MONGO, EngineUnavailable, built, java
from tests.engines.servers import SharedServers

SUCCEEDS = """
for each in "$@"; do
  case "$each" in -Dengine.build=*) mkdir -p "${each#*=}" ;; esac
done
echo ran >> "$0.ran"
"""


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program named `mvn`, the first of the PATH; write into it what it does."""
    program = tmp_path / "bin" / "mvn"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(program.parent), "/usr/bin", "/bin")))
    return program


def does(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")


def test_a_launcher_is_built_once_for_each_version_of_its_sources(maven, tmp_path, monkeypatch) -> None:
    does(maven, SUCCEEDS)
    sources = shutil.copytree(build.SOURCES, tmp_path / "java")
    monkeypatch.setattr(build, "SOURCES", sources)
    first = built(MONGO, tmp_path / "builds")
    assert built(MONGO, tmp_path / "builds") == first
    with (sources / "mongo" / "pom.xml").open("a") as pom:
        pom.write("<!-- changed -->")
    second = built(MONGO, tmp_path / "builds")
    assert (first.exists(), second.exists()) == (False, True)
    assert maven.with_name("mvn.ran").read_text().count("ran") == 2


def test_packages_that_cannot_be_fetched_make_the_engine_unavailable_until_they_can(maven, tmp_path) -> None:
    does(maven, "echo '[ERROR] Could not resolve dependencies'; exit 1")
    with pytest.raises(EngineUnavailable, match="Could not resolve dependencies"):
        built(MONGO, tmp_path / "builds")
    does(maven, SUCCEEDS)
    assert built(MONGO, tmp_path / "builds").exists()


def test_sources_that_do_not_compile_are_a_failure_and_no_reason_to_skip(maven, tmp_path) -> None:
    does(maven, "echo '[ERROR] COMPILATION ERROR :'; exit 1")
    with pytest.raises(RuntimeError, match="does not compile"):
        built(MONGO, tmp_path / "builds")


def test_a_machine_without_java_or_maven_says_what_to_install(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="install a JDK"):
        java()
    with pytest.raises(EngineUnavailable, match="install Maven"):
        built(MONGO, tmp_path / "builds")


def test_an_old_java_is_not_used(maven, monkeypatch) -> None:
    old = maven.with_name("java")
    old.touch(mode=0o755)
    does(old, """echo 'openjdk version "11.0.2" 2019-01-15' >&2""")
    with pytest.raises(EngineUnavailable, match="11"):
        java()


def test_what_one_process_found_unavailable_the_others_of_the_run_do_not_try_again(tmp_path, monkeypatch) -> None:
    first, second = SharedServers(tmp_path / "run"), SharedServers(tmp_path / "run")
    first.folder.mkdir()
    first.hold()
    with monkeypatch.context() as bare:
        bare.setenv("PATH", str(tmp_path))
        with pytest.raises(EngineUnavailable):
            first.get(MONGO)
    with pytest.raises(EngineUnavailable, match="install"):
        second.get(MONGO)
    first.release()
    assert not first.folder.exists()
