"""Which partition a run takes in: its key's, or by hand the last one that was over."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from kintsugi_airflow.bridge import partition_of

NOW = datetime(2026, 11, 24, 20, 40, tzinfo=UTC)


def context(key=None, **conf):
    return {"dag_run": SimpleNamespace(partition_key=key, run_after=NOW, conf=conf)}


@pytest.mark.parametrize(
    ("given", "partition"),
    [
        (context("2026-11-20T03"), "2026-11-20T03"),
        (context(), "2026-11-24T19"),
        (context(accept_loss=True), "2026-11-24T19"),
        (context(partial=True), "2026-11-24T20"),
    ],
)
def test_a_run_by_hand_takes_the_last_hour_that_was_over_and_the_running_one_when_it_is_asked_to(given, partition):
    assert partition_of(given, "airflow") == partition
