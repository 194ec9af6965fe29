"""The page of a backtest in a real browser: nothing overlaps, nothing runs out of the window, nothing is loaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from opportune.wiring.backtest.html import page_of
from opportune.wiring.backtest.report import Report
from tests.browser.window import Window, window
from tests.unit.wiring.backtest.reports_made import SHARES, SINCE, changed, made

EVIL = "</svg><script>document.title = 'broken'</script>" + "long_name_" * 9
PAGES = {
    "one": lambda: page_of([made()]),
    "two with what changes": lambda: page_of([made(), made(400, playbook="calm", turn=3)], changed()),
    "evil": lambda: page_of([made(400, playbook=EVIL, shares={EVIL: 40, "名前" * 20: 31, **SHARES})]),
    "nothing": lambda: page_of([Report("shop", "5f", SINCE, SINCE)]),
    "large": lambda: page_of([structs.replace(made(3), events=12_412_380_114, by_hour=[10**7] * 24)]),
}
FAULTS = """
(() => {
  const faults = [], hair = 1;
  const seen = node => node.checkVisibility();
  for (const svg of [...document.querySelectorAll("svg")].filter(seen)) {
    const frame = svg.getBoundingClientRect(), name = svg.getAttribute("aria-labelledby");
    const texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
    for (const [said, box] of texts)
      if (box.left < frame.left - hair || box.right > frame.right + hair
          || box.top < frame.top - 3 || box.bottom > frame.bottom + 3)
        faults.push(`${name}: ${said} leaves the picture`);
    texts.forEach(([said, one], place) => {
      for (const [other, two] of texts.slice(place + 1)) {
        const wide = Math.min(one.right, two.right) - Math.max(one.left, two.left);
        const tall = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
        if (wide > hair && tall > 3) faults.push(`${name}: ${said} lies over ${other}`);
      }
    });
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`the page is ${wide} wide in a window of ${innerWidth}`);
  return faults;
})()
"""
"""A box is the font's whole height, of which letters leave some free: up to 3 of it may lie over the next line's."""
LOOK = """
(() => {
  const names = [...document.querySelectorAll("svg")].filter(node => node.checkVisibility());
  const bar = document.querySelector("rect.s0"), body = getComputedStyle(document.body);
  return {
    title: document.title, pictures: names.length, paper: body.backgroundColor, ink: body.color,
    bar: bar && getComputedStyle(bar).fill, scripts: document.scripts.length,
  };
})()
"""

pytestmark = pytest.mark.needs("browser")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    with window(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.parametrize("width", [1280, 768, 390])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_overlaps_or_leaves_the_page(browser: Window, tmp_path: Path, name: str, width: int) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGES[name]())
    browser.opens(page, width)
    browser.evaluates("document.querySelectorAll('details').forEach(node => node.open = true)")
    assert browser.evaluates(FAULTS) == []
    assert browser.complaints() == []
    look = browser.evaluates(LOOK)
    assert look["scripts"] == 0
    assert look["title"].endswith("tried on the past")


def test_a_page_is_dark_where_the_reader_wants_it_and_its_bars_are_seen(browser: Window, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(page_of([made()]))
    looks = []
    for night in (False, True):
        browser.opens(page, night=night)
        looks.append(browser.evaluates(LOOK))
    day, dark = looks
    assert (day["paper"], dark["paper"]) == ("rgb(255, 255, 255)", "rgb(21, 24, 29)")
    assert (day["bar"], dark["bar"]) == ("rgb(31, 119, 180)", "rgb(63, 142, 249)")
    assert day["ink"] != dark["ink"]


def test_a_desk_and_a_telephone_each_see_one_drawing_of_each_chart(browser: Window, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(page_of([made()]))
    counts = []
    for width in (1280, 390):
        browser.opens(page, width)
        counts.append(browser.evaluates(LOOK)["pictures"])
    figures = browser.evaluates("document.querySelectorAll('figure').length")
    assert counts == [figures, figures]


def test_a_script_that_is_put_into_the_page_does_not_run(browser: Window, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(page_of([made()]).replace("<h1>", "<script>document.title = 'broken'</script><h1>"))
    browser.opens(page)
    assert browser.evaluates("document.title") == "shop, tried on the past"
    assert any("Content Security Policy" in said for said in browser.complaints())


def test_what_overlaps_or_leaves_its_picture_would_be_found(browser: Window, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    texts = '<text x="20" y="40">one</text><text x="22" y="42">other</text><text x="880" y="90">third</text></svg>'
    page.write_text(page_of([made()]).replace("</svg>", texts, 1))
    browser.opens(page)
    found = browser.evaluates(FAULTS)
    assert any("one lies over other" in fault for fault in found)
    assert any("third leaves the picture" in fault for fault in found)
