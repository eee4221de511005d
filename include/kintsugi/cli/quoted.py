"""A quoted sentence as a terminal shows it, and the command as a person has to type it."""

import re
import shutil

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"\*\*|__|`+")


def plain(sentence: str) -> str:
    """Return a sentence without Markdown's marks: a terminal shows the words; ``--json`` has the exact characters."""
    return _MARKS.sub("", _LINK.sub(r"\1", sentence))


def command() -> str:
    """Return how `kintsugi` is called here: by name where it is on the PATH, else in the checkout's environment."""
    return "kintsugi" if shutil.which("kintsugi") else ".venv/bin/kintsugi"
