"""Patterns that several tests of the bridge to autorefine start from."""

import pytest

from autorefine.trace import trace_of
from kintsugi.expertise.repository import StoredPatterns
from tests.autorefine.runs import GUARD, GUESS, LOOK_UP, pattern, planted


@pytest.fixture
def known(platform):
    """Two active patterns' ids."""
    repository = StoredPatterns(platform.records)
    runs = [trace_of(each) for each in planted(60)]
    made = [repository.put(pattern(runs, each, guard=GUARD, state="active")) for each in (LOOK_UP, GUESS)]
    return [each.id for each in made]
