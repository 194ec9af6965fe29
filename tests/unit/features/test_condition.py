"""What conditions mean: three-valued logic, names, instants, edges of numbers, and code that stays data."""

import subprocess
import sys
from itertools import product

import msgspec
import pytest

from opportune.features.clock import CLOCK
from opportune.features.condition import (
    Expression,
    Kind,
    Reads,
    Scope,
    compile_condition,
    compile_falsehood,
    compile_value,
    condition,
    explain,
    expression,
    interpret,
    number,
    reads,
    sql_of,
)
from opportune.features.expression import Compare, Constant, Read
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Reader
from opportune.units import HOUR, Instant, Scalar, Value

THREE = (True, False, None)


def profile_of(traits: dict[str, list[Stated]] | None = None, lasts: dict[str, list[Instant]] | None = None) -> Profile:
    return Profile(traits=traits or {}, series={}, sessions=[], lasts=lasts or {})


def scope_of(**properties: object) -> Scope:
    return Scope(profile=profile_of(), at=1_000, properties=properties)


def both(text: str, scope: Scope, features: dict[str, Scalar] | None = None) -> Scalar:
    """The value that generated code and interpreter agree on."""
    known = features or {}
    kinds: dict[str, Kind] = {name: "boolean" if isinstance(v, bool) else "number" for name, v in known.items()}
    readers = {name: (lambda scope, value=value: value) for name, value in known.items()}
    read = expression(text, features=kinds, allows_event=True)
    plain, generated = interpret(read, scope, readers), compile_value(read, readers)(scope)
    assert repr(plain) == repr(generated)
    if read.kind == "boolean":
        assert compile_condition(read, readers)(scope) is (plain is True)
        assert compile_falsehood(read, readers)(scope) is (plain is False)
    return plain


def and_of(*values: bool | None) -> bool | None:
    return False if False in values else None if None in values else True


def or_of(*values: bool | None) -> bool | None:
    return True if True in values else None if None in values else False


def not_of(value: bool | None) -> bool | None:
    return None if value is None else not value


@pytest.mark.parametrize(("a", "b", "c"), list(product(THREE, repeat=3)))
def test_and_or_and_not_follow_three_valued_logic(a: bool | None, b: bool | None, c: bool | None) -> None:
    scope = scope_of(a=a, b=b, c=c)
    assert both("a AND b", scope) is and_of(a, b)
    assert both("a OR b", scope) is or_of(a, b)
    assert both("NOT a", scope) is not_of(a)
    assert both("a AND b AND c", scope) is and_of(a, b, c)
    assert both("a OR b AND NOT c", scope) is or_of(a, and_of(b, not_of(c)))
    assert both("NOT (a OR b) AND c", scope) is and_of(not_of(or_of(a, b)), c)
    assert both("(a = b) = (b = TRUE) OR c", scope) is or_of(
        None if a is None or b is None else (a == b) == b,
        c,
    )
    assert both("a AND b IS NULL", scope) is and_of(a, b is None)
    assert both("(a AND b) IS NULL", scope) is (and_of(a, b) is None)
    assert both("CASE WHEN a THEN b ELSE c END", scope) is (b if a is True else c)
    assert both("coalesce(a, b, c)", scope) is next((x for x in (a, b, c) if x is not None), None)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("NOT a = b", "NOT a = b"),
        ("NOT (a = b) AND c", "NOT a = b AND c"),
        ("a OR b AND c", "a OR (b AND c)"),
        ("(a OR b) AND c", "(a OR b) AND c"),
        ("x + y * 2 > 3", "(x + (y * 2)) > 3"),
        ("x - y - 1 > 0", "((x - y) - 1) > 0"),
        ("x / y / 2 > 0", "((x / y) / 2) > 0"),
        ("-x * y > 0", "(-(x) * y) > 0"),
        ("x BETWEEN 1 AND 2 AND c", "x BETWEEN 1 AND 2 AND c"),
        ("x NOT IN (1, -2)", "NOT x IN (1, -2)"),
        ("NOT x IS NULL", "x IS NOT NULL"),
        ("x = 1 = c", "(x = 1) = c"),
    ],
)
def test_operators_bind_as_sql_binds_them(text: str, meaning: str) -> None:
    kinds: dict[str, Kind] = {"a": "boolean", "b": "boolean", "c": "boolean"}
    read = condition(text, features=kinds)
    assert sql_of(read.node).replace("features.", "") == meaning
    assert condition(sql_of(read.node), features=kinds).node == read.node


