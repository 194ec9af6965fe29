"""SQL texts grown from choices: mostly of the condition language, now and then just outside it."""

from tests.fuzz.choices import Choices

_NUMBERS = (
    "0",
    "1",
    "-1",
    "20",
    "0.5",
    "1e3",
    "9223372036854775807",
    "9223372036854775808",
    "1e308",
    "1e999",
    ".5",
    "007",
)
_TEXTS = ("''", "'a'", "'blue%'", "'_'", "'it''s'", "'20'", "'é'", "'2 days'", "'%%%a%b'", "'Cart Updated'")
_NAMES = (
    *(
        "value",
        "city",
        "properties.value",
        "traits.city",
        "context.ip",
        "orders_90d",
        "avg_order",
        "features.orders_90d",
    ),
    *('"x y"', "a.b.c", "properties.a.b", "event", "entry", "plan", "is_new", 'properties."2nd"', "features.nope", "x"),
    *("a.b.c.d.e.f.g.h.i", '""', "VALUE", "date", "interval", "user", "end", "order", "timestamp", "map", "struct"),
    *("local_hour(at)", "local_weekday(at)", "liked", "at"),
)
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "!=", "==")
_FUNCTIONS = (
    "coalesce",
    "nullif",
    "least",
    "greatest",
    "lower",
    "upper",
    "length",
    "LOWER",
    "len",
    "now",
    "count",
    "if",
)
_STRAY = (
    *(
        "%",
        "//",
        "||",
        "::int",
        ";",
        "!",
        "[0]",
        "->",
        "?",
        "$1",
        ":a",
        "{",
        "}",
        "--",
        "/*",
        "*/",
        "'",
        '"',
        "\0",
        "é",
        ",",
    ),
    *("AS b", "COLLATE x", "ESCAPE 'x'", "OVER ()", "FILTER (WHERE a)", "IGNORE NULLS", "DISTINCT", "AT TIME ZONE 'x'"),
    *(
        "SELECT 1",
        "ALL",
        "ANY (1)",
        "ILIKE 'a'",
        "SIMILAR TO 'a'",
        "IS DISTINCT FROM 1",
        "IS TRUE",
        "NOTNULL",
        "ISNULL",
    ),
    *(
        "=> 1",
        "lambda x: x",
        "x -> x",
        "PIVOT",
        "GLOB 'x'",
        "~ 'x'",
        "^ 2",
        "** 2",
        "DIV 2",
        "MOD 2",
        "XOR x",
        "\\",
        "@a",
    ),
)


def expression(choices: Choices, depth: int = 4) -> str:
    """Any expression."""
    return choices.one((boolean, number, text))(choices, depth)


def boolean(choices: Choices, depth: int = 4) -> str:
    """What is mostly TRUE, FALSE or NULL."""
    if not depth or choices.is_over:
        return choices.one(("TRUE", "contains(liked, city)", "NULL", "is_new", "value > 1", "city = 'a'"))
    less = depth - 1
    match choices.below(14):
        case 0:
            return f"{number(choices, less)} {choices.one(_COMPARISONS)} {number(choices, less)}"
        case 1:
            return f"{text(choices, less)} {choices.one(_COMPARISONS)} {text(choices, less)}"
        case 2 | 3:
            word = choices.one((" AND ", " OR "))
            return word.join(boolean(choices, less) for _ in range(2 + choices.below(3)))
        case 4:
            return f"NOT {boolean(choices, less)}"
        case 5:
            values = ", ".join(choices.one(_NUMBERS) for _ in range(1 + choices.below(4)))
            return f"{number(choices, less)} {choices.one(('IN', 'NOT IN'))} ({values})"
        case 6:
            values = ", ".join(choices.some(lambda: text(choices, 0), 3))
            return f"{choices.one(_NAMES)} {choices.one(('IN', 'NOT IN'))} ({values})"
        case 7:
            return f"{number(choices, less)} BETWEEN {number(choices, less)} AND {number(choices, less)}"
        case 8:
            return f"{text(choices, less)} {choices.one(('LIKE', 'NOT LIKE'))} {choices.one(_TEXTS)}"
        case 9:
            return f"{expression(choices, less)} {choices.one(('IS NULL', 'IS NOT NULL', 'IS TRUE', 'IS 1'))}"
        case 10:
            since = choices.one(
                ("entry", "'2 days'", "'1 fortnight'", "2", f"'{'9' * choices.below(400)} days'", "value")
            )
            return f"EXISTS({choices.one(_TEXTS)}, since => {since})"
        case 11:
            return _case(choices, less, boolean)
        case 12:
            return f"({boolean(choices, less)})"
        case _:
            return f"{boolean(choices, less)} {choices.one(_STRAY)} {choices.text(6)}"


