"""Tags as browsers see them, however they are written, and in time that grows with the page only."""

import pytest

from opportune.messages.markup import attributes, meant, tags


def seen(html: str) -> list[str]:
    return [("/" if tag.is_end else "") + tag.name for tag in tags(html)]


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<p>a</P ><br/>", ["p", "/p", "br"]),
        ("1 < 2 <p>", ["p"]),
        ("<!doctype html><?xml?><p></ x><p>", ["p", "p"]),
        ("<!-- <a> --><b><!--><i><!---><u><!-- --!><s>", ["b", "i", "u", "s"]),
        ("<script>'<a>'</scripts></SCRIPT><p>", ["script", "/script", "p"]),
        ("<textarea><a></textarea><title>", ["textarea", "/textarea", "title"]),
        ("<p title='<a>' x=\"<b>\"><i>", ["p", "i"]),
        ('<p title="<a>', []),
        ("<p title=a'b>c<i>", ["p", "i"]),
        ("<p =x='a'><i>", ["p", "i"]),
        ("<x-card\n/data-a/><i", ["x-card"]),
    ],
)
def test_what_browsers_take_for_a_tag_is_one(html: str, names: list[str]) -> None:
    assert seen(html) == names


def test_of_an_attribute_the_first_counts_and_its_place_is_known() -> None:
    html = "<a A = 'x&amp;y' b c=d/ a=z>"
    [tag] = tags(html)
    found = attributes(html, tag)
    assert {name: each.text for name, each in found.items()} == {"a": "x&y", "b": "", "c": "d/"}
    assert html[found["a"].start : found["a"].end] == "'x&amp;y'"
    assert html[found["c"].start : found["c"].end] == "d/"
    assert found["b"].start == found["b"].end


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("a&amp;b&ampc&#38;&#x26;", "a&b&ampc&&"),
        ("?a=1&copy=2&copy;&copy", "?a=1&copy=2\u00a9\u00a9"),
        ("&nosuch;&nosuch", "&nosuch;&nosuch"),
    ],
)
def test_references_mean_in_attributes_what_they_mean_to_browsers(written: str, value: str) -> None:
    assert meant(written) == value


@pytest.mark.parametrize(
    "piece", ["<a ", "<a x=", "a", " a=b", "=", '"', "<", "<!--", "</", "<style>", "&", "/", "a ="]
)
def test_no_page_takes_long_to_read(piece: str) -> None:
    """Would run for hours if reading took back what it had read."""
    for begun in ("<a ", '<a href="', ""):
        html = begun + piece * 20_000
        assert sum(1 for tag in tags(html) for _ in attributes(html, tag)) <= len(html)
