"""What was learned, from real patterns of a planted history."""

import re

from autorefine.trace import trace_of
from autorefine.verdict import Verdict
from kintsugi.expertise.repository import StoredPatterns
from tests.autorefine.runs import GUARD, GUESS, LOOK_UP, pattern, planted

RUNS = [trace_of(each) for each in planted(200, followed_succeed=1.0, others_succeed=0.0)]


def rows(text: str) -> list[tuple[str, str, str]]:
    """Return of each bar its colour, its name and its figures."""
    return [
        (colour, name, " ".join(figures.split()))
        for name, colour, figures in re.findall(
            r'<dt>([^<]*)</dt>\s*<dd><svg.*?<rect class="(is-[a-z]+)".*?</svg>(.*?)</dd>', text, re.DOTALL
        )
    ]


def test_advice_shows_how_those_fared_who_followed_it(client, platform):
    StoredPatterns(platform.records).put(pattern(RUNS, LOOK_UP, guard=GUARD, state="active"))
    followed, otherwise = rows(client.get("/kintsugi/").text)
    assert followed[:2] == ("is-followed", "followed")
    assert re.fullmatch(r"(\d+) of \1 succeeded", followed[2])
    assert otherwise[:2] == ("is-otherwise", "otherwise")
    assert otherwise[2].startswith("0 of ")


def test_a_warning_counts_as_good_that_it_was_heeded(client, platform):
    StoredPatterns(platform.records).put(pattern(RUNS, GUESS, guard=GUARD, avoid=True, state="active"))
    avoided, did_it = rows(client.get("/kintsugi/").text)
    assert avoided[:2] == ("is-followed", "avoided")
    assert re.fullmatch(r"(\d+) of \1 succeeded", avoided[2])
    assert did_it[:2] == ("is-otherwise", "did it")
    assert did_it[2].startswith("0 of ")


def test_where_the_evidence_has_nothing_to_compare_the_effect_is_that_of_the_replay_gate(client, platform):
    put = StoredPatterns(platform.records).put
    known = put(pattern(RUNS, LOOK_UP, guard=GUARD, effect=None, state="active"))
    assert "effect" not in client.get("/kintsugi/").text
    put(known.ruled(Verdict("replay", "admit", "held", {"size": 0.3, "low": 0.2, "high": 0.4, "p": 0.01})))
    assert "effect +30 points (+20 to +40)" in client.get("/kintsugi/").text