def number(choices: Choices, depth: int = 4) -> str:
    """What is mostly a number."""
    if not depth or choices.is_over:
        return choices.one((*_NUMBERS, *_NAMES))
    less = depth - 1
    match choices.below(8):
        case 0 | 1:
            return choices.one(_NUMBERS)
        case 2:
            return choices.one(_NAMES)
        case 3:
            return f"{number(choices, less)} {choices.one('+-*/%')} {number(choices, less)}"
        case 4:
            return f"-{number(choices, less)}"
        case 5:
            return _called(choices, less, number)
        case 6:
            return _case(choices, less, number)
        case _:
            return f"({number(choices, less)})"


def text(choices: Choices, depth: int = 4) -> str:
    """What is mostly a text."""
    if not depth or choices.is_over:
        return choices.one((*_TEXTS, *_NAMES))
    match choices.below(5):
        case 0 | 1:
            return choices.one(_TEXTS)
        case 2:
            return choices.one(_NAMES)
        case 3:
            return _called(choices, depth - 1, text)
        case _:
            return _case(choices, depth - 1, text)


_AGGREGATES = (
    "COUNT()", "COUNT_IF(%s)", "SUM(%s)", "AVG(%s)", "LAST(%s)", "SINCE('Logged In')", "count(*)", "MAX(%s)",
    "MIN(%s)", "FIRST(%s)", "COUNT(DISTINCT %s)", "DECAY(%s, '1 hour')", "DECAY(value, %s)", "TOP(2, %s)",
    "TOP(2, city, weight => %s)", "TOP(1, %s, half_life => '1 hour', weight => value)", "HOURS()", "SUM(DISTINCT %s)",
    "MEDIAN(%s)",
)  # fmt: skip


def feature(choices: Choices) -> str:
    """An aggregate or a formula."""
    if choices.flag(4):
        return expression(choices, 2)
    word = choices.one(_AGGREGATES)
    made = word.replace("%s", choices.one((boolean, number, expression))(choices, 2), 1)
    if choices.flag():
        where = choices.one(("event = 'Order Completed'", "event IN ('A', 'B')", boolean(choices, 2)))
        made += f" FILTER (WHERE {where})"
    spans = ("'90 days'", "'1 hour'", "'0 days'", "'-1 day'", "'11 years'", f"'{'9' * choices.below(400)} days'", "90")
    window = (
        f" OVER LAST {choices.one(spans)}", f" OVER LAST {choices.one(spans)} BEFORE {choices.one(spans)}",
        " OVER SESSION", " OVER EVERYTHING", " OVER IN SESSION", " OVER (PARTITION BY x)", " " + choices.text(),
        " OVER ALL", " OVER SINCE 'Logged In'", " OVER SINCE Logged",
    )  # fmt: skip
    made += choices.one(window) if choices.flag(3) or choices.flag() else ""
    return made + (choices.one((" BY city", " BY properties.cart.id", " BY x, y", " BY")) if choices.flag(4) else "")


def _case(choices: Choices, depth: int, kind: object) -> str:
    assert callable(kind)
    subject = choices.one(("", "", f"{choices.one(_NAMES)} "))
    branches = " ".join(
        f"WHEN {boolean(choices, depth)} THEN {kind(choices, depth)}" for _ in range(1 + choices.below(2))
    )
    return f"CASE {subject}{branches}{f' ELSE {kind(choices, depth)}' if choices.flag() else ''} END"


def _called(choices: Choices, depth: int, kind: object) -> str:
    assert callable(kind)
    given = ", ".join(kind(choices, depth) for _ in range(choices.below(4)))
    return f"{choices.one(_FUNCTIONS)}({given})"