def test_a_bare_name_is_a_feature_then_a_property_then_a_trait() -> None:
    traits = {name: [Stated(0, 1, 3)] for name in ("value", "other", "none")}
    scope = Scope(profile=profile_of(traits), at=10, properties={"value": 2, "other": 2, "none": None})
    assert both("value", scope, {"value": 1}) == 1
    assert both("other", scope) == 2
    assert both("none", scope) == 3
    assert both("properties.value", scope, {"value": 1}) == 2
    assert both("traits.value", scope, {"value": 1}) == 3
    assert both("features.value", scope, {"value": 1}) == 1
    assert both("absent", scope) is None


def test_a_property_of_another_kind_hides_the_trait_and_reads_as_null() -> None:
    scope = Scope(profile=profile_of({"value": [Stated(0, 1, 3)]}), at=10, properties={"value": "three"})
    assert both("value + 0", scope) is None


def test_a_trait_reads_as_of_the_instant() -> None:
    history = [Stated(10, 1, "Rome"), Stated(20, 2, "Oslo"), Stated(20, 3, "Bern"), Stated(30, 4, None)]
    cities = {}
    for at in (9, 10, 19, 20, 29, 30):
        cities[at] = both("traits.city", Scope(profile=profile_of({"city": history}), at=at))
    assert cities == {9: None, 10: "Rome", 19: "Rome", 20: "Bern", 29: "Bern", 30: None}
    assert both("traits.city", Scope(profile=profile_of({"city": []}), at=9)) is None


def test_dotted_names_are_found_flattened_first_and_nested_otherwise() -> None:
    assert both("cart.value", scope_of(**{"cart.value": 1, "cart": {"value": 2}})) == 1
    assert both("cart.value", scope_of(**{"cart.value": None, "cart": {"value": 2}})) == 2
    assert both("properties.a.b.c", scope_of(a={"b": {"c": 5}})) == 5
    assert both("properties.a.b.c", scope_of(a={"b": 1})) is None
    assert both("properties.a", scope_of(a={"b": 1})) is None
    assert both('properties."2nd choice"', scope_of(**{"2nd choice": "x"})) == "x"
    scope = Scope(profile=profile_of(), at=1, context={"page": {"path": "/cart"}})
    assert both("context.page.path = '/cart'", scope) is True


