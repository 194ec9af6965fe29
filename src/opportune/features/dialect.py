"""What engines of history spell differently, in one place; everything else that is emitted is common SQL.

The spellings here are DuckDB's. Another engine is a subclass that says its own.
"""

from collections.abc import Callable, Sequence

_SHORT = 200
"""Up to so many characters an operand is written twice rather than bound to a name."""
_UNPRINTED = "\0"


class Dialect:
    """DuckDB's spellings. Names that begin with ``let_`` are taken; no column may be called so."""

    number = "DOUBLE"
    text = "VARCHAR"
    boolean = "BOOLEAN"
    many_texts = "VARCHAR[]"

    def literal(self, value: str) -> str:
        """A text; a backslash is a character like any other."""
        pieces = ["'" + piece.replace("'", "''") + "'" for piece in value.split(_UNPRINTED)]
        return pieces[0] if len(pieces) == 1 else "(" + " || chr(0) || ".join(pieces) + ")"

    def let(self, operand: str, name: str, body: Callable[[str], str]) -> str:
        """The body over an operand that is computed once, so that text and work stay linear in what is emitted.

        ``name`` begins with ``let_`` and is used once in an expression.
        """
        if len(operand) <= _SHORT:
            return body(operand)
        return f"list_transform([{operand}], lambda {name}: {body(name)})[1]"

    def length(self, operand: str) -> str:
        """How many code points a text has, as a number."""
        return f"CAST(length({operand}) AS {self.number})"

    def lower(self, operand: str) -> str:
        """A text in small letters, as ``letters.lower`` makes them: character by character."""
        return f"lower({operand})"

    def upper(self, operand: str) -> str:
        """A text in capitals, as ``letters.upper`` makes them."""
        return f"upper({operand})"

    def matches(self, operand: str, pattern: str) -> str:
        """LIKE, in which nothing but ``%`` and ``_`` is special."""
        return f"({operand} LIKE {self.literal(pattern)})"

    def has(self, many: str, item: str) -> str:
        """Whether a list contains the item; NULL if either is NULL."""
        return f"list_contains({many}, {item})"

    def json_at(self, column: str, names: Sequence[str]) -> str:
        """The JSON value below an object under these names, one within the other; NULL if there is none."""
        if any("*" in name for name in names):
            return self._json_stepped(column, names)
        path = "$" + "".join('."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in names)
        return f"json_extract({column}, {self.literal(path)})"

    def _json_stepped(self, column: str, names: Sequence[str]) -> str:
        """By pointers where a path would take a star for all names; a pointer of digits would look into a list."""
        for name in names:
            if "*" in name:
                pointer = "/" + name.replace("~", "~0").replace("/", "~1")
                column = f"json_extract({column}, {self.literal(pointer)})"
            else:
                column = self.json_at(column, (name,))
        return column

    def json_is_something(self, value: str) -> str:
        """Whether a JSON value is there and is not null: TRUE, or else FALSE or NULL."""
        return f"CAST({value} AS VARCHAR) <> 'null'"

    def json_number(self, value: str) -> str:
        """The number as the nearest float, which may be infinite; NULL for all other JSON."""
        return f"TRY_CAST(CAST({value} AS VARCHAR) AS DOUBLE)"

    def json_text(self, value: str) -> str:
        """The text; NULL for all other JSON."""
        return f"CASE WHEN CAST({value} AS VARCHAR) LIKE '\"%' THEN json_extract_string({value}, '$') END"

    def json_boolean(self, value: str) -> str:
        """TRUE or FALSE; NULL for all other JSON."""
        return f"CASE CAST({value} AS VARCHAR) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"


DUCKDB = Dialect()
