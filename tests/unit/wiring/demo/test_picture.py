"""A frame as an SVG."""

from xml.etree import ElementTree

from opportune.wiring.demo.frame import frame
from opportune.wiring.demo.picture import picture
from tests.unit.wiring.demo.test_frame import MOMENT

SVG = "{http://www.w3.org/2000/svg}"


def test_a_picture_is_well_formed_and_holds_every_word() -> None:
    tree = ElementTree.fromstring(picture(frame(MOMENT, 100, 32), 100))
    words = " ".join("".join(each.itertext()) for each in tree.iter(f"{SVG}text"))
    for said in ("opportune", "Sat 6 Jun 2026, 12:00 UTC", "quiet hours", "users' own day", "cart_reminder"):
        assert said in words


def test_bars_are_shapes_and_no_text() -> None:
    tree = ElementTree.fromstring(picture(((("━━", "good"), (" ", "plain"), ("▄▄ █ a  b<", "dim")),), 20))
    assert [each.text for each in tree.iter(f"{SVG}text")] == ["a", "b<"]
    assert [float(each.get("height", "")) for each in tree.iter(f"{SVG}rect")][1:] == [5.0, 9.0, 18.0]


def test_it_has_colours_for_light_and_for_dark() -> None:
    drawn = picture((), 10)
    assert "prefers-color-scheme: dark" in drawn
    assert drawn.count(".t-good { fill:") == 2
