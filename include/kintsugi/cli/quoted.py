"""A quoted sentence as a terminal shows it, and the command as a person has to type it."""

import re
import shutil

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MARKS = re.compile(r"\*\*|__|`+")


def plain(sentence: str) -> str:
    """Return a sentence without Markdown's marks: a terminal shows the words; ``--json`` has the exact characters."""
    return printable(_MARKS.sub("", _LINK.sub(r"\1", sentence)))


def printable(text: str) -> str:
    """Return a text whose control characters are shown, not obeyed: a document must not steer the terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def command() -> str:
    """Return how `kintsugi` is called here: by name where it is on the PATH, else in the checkout's environment."""
    return "kintsugi" if shutil.which("kintsugi") else ".venv/bin/kintsugi"
