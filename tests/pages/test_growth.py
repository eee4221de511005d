"""Intervals and growth as geometry."""

import pytest

from kintsugi.observe.expertise_view import Grown
from kintsugi_airflow.pages.growth import lines, whisker


def test_an_interval_lies_on_an_axis_around_zero():
    drawn = whisker(0.5, 0.25, 0.75, width=200)
    assert (drawn.x, drawn.width, drawn.at, drawn.zero) == (125.0, 50.0, 150.0, 100.0)


@pytest.mark.parametrize("bound", [(1.0, 1.0, 1.0), (-1.0, -1.0, -1.0), (2.0, -3.0, 4.0)])
def test_an_interval_is_seen_and_stays_on_its_axis(bound):
    size, low, high = bound
    drawn = whisker(size, low, high, width=200)
    assert drawn.width >= 1.0
    assert 0 <= drawn.x <= 200
    assert 0 <= drawn.at <= 200


def test_counts_are_steps_over_the_trajectories_seen():
    drawn = lines([Grown(0, 1.0, 0, 1, 0), Grown(50, 2.0, 1, 0, 0), Grown(100, 3.0, 1, 0, 1)], width=400, height=100)
    assert drawn.points["active"] == "0.0,100.0 200.0,100.0 200.0,0.0 400,0.0"
    assert drawn.points["candidate"] == "0.0,0.0 200.0,0.0 200.0,100.0 400,100.0"
    assert drawn.most == 1


def test_a_line_has_a_point_for_each_change_and_not_for_each_decision():
    growth = [Grown(n, 1.0, 1, n, 0) for n in range(1000)]
    assert lines(growth, width=400, height=100).points["active"].count(",") == 2


def test_without_a_decision_nothing_is_drawn():
    assert lines([], width=400, height=100).points == {"active": "", "candidate": "", "retired": ""}
