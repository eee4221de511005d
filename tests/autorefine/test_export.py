"""A pattern as a SKILL.md."""

from dataclasses import replace

import yaml

from autorefine import Counters, pattern_markdown, skill_markdown
from autorefine.trace import trace_of
from autorefine.trajectory import Step
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted, trace

RUNS = [trace_of(each) for each in planted(100)]
ADVICE = pattern(RUNS, LOOK_UP, guard=GUARD)


def front_matter(text: str) -> dict:
    return yaml.safe_load(text.split("---\n")[1])


def test_the_front_matter_keeps_the_agent_skills_limits_and_carries_the_provenance():
    front = front_matter(skill_markdown(ADVICE))
    assert len(front["name"]) <= 64
    assert front["name"].endswith(ADVICE.id)
    assert 0 < len(front["description"]) <= 1024
    metadata = front["metadata"]
    support = ADVICE.support
    assert metadata["followed"] == f"{support.followed_succeeded} of {support.followed} succeeded"
    assert metadata["interval"] == f"{ADVICE.effect.low:+.3f} to {ADVICE.effect.high:+.3f}"
    followers = [each.trajectory for each in ADVICE.evidence if each.steps]
    assert metadata["trajectories-followed"].split() == followers[-40:]


def test_the_body_says_when_what_and_on_which_evidence():
    body = pattern_markdown(ADVICE)
    assert body.startswith("# After “no such table: flights”, list tables\n")
    assert "After the failure `“no such table: flights”`, within 3 steps." in body
    assert "1. `list tables`" in body
    assert "Within one agent version:" in body


def test_use_does_not_change_the_text():
    assert skill_markdown(replace(ADVICE, counters={"a": Counters(9, 9, 9)}, version=7)) == skill_markdown(ADVICE)


def test_hostile_text_stays_text():
    hostile = 'x": {[](javascript:alert) <script> `rm` --- # now'
    runs = [trace(f"{n}", Step("q", error=hostile), "fix", success=n % 2 == 0) for n in range(4)]
    symbol = runs[0].outcomes[0][0]
    bad = pattern(runs, "fix", guard=replace(GUARD, symbol=symbol))
    text = skill_markdown(bad)
    assert "<script>" not in text.split("---\n", 2)[2]
    assert "](" not in text.split("---\n", 2)[2]
    assert front_matter(text)["metadata"]["pattern"] == bad.id
