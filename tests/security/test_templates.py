"""Strangers' data in templates: it stays text, its addresses run nothing, and a template reaches nothing but it."""

from html.parser import HTMLParser
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.errors import PlaybookError
from opportune.messages import filters
from opportune.messages.harmless import harmless, unsafe_places
from opportune.messages.template import Rendered, Template, checked, render
from opportune.playbook.reading import findings

EVIL = "<script>alert(1)</script>\"' onload=1 {{ user }} {% if a %} &lt;b&gt; <img src=x onerror=alert(1)>"
VALUES = {"x": EVIL, "y": [EVIL, EVIL], "m": [{"k": EVIL}, {"k": "a"}], "user": "u", "hint": "fine"}
GIVEN = {
    "append": ["x", "'a'"], "prepend": ["x"], "replace": ["'s', x", "x, 'b'", "'t', ''"], "remove": ["'t'"],
    "join": ["x", "', '"], "split": ["''", "'t'"], "truncate": ["20, x"], "truncatewords": ["2, x"],
    "slice": ["0, 30"], "default": ["x"], "concat": ["y"], "map": ["'k'"], "where": ["'k', x"], "date": ["'%Y'"],
    "plus": ["1"],
}  # fmt: skip
NAMES = sorted({*filters._PLAIN, *filters._WITH_ENVIRONMENT, "date"})
CALLS = [f"{name}: {given}" if given else name for name in NAMES for given in GIVEN.get(name, [""])]
SHAPES = (
    "{{{{ {0} }}}}",
    "{{% assign z = {0} %}}{{{{ z | append: x }}}}{{% for i in z %}}{{{{ i }}}}{{% endfor %}}",
    "{{% capture c %}}{{{{ {0} }}}}{{% endcapture %}}{{{{ c }}}}{{{{ x | prepend: c }}}}",
)


