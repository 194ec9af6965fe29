"""Links are found as browsers find them, changed where they stand, and nothing else is."""

import pytest

from opportune.messages.links import Linking, linked, linked_html, linked_text, links_in, utm, with_parameters
from opportune.messages.template import Rendered

OURS = "https://mail.shop.example"
SHORT = Linking(wrap=lambda url: f"{OURS}/c/x", ours=(f"{OURS}/u/", f"{OURS}/p/"))
UTM = utm("email", "cart_reminder", "warm")


def urls(html: str) -> list[str]:
    return [link.url for link in links_in(html)]


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ('<a href="https://x.example/a?b=1&amp;c=2#d">', "https://x.example/a?b=1&c=2#d"),
        ("<A HREF='HTTPS://X.example/'>", "HTTPS://X.example/"),
        ("<a class=b href=https://x.example/a>", "https://x.example/a"),
        ("<a\n  title='a > b'\n  href = 'https://x.example/'>", "https://x.example/"),
        ('<a href="https://x.example/?a=1&copy=2&lt=3">', "https://x.example/?a=1&copy=2&lt=3"),
        ('<a href="https://x.example/?a=1&#38;b=2&#x26;c">', "https://x.example/?a=1&b=2&c"),
        ('<a href=" https://x.example/a\n b ">', "https://x.example/a%20b"),
        ('<a href="https://x.example/größe?q=ü">', "https://x.example/gr%C3%B6%C3%9Fe?q=%C3%BC"),
        ('<a href="https://x.example/%C3%BC%2Fa">', "https://x.example/%C3%BC%2Fa"),
        ('<a href="https://first.example/" href="https://second.example/">', "https://first.example/"),
        ('<a/href="https://x.example/"/>', "https://x.example/"),
        ('<a href="https://[2001:db8::1]/">', "https://[2001:db8::1]/"),
    ],
)
def test_a_link_leads_where_a_browser_would_go(written: str, url: str) -> None:
    assert urls(written) == [url]


@pytest.mark.parametrize(
    "written",
    [
        '<a href="mailto:ann@example.com">', '<a href="tel:+49301">', '<a href="#top">', '<a href="/path">',
        '<a href="//x.example/">', '<a href="javascript:x">', '<a name="https://x.example/">', "<a>", "<a href>",
        "<a href=>", '<a href="https://">', '<a href="https:///x">', '<abbr href="https://x.example/">',
        '<img src="https://x.example/">', '<link href="https://x.example/">', '<!-- <a href="https://x.example/"> -->',
        "<script>'<a href=\"https://x.example/\">'</script>", '<style>/*<a href="https://x.example/">*/</style>',
        '<title><a href="https://x.example/"></title>', '<a href="https://x.example/', '<a href="https://x.example/"',
        '<a data-track="off" href="https://x.example/?signature=1">', "1 < 2 <a", "<", "</", '</a href="https://x.y/">',
    ],
)  # fmt: skip
def test_nothing_else_is_a_link(written: str) -> None:
    assert urls(written) == []


def test_a_link_behind_what_only_looks_like_one_is_found() -> None:
    page = '<!--> <a href="https://a.example/"> <!-- x --!> <style>x</STYLE ><a href="https://b.example/"><!x><a href=\'https://c.example/\'>'
    assert urls(page) == ["https://a.example/", "https://b.example/", "https://c.example/"]


def test_only_the_address_changes() -> None:
    page = "<p Class=x>Caf\u00e9 &amp; <a  href='https://x.example/'\tid=1 >go</A></p>\r\n"
    assert linked_html(page, SHORT) == page.replace("'https://x.example/'", f'"{OURS}/c/x"')


def test_our_own_addresses_are_never_touched() -> None:
    page = f'<a href="{OURS}/u/token">stop</a> <a href="{OURS}/p/token#pace">choose</a>'
    assert linked_html(page, SHORT) == page


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://x.example", "https://x.example?"),
        ("https://x.example/", "https://x.example/?"),
        ("https://x.example/?", "https://x.example/?"),
        ("https://x.example/?a=1", "https://x.example/?a=1&"),
        ("https://x.example/?a=1&", "https://x.example/?a=1&"),
        ("https://x.example/?a=%2F%20+b&c", "https://x.example/?a=%2F%20+b&c&"),
    ],
)
def test_parameters_join_the_query_before_the_fragment(url: str, told: str) -> None:
    added = "utm_source=opportune&utm_medium=email&utm_campaign=cart_reminder&utm_content=warm"
    assert with_parameters(url, UTM) == told + added
    assert with_parameters(f"{url}#part?x", UTM) == f"{told}{added}#part?x"


def test_parameters_that_are_there_stay() -> None:
    told = with_parameters("https://x.example/?utm_source=letter&utm%5Fmedium=mine", UTM)
    assert told == "https://x.example/?utm_source=letter&utm%5Fmedium=mine&utm_campaign=cart_reminder&utm_content=warm"
    assert with_parameters("https://x.example/?a=1#b", ()) == "https://x.example/?a=1#b"


def test_values_of_parameters_are_written_for_a_query() -> None:
    assert with_parameters("https://x.example/", (("utm_content", "a b&c=ü"),)) == (
        "https://x.example/?utm_content=a%20b%26c%3D%C3%BC"
    )


@pytest.mark.parametrize(
    ("page", "before"),
    [
        ("<html><body>Hi</body></html>", "</body></html>"),
        ("<p>Hi</p></html>", "</html>"),
        ("<p>Hi</p>", ""),
        ("<body><!-- </body> --><p>Hi</p></BODY >\n", "</BODY >\n"),
    ],
)
def test_the_picture_stands_at_the_end_of_the_body(page: str, before: str) -> None:
    found = linked_html(page, Linking(pixel=f"{OURS}/o/x?a&b"))
    start = page[: len(page) - len(before)]
    assert found.startswith(f'{start}<img src="{OURS}/o/x?a&amp;b"')
    assert found.endswith(f">{before}")


def test_a_link_behind_the_end_of_the_body_is_changed_where_it_stands() -> None:
    linking = Linking(wrap=lambda url: "w", pixel="p")
    found = linked_html('<body>Hi</body><a href="https://x.example/">go</a>', linking)
    assert found.startswith('<body>Hi<img src="p"')
    assert found.endswith('></body><a href="w">go</a>')


def test_a_message_without_html_stays_without() -> None:
    assert linked(Rendered("s", "https://x.example/", ""), Linking(pixel="p", trap="t", wrap=lambda url: "w")) == (
        Rendered("s", "https://x.example/", "")
    )


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("See https://x.example/a.", "See <>."),
        ("(https://x.example/a)", "(<>)"),
        ("https://x.example/a_(b)", "<>"),
        ('<https://x.example/a>, "https://x.example/b"!', '<<>>, "<>"!'),
        ("go (https://x.example/a); go [https://x.example/b].", "go (<>); go [<>]."),
        ("http://x.example?!", "<>?!"),
        ("mailto:a@x.example ftp://x.example", "mailto:a@x.example ftp://x.example"),
        (f"{OURS}/u/token", f"{OURS}/u/token"),
    ],
)
def test_links_of_the_text_are_changed_if_asked(text: str, changed: str) -> None:
    linking = Linking(wrap=lambda url: "<>", ours=(f"{OURS}/u/",), in_text=True)
    assert linked(Rendered("", text, ""), linking).text == changed


def test_text_of_many_brackets_is_read_in_one_go() -> None:
    assert linked_text("https://x.example/" + ")" * 100_000, Linking(wrap=lambda url: "<>")) == "<>" + ")" * 100_000
