"""However a page is written: only addresses change, and each leads on to where it led before."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from opportune.adapters.sources.trail import Tracking, Trail
from opportune.messages.links import Linking, linked_html, links_in, utm, with_parameters
from opportune.sending.attempt import Attempt

TRAIL = Trail("https://mail.example/", b"s" * 32, Tracking(opens=True, clicks=True, utm=True, trap=True))
ATTEMPT = Attempt("0af1" * 8, "ann", "sale", "warm", "email", "news", "ann@x.example", 1, 2, "p", {})
UTM = utm("email", "sale", "warm")

inner = st.text(st.sampled_from("ab&;=?#%20+é<> '\"()/.-~\n\t"), max_size=12)
urls = st.builds(
    "{}{}{}".format, st.sampled_from(["https://", "HTTP://"]), st.sampled_from(["x.example/", "é.example"]), inner
)
addresses = st.one_of(urls, st.sampled_from(["mailto:a@b.example", "#top", "/x", "https://mail.example/u/abc", ""]))
quoted = st.builds(
    lambda url, sign: sign + url.replace("&", "&amp;").replace(sign, f"&#{ord(sign)};") + sign,
    addresses,
    st.sampled_from("\"'"),
)
anchors = st.builds(
    "<{}{}href{}{}{}>go</a>".format,
    st.sampled_from(["a", "A"]),
    st.sampled_from([" ", "\n", " class='b > c' ", " data-x "]),
    st.sampled_from(["=", " = ", "=\n"]),
    quoted,
    st.sampled_from(["", " ", " target=_blank", "/"]),
)
other = st.one_of(
    st.text(st.sampled_from("ab <>&/!-='\"\n"), max_size=20),
    st.sampled_from(
        ["<!-- ", "-->", "<script>", "</script>", "<style>", "</style>", "</body>", "<body>", "<p title='x'>", "<!x>"]
    ),
)
pages = st.lists(st.one_of(anchors, other), max_size=8).map("".join)


def cut_out(html: str) -> str:
    """The page with nothing where its web links are written."""
    parts, done = [], 0
    for link in links_in(html):
        parts.append(html[done : link.start])
        done = link.end
    return "".join([*parts, html[done:]])


@given(pages)
@example('<a href="https://x.example/?a=1&amp;b=2#c">x</a></body>')
def test_nothing_but_addresses_changes_in_any_page(html: str) -> None:
    linking = Linking(parameters=UTM, wrap=lambda url: TRAIL.click(ATTEMPT.decision, url))
    assert cut_out(linked_html(html, linking)) == cut_out(html)
    assert linked_html(html, Linking()) == html


@given(pages)
def test_each_link_leads_through_us_to_where_it_led_and_says_whence(html: str) -> None:
    linking = TRAIL.linking(ATTEMPT)
    after = [link.url for link in links_in(linked_html(html, linking))]
    reached = []
    for url in after:
        mark = TRAIL.read(url.removeprefix("https://mail.example/c/"))
        reached.append(url if mark is None else mark.url)
    before = [link.url for link in links_in(html)]
    wanted = [url if url.startswith(linking.ours) else with_parameters(url, UTM) for url in before]
    assert [each for each in reached if each] == wanted


@given(pages)
def test_the_same_message_is_the_same_bytes_every_time(html: str) -> None:
    again = Trail("https://mail.example", b"s" * 32, Tracking(opens=True, clicks=True, utm=True, trap=True))
    assert linked_html(html, TRAIL.linking(ATTEMPT)) == linked_html(html, again.linking(ATTEMPT))


@given(urls.filter(lambda url: "\n" not in url and "\t" not in url), st.booleans())
def test_parameters_leave_all_the_rest_of_an_address(url: str, twice: bool) -> None:
    told = with_parameters(with_parameters(url, UTM) if twice else url, UTM)
    before, after = urlsplit(url), urlsplit(told)
    assert (after.scheme, after.netloc, after.path, after.fragment) == before[:3] + (before.fragment,)
    assert [each for each in parse_qsl(after.query, keep_blank_values=True) if each not in UTM] == (
        parse_qsl(before.query.removesuffix("&"), keep_blank_values=True)
    )


class Reader(HTMLParser):
    """The links that the standard library's parser finds in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        url = dict(reversed(attrs)).get("href") or ""
        if tag == "a" and url.strip().lower().startswith(("http://x", "https://x")):
            self.found.append(url)


@given(
    st.lists(st.one_of(anchors, st.sampled_from(["<p>", "text", "<!-- <a> -->", "</body>"])), max_size=6).map("".join)
)
def test_the_parser_of_the_standard_library_finds_as_many_links(html: str) -> None:
    ours = [link.url for link in links_in(html) if link.url.lower().startswith(("http://x", "https://x"))]
    assert len(ours) == len(Reader(html).found)
