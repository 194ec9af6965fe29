"""Figures of sends: the order of rows and files changes nothing, every row is counted once, and an oracle agrees."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.wiring.heatmap.making import heatmap_of
from opportune.wiring.heatmap.report import Report
from opportune.wiring.heatmap.wish import Wish
from tests.unit.wiring.heatmap.sends_made import plain, row, table, told

Row: TypeAlias = dict[str, str]
ZONES = ("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Kolkata", "")
WEEKS = ("2026-03-27", "2026-04-03", "2026-10-03", "2026-10-23", "2026-06-01", "1969-12-30")
"""Days from which clocks change within a week, somewhere; and two others."""


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """One row: mostly a send as it should be, at times one that cannot be counted."""
    begun = datetime.fromisoformat(draw(st.sampled_from(WEEKS))).replace(tzinfo=UTC)
    sent = begun + timedelta(minutes=15 * draw(st.integers(0, 4 * 24 * 4)))
    delay = draw(st.sampled_from([None, 0, 2, 3, 600, 90_000, -60]))
    opened = "" if delay is None else (sent + timedelta(seconds=delay)).isoformat()
    return row(
        draw(st.sampled_from(["ann", "bob", "cat", ""])),
        sent.isoformat(),
        opened,
        zone=draw(st.sampled_from([*ZONES, "Mars/Olympus"])),
        message_id=draw(st.sampled_from(["", "m"])),
        plan=draw(st.sampled_from(["pro", "free", ""])),
    )


SEGMENTS = ("plan = 'pro'", "local_hour(at) >= 12")
WISH = Wish(files=(), segments=SEGMENTS, least=2)
MANY = st.lists(rows(), min_size=1, max_size=25)


@given(MANY, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[Row], chance: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("order")
    before = plain(told(folder, given_rows, WISH))
    chance.shuffle(given_rows)
    assert plain(told(folder, given_rows, WISH)) == before


@given(MANY, st.integers(0, 25))
def test_one_file_or_two_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[Row], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("split")
    parts = (table(folder / "a.csv", given_rows[:cut]), table(folder / "b.csv", given_rows[cut:]))
    both = heatmap_of(Wish(files=parts, segments=SEGMENTS, least=2))
    assert plain(both) == plain(told(folder, given_rows, WISH))


@given(MANY)
def test_every_row_is_counted_in_exactly_one_place(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[Row]
) -> None:
    report = told(tmp_path_factory.mktemp("books"), given_rows, WISH)
    whole = report.figures[0]
    assert report.rows == len(given_rows)
    assert report.rows == sum(report.refused.values()) + report.without_zone + report.repeats + whole.sends
    for figures in report.figures:
        unopened = figures.sends - figures.opened - figures.machine - figures.unsure
        assert unopened >= 0
        assert sum(cell.of.sends for cell in figures.cells) == figures.sends == figures.all.sends
        assert sum(cell.of.opened for cell in figures.cells) == figures.opened == figures.all.opened
        assert sum(hour.of.sends for hour in figures.hours) == figures.sends
        assert sum(hour.opens for hour in figures.hours) == figures.opened == figures.delays.opens
        assert figures.sends <= whole.sends


def counted_plainly(given_rows: list[Row]) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]], Counter[int]]:
    """Sends and opened sends by weekday and hour, and opens by hour: with the standard library's clocks."""
    sends: dict[tuple[str, str, str], list[Row]] = {}
    for each in given_rows:
        is_late = not each["open_time_utc"] or each["open_time_utc"] >= each["send_time_utc"]
        if each["user_id"] and each["timezone"] in ZONES[:-1] and is_late:
            sends.setdefault((each["user_id"], each["send_time_utc"], each["message_id"]), []).append(each)
    cells, opened_cells, opens = Counter[tuple[int, int]](), Counter[tuple[int, int]](), Counter[int]()
    for (_, sent_text, _), told_of in sends.items():
        sent, zone = datetime.fromisoformat(sent_text), ZoneInfo(told_of[0]["timezone"])
        human = sorted(
            datetime.fromisoformat(each["open_time_utc"])
            for each in told_of
            if each["open_time_utc"] and datetime.fromisoformat(each["open_time_utc"]) - sent > timedelta(seconds=2)
        )
        local = sent.astimezone(zone)
        cells[local.weekday(), local.hour] += 1
        if human:
            opened_cells[local.weekday(), local.hour] += 1
            opens[human[0].astimezone(zone).hour] += 1
    return cells, opened_cells, opens


@given(MANY)
def test_a_plain_count_with_other_clocks_agrees(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[Row]
) -> None:
    """A user has one zone here: which of two holds for one send is a tie that nothing settles."""
    for each in given_rows:
        if each["timezone"] in ZONES[:-1]:
            each["timezone"] = ZONES[len(each["user_id"] + each["message_id"]) + ord(each["user_id"][:1] or "a") % 2]
    whole = told(tmp_path_factory.mktemp("oracle"), given_rows).figures[0]
    cells, opened_cells, opens = counted_plainly(given_rows)
    assert {(c.weekday, c.hour): c.of.sends for c in whole.cells if c.of.sends} == cells
    assert {(c.weekday, c.hour): c.of.opened for c in whole.cells if c.of.opened} == opened_cells
    assert {hour.hour: hour.opens for hour in whole.hours if hour.opens} == opens


@given(MANY)
def test_a_row_that_is_there_twice_is_a_repeat_and_changes_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[Row]
) -> None:
    folder = tmp_path_factory.mktemp("twice")
    once, twice = told(folder, given_rows, WISH), told(folder, given_rows * 2, WISH)
    assert plain(once)["figures"] == plain(twice)["figures"]
    assert twice.repeats == once.repeats * 2 + once.figures[0].sends


def report_of(folder: Path, sent: list[datetime], zone: str) -> Report:
    return told(folder, [row(f"u{place}", each.isoformat(), zone=zone) for place, each in enumerate(sent)])


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", {2: 0, 3: 1}), ("2026-10-25", {2: 2, 3: 1})])
def test_the_hour_that_spring_leaves_out_is_empty_and_that_of_autumn_is_full_twice(
    tmp_path: Path, day: str, hours: dict[int, int]
) -> None:
    """In Berlin both days are Sundays; a send each hour of UTC around the change."""
    begun = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=3)
    cells = (
        report_of(tmp_path, [begun + timedelta(hours=place) for place in range(8)], "Europe/Berlin").figures[0].cells
    )
    assert {hour: cells[6 * 24 + hour].of.sends for hour in (2, 3)} == hours


def test_zones_of_half_and_three_quarters_of_an_hour_part_an_hour_of_utc(tmp_path: Path) -> None:
    quarters = [datetime(2026, 6, 1, 3, minute, tzinfo=UTC) for minute in (0, 15, 30, 45)]
    for zone, counts in (("Asia/Kathmandu", {8: 1, 9: 3}), ("Asia/Kolkata", {8: 2, 9: 2}), ("UTC", {3: 4})):
        cells = report_of(tmp_path, quarters, zone).figures[0].cells
        assert {cell.hour: cell.of.sends for cell in cells if cell.of.sends} == counts


def test_cells_follow_each_other_from_monday_midnight(tmp_path: Path) -> None:
    cells = report_of(tmp_path, [datetime(2026, 6, 1, tzinfo=UTC)], "UTC").figures[0].cells
    places = [cell.weekday * 24 + cell.hour for cell in cells]
    assert all(later == before + 1 for before, later in pairwise(places))
    assert cells[0].of.sends == 1