def test_the_name_of_the_event_is_read_where_it_is_allowed() -> None:
    assert both("event = 'Logged In'", Scope(profile=profile_of(), at=1, event="Logged In")) is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("exact", 2**53),
        ("exact + 1", 2.0**53),
        ("exact - 1", 2**53 - 1),
        ("exact * exact", 2.0**106),
        ("-exact - 2", -(2.0**53) - 2),
        ("a + 1", 2.0**63),
        ("a - 1 = a + 0", True),
        ("-b", 2.0**63),
        ("big * big", None),
        ("big * 10", None),
        ("big * 10 > 0", None),
        ("big - big", 0.0),
        ("1 / tiny", None),
        ("1 / nought", None),
        ("1 / minus_nought", None),
        ("minus_nought = 0", True),
        ("a + 0.5 > 9e18", True),
        ("beyond + 0", 2.0**63),
        ("infinite IS NULL", True),
        ("(nan_ + 0) IS NULL", True),
        ("nan_ = nan_ + 0", None),
        ("yes + 1", None),
        ("7 / 2", 3.5),
        ("least(a, b + 0)", -(2.0**63)),
        ("greatest(1, 1.0)", 1),
        ("coalesce(none + 1, -0.0)", -0.0),
        ("a > b AND NOT a < 5", True),
    ],
)
def test_numbers_keep_to_their_bounds(text: str, value: Scalar) -> None:
    scope = scope_of(
        a=2**63 - 1, b=-(2**63), exact=2**53, big=1e308, tiny=5e-324, nought=0, minus_nought=-0.0, beyond=2**63,
        infinite=float("inf"), nan_=float("nan"), yes=True,
    )  # fmt: skip
    assert repr(both(text, scope)) == repr(value)


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("abc", ["abc"], ["abcd", "ab", "ABC", ""]),
        ("", [""], ["a"]),
        ("%", ["", "a", "a\nb"], []),
        ("%%", ["", "a"], []),
        ("a%", ["a", "ab"], ["", "ba"]),
        ("%a", ["a", "ba", "aa"], ["ab"]),
        ("%a%", ["a", "bab"], ["b"]),
        ("a%a", ["aa", "aba"], ["a", "ab"]),
        ("_", ["a", "\n", "é", "🙂"], ["", "ab"]),
        ("a_c%d_", ["abcde", "abcxxdx"], ["abcd", "acde"]),
        ("%_b%_b", ["abab", "xbbxb", "bbb b"], ["bb", "ab"]),
        ("%ab_%ba", ["abxba", "xabyzba"], ["abba", "ab"]),
        ("100\\%", ["100\\", "100\\x"], ["100%"]),
        (".*", [".*"], ["ab"]),
        ("[a]", ["[a]"], ["a"]),
    ],
)
def test_like_matches_the_whole_text(pattern: str, matching: list[str], other: list[str]) -> None:
    quoted = pattern.replace("'", "''")
    for text in matching:
        assert both(f"x LIKE '{quoted}'", scope_of(x=text)) is True
        assert both(f"x NOT LIKE '{quoted}'", scope_of(x=text)) is False
    for text in other:
        assert both(f"x LIKE '{quoted}'", scope_of(x=text)) is False
    assert both(f"x LIKE '{quoted}'", scope_of()) is None


def test_like_stays_linear_where_backtracking_would_not() -> None:
    pattern = "%a" * 30 + "%b"
    assert both(f"x LIKE '{pattern}'", scope_of(x="a" * 50_000)) is False


def test_letters_change_one_by_one() -> None:
    assert both("lower(x)", scope_of(x="ÀÉİΣ")) == "àéiσ"
    assert both("upper(x)", scope_of(x="straße ŉ é")) == "STRAẞE ŉ É"
    assert both("length(x)", scope_of(x="é🙂")) == 2


@pytest.mark.parametrize(("at", "entry", "since_entry", "in_span"), [
    (9, 0, False, False),
    (10, 10, True, True),
    (10, 11, False, True),
    (19, 10, True, True),
    (20, 11, False, False),
    (30, 11, True, True),
    (30, None, None, True),
])  # fmt: skip
def test_exists_looks_from_entry_or_over_a_half_open_span(
    at: Instant, entry: Instant | None, since_entry: bool | None, in_span: bool
) -> None:
    profile = profile_of(lasts={"Order Completed": [10 * HOUR, 30 * HOUR]})
    scope = Scope(profile=profile, at=at * HOUR, entry=None if entry is None else entry * HOUR)
    assert both("EXISTS('Order Completed', since => entry)", scope) is since_entry
    assert both("EXISTS('Order Completed', since => '10 hours')", scope) is in_span
    assert both("NOT EXISTS('Never Seen', since => '10 hours')", scope) is True


