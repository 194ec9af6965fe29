"""What is refused, with its place and remedy, word for word: authors read these."""

import pytest

from opportune.errors import ConditionError
from opportune.features.condition import Kind, condition, number

FEATURES: dict[str, Kind] = {"help_searches_1h": "number", "cat": "text", "flag": "boolean", "any": "unknown"}
REFUSED = [
    ("value > '20'", 8, "'20' is a text, and texts have another order than numbers; write 20 without quotes"),
    ("value = NULL", 0, "a comparison with NULL is never true; say value IS NULL"),
    ("NULL = value", 7, "a comparison with NULL is never true; say value IS NULL"),
    ("value <> NULL", 0, "a comparison with NULL is never true; say value IS NOT NULL"),
    ("1 = 2", 0, "1 = 2 can never be true; compare with a name"),
    ("'a' = 'b'", 0, "'a' = 'b' can never be true; compare with a name"),
    (
        "value > 3 AND value = 'x'",
        22,
        "= cannot compare value, which is a number, with 'x', which is a text; compare a number with a number",
    ),
    ("features.help_serch_1h > 1", 0, "unknown feature help_serch_1h; did you mean help_searches_1h?"),
    ("features.zzz = 1", 0, "unknown feature zzz; no feature of that name is declared"),
    ("event = 'X'", 0, "event is known only in features; a property of that name is properties.event"),
    (
        "5",
        0,
        "a condition is TRUE or FALSE, but 5 is a number; write a comparison, such as value >= 20 or city = 'Oslo'",
    ),
    ("exists('x')", 0, "EXISTS needs to know since when: EXISTS('x', since => entry) or since => '2 days'"),
    (
        "exists(select 1)",
        14,
        "EXISTS needs an event's name in quotes, such as EXISTS('Order Completed', since => entry)",
    ),
    (
        "exists('x', since => 'entry')",
        21,
        "since: a span is a number and a unit such as '45 minutes' or '7 days', not 'entry'; without "
        "quotes entry is the entry of the run",
    ),
    (
        "exists('x', since => '2 dys')",
        21,
        "since: a span is a number and a unit such as '45 minutes' or '7 days', not '2 dys'",
    ),
    ("exists('x', since => '-2 days')", 21, "since: a span must be positive, such as '45 minutes', not '-2 days'"),
    (
        "exists('x', until => entry)",
        0,
        "EXISTS needs to know since when: EXISTS('x', since => entry) or since => '2 days'",
    ),
    (
        "exists(x, since => entry)",
        0,
        "EXISTS needs an event's name in quotes, such as EXISTS('Order Completed', since => entry)",
    ),
    ("a b", 2, "'b' cannot be used: there is an operator or a comma missing before it"),
    (
        "'x' 'y' = a",
        0,
        "\"CONCAT('x', 'y')\" cannot be used: there is an operator or a comma missing between two texts",
    ),
    ("a ilike 'x'", 0, "\"a ILIKE 'x'\" cannot be used: write lower(x) LIKE 'pattern'"),
    ("a like b", 7, "LIKE needs a pattern in quotes, such as LIKE 'blue%'"),
    ("a like 'x' escape '!'", 0, "\"a LIKE 'x' ESCAPE '!'\" cannot be used: LIKE knows % and _ only, without ESCAPE"),
    ("a regexp 'x'", 0, "\"REGEXP_MATCHES(a, 'x')\" cannot be used: write LIKE with % and _"),
    ("a in ()", 0, "IN needs a list of constants in parentheses, such as IN ('a', 'b')"),
    ("a in (b)", 6, "IN takes constants; write = and OR for b"),
    ("a in (1, NULL)", 0, "NULL in a list is never equal; say a IS NULL"),
    (
        "a in (1,'x')",
        8,
        "IN cannot compare a, which is a number, with 'x', which is a text; compare a number with a number",
    ),
    (
        "a in (select 1)",
        0,
        "'a IN (SELECT 1)' cannot be used: IN takes a list of constants; declare what you need as a feature",
    ),
    ("a in b", 0, "'a IN b' cannot be used: IN takes a list of constants in parentheses"),
    ("a between 5 and 1", 10, "BETWEEN 5 AND 1 can never be true; the smaller one comes first"),
    ("a between null and 1", 0, "a comparison with NULL is never true; say a IS NULL"),
    ("a is true", 0, "IS is followed by NULL or NOT NULL; write a = ... instead"),
    ("a is 1", 0, "IS is followed by NULL or NOT NULL; write a = ... instead"),
    ("5 is null", 0, "5 is a constant: asking for NULL says nothing"),
    ("null", 0, "NULL alone is never true and never a value; write TRUE, FALSE or a number"),
    (
        "a = 99999999999999999999",
        4,
        "a whole number is at most 9,007,199,254,740,992; an id is a text, in quotes",
    ),
    ("load > 1", 0, "load is a word of SQL; for a property of that name write properties.load"),
    (
        "EXISTS('A' WHERE value > 3, since => '2 days')",
        11,
        "WHERE stands in features only; count such events in a feature, and read that feature here",
    ),
    ("comment = 'x'", 0, "comment is a word of SQL; for a property of that name write properties.comment"),
    ("desc = 'x'", 0, "desc is a word of SQL; for a property of that name write properties.desc"),
    (
        "a = 1 AND (NOT NULL)",
        0,
        "NULL beside NOT says nothing about a user; write a comparison, such as value >= 20 or city = 'Oslo'",
    ),
    (".1.+20 > a", 4, "'0.1.' is no number; write for example 0.5"),
    ("a > 1e400", 4, "a number is at most about 1.8e308"),
    ("a/0 > 1", 2, "a division by 0 is always NULL; write another divisor"),
    ("a + null > 1", 0, "NULL with + is always NULL; write a number"),
    (
        "a = b",
        0,
        "a and b could be numbers or texts: write a + 0 = b for numbers, coalesce(a, '') = b for texts; "
        "what is a text itself stands in single quotes",
    ),
    ("least(a,b) = c", 6, "a could be a number or a text: write a + 0 for numbers, coalesce(a, '') for texts"),
    ("nullif(a,b) is null", 7, "a could be a number or a text: write a + 0 for numbers, coalesce(a, '') for texts"),
    ("coalesce(a) = 1", 0, "coalesce needs two values or more"),
    (
        "case when a then 1 else 'x' end = 1",
        24,
        "the values of CASE are a number, but 'x' is a text; they must be of one kind",
    ),
    (
        "case when 5 then 1 end = 1",
        10,
        "WHEN needs TRUE or FALSE, but 5 is a number; write a comparison, such as value >= 20 or city = 'Oslo'",
    ),
    ("a < b < c", 0, "TRUE and FALSE have no order; < needs numbers or texts"),
    ("true < false", 0, "TRUE and FALSE have no order; < needs numbers or texts"),
    (
        "not 5",
        4,
        "NOT needs TRUE or FALSE, but 5 is a number; write a comparison, such as value >= 20 or city = 'Oslo'",
    ),
    (
        "'x' and a",
        0,
        "AND needs TRUE or FALSE, but 'x' is a text; write a comparison, such as value >= 20 or city = 'Oslo'",
    ),
    ("lower(5) = 'x'", 6, "lower needs a text, but 5 is a number"),
    (
        "length(a) = 'x'",
        12,
        "= cannot compare length(a), which is a number, with 'x', which is a text; compare a number with a number",
    ),
    ("properties = 1", 0, "properties needs a name behind it, such as properties.value"),
    ("property.x = 1", 0, "unknown beginning property.; did you mean properties?"),
    ("trait.x = 1", 0, "unknown beginning trait.; did you mean traits?"),
    ("a.b.c.d.e.f.g.h.i = 1", 0, "a path has at most 8 names, not 9"),
    (
        "a.1 = 2",
        0,
        'a path is names with dots between them; put other names into double quotes, such as properties."2nd"',
    ),
    (
        "a.* = 1",
        0,
        'a path is names with dots between them; put other names into double quotes, such as properties."2nd"',
    ),
    ("select 1", 7, "'SELECT 1' cannot be used: an expression reads one user; declare what you need as a feature"),
    (
        "interval '1 day' > a",
        19,
        "\"INTERVAL '1' DAY\" cannot be used: spans are written as text, such as since => '2 days'",
    ),
    (
        "date '2020-01-01' > a",
        5,
        "\"CAST('2020-01-01' AS DATE)\" cannot be used: there are no casts; a property takes the type its use asks for",
    ),
    ("coalesce(distinct a, 1) = 1", 0, "coalesce needs two values or more"),
    ("a = 0x1F", 5, "'x1F' cannot be used: there is an operator or a comma missing before it"),
    ("value = 5 days", 10, "'days' cannot be used: there is an operator or a comma missing before it"),
    ("a is not distinct from b", 0, "'a IS NOT DISTINCT FROM b' cannot be used: write = and IS NULL"),
    (
        "flag > 1",
        7,
        "> cannot compare features.flag, which is TRUE or FALSE, with 1, which is a number; write "
        "features.flag, or NOT features.flag, alone",
    ),
    (
        "flag = 'x'",
        7,
        "= cannot compare features.flag, which is TRUE or FALSE, with 'x', which is a text; write "
        "features.flag, or NOT features.flag, alone",
    ),
    (
        '"" = 1',
        0,
        'a path is names with dots between them; put other names into double quotes, such as properties."2nd"',
    ),
    ("-flag > 1", 1, "- needs a number, but features.flag is TRUE or FALSE"),
    ("-'x' > 1", 1, "- needs a number, but 'x' is a text"),
    ("cat + 1 > 2", 0, "+ needs a number, but features.cat is a text"),
    (
        "a == 1 == 2",
        10,
        "= cannot compare a = 1, which is TRUE or FALSE, with 2, which is a number; write a = 1, or NOT a = 1, alone",
    ),
    ("a = (1,2)", 5, "'(1, 2)' cannot be used: lists stand only after IN"),
    (
        "exists('x', since => entry) > 2",
        30,
        "> cannot compare EXISTS('x', since => entry), which is TRUE or FALSE, with 2, which is a "
        "number; write EXISTS('x', since => entry), or NOT EXISTS('x', since => entry), alone",
    ),
    ("a not between 5 and 1", 14, "BETWEEN 5 AND 1 can never be true; the smaller one comes first"),
    (
        " 1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1 > a",
        1,
        "nested more than 32 deep; make parts of it features",
    ),
    (
        "a.b.c = 1 and a.b.c",
        14,
        "AND needs TRUE or FALSE, but a.b.c is a number; write a comparison, such as value >= 20 or city = 'Oslo'",
    ),
    ("Properties.x = 1", 0, "unknown beginning Properties.; did you mean properties?"),
    ("a IN ('x') AND a > 3", 19, "> cannot compare a, which is a text, with 3, which is a number; write '3'"),
    (
        "a.b = 1.5.5",
        6,
        'a path is names with dots between them; put other names into double quotes, such as properties."2nd"',
    ),
    (
        "a not in (1) not in (2)",
        21,
        "IN cannot compare NOT a IN (1), which is TRUE or FALSE, with 2, which is a number; write NOT a "
        "IN (1), or NOT NOT a IN (1), alone",
    ),
    ("exists(a)", 0, "EXISTS needs an event's name in quotes, such as EXISTS('Order Completed', since => entry)"),
    ("a = 1 AND features.hlp > 2", 10, "unknown feature hlp; no feature of that name is declared"),
    (
        "a >= 20 AND value > '20'",
        20,
        "'20' is a text, and texts have another order than numbers; write 20 without quotes",
    ),
    (
        "flag IN (1)",
        9,
        "IN cannot compare features.flag, which is TRUE or FALSE, with 1, which is a number; write "
        "features.flag, or NOT features.flag, alone",
    ),
    ("a BETWEEN '1' AND '5'", 10, "'1' is a text, and texts have another order than numbers; write 1 without quotes"),
    (
        "a BETWEEN 1 AND 'x'",
        16,
        "<= cannot compare a, which is a number, with 'x', which is a text; compare a number with a number",
    ),
    ("NULL", 0, "NULL alone is never true and never a value; write TRUE, FALSE or a number"),
    (
        "coalesce(a, 1) = 'x'",
        17,
        "= cannot compare coalesce(a, 1), which is a number, with 'x', which is a text; compare a number with a number",
    ),
    ("coalesce(a, 'x', 3) = 'x'", 17, "the values of coalesce are a text, but 3 is a number; they must be of one kind"),
    ("CASE a WHEN NULL THEN 1 END = 1", 22, "a comparison with NULL is never true; say a IS NULL"),
    ("nullif(a, NULL) = 1", 0, "NULL in nullif says nothing; leave it out"),
    ("greatest(flag, TRUE)", 9, "TRUE and FALSE have no order; greatest needs numbers or texts"),
    (
        "NOT value = 1 AND NOT value",
        22,
        "NOT needs TRUE or FALSE, but value is a number; write a comparison, such as value >= 20 or city = 'Oslo'",
    ),
    ("a LIKE NULL", 0, "LIKE needs a pattern in quotes, such as LIKE 'blue%'"),
    ("5 LIKE '%'", 0, "LIKE needs a text, but 5 is a number"),
    ("5 IN (5)", 0, "5 is a constant; IN needs a name on its left"),
    (
        "EXISTS('', since => entry)",
        0,
        "EXISTS needs an event's name in quotes, such as EXISTS('Order Completed', since => entry)",
    ),
    (
        "EXISTS('x', since => '20 years')",
        21,
        "since: a span is a number and a unit such as '45 minutes' or '7 days', not '20 years'",
    ),
    ("EXISTS('x', since => 5)", 21, "since is entry, or a span in quotes such as '2 days'"),
    (
        "a.b = 1 AND a.b = 'x'",
        18,
        "= cannot compare a.b, which is a number, with 'x', which is a text; compare a number with a number",
    ),
    (
        "-(-9223372036854775809) < a",
        3,
        "a whole number is at most 9,007,199,254,740,992; an id is a text, in quotes",
    ),
    ("a + '20' > 1", 4, "+ needs a number, but '20' is a text; write 20 without quotes"),
    (
        "a > 1 AND length(b) = '3'",
        22,
        "= cannot compare length(b), which is a number, with '3', which is a text; write 3 without quotes",
    ),
    (
        "cat = length(cat)",
        6,
        "= cannot compare features.cat, which is a text, with length(features.cat), which is a number; "
        "compare a text with a text",
    ),
    ("(a).b = 1", 1, "a path is names with dots between them, such as properties.cart.value"),
    ("ELSE", 0, "there is no expression to be read; write for example value >= 20"),
]


@pytest.mark.parametrize(("text", "position", "said"), REFUSED)
def test_a_refusal_names_its_place_and_what_would_be_right(text: str, position: int, said: str) -> None:
    with pytest.raises(ConditionError) as refused:
        condition(text, features=FEATURES)
    assert (refused.value.position, str(refused.value)) == (position, said)


def test_a_worth_must_be_a_number() -> None:
    with pytest.raises(ConditionError, match="this must be a number, but 'high' is a text"):
        number("'high'")


def test_what_the_parser_cannot_follow_is_refused() -> None:
    with pytest.raises(ConditionError, match=r"nested too deep|cannot be read"):
        condition("city = 'x' AND NOT length(" * 31)
