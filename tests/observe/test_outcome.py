"""The last main job's outcome, as it is read back."""

import pytest

from kintsugi.observe.outcome import load_outcome, outcome_path
from kintsugi.observe.report import make_report


@pytest.mark.parametrize("content", ["", "{", "[]", '{"unknown": 1}'])
def test_a_damaged_file_is_as_if_there_had_been_no_job(platform, content):
    outcome_path(platform).write_text(content)
    assert load_outcome(platform) is None
    assert make_report(platform, load_outcome(platform), "").answer == {}


def test_before_the_first_job_there_is_no_outcome(platform):
    assert load_outcome(platform) is None
