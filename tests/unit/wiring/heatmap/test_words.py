"""Sentences that say what the figures say, also where there is little to say."""

import random
from pathlib import Path

import pytest

from opportune.units import SECOND
from opportune.wiring.heatmap.making import heatmap_of
from opportune.wiring.heatmap.report import Report
from opportune.wiring.heatmap.summary import lines_of
from opportune.wiring.heatmap.wish import Wish
from opportune.wiring.heatmap.words import left_out, of_delays, of_hours, of_windows
from tests.unit.wiring.heatmap.sends_made import row, told


def week(best: float, *, count: int = 9000) -> list[dict[str, str]]:
    """Sends of the first seven days of June; on Tuesday from 9 to 12 so many are opened, else one in ten."""
    chance, found = random.Random(1), []
    for number in range(count):
        day, hour = chance.randrange(1, 8), chance.randrange(24)
        share = best if (day, hour) in ((2, 9), (2, 10), (2, 11)) else 0.1
        opened = f"2026-06-{day:02}T{hour:02}:40:00Z" if chance.random() < share else ""
        found.append(row(f"u{number}", f"2026-06-{day:02}T{hour:02}:00:00Z", opened, zone="UTC"))
    return found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return told(tmp_path_factory.mktemp("week"), week(0.6))


def test_the_best_window_is_named_with_its_interval(report: Report) -> None:
    said = of_windows(report.figures[0], 30)
    assert said.startswith("Best of 220 windows: Tuesday 09:00–12:00, ")
    assert said.endswith("of all sends.")
    lines = list(lines_of(report))
    (line,) = [line for line in lines if line.startswith("  Tuesday 09:00–12:00")]
    assert line.endswith("surely")
    assert max(map(len, lines)) <= 80


def test_a_best_window_that_chance_may_have_made_is_not_called_better(tmp_path: Path) -> None:
    figures = told(tmp_path, week(0.1)).figures[0]
    assert "but no window is surely above the" in of_windows(figures, 30)


def test_of_too_little_it_says_what_is_missing(tmp_path: Path) -> None:
    figures = told(tmp_path, week(0.6, count=20)).figures[0]
    assert "No window has 30 sends" in of_windows(figures, 30)
    assert "No hour has 30 sends" in of_hours(figures, 30)


def test_where_nothing_was_opened_it_says_so(tmp_path: Path) -> None:
    figures = told(tmp_path, [row(f"u{n}") for n in range(40)], Wish(files=(), window_hours=1)).figures[0]
    assert of_windows(figures, 30) == "No window was ever opened in."
    assert of_delays(figures) == "Nothing was opened."
    assert of_hours(figures, 30).startswith("Nothing was opened")


def at(hour: int, count: int, opened: int) -> list[dict[str, str]]:
    """So many sends at this hour of different days and users, some of them opened half an hour later."""
    days = [f"2026-06-{1 + n % 28:02}T{hour:02}" for n in range(count)]
    return [
        row(f"u{hour}-{n}", f"{day}:00:00Z", f"{day}:30:00Z" if n < opened else "", zone="UTC")
        for n, day in enumerate(days)
    ]


def test_where_all_went_out_at_one_hour_no_hour_is_called_the_best(tmp_path: Path) -> None:
    said = of_hours(told(tmp_path, at(10, 200, 60)).figures[0], 30)
    assert said.startswith("All messages went out at one hour, from 10:00: nothing can be said about other hours.")
    assert "highest" not in said


def test_where_one_hour_alone_has_sends_enough_it_is_not_called_the_best(tmp_path: Path) -> None:
    said = of_hours(told(tmp_path, at(10, 200, 60) + at(15, 5, 1)).figures[0], 30)
    assert said.endswith("Only the hour from 10:00 has 30 sends, so nothing can be said about others.")
    assert "highest" not in said
    both = of_hours(told(tmp_path, at(10, 200, 60) + at(15, 40, 20)).figures[0], 30)
    assert "highest from 15:00, 50%" in both


def test_opens_that_do_not_count_are_told(tmp_path: Path) -> None:
    rows = [
        row("ann", opened="2026-06-01T09:00:00Z", by="machine"),
        row("bob", opened="2026-06-01T09:00:00Z", by="unsure"),
        row("cat", opened="2026-06-01T08:00:03Z", by=""),
    ]
    path = tmp_path / "sends.csv"
    path.write_text("\n".join(",".join(each) for each in [rows[0].keys(), *(each.values() for each in rows)]))
    said = left_out(heatmap_of(Wish(files=(path,))))
    assert [line.partition(" opened")[0] for line in said] == ["1 send", "1 send"]
    assert "by machines only" in said[0]
    assert "by nobody knows whom" in said[1]
    assert heatmap_of(Wish(files=(path,), machine_within=4 * SECOND)).figures[0].opened == 0