class Page(HTMLParser):
    """What a browser would see: tags and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def page(html: str, **values: object) -> Rendered:
    return render(Template(text="t", html=html), values or VALUES, 0)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("source", ["x", "y", "m"])
def test_no_filter_and_no_two_of_them_let_data_become_markup(call: str, source: str) -> None:
    for after, shape in product(("", "append: x", "upcase", "join: x", "newline_to_br", "escape"), SHAPES):
        said = shape.format(f"{source} | {call} | {after}" if after else f"{source} | {call}")
        try:
            html = page(f'<p title="{said}">{said}</p>').html
        except PlaybookError:
            continue
        tags = Page(html).tags
        assert [tag for tag, _ in tags if tag != "br"] == ["p"] and list(tags[0][1]) == ["title"], said


@given(st.text(max_size=80))
def test_a_value_is_read_back_as_it_was_said_and_nothing_else_is_there(text: str) -> None:
    html = page('<p title="{{ x }}">b</p>', x=f"a{text}").html
    assert [(tag, list(stated)) for tag, stated in Page(html).tags] == [("p", ["title"])]


# Addresses

RUNS = st.sampled_from(["javascript", "JavaScript", "vbscript", "data"])
GAPS = st.lists(st.sampled_from(["", "\t", "\n", "\n\t"]), min_size=12, max_size=12)
PLACES = (
    '<a href="{{ u }}">x</a>', "<a href='{{ u }}'>x</a>", '<iframe src="{{ u }}"></iframe>',
    '<form action="{{ u }}"><button formaction="{{ u }}">x</button></form>', '<object data="{{ u }}"></object>',
    '<svg><a xlink:href="{{ u }}">x</a></svg>', '<a title="a > b" href = "{{ u }}">x</a>', "<a href={{ u }}>x</a>",
)  # fmt: skip


@given(RUNS, GAPS, st.sampled_from(["", " ", "  "]), st.sampled_from(PLACES))
def test_no_address_out_of_data_runs_as_code(scheme: str, gaps: list[str], before: str, place: str) -> None:
    """Browsers drop line ends and tabs inside an address and blanks before it (URL standard, 4.4)."""
    written = "".join(letter + gap for letter, gap in zip(scheme, gaps, strict=False))
    if "={{" in place:
        written, before = scheme, ""
    html = page(place, u=f"{before}{written}:alert(document.domain)").html
    for _, stated in Page(html).tags:
        for name in ("href", "src", "action", "formaction", "data", "xlink:href"):
            read = stated.get(name, "").strip().replace("\t", "").replace("\n", "").lower()
            assert not read.startswith(("javascript:", "vbscript:", "data:")), html


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://shop.example/?q=javascript:1">javascript: is a word</a>',
        '<img src="data:image/png;base64,AAAA">',
        '<a href="mailto:ann@shop.example" title="data: fine">x</a>',
        '<p style="background:red">data: 5, script: 7, metadata:</p>',
        '<a href="/metadata:x">x</a>',
    ],
)
def test_what_runs_nothing_stays_as_it_is(html: str) -> None:
    assert harmless(html) == html


# Places where escaping does not help


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<a href=\"{{ x }}\" title='{{ x }}'>{{ x }}</a>", []),
        ('<td {% if x %}class="b"{% endif %}>{{ x }}</td>', []),
        ("<p>\n<a href={{ x }}>", [1]),
        ("<a href=https://shop.example/{{ x }}>", [0]),
        ("<p {{ x }}>", [0]),
        ("<{{ x }}>", [0]),
        ("</{{ x }}>", [0]),
        ("<h{{ x }}>", [0]),
        ("<p\n\n{{ x }}='a'>", [0]),
        ("<p>{{ x\n}}\n<script>var a = '{{ x }}'</script>", [2]),
        ("<style>p {color: {{ x }}}</style>", [0]),
        ("<p onclick=\"f('{{ x }}')\">", [0]),
        ('<iframe srcdoc="{{ x }}">', [0]),
        ("<script>var a = 1</script><p>{{ x }}</p>", []),
        ("<!-- {{ x }} -->", []),
    ],
)
def test_values_are_found_where_escaping_does_not_help(html: str, lines: list[int]) -> None:
    assert [line for line, _ in unsafe_places(html)] == lines


def test_check_warns_of_them_with_their_line() -> None:
    files = {
        "opportune.yaml": "zone: UTC\nconsent: {in_app: always}\n",
        "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: note\n",
        "messages/note.yaml": "message: note\ntopic: cart\nchannels: [in_app]\n",
        "messages/note.liquid": "subject: Cart\n---\nWords.\n--- html\n<p>\n<a href={{ url | default: '/' }}>x</a>\n",
    }
    found = [each for each in findings(files) if each.level == "warning"]
    assert [(each.place, each.text[:40]) for each in found] == [
        ("messages/note.liquid:6", "a value without quotation marks can begi")
    ]


# What a template reaches

CLOSED = (
    "{% include 'opportune.yaml' %}", "{% render '/etc/passwd' %}", "{% layout 'a' %}", "{% extends 'a' %}",
    "{% raw %}{{ x }}{% endraw %}", "{% macro a %}{% endmacro %}", "{% import 'os' %}",
    "{% tablerow i in y %}{% endtablerow %}",
    "{% cycle 'a', 'b' %}", "{% increment a %}", "{% liquid echo x %}", "{{ x | base64_decode }}", "{{ x | json }}",
    "{{ x | safe }}", "{{ x | url_decode }}", "{{ x | raw }}", "{{ x | eval }}", "{{ x | file }}",
)  # fmt: skip


@pytest.mark.parametrize("text", CLOSED)
def test_a_template_reads_no_files_and_has_no_tags_or_filters_but_the_listed(text: str) -> None:
    try:
        checked(Template(text=text))
    except PlaybookError:
        return
    assert render(Template(text=text), VALUES, 0).text == "{{ x }}"  # raw says what stands in it


def outcome(path: str, name: str) -> str:
    """What comes of asking for this name, in words that do not hold it."""
    text = "{% for i in y %}[{{ " + path.replace("NAME", name) + " }}]{% endfor %}"
    try:
        return render(Template(text=text), VALUES | {"hint": name}, 0).text.replace(name, "NAME")
    except PlaybookError as refusal:
        return str(refusal).replace(name, "NAME")


@pytest.mark.parametrize("name", ["__class__", "__init__", "__dict__", "__globals__", "_environment", "env", "upper"])
@pytest.mark.parametrize("root", ["x", "y", "m", "now", "today", "user", "m[0]", "forloop", "x.size"])
def test_a_template_sees_values_and_nothing_of_what_carries_them(root: str, name: str) -> None:
    for path in (
        f"{root}.NAME",
        f"{root}['NAME']",
        f"{root}[hint]",
        f"{root} | map: 'NAME'",
        f"{root} | where: 'NAME'",
    ):
        assert outcome(path, name) == outcome(path, "nothing_such"), path


def test_data_that_looks_like_a_template_is_not_run() -> None:
    said = render(Template(text="{{ x }}"), {"x": "{{ user }}{% for i in (1..9) %}a{% endfor %}", "user": "u"}, 0).text
    assert said == "{{ user }}{% for i in (1..9) %}a{% endfor %}"
