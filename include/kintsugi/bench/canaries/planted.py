"""A canary, and a document that holds it."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Canary:
    """Text to plant: ``text[start:end]`` is what a detector has to touch. ``variety`` names what it is."""

    variety: str
    text: str
    start: int
    end: int

    @classmethod
    def around(cls, variety: str, before: str, value: str, after: str = "") -> "Canary":
        """Return the canary whose sensitive part is ``value``."""
        return cls(variety, before + value + after, len(before), len(before) + len(value))


def planted(document: str, canary: Canary, rng: random.Random) -> tuple[str, int, int]:
    """Return the document with the canary as a paragraph of its own, and where its sensitive part lies then."""
    breaks = [0, len(document)]
    at = document.find("\n\n")
    while at >= 0:
        breaks.append(at + 2)
        at = document.find("\n\n", at + 2)
    place = rng.choice(breaks)
    before = document[:place] + ("\n\n" if place == len(document) else "")
    return before + canary.text + "\n\n" + document[place:], len(before) + canary.start, len(before) + canary.end
