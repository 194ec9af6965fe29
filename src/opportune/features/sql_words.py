"""The first look at an SQL text: only known characters and words pass, and only texts of bounded size.

What is refused here is refused with the exact place, and never reaches the parser.
"""

import re
from difflib import get_close_matches

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token

from opportune.errors import ConditionError

MOST_CHARACTERS = 10_000
MOST_NODES = 400
MOST_DEPTH = 32
MOST_LETTERS = 63
"""No name that could be meant is longer."""
MOST_WORDS = 4 * MOST_NODES

FUNCTIONS = (
    "coalesce", "nullif", "least", "greatest", "lower", "upper", "length", "contains", "local_hour", "local_weekday",
)  # fmt: skip
FUNCTIONS_SAID = f"{', '.join(FUNCTIONS)} and EXISTS"
_BEFORE_PARENTHESIS = {"and", "or", "not", "in", "like", "between", "when", "then", "else", "case", "exists", "is"}
_OPERATORS = {"=", "==", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "(", ")", ",", ".", "=>"}
_WORD = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_REMEDIES = {
    "%": "there is no remainder operator; write a condition on the number itself",
    "//": "'//' is not understood the same everywhere; write / and compare, such as a / b >= 2",
    "||": "texts cannot be joined here; compare them one by one",
    "::": "there are no casts; a property takes the type its use asks for",
    ";": "one expression only, without ';'",
    "!": "write NOT, or <> for 'differs from'",
    "[": "lists cannot be read; send what you need as a property of its own",
    "->": "write a path with dots, such as properties.cart.value",
    "->>": "write a path with dots, such as properties.cart.value",
    "?": "there are no placeholders; write the value itself",
    "$": "there are no placeholders; write the value itself",
    ":": "there are no placeholders; write the value itself",
}
_FUNCTION_REMEDIES = {
    "len": "write length(x)",
    "ifnull": "write coalesce(x, y)",
    "nvl": "write coalesce(x, y)",
    "if": "write CASE WHEN condition THEN x ELSE y END",
    "iff": "write CASE WHEN condition THEN x ELSE y END",
    "max": "the larger of several values is greatest(x, y)",
    "min": "the smaller of several values is least(x, y)",
    "hour": "write local_hour(at), which is on the user's own clock",
    "weekday": "write local_weekday(at), from 1, Monday, to 7, Sunday, on the user's own clock",
    "dayofweek": "write local_weekday(at), from 1, Monday, to 7, Sunday, on the user's own clock",
    "isodow": "write local_weekday(at), from 1, Monday, to 7, Sunday, on the user's own clock",
    "list_contains": "write contains(list, x)",
    "array_contains": "write contains(list, x)",
    "starts_with": "write x LIKE 'blue%'",
    "ends_with": "write x LIKE '%blue'",
    "now": "a condition reads as of the event's own instant and cannot ask the clock",
    "cast": "there are no casts; a property takes the type its use asks for",
    "over": "windows belong into a feature; read that feature here",
    "filter": "windows belong into a feature; read that feature here",
    "regexp_matches": "write LIKE with % and _",
    "concat": "texts cannot be joined here; compare them one by one",
}
_AGGREGATES = {"count", "count_if", "sum", "avg", "last", "first", "top", "since", "decay"}


def words_of(text: str) -> list[Token]:
    """The text in tokens; raises ConditionError for whatever no expression can contain, and for sizes."""
    if len(text) > MOST_CHARACTERS:
        reason = f"an expression has at most {MOST_CHARACTERS} characters, not {len(text)}; make parts of it features"
        raise ConditionError(reason, position=MOST_CHARACTERS)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        reason = f"{text[error.start]!r} is half a character; write the whole one"
        raise ConditionError(reason, position=error.start) from None
    try:
        tokens = DuckDB().tokenize(text)
    except TokenError:
        raise ConditionError("a quote or a comment is not closed", position=_unclosed(text)) from None
    if not tokens:
        raise ConditionError("the expression is empty; write for example value >= 20")
    if len(tokens) > MOST_WORDS:
        raise ConditionError(_too_large(), position=tokens[MOST_WORDS].start)
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        _check(text, token, following)
    _check_depth(text, tokens)
    return tokens


def nearest(name: str, names: list[str] | tuple[str, ...], *, cutoff: float = 0.6) -> str:
    """``; did you mean x?`` if one of the names is close, else nothing."""
    close = get_close_matches(name, names, n=1, cutoff=cutoff) if len(name) <= MOST_LETTERS else []
    return f"; did you mean {close[0]}?" if close else ""


def _too_large() -> str:
    return f"an expression has at most {MOST_NODES} parts; make parts of it features"


def _check(text: str, token: Token, following: Token | None) -> None:
    said = text[token.start : token.end + 1]
    if _WORD.fullmatch(said):
        if following is not None and text[following.start] == "(":
            _check_function(said, token.start)
    elif said.startswith(("'", '"')) or _NUMBER.fullmatch(said) or said in _OPERATORS:
        return
    else:
        remedy = _REMEDIES.get(said, "it is no part of the condition language")
        raise ConditionError(f"{said!r} cannot be used: {remedy}", position=token.start)


def _check_function(said: str, position: int) -> None:
    name = said.lower()
    if name in FUNCTIONS or name in _BEFORE_PARENTHESIS:
        return
    if name in _FUNCTION_REMEDIES:
        raise ConditionError(f"{said}() cannot be used: {_FUNCTION_REMEDIES[name]}", position=position)
    if name in _AGGREGATES:
        reason = f"{said}() looks at many events: declare it as a feature, and read that feature here"
        raise ConditionError(reason, position=position)
    guess = nearest(name, (*FUNCTIONS, *sorted(_AGGREGATES))) or f"; there are {FUNCTIONS_SAID}"
    raise ConditionError(f"unknown function {said}(){guess}", position=position)


def _check_depth(text: str, tokens: list[Token]) -> None:
    """Refuses what would nest deeper than any usable expression, before a parser recurses into it."""
    depth = prefixes = 0
    for token in tokens:
        said = text[token.start : token.end + 1].lower()
        depth += (said in ("(", "case")) - (said in (")", "end"))
        prefixes = prefixes + 1 if said in ("not", "-", "+") else 0
        if max(depth, prefixes) > MOST_DEPTH:
            reason = f"nested more than {MOST_DEPTH} deep; make parts of it features"
            raise ConditionError(reason, position=token.start)


def _unclosed(text: str) -> int:
    """Where the quote or comment begins that the end of the text finds open."""
    opened = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|[^'\"]", re.DOTALL)
    place = 0
    while (found := opened.match(text, place)) is not None:
        if text.startswith("/*", place) and not found[0].startswith("/*"):
            return place
        place = found.end()
    return min(place, len(text) - 1)
