"""What is refused, with its place and remedy, word for word: authors read these."""

import pytest

from opportune.errors import ConditionError
from opportune.features.condition import Kind, condition, number

FEATURES: dict[str, Kind] = {"help_searches_1h": "number", "cat": "text", "flag": "boolean", "any": "unknown"}
REFUSED = [
    ("", 0, "the expression is empty; write for example value >= 20"),
    ("   ", 0, "the expression is empty; write for example value >= 20"),
    ("-- only", 0, "the expression is empty; write for example value >= 20"),
    (
        "value >=",
        6,
        "the expression cannot be read at '>=': an operand, a word or a parenthesis is missing or too many",
    ),
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
    ("value % 2 = 0", 6, "'%' cannot be used: there is no remainder operator; write a condition on the number itself"),
    (
        "a // b = 2",
        2,
        "'//' cannot be used: '//' is not understood the same everywhere; write / and compare, such as a / b >= 2",
    ),
    ("a || b = 'x'", 2, "'||' cannot be used: texts cannot be joined here; compare them one by one"),
    ("a::int = 1", 1, "'::' cannot be used: there are no casts; a property takes the type its use asks for"),
    ("cast(a as int) = 1", 0, "cast() cannot be used: there are no casts; a property takes the type its use asks for"),
    ("a; b", 1, "';' cannot be used: one expression only, without ';'"),
    ("a[1] = 2", 1, "'[' cannot be used: lists cannot be read; send what you need as a property of its own"),
    ("a -> 'b' = 1", 2, "'->' cannot be used: write a path with dots, such as properties.cart.value"),
    ("now() > 3", 0, "now() cannot be used: a condition reads as of the event's own instant and cannot ask the clock"),
    ("count(*) > 3", 0, "count() looks at many events: declare it as a feature, and read that feature here"),
    ("count_if(a) > 2", 0, "count_if() looks at many events: declare it as a feature, and read that feature here"),
    ("len(a) > 2", 0, "len() cannot be used: write length(x)"),
    ("lenght(a) > 2", 0, "unknown function lenght(); did you mean length?"),
    (
        "frob(a) > 1",
        0,
        "unknown function frob(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
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
        "a = 1 b = 2",
        8,
        "the expression cannot be read at '=': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "'x' 'y' = a",
        0,
        "\"CONCAT('x', 'y')\" cannot be used: there is an operator or a comma missing between two texts",
    ),
    ("a ilike 'x'", 0, "\"a ILIKE 'x'\" cannot be used: write lower(x) LIKE 'pattern'"),
    ("a like b", 7, "LIKE needs a pattern in quotes, such as LIKE 'blue%'"),
    ("a like 'x' escape '!'", 0, "\"a LIKE 'x' ESCAPE '!'\" cannot be used: LIKE knows % and _ only, without ESCAPE"),
    ("a ~ 'x'", 2, "'~' cannot be used: it is no part of the condition language"),
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
    ("a = 99999999999999999999", 4, "an integer has at most 64 bits; write it with fewer digits"),
    ("a > 1e400", 4, "a number is at most about 1.8e308"),
    ("a/0 > 1", 2, "a division by 0 is always NULL; write another divisor"),
    ("a + null > 1", 0, "NULL with + is always NULL; write a number"),
    ("a = b", 0, "a and b could be numbers or texts: write a + 0 = b for numbers, coalesce(a, '') = b for texts"),
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
    ("(a", 1, "the expression cannot be read at 'a': an operand, a word or a parenthesis is missing or too many"),
    ("a)", 1, "the expression cannot be read at ')': an operand, a word or a parenthesis is missing or too many"),
    ("a = 'x", 4, "a quote or a comment is not closed"),
    ('"x = 1', 0, "a quote or a comment is not closed"),
    ("a /* x", 2, "a quote or a comment is not closed"),
    ("select 1", 7, "'SELECT 1' cannot be used: an expression reads one user; declare what you need as a feature"),
    ("a = @x", 4, "'@' cannot be used: it is no part of the condition language"),
    ("a = :x", 4, "':' cannot be used: there are no placeholders; write the value itself"),
    ("a = ?", 4, "'?' cannot be used: there are no placeholders; write the value itself"),
    ("`x` = 1", 0, "'`' cannot be used: it is no part of the condition language"),
    ("{x} = 1", 0, "'{' cannot be used: it is no part of the condition language"),
    ("a = $$x$$", 4, "'$$x$$' cannot be used: it is no part of the condition language"),
    ("a = e'x'", 4, "\"e'x'\" cannot be used: it is no part of the condition language"),
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
    ("current_timestamp > a", 20, "'CURRENT_TIMESTAMP' cannot be used: it is no part of the condition language"),
    ("current_date = a", 15, "'CURRENT_DATE' cannot be used: it is no part of the condition language"),
    (
        "a xor b",
        2,
        "the expression cannot be read at 'xor': an operand, a word or a parenthesis is missing or too many",
    ),
    ("if(a,1,2) = 1", 0, "if() cannot be used: write CASE WHEN condition THEN x ELSE y END"),
    ("max(a,b) = 1", 0, "max() cannot be used: the larger of several values is greatest(x, y)"),
    ("coalesce(distinct a, 1) = 1", 0, "coalesce needs two values or more"),
    ("lower(a) over () = 'x'", 9, "over() cannot be used: windows belong into a feature; read that feature here"),
    ("a = 0x1F", 5, "'x1F' cannot be used: there is an operator or a comma missing before it"),
    ("value = 5 days", 10, "'days' cannot be used: there is an operator or a comma missing before it"),
    ("lambda x: x", 8, "':' cannot be used: there are no placeholders; write the value itself"),
    ("a is not distinct from b", 0, "'a IS NOT DISTINCT FROM b' cannot be used: write = and IS NULL"),
    (
        "((((((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))))))",
        32,
        "nested more than 32 deep; make parts of it features",
    ),
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
    (
        "a = b'1'",
        5,
        "the expression cannot be read at \"'1'\": an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "a.b() = 1",
        2,
        "unknown function b(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
    ),
    (
        "properties.x() = 1",
        11,
        "unknown function x(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
    ),
    ("x -> x", 2, "'->' cannot be used: write a path with dots, such as properties.cart.value"),
    ("-flag > 1", 1, "- needs a number, but features.flag is TRUE or FALSE"),
    ("-'x' > 1", 1, "- needs a number, but 'x' is a text"),
    ("cat + 1 > 2", 0, "+ needs a number, but features.cat is a text"),
    ("a = 1e", 4, "'1e' cannot be used: it is no part of the condition language"),
    (
        "a == 1 == 2",
        10,
        "= cannot compare a = 1, which is TRUE or FALSE, with 2, which is a number; write a = 1, or NOT a = 1, alone",
    ),
    ("a = (1,2)", 5, "'(1, 2)' cannot be used: lists stand only after IN"),
    (
        "since => entry",
        6,
        "the expression cannot be read at '=>': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "exists('x', since => entry, since => entry)",
        42,
        "the expression cannot be read at ')': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "exists('x', since => entry) > 2",
        30,
        "> cannot compare EXISTS('x', since => entry), which is TRUE or FALSE, with 2, which is a "
        "number; write EXISTS('x', since => entry), or NOT EXISTS('x', since => entry), alone",
    ),
    ("a not between 5 and 1", 14, "BETWEEN 5 AND 1 can never be true; the smaller one comes first"),
    (
        "any = 3 AND any = 'x'",
        4,
        "the expression cannot be read at '=': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "any = cat",
        4,
        "the expression cannot be read at '=': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        " 1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1 > a",
        1,
        "nested more than 32 deep; make parts of it features",
    ),
    (
        "case a when 1 then 2",
        19,
        "the expression cannot be read at '2': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "a.b.c = 1 and a.b.c",
        14,
        "AND needs TRUE or FALSE, but a.b.c is a number; write a comparison, such as value >= 20 or city = 'Oslo'",
    ),
    ("Properties.x = 1", 0, "unknown beginning Properties.; did you mean properties?"),
    (
        "__import__('os') = 1",
        0,
        "unknown function __import__(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
    ),
    ("a = '\\'; import os'", 18, "a quote or a comment is not closed"),
    ("a\x00 = 1", 0, "'a\\x00' cannot be used: it is no part of the condition language"),
    ("a ≥ 3", 2, "'≥' cannot be used: it is no part of the condition language"),
    ("🙂 = 1", 0, "'🙂' cannot be used: it is no part of the condition language"),
    (
        "a = 1 and\n\n b >",
        14,
        "the expression cannot be read at '>': an operand, a word or a parenthesis is missing or too many",
    ),
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
    (
        "ALL(a) = 1",
        0,
        "unknown function ALL(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
    ),
    (
        "any(a)=1",
        0,
        "unknown function any(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
    ),
    (
        "a = any(1)",
        4,
        "unknown function any(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
    ),
    (
        "a = some(b)",
        4,
        "unknown function some(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
    ),
    ("exists(a)", 0, "EXISTS needs an event's name in quotes, such as EXISTS('Order Completed', since => entry)"),
    (
        "case end = 1",
        11,
        "the expression cannot be read at '1': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "try_cast(a as int)=1",
        0,
        "unknown function try_cast(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
    ),
    (
        "struct_pack(a:=1)=1",
        0,
        "unknown function struct_pack(); there are coalesce, nullif, least, greatest, lower, upper, length and EXISTS",
    ),
    ("[1] = a", 0, "'[' cannot be used: lists cannot be read; send what you need as a property of its own"),
    ("a = 1 AND features.hlp > 2", 10, "unknown feature hlp; no feature of that name is declared"),
    (
        "a >= 20 AND value > '20'",
        20,
        "'20' is a text, and texts have another order than numbers; write 20 without quotes",
    ),
    (
        "value = 'x'\n  AND valeu % 2",
        24,
        "'%' cannot be used: there is no remainder operator; write a condition on the number itself",
    ),
    ("(a = 1", 5, "the expression cannot be read at '1': an operand, a word or a parenthesis is missing or too many"),
    ("a = 1)", 5, "the expression cannot be read at ')': an operand, a word or a parenthesis is missing or too many"),
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
        "EXISTS('x', since => then)",
        21,
        "the expression cannot be read at 'then': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "a.b = 1 AND a.b = 'x'",
        18,
        "= cannot compare a.b, which is a number, with 'x', which is a text; compare a number with a number",
    ),
    ("-(-9223372036854775809) < a", 3, "an integer has at most 64 bits; write it with fewer digits"),
    ("ELSE", 0, "there is no expression to be read; write for example value >= 20"),
    (
        "a = 1 OR",
        6,
        "the expression cannot be read at 'OR': an operand, a word or a parenthesis is missing or too many",
    ),
]


