"""What templates may say, and that strangers' data in them stays data."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.errors import PlaybookError
from opportune.messages.template import (
    MOST_PART,
    MOST_SUBJECT,
    Template,
    checked,
    names_needed,
    names_read,
    needed,
    render,
    template_of,
    variables,
)

NOON = 1_772_366_400_000  # 2026-03-01T12:00Z
SHARED = Path(os.environ.get("OPPORTUNE_SHARED") or Path(__file__).resolve().parents[4] / "shared")
FILE = """subject: Hello {{ first_name | default: "there" }}
---
Your cart is waiting.
--- html
<p>Hello {{ first_name | default: "there" }}</p>
"""


def words(text: str, **values: object) -> str:
    return render(Template(text), values, NOON).text


def refusal(text: str, **values: object) -> str:
    with pytest.raises(PlaybookError) as refused:
        render(template_of(text, "messages/cart.liquid"), values, NOON)
    return str(refused.value)


def test_a_file_has_a_subject_a_text_and_html() -> None:
    rendered = render(template_of(FILE), {"first_name": "Ann"}, NOON)
    assert rendered.subject == "Hello Ann"
    assert rendered.text == "Your cart is waiting."
    assert rendered.html == "<p>Hello Ann</p>"


def test_a_file_without_a_front_block_is_all_text() -> None:
    assert template_of("Your parcel is here.").text == "Your parcel is here."


@pytest.mark.parametrize("source", ["", "\n\n", "subject: Hi\n---\n"])
def test_a_template_without_words_is_refused(source: str) -> None:
    with pytest.raises(PlaybookError, match=r"^cart\.liquid:1: a template needs words"):
        template_of(source, "cart.liquid")


@pytest.mark.parametrize("front", ["subjct: Hi", "subject:", "subject: a\nsubject: b", "Hello"])
def test_above_the_rule_stands_one_subject(front: str) -> None:
    with pytest.raises(PlaybookError, match="stands one 'subject"):
        template_of(f"{front}\n---\nWords", "cart.liquid")


@pytest.mark.parametrize("value", [None, "", "   ", "\n", [], {}])
def test_a_name_without_a_value_never_renders_blank(value: object) -> None:
    text = refusal("Hi\n\n{{ first_name }}", first_name=value)
    assert text.startswith("messages/cart.liquid:3: 'first_name' has no value; write {{ first_name | default: '...' }}")
    assert words("Hi {{ first_name | default: 'there' }}", first_name=value) == "Hi there"
    assert words("Hi{% if first_name %} {{ first_name }}{% endif %}!", first_name=value) == "Hi!"


def test_a_missing_segment_is_named_whole() -> None:
    assert "'cart.total' has no value" in refusal("{{ cart.total }}", cart={"id": 1})


def test_dotted_names_read_flattened_and_nested_values() -> None:
    assert words("{{ cart.total }}", **{"cart.total": 3}) == "3"
    assert words("{{ cart.total }}", cart={"total": 3}) == "3"


def test_an_error_names_the_line_of_the_file_in_every_part() -> None:
    assert refusal("subject: {{ a }}\n---\nx").startswith("messages/cart.liquid:1: ")
    assert refusal("subject: x\n---\n\ny\n{{ a }}").startswith("messages/cart.liquid:5: ")
    assert refusal("subject: x\n---\nx\n--- html\n<p>\n{{ a }}").startswith("messages/cart.liquid:6: ")


def test_a_name_that_is_not_closed_is_told_so_where_it_begins() -> None:
    said = refusal("x\n{{ a times. See https://shop.example/b\n{{ unsubscribe_url }}")
    assert said.endswith(":2: {{ has no end before the next one begins; close it with }}")
    assert refusal("{% if a }x{% endif %}").endswith(":1: {% has no end before the next one begins; close it with %}")


def test_what_stands_in_a_comment_may_begin_and_not_end() -> None:
    assert render(Template("x{% # {{ a }} %}"), {}, NOON).text == "x"


def test_html_is_escaped_without_being_asked_and_text_is_not() -> None:
    rendered = render(Template("{{ a }}", html='<b title="{{ a }}">{{ a }}</b>'), {"a": "<i>\"'&"}, NOON)
    assert rendered.text == "<i>\"'&"
    assert rendered.html == '<b title="&lt;i&gt;&#34;&#39;&amp;">&lt;i&gt;&#34;&#39;&amp;</b>'


def test_there_is_no_way_round_the_escaping() -> None:
    assert "there is no filter 'safe'; there are abs, " in refusal("x\n--- html\n{{ a | safe }}", a="<b>")
    assert "there is no filter 'defualt'; did you mean 'default'?" in refusal("{{ a | defualt: 'x' }}")


@given(st.text())
def test_a_subject_is_one_short_line_whatever_is_put_into_it(name: str) -> None:
    subject = render(Template("x", subject="Hi {{ name | default: 'you' }}"), {"name": name}, NOON).subject
    assert len(subject) <= MOST_SUBJECT
    assert len(subject.splitlines()) == 1
    assert "\r" not in subject and "\n" not in subject


def test_a_header_cannot_be_smuggled_into_a_subject() -> None:
    rendered = render(Template("x", subject="Hi {{ name }}"), {"name": "Ann\r\nBcc: all@example.com"}, NOON)
    assert rendered.subject == "Hi Ann Bcc: all@example.com"


def test_clocks_in_a_template_show_the_instant_of_the_decision() -> None:
    text = "{{ 'now' | date: '%Y-%m-%d %H:%M' }} {{ now | date: '%H' }} {{ today | date: '%d' }} {{ 'today' | date }}"
    assert words(text) == "2026-03-01 12:00 12 01 2026-03-01"


def test_clocks_in_a_template_are_the_users_own() -> None:
    assert words("{{ 'now' | date: '%H:%M' }}", timezone="America/New_York") == "07:00"
    assert words("{{ 'now' | date: '%H:%M' }}", timezone="Mars/Olympus") == "12:00"


def test_dates_are_read_from_iso_text_and_seconds() -> None:
    assert words("{{ a | date: '%d.%m.%Y' }}", a="2026-03-09") == "09.03.2026"
    assert words("{{ a | date: '%d.%m.%Y' }}", a=0) == "01.01.1970"
    assert words("{{ a | date: '%Y' }}", a="86400") == "1970"
    assert "date cannot take 'soon'" in refusal("{{ a | date: '%Y' }}", a="soon")
    assert "date cannot take True" in refusal("{{ a | date: '%Y' }}", a=True)
    assert "has no value" in refusal("{{ a | date: '%Y' }}")
    assert "the form is made of" in refusal("{{ 'now' | date: '%100000000d' }}")


def test_prices_are_written_with_fixed_digits() -> None:
    assert words("{{ a | fixed: 2 }} {{ b | fixed: 2 }}", a=79.9, b=80.0) == "79.90 80.00"
    assert "fixed cannot take 'x'" in refusal("{{ a | fixed }}", a="x")
    assert "has no value" in refusal("{{ a | fixed }}")


def test_whole_numbers_are_written_without_a_point() -> None:
    assert words("{{ a }}", a=80.0) == "80"


def test_sizes_are_of_lists_and_texts_only() -> None:
    assert words("{{ a | size }} {{ b | size }}", a=[1, 2], b="abc") == "2 3"
    assert "it has no size" in refusal("{{ a | size }}", a=3)
    assert "has no value" in refusal("{{ a | size }}")


def test_a_text_is_made_from_html_that_stands_alone() -> None:
    html = "<style>p {}</style><p>Hello &amp; <b>welcome</b></p><p><a href='https://a.example'>Look</a><br>here</p>"
    rendered = render(Template("", html=html), {}, NOON)
    assert rendered.text == "Hello & welcome\nLook (https://a.example)\nhere"


@pytest.mark.parametrize(
    "mark", ["<![if !mso]>", "<![C&>", "<![CDATA[x]]>", "<![endif]>", "<![>", "<!>", "<!x>", "<?x>"]
)
def test_marks_that_are_no_tags_are_no_words_of_a_text(mark: str) -> None:
    assert render(Template("", html=f"<p>Hello</p>{mark}<p>you</p>"), {}, NOON).text == "Hello\nyou"
    render(Template("", html=f"<p>Hello</p>{mark[:-1]}"), {}, NOON)


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in (1..100000) %}a{% endfor %}",
        "{% for i in (1..1000) %}{% for j in (1..1000) %}{% endfor %}{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}{% for i in (1..50) %}{% assign x = x | append: x %}{% endfor %}",
        "{{ (1..100000000000) | join: 'a' }}",
        "{% assign x = 9 %}{% for i in (1..50) %}{% assign x = x | times: x %}{% endfor %}",
        "{{ big | replace: 'a', big }}",
        "{{ big | replace: '', big }}",
        "{% for i in (1..200) %}{{ big }}{% endfor %}",
        "{{ " + "a[" * 400 + "b" + "]" * 400 + " }}",
        "{% if " + " and ".join(["a"] * 400) + " %}{% endif %}",
        "{{ '" + "a" * 3_000 + "' }}",
        "{% if a %}" * 200 + "{% endif %}" * 200,
    ],
    ids=lambda text: text[:30],
)
def test_what_would_grow_without_end_is_refused(text: str) -> None:
    assert refusal(text, big="a" * 1_000, a={}, b=1).startswith("messages/cart.liquid:1: ")


def test_a_part_that_is_too_large_is_refused_with_its_size() -> None:
    with pytest.raises(PlaybookError, match="the html has at most 100,000 characters, not 5,000,000"):
        checked(Template("x", html="a" * 5_000_000, file="a.liquid"))


def test_a_part_may_be_as_large_as_said() -> None:
    assert len(words("a" * MOST_PART)) == MOST_PART


@pytest.mark.parametrize("tag", ["include '/etc/passwd'", "render 'x'", "import 'os'", "extends x", "tablerow i in a"])
def test_nothing_outside_the_given_values_can_be_read(tag: str) -> None:
    assert "unexpected tag" in refusal("{% " + tag + " %}")


@pytest.mark.parametrize("name", ["config", "self", "request", "user.db_password", "a.__class__", "a.upper"])
def test_only_given_values_are_in_scope(name: str) -> None:
    assert "has no value" in refusal("{{ " + name + " }}", a="x", user="u1")


@pytest.mark.parametrize(
    "text", ["{% if %}", "{% if a %}", "{{ a", "{{ 'a'*3 }}", "{{ a | nope }}", "{{ ((((a }}", "{% set x = 1 %}"]
)
def test_broken_text_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(PlaybookError, match=r"^a\.liquid:2: "):
        checked(Template(f"one\n{text}", file="a.liquid"))


def test_a_value_is_cut_where_a_letter_ends() -> None:
    family = "👩‍👩‍👧"
    assert words("{{ a }}", a="x" * 998 + family) == "x" * 998 + "…"
    assert words("{{ a }}", a="x" * 998 + "e\u0301\u0301x") == "x" * 998 + "…"
    assert words("{{ a }}", a="y" * 50_000) == "y" * 999 + "…"


def test_marks_that_turn_the_text_around_are_left_out() -> None:
    assert words("{{ a }}", a="\u202eevil\u2066\x00\x1b") == "evil"


def test_what_is_no_plain_value_is_no_value() -> None:
    assert "has no value" in refusal("{{ a }}", a=object())


def test_lists_and_mappings_can_be_walked() -> None:
    items = [{"name": "Fern", "price": 5.0}, {"name": "Moss"}, None]
    text = "{% for item in items %}{{ item.name }}{% unless forloop.last %}, {% endunless %}{% endfor %}"
    assert words(text, items=items) == "Fern, Moss"


def test_the_names_a_text_reads_are_known_without_rendering() -> None:
    text = (
        "{{ a }}{{ b | default: c }}{% if d %}{{ d }}{{ e }}{% endif %}{% assign f = g.h %}{{ f }}{{ now }}{{ i[0].j }}"
    )
    assert variables(text) == {"a", "b", "c", "d", "e", "g.h", "i"}
    assert needed(text) == {"a", "c", "e", "g.h", "i"}


@pytest.mark.parametrize(
    ("condition", "is_enough"),
    [
        ("a", True), ("a and b", True), ("a or b", False), ("a == 'x'", True), ("a != nil", True), ("a != 'x'", False),
        ("a != blank", False), ("a == blank", False), ("a > 3", True), ("a contains 'x'", True), ("b", False),
    ],
)  # fmt: skip
def test_an_if_looks_after_a_name_where_it_proves_a_value(condition: str, is_enough: bool) -> None:
    text = "{% if " + condition + " %}{{ a }}{% endif %}"
    assert ("a" not in needed(text)) == is_enough


def test_a_name_outside_its_if_is_still_needed() -> None:
    assert needed("{% if a %}{% elsif b %}{{ b }}{% else %}{{ a }}{{ b }}{% endif %}") == {"a", "b"}
    assert needed("{% unless a %}{{ a }}{% endunless %}") == {"a"}
    assert needed("{% case a %}{% when 'x' %}{{ b }}{% else %}{{ c | default: 'c' }}{% endcase %}") == {"b"}
    assert needed("{% for x in a %}{{ x }}{{ forloop.index }}{% endfor %}{{ x }}") == {"a", "x"}


def test_what_is_needed_stands_on_a_line_of_the_file() -> None:
    template = template_of("subject: Hi\n---\nOne\n{{ a }}\n--- html\n<p>\n{{ b }}", "x.liquid")
    assert names_needed(template) == {"a": 4, "b": 7}
    assert names_read(template) == {"a", "b"}


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c.d"]), st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    )
)
def test_text_that_needs_no_name_renders_for_every_user(values: dict[str, object]) -> None:
    text = "{{ a | default: 'x' }} {% if b %}{{ b }}{% endif %} {% if c.d %}{{ c.d }}{% endif %}"
    assert needed(text) == frozenset()
    assert render(Template(text), values, NOON).text


def _shared_rows() -> list[dict[str, str]]:
    path = SHARED / "bad_inputs.jsonl"
    if not path.is_file():
        pytest.skip("needs shared_data: OPPORTUNE_SHARED names no folder with bad_inputs.jsonl in it")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_templates_known_to_be_bad_are_refused_whatever_the_values() -> None:
    rows = {row["id"]: row["input"] for row in _shared_rows()}
    bad = [f"template-{number:03}" for number in (3, 4, 5, 7, 9, 10, 16, 17, 18, 24)]
    for name in bad:
        for line in rows[name].split(" / "):
            with pytest.raises(PlaybookError):
                render(Template(line), {"u": "x", "cart": "a text"}, NOON)


def test_a_name_that_is_a_value_and_a_folder_of_values_keeps_the_value() -> None:
    assert words("{{ cart }}", **{"cart": 1, "cart.total": 2}) == "1"


def test_numbers_that_are_none_are_no_values() -> None:
    assert words("{{ a | default: 'x' }}{{ b | default: 'y' }}", a=float("nan"), b=float("inf")) == "xy"


def test_a_flag_is_not_cut_in_half() -> None:
    assert words("{{ a }}", a="x" * 998 + "\U0001f1e9\U0001f1ea!") == "x" * 998 + "…"


def test_a_date_must_be_one_value() -> None:
    assert "date cannot take a list: it is no date" in refusal("{{ a | date }}", a=[1])


@pytest.mark.parametrize("seconds", [10**12, 10**18, -(10**18), 10**300, 1e300, "9" * 30])
def test_seconds_that_no_calendar_holds_are_no_date(seconds: object) -> None:
    assert "messages/cart.liquid:1: date cannot take" in refusal("{{ a | date }}", a=seconds)


def test_an_error_shows_only_the_beginning_of_a_long_value() -> None:
    assert "..." in refusal("{{ a | fixed }}", a="x" * 100)


def test_a_front_block_may_have_blank_lines() -> None:
    assert template_of("\nsubject: Hi\n\n---\nWords").subject == "Hi"


def test_a_comparison_with_a_mere_word_proves_nothing() -> None:
    assert needed("{% if 'x' == 'x' and true %}{{ a }}{% endif %}") == {"a"}


def test_clocks_need_no_fallback() -> None:
    assert names_needed(Template("{{ now }} {{ today }}")) == {}


@pytest.mark.parametrize(("begin", "end"), [("{{", "}}"), ("{%", "%}")])
def test_many_beginnings_without_an_end_are_refused_before_they_are_read(begin: str, end: str) -> None:
    source = f"a\n{begin if begin == '{{' else '{% #'} b {end}\n" + f"{begin} " * 30_000
    with pytest.raises(PlaybookError, match=f":3: {begin} has no end, here and 20 more times; close it with {end}"):
        checked(template_of(source, "messages/cart.liquid"))


@pytest.mark.parametrize(
    "work",
    ["b | upcase | downcase | size", "l | sort | reverse | uniq | sort | reverse | size", "b | squish | strip | size"],
)
def test_filters_go_through_only_so_much_together(work: str) -> None:
    grow = "{% assign b = a %}" + "{% assign b = b | append: b %}" * 6
    loop = "{% for i in (1..2000) %}{% assign d = WORK %}{% endfor %}".replace("WORK", work)
    said = refusal(f"{grow}\n{loop}", a="x " * 500, l=list(range(200)))
    assert said.startswith("messages/cart.liquid:2: ") and "comes after filters that went through too much" in said
    assert words(grow + loop.replace("2000", "2") + "ok", a="x " * 500, l=list(range(200))) == "ok"
