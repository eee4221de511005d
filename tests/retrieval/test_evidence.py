"""When a passage counts as speaking of a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.retrieval.evidence import coverage, speaks_of, terms
from kintsugi.settings import RetrievalSettings

LIMITS = RetrievalSettings(sure_cosine=0.42, least_cosine=0.3, least_coverage=0.6)


@pytest.mark.parametrize(
    ("cosine", "covered", "answer"),
    [
        (0.45, 0.1, True),
        (0.45, 0.0, False),
        (0.6, 0.0, True),
        (0.35, 0.7, True),
        (0.35, 0.5, False),
        (0.2, 1.0, False),
    ],
)
def test_meaning_and_words_decide_together(cosine, covered, answer):
    assert speaks_of(cosine, covered, LIMITS) is answer


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_nearer_or_with_more_words_is_never_less_evidence(cosine, covered, nearer, more):
    if speaks_of(cosine, covered, LIMITS):
        assert speaks_of(min(1.0, cosine + nearer), min(1.0, covered + more), LIMITS)


def test_terms_are_words_that_carry_meaning_in_any_script():
    assert terms("What should I do when the chunks are missing?") == {"chunk", "miss"}
    assert terms("насос") == {"насос"}
    assert coverage(terms("missing chunk"), "Chunks that are missing") == 1.0
    assert coverage(terms("active runs"), "max_active_runs = 3") == 1.0