@pytest.mark.parametrize(("text", "position", "said"), REFUSED)
def test_a_refusal_names_its_place_and_what_would_be_right(text: str, position: int, said: str) -> None:
    with pytest.raises(ConditionError) as refused:
        condition(text, features=FEATURES)
    assert (refused.value.position, str(refused.value)) == (position, said)


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("(" * 40 + "a" + ")" * 40, 32, "nested more than 32 deep; make parts of it features"),
        ("NOT " * 40 + "a", 128, "nested more than 32 deep; make parts of it features"),
        ("CASE WHEN " * 33 + "a", 320, "nested more than 32 deep; make parts of it features"),
        ("1 + " * 40 + "a > 2", 0, "nested more than 32 deep; make parts of it features"),
        ("a = 1 AND " * 150 + "b", 0, "an expression has at most 400 parts; make parts of it features"),
        ("a IN (" + "1," * 500 + "1)", 0, "an expression has at most 400 parts; make parts of it features"),
        ("a" * 10_001, 10_000, "an expression has at most 10000 characters, not 10001; make parts of it features"),
        ("a = " + "(1), " * 400, 0, "an expression has at most 400 parts; make parts of it features"),
        ("a = '\ud800'", 5, "'\\ud800' is half a character; write the whole one"),
    ],
)
def test_what_is_too_large_or_broken_is_refused_before_it_is_parsed(text: str, position: int, said: str) -> None:
    with pytest.raises(ConditionError) as refused:
        condition(text)
    assert str(refused.value) == said
    assert position == 0 or refused.value.position == position


def test_as_many_clauses_as_there_may_be_parts_are_read() -> None:
    assert condition(" AND ".join(["a = 1"] * 133))


def test_a_worth_must_be_a_number() -> None:
    with pytest.raises(ConditionError, match="this must be a number, but 'high' is a text"):
        number("'high'")
