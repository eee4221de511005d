"""Asks who made a failed run of several agents fail.

python blame.py
"""
# ruff: noqa: T201 - an example shows what it found

from autorefine import Step, attribute

SAID = (
    ("boss", "How many people live in Utrecht?"),
    ("planner", "I will look it up."),
    ("guesser", "It has 999111 inhabitants, as far as I remember."),
    ("writer", "999111 inhabitants."),
)

if __name__ == "__main__":
    found = attribute([Step(text) for _, text in SAID], [speaker for speaker, _ in SAID])
    print(f"{found.agent}, step {found.step}: {SAID[found.step][1]}")
