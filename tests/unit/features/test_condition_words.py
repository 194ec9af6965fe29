"""Words, characters and sizes that no expression has are refused with place and remedy."""

import pytest

from opportune.errors import ConditionError
from opportune.features.condition import Kind, condition

FEATURES: dict[str, Kind] = {"help_searches_1h": "number", "cat": "text", "flag": "boolean", "any": "unknown"}
THERE_ARE = "; there are coalesce, nullif, least, greatest, lower, upper, length" + (
    ", contains, local_hour, local_weekday and EXISTS"
)
REFUSED = [
    ("", 0, "the expression is empty; write for example value >= 20"),
    ("   ", 0, "the expression is empty; write for example value >= 20"),
    ("-- only", 0, "the expression is empty; write for example value >= 20"),
    (
        "value >=",
        6,
        "the expression cannot be read at '>=': an operand, a word or a parenthesis is missing or too many",
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
        "unknown function frob()" + THERE_ARE,
    ),
    (
        "a = 1 b = 2",
        8,
        "the expression cannot be read at '=': an operand, a word or a parenthesis is missing or too many",
    ),
    ("a ~ 'x'", 2, "'~' cannot be used: it is no part of the condition language"),
    ("(a", 1, "the expression cannot be read at 'a': an operand, a word or a parenthesis is missing or too many"),
    ("a)", 1, "the expression cannot be read at ')': an operand, a word or a parenthesis is missing or too many"),
    ("a = 'x", 4, "a quote or a comment is not closed"),
    ('"x = 1', 0, "a quote or a comment is not closed"),
    ("a /* x", 2, "a quote or a comment is not closed"),
    ("a = @x", 4, "'@' cannot be used: it is no part of the condition language"),
    ("a = :x", 4, "':' cannot be used: there are no placeholders; write the value itself"),
    ("a = ?", 4, "'?' cannot be used: there are no placeholders; write the value itself"),
    ("`x` = 1", 0, "'`' cannot be used: it is no part of the condition language"),
    ("{x} = 1", 0, "'{' cannot be used: it is no part of the condition language"),
    ("a = $$x$$", 4, "'$$x$$' cannot be used: it is no part of the condition language"),
    ("a = e'x'", 4, "\"e'x'\" cannot be used: it is no part of the condition language"),
    ("current_timestamp > a", 20, "'CURRENT_TIMESTAMP' cannot be used: it is no part of the condition language"),
    ("current_date = a", 15, "'CURRENT_DATE' cannot be used: it is no part of the condition language"),
    (
        "a xor b",
        2,
        "the expression cannot be read at 'xor': an operand, a word or a parenthesis is missing or too many",
    ),
    ("if(a,1,2) = 1", 0, "if() cannot be used: write CASE WHEN condition THEN x ELSE y END"),
    ("max(a,b) = 1", 0, "max() cannot be used: the larger of several values is greatest(x, y)"),
    ("lower(a) over () = 'x'", 9, "over() cannot be used: windows belong into a feature; read that feature here"),
    ("lambda x: x", 8, "':' cannot be used: there are no placeholders; write the value itself"),
    (
        "((((((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))))))",
        32,
        "nested more than 32 deep; make parts of it features",
    ),
    (
        "a = b'1'",
        5,
        "the expression cannot be read at \"'1'\": an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "a.b() = 1",
        2,
        "unknown function b()" + THERE_ARE,
    ),
    (
        "properties.x() = 1",
        11,
        "unknown function x()" + THERE_ARE,
    ),
    ("x -> x", 2, "'->' cannot be used: write a path with dots, such as properties.cart.value"),
    ("a = 1e", 4, "'1e' cannot be used: it is no part of the condition language"),
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
        "any = 3 AND any = 'x'",
        0,
        "any is a word of SQL; for a property of that name write properties.any",
    ),
    (
        "any = cat",
        0,
        "any is a word of SQL; for a property of that name write properties.any",
    ),
    (
        "case a when 1 then 2",
        19,
        "the expression cannot be read at '2': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "__import__('os') = 1",
        0,
        "unknown function __import__()" + THERE_ARE,
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
    (
        "ALL(a) = 1",
        0,
        "unknown function ALL()" + THERE_ARE,
    ),
    (
        "any(a)=1",
        0,
        "unknown function any()" + THERE_ARE,
    ),
    (
        "a = any(1)",
        4,
        "unknown function any()" + THERE_ARE,
    ),
    (
        "a = some(b)",
        4,
        "unknown function some()" + THERE_ARE,
    ),
    (
        "case end = 1",
        11,
        "the expression cannot be read at '1': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "try_cast(a as int)=1",
        0,
        "unknown function try_cast()" + THERE_ARE,
    ),
    (
        "struct_pack(a:=1)=1",
        0,
        "unknown function struct_pack()" + THERE_ARE,
    ),
    ("[1] = a", 0, "'[' cannot be used: lists cannot be read; send what you need as a property of its own"),
    (
        "value = 'x'\n  AND valeu % 2",
        24,
        "'%' cannot be used: there is no remainder operator; write a condition on the number itself",
    ),
    ("(a = 1", 5, "the expression cannot be read at '1': an operand, a word or a parenthesis is missing or too many"),
    ("a = 1)", 5, "the expression cannot be read at ')': an operand, a word or a parenthesis is missing or too many"),
    (
        "EXISTS('x', since => then)",
        21,
        "the expression cannot be read at 'then': an operand, a word or a parenthesis is missing or too many",
    ),
    (
        "a = 1 OR",
        6,
        "the expression cannot be read at 'OR': an operand, a word or a parenthesis is missing or too many",
    ),
]


@pytest.mark.parametrize(("text", "position", "said"), REFUSED)
def test_a_refused_word_names_its_place_and_what_would_be_right(text: str, position: int, said: str) -> None:
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
