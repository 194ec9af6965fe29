"""The page of the heatmap in a real browser: nothing overlaps, nothing runs out of the window, nothing is loaded."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from opportune.wiring.heatmap.html import page_of
from opportune.wiring.heatmap.report import Report
from opportune.wiring.heatmap.wish import Wish
from tests.browser.test_report_page import FAULTS, LOOK
from tests.browser.window import Window, window
from tests.unit.wiring.heatmap.sends_made import row, told

EVIL = "plan = '</svg><script>document.title = 1</script>' or plan = 'pro' or plan = '" + "long_name_" * 9 + "'"
pytestmark = pytest.mark.needs("browser")


def sends(count: int) -> list[dict[str, str]]:
    """Sends of two weeks in June; one in four is opened."""
    chance = random.Random(5)
    found = []
    for number in range(count):
        day, hour, minute = chance.randrange(1, 15), chance.randrange(24), chance.randrange(60)
        sent = f"2026-06-{day:02}T{hour:02}:{minute:02}:00Z"
        opened = f"2026-06-{day + 1:02}T{hour:02}:{minute:02}:30Z" if chance.random() < 0.25 else ""
        found.append(row(f"u{number}", sent, opened, zone="" if number % 50 == 0 else "Asia/Tokyo", plan="pro"))
    return [*found, row(sent="soon")]


def made(folder: Path, name: str) -> Report:
    match name:
        case "one":
            return told(folder, sends(4000), Wish(files=()))
        case "segments":
            return told(folder, sends(4000), Wish(files=(), segments=(EVIL, "plan = 'free'")))
        case _:
            return told(folder, sends(30) if name == "few" else [], Wish(files=()))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    with window(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.parametrize("name", ["one", "segments", "few", "none"])
def test_nothing_overlaps_or_leaves_the_page(browser: Window, tmp_path: Path, name: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(page_of(made(tmp_path, name)))
    for width in (1280, 768, 390):
        browser.opens(page, width)
        browser.evaluates("document.querySelectorAll('details').forEach(node => node.open = true)")
        assert browser.evaluates(FAULTS) == []
        assert browser.complaints() == []
        look = browser.evaluates(LOOK)
        assert look["scripts"] == 0
        assert look["title"] == "sends.csv: when mail is opened"


def test_the_page_is_dark_where_the_reader_wants_it(browser: Window, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(page_of(made(tmp_path, "one")))
    papers = []
    for night in (False, True):
        browser.opens(page, night=night)
        papers.append(browser.evaluates(LOOK)["paper"])
    assert papers == ["rgb(255, 255, 255)", "rgb(21, 24, 29)"]
