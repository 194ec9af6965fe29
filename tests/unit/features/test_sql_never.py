"""Conditions that can never be true, or that say nothing, are refused with the clauses that make them so."""

import pytest

from opportune.errors import ConditionError
from opportune.features.condition import Kind, condition, expression

FEATURES: dict[str, Kind] = {"flag": "boolean", "top": "list", "help_searches_1h": "number"}
OR = " can never be true; write OR for either"
REFUSED = [
    ("value > 5 AND value < 3", 14, "value > 5 AND value < 3" + OR),
    ("value > 5 AND value <= 5", 14, "value > 5 AND value <= 5" + OR),
    ("5 < value AND 3 > value", 14, "5 < value AND 3 > value" + OR),
    ("kind = 'A' AND kind = 'B'", 15, "kind = 'A' AND kind = 'B'" + OR),
    ("x = 'a' AND plan = 'free' AND x = 'b'", 30, "x = 'a' AND x = 'b'" + OR),
    ("x IS NULL AND x > 1", 14, "x IS NULL AND x > 1" + OR),
    ("x > 1 AND x IS NULL", 10, "x > 1 AND x IS NULL" + OR),
    ("x IS NULL AND x IS NOT NULL", 14, "x IS NULL AND x IS NOT NULL" + OR),
    ("x IN ('a', 'b') AND x IN ('c')", 20, "x IN ('a', 'b') AND x IN ('c')" + OR),
    ("x IN (1, 2) AND x <> 1 AND x <> 2", 27, "x IN (1, 2) AND x <> 1 AND x <> 2" + OR),
    ("x BETWEEN 3 AND 6 AND x > 7", 22, "x BETWEEN 3 AND 6 AND x > 7" + OR),
    ("x NOT BETWEEN 3 AND 6 AND x = 4", 26, "NOT x BETWEEN 3 AND 6 AND x = 4" + OR),
    ("flag AND NOT flag", 13, "features.flag AND NOT features.flag" + OR),
    ("flag = TRUE AND flag = FALSE", 16, "features.flag = TRUE AND features.flag = FALSE" + OR),
    ("(flag AND x > 3) AND (value = 1 AND x < 2)", 22, "x > 3 AND x < 2" + OR),
    ("(x = 'a' OR x = 'b') AND x = 'c'", 25, "(x = 'a' OR x = 'b') AND x = 'c'" + OR),
    ("NOT (value > 5 AND value < 3)", 19, "value > 5 AND value < 3" + OR),
    ("a = 1 OR (value > 5 AND value < 3)", 24, "value > 5 AND value < 3" + OR),
    ("x LIKE 'a%' AND x NOT LIKE 'a%'", 16, "x LIKE 'a%' AND NOT x LIKE 'a%'" + OR),
    ("coalesce(x, 1) > 5 AND coalesce(x, 1) < 2", 23, "coalesce(x, 1) > 5 AND coalesce(x, 1) < 2" + OR),
    ("x = 'a' AND x < 'a'", 12, "x = 'a' AND x < 'a'" + OR),
    ("x > 'a' AND x < 'a\0'", 12, "x > 'a' AND x < 'a\0'" + OR),
    ("x < ''", 0, "x < '' can never be true; no value fulfils it"),
    ("x > 1.7976931348623157e308", 0, "x > 1.7976931348623157e+308 can never be true; no value fulfils it"),
    ("local_hour(at) > 22 AND local_hour(at) < 6", 24, "local_hour(at) > 22 AND local_hour(at) < 6" + OR),
    ("local_hour(at) >= 24", 0, "local_hour(at) >= 24 can never be true; local_hour(at) is from 0 to 23"),
    ("local_weekday(at) = 0", 0, "local_weekday(at) = 0 can never be true; local_weekday(at) is from 1 to 7"),
    ("local_weekday(at) IN (6, 0)", 25, "local_weekday(at) = 0 can never be true; local_weekday(at) is from 1 to 7"),
    ("x <> x", 0, "x <> x can never be true; compare with something else"),
    ("x + 1 > x + 1", 0, "x + 1 > x + 1 can never be true; compare with something else"),
    ("x = x", 0, "x = x is true of all but NULL; write x IS NOT NULL"),
    ("1 = 1", 0, "1 = 1 is the same for every user; compare with a name"),
    ("1 + 1 > 2", 0, "(1 + 1) > 2 is the same for every user; compare with a name"),
    ("length('abc') > 2", 0, "length('abc') > 2 is the same for every user; compare with a name"),
    ("x > 3 AND TRUE", 0, "TRUE beside AND says nothing about a user; leave it out"),
    ("x > 3 OR FALSE", 0, "FALSE beside OR says nothing about a user; leave it out"),
    ("FALSE AND x > 3", 10, "FALSE beside AND says nothing about a user; it decides alone"),
    ("x > 3 OR TRUE", 0, "TRUE beside OR says nothing about a user; it decides alone"),
    (
        "NOT TRUE",
        0,
        "TRUE beside NOT says nothing about a user; write a comparison, such as value >= 20 or city = 'Oslo'",
    ),
    (
        "help_serches_1h > 2",
        0,
        "unknown feature help_serches_1h; did you mean help_searches_1h? "
        "a property of that name is properties.help_serches_1h",
    ),
    (
        "value > 3 AND help_search_1h > 2",
        14,
        "unknown feature help_search_1h; did you mean help_searches_1h? "
        "a property of that name is properties.help_search_1h",
    ),
    (
        "top = 'shoes'",
        6,
        "= cannot compare features.top, which is a list, with 'shoes', which is a text; "
        "write contains(features.top, 'shoes')",
    ),
    (
        "top IN ('shoes')",
        8,
        "IN cannot compare features.top, which is a list, with 'shoes', which is a text; "
        "write contains(features.top, 'shoes')",
    ),
    ("top = top", 0, "lists cannot be compared; write contains(features.top, x)"),
    ("nullif(top, top) IS NULL", 7, "lists cannot be compared, so nullif cannot take features.top"),
    ("top LIKE 'shoes'", 0, "LIKE needs a text, but features.top is a list"),
    ("coalesce(top, x) IS NULL", 14, "x is used as a list, but only features can be lists, such as TOP(3, category)"),
    ("contains(x, 'a')", 9, "contains needs a feature that is a list, such as TOP(3, category); x is none"),
    ("contains(top, TRUE)", 0, "a list holds texts or numbers, so TRUE is never in it"),
    ("contains(top, NULL)", 0, "a list holds texts or numbers, so NULL is never in it"),
    (
        "contains(top)",
        12,
        "contains needs a list and what it may contain, such as contains(top_categories, 'shoes')",
    ),
    ("'a' LIKE 'b'", 0, "'a' is a constant; LIKE needs a name on its left"),
    ("contains(top, 'a', 'b')", 0, "\"CONTAINS(top, 'a', 'b')\" cannot be used: contains takes a list and one value"),
    ("at > 5", 0, "at stands only in local_hour(at) and local_weekday(at); a property of that name is properties.at"),
    ("local_hour() > 5", 0, "write local_hour(at): it reads the user's own clock at the instant that is asked about"),
    ("local_hour(x) > 5", 0, "write local_hour(at): it reads the user's own clock at the instant that is asked about"),
    ("hour(x) > 5", 0, "hour() cannot be used: write local_hour(at), which is on the user's own clock"),
    (
        '"frob"(x) > 5',
        0,
        'unknown function "frob"(); there are coalesce, nullif, least, greatest, lower, upper, length, contains, '
        "local_hour, local_weekday and EXISTS",
    ),
]
READ = [
    "value >= 5 AND value <= 5",
    "value > 5 AND value < 6",
    "x > 'a' AND x < 'a~'",
    "x IN (1, 2) AND x <> 1",
    "x = 'a' OR x = 'b'",
    "(x = 'a' OR x = 'b') AND x > 'a'",
    "local_hour(at) > 22 OR local_hour(at) < 6",
    "local_weekday(at) IN (6, 7)",
    "x <> '' AND x < 'a'",
    "x IS NULL OR x > 1",
    "x > 1 AND (y = 2 OR (z = 1 AND w = 2))",
    "flag AND x IS NOT NULL",
    "NOT flag AND flag IS NOT NULL",
    "x > 1 AND y < 0 AND x < 5",
    "TRUE",
    "FALSE",
    "contains(top, 'shoes') AND contains(top, 'hats')",
    "contains(top, category)",
    "top IS NOT NULL",
    "help_searches_2h > 1",
    "helpsearches > 1",
    "properties.help_serches_1h > 2",
    "properties.at > 5",
    '"at" > 5',
    "x > 1.7976931348623155e308",
    "NOT (x = 1 OR x = 2) AND x > 1",
    "x = 1 AND y = x",
    " AND ".join(f"x <> {each}" for each in range(100)),
]


@pytest.mark.parametrize(("text", "position", "said"), REFUSED)
def test_what_never_comes_true_or_says_nothing_is_refused(text: str, position: int, said: str) -> None:
    with pytest.raises(ConditionError) as refused:
        condition(text, features=FEATURES)
    assert (refused.value.position, str(refused.value)) == (position, said)


@pytest.mark.parametrize("text", READ)
def test_what_can_come_true_is_read(text: str) -> None:
    assert condition(text, features=FEATURES).kind == "boolean"


def test_of_an_event_in_a_feature_two_names_are_refused_elsewhere() -> None:
    assert condition("event = 'A' AND event = 'B'", allows_event=True)


def test_in_a_feature_a_name_near_to_another_feature_is_a_property() -> None:
    assert expression("help_serches_1h", features=FEATURES, allows_event=True)
