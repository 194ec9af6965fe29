"""What the page says, beside how it looks."""

import re
from pathlib import Path
from xml.etree import ElementTree as etree

from opportune.wiring.heatmap.html import page_of
from opportune.wiring.heatmap.wish import Wish
from tests.unit.wiring.heatmap.sends_made import row, told

MANY = [
    row(f"u{n}", f"2026-06-01T{n % 24:02}:00:00Z", f"2026-06-01T{n % 24:02}:30:00Z" if n % 5 == 0 else "", plan="pro")
    for n in range(2400)
]


def page(folder: Path, *segments: str) -> str:
    return page_of(told(folder, [*MANY, row(sent="soon"), row(zone="")], Wish(files=(), segments=segments)))


def test_the_page_reads_as_xml_and_no_id_stands_twice(tmp_path: Path) -> None:
    text = page(tmp_path, "plan = 'pro'", "plan = '<b>'")
    etree.fromstring(text.removeprefix("<!doctype html>"))
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert "<script" not in text
    assert "<b>" not in text


def test_every_cell_stands_in_a_table_too(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "20% of 100" in text
    assert text.count('data-name="23"') == 7


def test_what_was_left_out_and_refused_is_said(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "1 row left out: nothing says their zone" in text
    assert "1 row refused: bad_instant" in text
    assert "sends.csv:2402:" in text


def test_it_says_why_opens_and_opens_per_send_differ(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "opens come after sends, so they mirror when you send" in text
