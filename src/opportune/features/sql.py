"""SQL text into an ``Expression``; what is not on the closed lists of words, nodes and arguments is refused.

Importing this module takes long (it brings the SQL parser), so it is imported only where a text is read.
"""

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token

from opportune.errors import ConditionError
from opportune.features.expression import Expression, Kind, kind_of
from opportune.features.kinds import Kinds
from opportune.features.sql_build import Builder
from opportune.features.sql_text import STATEMENTS
from opportune.features.sql_words import words_of

_BEGINNINGS = frozenset(DuckDB.Parser.STATEMENT_PARSERS) | frozenset(DuckDB.Tokenizer.COMMANDS)
"""Where one of these comes first the parser reads a statement."""


def read(text: str, *, features: Mapping[str, Kind], allows_event: bool, wanted: Kind) -> Expression:
    """The text as an Expression of the wanted kind (``unknown``: any); raises ConditionError."""
    parsed = _parsed(text)
    first = Builder(Kinds({}), features, allows_event=allows_event, is_final=False)
    first.top(parsed, wanted)
    final = Builder(Kinds(first.kinds.settled()), features, allows_event=allows_event, is_final=True)
    node = final.top(parsed, wanted).node
    return Expression(text, node, kind_of(node))


def _parsed(text: str) -> exp.Expr:
    """The parser's tree of a text whose words have all been checked."""
    tokens = words_of(text)
    if tokens[0].token_type in _BEGINNINGS:
        word = _word_of_statements(text, tokens[:1])
        if word is not None:
            raise word
    try:
        trees = DuckDB().parser().parse(tokens, text)
    except ParseError as error:
        raise _word_of_statements(text, tokens) or _syntax_error(text, error) from None
    except RecursionError:
        raise ConditionError("nested too deep; make parts of it features", position=tokens[-1].start) from None
    if len(trees) != 1 or trees[0] is None:
        raise ConditionError("there is no expression to be read; write for example value >= 20")
    if not isinstance(trees[0], exp.Condition):
        word = _word_of_statements(text, tokens)
        if word is not None:
            raise word
    return trees[0]


def _word_of_statements(text: str, tokens: list[Token]) -> ConditionError | None:
    """What to write for the first name that the parser has taken for the word of a statement; None if there is none."""
    for before, token in zip((None, *tokens), tokens, strict=False):
        said = text[token.start : token.end + 1]
        if said.lower() in STATEMENTS and (before is None or text[before.start] != "."):
            reason = f"{said} is a word of SQL; for a property of that name write properties.{said}"
            if said.lower() == "where":
                reason = "WHERE stands in features only; count such events in a feature, and read that feature here"
            return ConditionError(reason, position=token.start)
    return None


def _syntax_error(text: str, error: ParseError) -> ConditionError:
    found = error.errors[0]
    lines = text.split("\n")
    line, column = int(found.get("line") or 1), int(found.get("col") or 0)
    said = str(found.get("highlight") or "")
    position = sum(len(before) + 1 for before in lines[: line - 1]) + max(column - len(said), 0)
    near = f"at {said!r}" if said else "at its end"
    reason = f"the expression cannot be read {near}: an operand, a word or a parenthesis is missing or too many"
    if "Contains" in str(found.get("description")):
        reason = "contains needs a list and what it may contain, such as contains(top_categories, 'shoes')"
    return ConditionError(reason, position=min(position, max(len(text) - 1, 0)))
