"""A column is held against listings that had it."""

import pytest

from kintsugi.contracts.baseline import FEWEST, Baseline
from kintsugi.contracts.drift import RateDrift
from kintsugi.contracts.rates import require_usual_rates
from kintsugi.records import Figures, PartitionProfile
from tests.builders import RUN


def listing(**nulls: float) -> Figures:
    return Figures(at=0.0, rows=100, nulls=nulls)


def judge(now: Figures, *former: Figures) -> None:
    profile = PartitionProfile(id="orders@all", source="orders", key="all", at=0.0, figures=now, run=RUN)
    require_usual_rates(profile, [Baseline(former, "its earlier runs")])


def test_listings_from_before_a_column_existed_say_nothing_about_it():
    judge(listing(id=0.0, note=1.0), *[listing(id=0.0)] * 12, *[listing(id=0.0, note=0.0)] * (FEWEST - 1))


def test_a_column_that_is_empty_all_at_once_is_held():
    with pytest.raises(RateDrift, match="column note"):
        judge(listing(id=0.0, note=1.0), *[listing(id=0.0)] * 12, *[listing(id=0.0, note=0.0)] * FEWEST)