HOSTILE = [
    "'", '"', "\\", "\\'", "\n", "\r\n", "\x00", "\u2028", "🙂", "{}", "%s", "'''", '"""', "__class__",
    "__import__('os')",
    "') or True or ('", "x' = 'x", "return True", "\\x41", "\\N{BULLET}", "scope", "v1", "at", "lambda: 0",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_and_texts_stay_data(hostile: str) -> None:
    text = "'" + hostile.replace("'", "''") + "'"
    name = '"' + hostile.replace('"', '""') + '"'
    scope = Scope(
        profile=profile_of({hostile: [Stated(0, 1, hostile)]}), at=9, event=hostile, properties={hostile: hostile}
    )
    for path in (name, f"properties.{name}", f"traits.{name}", "event"):
        assert both(f"{path} = {text}", scope) is True
        assert both(f"{path} IN ({text}, 'b')", scope) is True
        assert both(f"lower({path}) <> lower({text})", scope) is False
    assert both(f"EXISTS({text}, since => '1 day')", Scope(profile=profile_of(lasts={hostile: [5]}), at=9)) is True
    read = expression(f"features.{name}", features={hostile: "text"})
    assert compile_value(read, {hostile: lambda scope: hostile})(scope) == hostile


def test_values_are_read_only_as_far_as_clauses_need_them() -> None:
    asked: list[str] = []

    def reader(scope: Scope) -> Scalar:
        asked.append("slow")
        return 1

    run = compile_condition(condition("value > 5 AND slow = 1", features={"slow": "number"}), {"slow": reader})
    assert not run(scope_of(value=1))
    assert asked == []
    assert run(scope_of(value=9))
    assert asked == ["slow"]


def test_a_comparison_with_null_that_no_text_can_say_is_null_all_the_same() -> None:
    read = Expression("", Compare("=", Read("property", "value", "number"), Constant(None)), "boolean")
    assert interpret(read, scope_of(value=1), {}) is None
    assert compile_value(read, {})(scope_of(value=1)) is None
    assert compile_falsehood(read, {})(scope_of(value=1)) is False


def test_generated_code_carries_its_source() -> None:
    assert "properties.get('value')" in (compile_condition(condition("value > 5"), {}).__doc__ or "")


def test_reads_names_all_that_is_looked_at() -> None:
    read = condition(
        "value > 1 AND properties.a.b = 'x' AND traits.c AND context.page.path = 'y' AND f > 2 "
        "AND EXISTS('A', since => '1 day') AND NOT EXISTS('B', since => entry)",
        features={"f": "number", "g": "number"},
    )
    assert reads(read) == Reads(
        features=frozenset({"f"}),
        properties=frozenset({"value", "a.b"}),
        traits=frozenset({"value", "c"}),
        context=frozenset({"page.path"}),
        events=frozenset({"A", "B"}),
        since_entry=True,
    )
    assert not reads(condition("value > 1")).since_entry


def test_kinds_follow_from_use() -> None:
    assert number("0.05 * coalesce(avg_order, 40)", features={"avg_order": "number"}).kind == "number"
    assert expression("properties.category").kind == "unknown"
    assert expression("lower(category)").kind == "text"
    assert expression("coalesce(a, b)").kind == "unknown"
    assert expression("value > 3").kind == "boolean"
    assert expression("CASE WHEN x = 1 THEN y END", features={"y": "text"}).kind == "text"
    assert both("a", scope_of(a=[1])) is None
    assert both("a IS NULL", scope_of(a="x")) is False
    assert both("a IS NULL OR a > 3", scope_of(a="x")) is True


def test_expressions_can_be_written_down_and_read_back() -> None:
    read = condition("value IN (1, 2.5) AND CASE WHEN a THEN TRUE END OR NOT EXISTS('A', since => entry)")
    assert msgspec.json.decode(msgspec.json.encode(read), type=Expression) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("value >= 20", "value >= 20 is FALSE: value is 12"),
        ("missing >= 20", "missing >= 20 is NULL: missing is NULL"),
        ("value >= 20 AND missing = 1", "value >= 20 is FALSE: value is 12"),
        ("missing = 1 AND value >= 20", "value >= 20 is FALSE: value is 12"),
        ("value >= 10 AND missing = 1", "missing = 1 is NULL: missing is NULL"),
        ("value >= 20 OR city = 'Oslo'", "value >= 20 is FALSE: value is 12; city = 'Oslo' is FALSE: city is 'Rome'"),
        ("NOT (value > 5 OR member)", "value > 5 is TRUE: value is 12"),
        ("NOT (value > 5 AND city = 'Rome')", "value > 5 is TRUE: value is 12; city = 'Rome' is TRUE: city is 'Rome'"),
        ("member", "member is NULL"),
        ("value > 5", "TRUE"),
        ("features.f > 3", "features.f > 3 is FALSE: features.f is 2"),
        (
            "EXISTS('A', since => '1 second')",
            "EXISTS('A', since => '1 second') is FALSE: 'A' is not known to have happened",
        ),
        (
            "EXISTS('B', since => '1 second')",
            "EXISTS('B', since => '1 second') is FALSE: 'B' last happened 4000 ms before",
        ),
        ("EXISTS('B', since => entry)", "EXISTS('B', since => entry) is NULL: there is no run, so no entry"),
        (
            "value = 1 OR value = 2 OR value = 3 OR value = 4 OR value = 5 OR value = 6",
            "; ".join(f"value = {n} is FALSE: value is 12" for n in range(1, 6)) + "; and 1 more",
        ),
    ],
)
def test_an_explanation_names_the_clause_and_the_values(text: str, said: str) -> None:
    scope = Scope(profile=profile_of(lasts={"B": [1_000]}), at=5_000, properties={"value": 12, "city": "Rome"})
    assert explain(condition(text, features={"f": "number"}), scope, {"f": lambda scope: 2}) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("local_hour(at) >= 9", "local_hour(at) >= 9 is FALSE: local_hour(at) is 0"),
        (
            "local_weekday(at) IN (6, 7) AND value > 3",
            "local_weekday(at) IN (6, 7) is FALSE: local_weekday(at) is 4",
        ),
        ("contains(top, 'c')", "contains(features.top, 'c') is FALSE: features.top is ('a', 'b')"),
        ("contains(top, city)", "contains(features.top, city) is FALSE: features.top is ('a', 'b'), city is 'Rome'"),
        (
            "contains(top, missing)",
            "contains(features.top, missing) is NULL: features.top is ('a', 'b'), missing is NULL",
        ),
        ("contains(none, 'c')", "contains(features.none, 'c') is NULL: features.none is NULL"),
        (
            "contains(hours, 5)",
            "contains(features.hours, 5) is FALSE: features.hours is (0, 0, 0, 0, 0, 0, 0, 0, 0, 0) and 14 more",
        ),
    ],
)
def test_an_explanation_shows_the_clock_and_the_lists(text: str, said: str) -> None:
    lists: dict[str, Value] = {"top": ("a", "b"), "hours": (0,) * 24, "none": None}
    readers: dict[str, Reader] = {name: lambda scope, value=value: value for name, value in lists.items()}
    scope = Scope(profile=profile_of(), at=5_000, properties={"city": "Rome"})
    read = condition(text, features=dict.fromkeys(lists, "list"))
    assert explain(read, scope, {**readers, CLOCK: lambda scope: scope.at}) == said


