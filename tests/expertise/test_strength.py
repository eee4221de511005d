"""What is strong: sure at the end of its interval that is nearer to none."""

from dataclasses import replace

import pytest

from autorefine.evidence import Effect
from autorefine.trace import trace_of
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.strength import strength
from kintsugi.records import StoredPattern
from tests.autorefine.runs import GUARD, LOOK_UP, pattern, planted

KNOWN = pattern([trace_of(each) for each in planted(40)], LOOK_UP, guard=GUARD)


def bound(low: float, high: float) -> Effect:
    return Effect((low + high) / 2, low, high, 0.01, 0.01)


def test_a_warning_is_as_strong_as_the_harm_that_is_sure():
    assert strength(replace(KNOWN, effect=bound(0.2, 0.6))) == 0.2
    assert strength(replace(KNOWN, avoid=True, effect=bound(-0.6, -0.3))) == 0.3


def test_advice_without_an_effect_is_stronger_than_any_sign():
    sign = replace(KNOWN, kind="sign", effect=bound(0.9, 1.0))
    assert strength(replace(KNOWN, effect=None)) > strength(sign)


@pytest.mark.parametrize("effect", [bound(0.2, 0.6), None])
def test_a_pattern_is_stored_with_its_strength(platform, effect):
    StoredPatterns(platform.records).put(replace(KNOWN, effect=effect))
    (stored,) = platform.records.scan(StoredPattern)
    assert stored.strength == strength(replace(KNOWN, effect=effect))
