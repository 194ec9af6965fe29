"""No text of others becomes an element."""

from xml.etree import ElementTree as etree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.console.markup import element, joined, number, text


@given(st.text(), st.text())
def test_a_text_and_an_attribute_come_back_as_they_are_read(said: str, value: str) -> None:
    root = etree.fromstring(element("p", text(said), data_name=value))
    assert list(root) == []
    assert root.attrib.keys() == {"data-name"}
    unfit = [sign for sign in said if not sign.isprintable() and sign not in "\t\n\r"]
    assert len("".join(root.itertext())) == len(said)
    if not unfit and "\r" not in said and "\ufffd" not in said:
        assert "".join(root.itertext()) == said


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\u202e", "\ud800", "\uffff"])
def test_a_sign_that_no_page_can_show_becomes_the_sign_for_that(sign: str) -> None:
    assert text(f"a{sign}b") == "a\ufffdb"


def test_what_is_empty_is_closed_as_html_wants_it() -> None:
    assert element("meta", charset="utf-8") == '<meta charset="utf-8"/>'
    assert element("td") == "<td></td>"


def test_what_is_none_is_left_out() -> None:
    assert element("p", text("a"), class_=None, id="b") == '<p id="b">a</p>'


def test_parts_stand_one_after_the_other() -> None:
    assert joined(text("<"), element("b", text("c"))) == "&lt;<b>c</b>"


@pytest.mark.parametrize(("value", "said"), [(3.0, "3"), (-0.01, "0"), (2.25, "2.2"), (10.0, "10")])
def test_a_place_has_at_most_one_decimal(value: float, said: str) -> None:
    assert number(value) == said