@pytest.mark.parametrize(
    ("item", "value"), [("a", True), ("c", False), (True, False), (1, False), (None, None), ([1], None)]
)
def test_a_list_contains_values_of_its_own_kind(item: object, value: bool | None) -> None:
    read = condition("contains(top, item)", features={"top": "list", "counts": "list"})
    scope = scope_of(item=item)
    known: dict[str, Reader] = {"top": lambda scope: ("a", "b")}
    assert interpret(read, scope, known) is compile_value(read, known)(scope) is value


def test_true_is_not_the_number_one_in_a_list() -> None:
    read = condition("contains(counts, item)", features={"counts": "list"})
    known: dict[str, Reader] = {"counts": lambda scope: (1, 2)}
    for item, value in ((True, False), (1, True), (1.0, True), ("1", False)):
        assert interpret(read, scope_of(item=item), known) is compile_value(read, known)(scope_of(item=item)) is value
    assert compile_falsehood(read, known)(scope_of(item=True))


@pytest.mark.parametrize("word", ["load", "interval", "values", "not", "null", "select", "SET", "at", "then"])
def test_a_word_of_sql_is_a_name_in_quotes_and_is_said_so(word: str) -> None:
    for path in (f'"{word}"', f'"{word}".x', f'properties."{word}"', f'x."{word}"'):
        read = condition(f"{path} - -y > 3")
        assert condition(sql_of(read.node)).node == read.node


@pytest.mark.parametrize(
    "path", ['"at"', '"features.x"', '"."', '"a."', 'properties."a..b"', '"a.b"', '"x y"."2nd"', 'traits."é"']
)
def test_a_path_is_said_so_that_it_reads_back(path: str) -> None:
    read = condition(f"{path} IS NULL")
    assert condition(sql_of(read.node)).node == read.node


def test_the_parser_is_imported_only_by_who_reads_texts() -> None:
    code = (
        "import sys, opportune.features.condition as c; assert 'sqlglot' not in sys.modules; "
        "c.condition('a > 1'); assert 'sqlglot' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
