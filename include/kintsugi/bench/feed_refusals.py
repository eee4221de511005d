"""Which files have to be refused, as their bytes alone show it: asked of nobody who takes files in."""

from kintsugi.sensitive.finding import KINDS

IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
BELIEVED = frozenset(KINDS)
"""Checks whose refusals are taken at their word: finding secrets or hostile text once more would be the same look."""


def must_be_refused(data: bytes, most: int) -> bool:
    """Tell whether a file says nothing, is an image, or is larger than ``most`` bytes."""
    return not data.strip(b"\x00 \t\r\n\f\v") or data.startswith(IMAGES) or len(data) > most
