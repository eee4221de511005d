"""Commands that a person may copy from a page; pages show them and never run them."""

import shlex


def command(*words: str) -> str:
    """Return the command of `kintsugi` with these words, quoted for a shell: names come from the records."""
    return shlex.join(("kintsugi", *words))
