"""What our Dockerfile has to keep to: pure functions from its text to complaints."""

import re
from collections.abc import Iterator
from pathlib import Path

INSTRUCTIONS = {
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "ONBUILD"),
    *("RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
}
SECRET_WORD = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN\b|CREDENTIAL|API_KEY|PRIVATE_KEY")
Instruction = tuple[str, str]


def instructions(text: str) -> list[Instruction]:
    """Return the instructions with their arguments, continued lines joined.

    Raises:
        ValueError: names the line that starts with no instruction.
    """
    found: list[Instruction] = []
    pending = ""
    for line in text.splitlines():
        if line.lstrip().startswith("#") or (not pending and not line.strip()):
            continue
        pending += line.strip().removesuffix("\\") + " "
        if line.rstrip().endswith("\\"):
            continue
        word, _, rest = pending.strip().partition(" ")
        if word.upper() not in INSTRUCTIONS:
            raise ValueError(f"Dockerfile: expected an instruction, got {word!r}")
        found.append((word.upper(), rest.strip()))
        pending = ""
    if pending:
        raise ValueError("Dockerfile: ends within an instruction")
    return found


def complaints(text: str, root: Path, ignored: "DockerIgnore") -> Iterator[str]:
    """Yield what is wrong with a Dockerfile whose context is ``root``."""
    try:
        parsed = instructions(text)
    except ValueError as error:
        yield str(error)
        return
    arguments = dict(rest.split("=", 1) for word, rest in parsed if word == "ARG" and "=" in rest)
    stages: set[str] = set()
    user = "root"
    for word, rest in parsed:
        if word == "FROM":
            user = "root"
            yield from _base(rest, arguments, stages)
        elif word == "USER":
            user = rest
        elif word == "ADD":
            yield f"ADD {rest}: COPY says what it does"
        elif word in ("ARG", "ENV") and SECRET_WORD.search(rest):
            yield f"{word} {rest}: a secret would stay in the image"
        elif word == "COPY":
            yield from _copied(rest, root, ignored, stages)
    if user.split(":")[0] in ("root", "0"):
        yield "the image runs as root"
    if not any(word == "ENTRYPOINT" for word, _ in parsed):
        yield "no entrypoint"


def _base(rest: str, arguments: dict[str, str], stages: set[str]) -> Iterator[str]:
    image, *more = rest.split()
    if more and more[0].upper() == "AS":
        stages.add(more[1])
    name = re.sub(r"\$\{(\w+)\}", lambda match: arguments.get(match[1], ""), image)
    if name not in stages and not re.search(r":\d+\.\d+\.\d+|@sha256:[0-9a-f]{64}$", name):
        yield f"FROM {image}: not pinned to a version"


def _copied(rest: str, root: Path, ignored: "DockerIgnore", stages: set[str]) -> Iterator[str]:
    words = [word for word in rest.split() if not word.startswith("--")]
    origin = next((word.removeprefix("--from=") for word in rest.split() if word.startswith("--from=")), "")
    if origin:
        if origin not in stages:
            yield f"COPY --from={origin}: no such stage"
        return
    for source in words[:-1]:
        if not (root / source).exists():
            yield f"COPY {source}: doesn't exist"
        elif ignored.hides(source):
            yield f"COPY {source}: .dockerignore hides it"


class DockerIgnore:
    """The rules of a .dockerignore of the form that we use: everything is hidden but what is listed with ``!``."""

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        self.hides_everything = bool(lines) and lines[0] == "*"
        self.shown = [line[1:].strip("/") for line in lines if line.startswith("!")]

    def hides(self, path: str) -> bool:
        """Tell whether a path doesn't reach the builder."""
        path = path.strip("/")
        shown = any(path == each or path.startswith(f"{each}/") for each in self.shown)
        return self.hides_everything and not shown
