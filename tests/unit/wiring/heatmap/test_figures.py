"""Which windows win, and which never do."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.wiring.heatmap.areas import areas_of
from opportune.wiring.heatmap.figures import figures_of
from opportune.wiring.heatmap.report import Figures, Window
from opportune.wiring.heatmap.tally import OPENED, UNOPENED, Tally


def figures(sends: dict[tuple[int, int], tuple[int, int]], *, hours: int = 3, least: int = 30) -> Figures:
    """Of sends to users who were sent to once, by weekday and hour: how many, and how many of them were opened."""
    areas = areas_of(hours)
    tally = Tally(areas)
    for (weekday, hour), (count, opened) in sends.items():
        for place in range(count):
            is_opened = place < opened
            tally.add(OPENED if is_opened else UNOPENED, 60_000, hour if is_opened else 24)
            tally.add_user({weekday * 24 + hour: [1, int(is_opened)]})
    tally.settle()
    return figures_of(tally, areas, None, least)


def named(window: Window) -> tuple[str, int, int]:
    return window.days, window.first, window.end


FLAT = {(day, hour): (100, 20) for day in range(7) for hour in range(24)}


def test_a_window_that_is_far_better_wins_and_is_surely_better() -> None:
    found = figures(FLAT | {(1, hour): (100, 60) for hour in (9, 10, 11)})
    assert named(found.windows[0]) == ("Tuesday", 9, 12)
    assert found.windows[0].is_better
    assert found.windows[0].rest == pytest.approx(0.2)
    assert found.windows_compared == 220


def test_hours_that_are_better_on_all_workdays_win_as_one_window() -> None:
    found = figures(FLAT | {(day, hour): (100, 40) for day in range(5) for hour in (18, 19, 20)})
    assert named(found.windows[0]) == ("Monday to Friday", 18, 21)


def test_cells_with_too_little_never_win_however_good_they_look() -> None:
    found = figures(FLAT | {(6, hour): (29, 29) for hour in (3, 4, 5)})
    assert not any(
        window.weekdays == (6,) and set(range(window.first, window.end)) & {3, 4, 5} for window in found.windows
    )
    thin = [cell for cell in found.cells if not cell.of.is_enough]
    assert [(cell.weekday, cell.hour) for cell in thin] == [(6, 3), (6, 4), (6, 5)]


@given(st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 23)), st.integers(1, 45), max_size=30), st.data())
def test_whatever_wins_has_enough_behind_each_hour_and_each_day(
    counts: dict[tuple[int, int], int], data: st.DataObject
) -> None:
    sends = {cell: (count, data.draw(st.integers(0, count))) for cell, count in counts.items()}
    found = figures(sends, hours=2)
    taken: set[tuple[int, int]] = set()
    for window in found.windows:
        hours, days = range(window.first, window.end), window.weekdays
        for hour in hours:
            assert sum(counts.get((day, hour), 0) for day in days) >= 30
        for day in days:
            assert sum(counts.get((day, hour), 0) for hour in hours) >= 30
        own = {(day, hour) for day in days for hour in hours}
        assert not own & taken
        taken |= own
        assert window.of.low is not None and window.of.high is not None and window.of.share is not None
        assert window.of.low <= window.of.share <= window.of.high


def test_where_all_hours_are_alike_a_window_is_seldom_called_better() -> None:
    """Of 60 weeks without any difference at most 5% may have a window called better; within 3 standard errors: 8."""
    chance = random.Random(3)
    called = 0
    for _ in range(60):
        week = {cell: (40, sum(chance.random() < 0.25 for _ in range(40))) for cell in FLAT}
        called += any(window.is_better for window in figures(week).windows)
    assert called <= 8


def test_of_too_little_there_is_no_window() -> None:
    found = figures({(0, 9): (29, 20)})
    assert (found.windows, found.windows_compared) == ((), 0)


def test_what_was_never_opened_in_is_no_best_window() -> None:
    found = figures(dict.fromkeys(FLAT, (40, 0)))
    assert (found.windows, found.windows_compared) == ((), 220)


def test_a_window_may_be_as_long_as_a_day() -> None:
    found = figures(FLAT, hours=24)
    assert {named(window)[1:] for window in found.windows} == {(0, 24)}
