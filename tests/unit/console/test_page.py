"""A page needs nothing but itself."""

import re
from xml.etree import ElementTree as etree

from opportune.console.charts import Picture, Row, rows
from opportune.console.markup import text
from opportune.console.page import (
    POLICY,
    Chart,
    Column,
    breakable,
    document,
    figure,
    figures,
    folded,
    listed,
    paragraph,
    table,
    with_note,
)


def chart(name: str, label: str = "") -> Chart:
    return Chart(name, lambda picture: rows(picture, [Row("a", 1)]), "There is one.", label)


def read(page: str) -> etree.Element:
    head, _, rest = page.partition("\n")
    assert head == "<!doctype html>"
    return etree.fromstring(rest)


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    page = document("Title", paragraph("head"), [("when", "When", figure("Sends", [chart("a")]))], paragraph("foot"))
    root = read(page)
    policy = [node.get("content") for node in root.iter("meta") if node.get("http-equiv")]
    assert policy == [POLICY] == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert [node.tag for node in root.iter() if node.tag in ("script", "link", "img", "iframe", "object")] == []
    assert "url(" not in page and "@import" not in page
    assert re.findall(r"\bon[a-z]+=", page) == []


def test_a_page_leads_to_each_of_its_sections() -> None:
    root = read(document("Title", paragraph("head"), [("when", "When", paragraph("x"))], paragraph("foot")))
    links = [node.get("href") for node in root.iter("a")]
    assert links == ["#when"]
    assert [node.get("id") for node in root.iter("section")] == ["when"]


def test_one_chart_is_drawn_for_a_desk_and_for_a_telephone_under_what_it_says() -> None:
    root = etree.fromstring(figure("Sends", [chart("a")]))
    assert [node.text for node in root.iter("h3")] == ["There is one."]
    assert [node.get("class") for node in root if node.tag == "div"] == ["wide", "narrow"]


def test_several_charts_stand_beside_each_other_and_each_says_its_own() -> None:
    root = etree.fromstring(figure("Sends", [chart("a", "old"), chart("b", "new")], table([Column("x")], [])))
    assert [node.text for node in root.iter("h3")] == ["Sends"]
    assert [node.text for node in root.iter("p")] == ["old", "There is one.", "new", "There is one."]


def test_no_two_pictures_of_a_page_have_the_same_name() -> None:
    page = document("T", paragraph(""), [("a", "A", figure("S", [chart("a", "x"), chart("b", "y")]))], paragraph(""))
    names = re.findall(r' id="([^"]*)"', page)
    assert len(names) == len(set(names)) == 9


def test_a_table_names_its_rows_and_tells_each_cell_its_column() -> None:
    columns = [Column("User"), Column("Messages", "number")]
    root = etree.fromstring(table(columns, [[text("ann"), text("3")]], folds=True))
    (cell,) = root.iter("td")
    assert (cell.text, cell.get("data-name"), cell.get("class")) == ("3", "Messages", "number")
    assert [node.get("scope") for node in root.iter("th")] == ["col", "col", "row"]


def test_small_parts_say_what_they_are_given() -> None:
    assert folded("More", paragraph("x"), is_open=True).startswith('<details open="">')
    assert listed(["a", "<b>"]) == "<ul><li>a</li><li>&lt;b&gt;</li></ul>"
    assert "<dt>Events</dt><dd>3<small>new</small></dd>" in figures([("Events", "3", "new")])
    assert with_note("3", "") == "3"
    assert with_note("3", "of 4") == '3<span class="quiet">of 4</span>'
    assert breakable("a_b-c") == "a_<wbr/>b-<wbr/>c"
    assert Picture("a", "b", "c", 350).is_narrow
