"""The rules for the Dockerfile notice what they are there for."""

import pytest

from scripts.dockerfile_rules import DockerIgnore, complaints, instructions

GOOD = """# a comment
ARG BASE=python:3.11.14-slim
FROM ${BASE} AS build
COPY dags \\
  plugins ./
FROM ${BASE}
COPY --from=build /opt /opt
USER 50000:0
ENTRYPOINT ["/entrypoint"]
"""


@pytest.fixture
def root(tmp_path):
    for name in ("dags", "plugins"):
        (tmp_path / name).mkdir()
    return tmp_path


SHOWN = DockerIgnore("*\n!dags\n!plugins\n")


def test_a_good_one_has_no_complaints(root):
    assert list(complaints(GOOD, root, SHOWN)) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("python:3.11.14-slim", "python:latest", "not pinned"),
        ("python:3.11.14-slim", "python", "not pinned"),
        ("USER 50000:0\n", "", "runs as root"),
        ("USER 50000:0", "USER root", "runs as root"),
        ('ENTRYPOINT ["/entrypoint"]\n', "", "no entrypoint"),
        ("--from=build", "--from=biuld", "no such stage"),
        ("COPY dags", "COPY dogs", "doesn't exist"),
        ("COPY dags", "ADD dags", "ADD"),
        ("USER 50000:0", "ENV ADMIN_PASSWORD=x\nUSER 50000:0", "would stay in the image"),
        ("USER", "USR", "expected an instruction"),
        ("plugins ./\n", "plugins ./ \\\n", "COPY FROM: doesn't exist"),
    ],
)
def test_a_fault_is_noticed(root, old, new, complaint):
    assert old in GOOD
    assert any(complaint in each for each in complaints(GOOD.replace(old, new), root, SHOWN))


def test_a_source_that_the_builder_does_not_get_is_noticed(root):
    assert list(complaints(GOOD, root, DockerIgnore("*\n!dags\n"))) == ["COPY plugins: .dockerignore hides it"]


def test_a_file_that_ends_within_an_instruction_is_refused():
    with pytest.raises(ValueError, match="ends within"):
        instructions("FROM a \\\n")
