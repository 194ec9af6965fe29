"""What engines spell differently where history is aggregated, beside what ``dialect`` says of values."""

from collections.abc import Sequence

from opportune.features.dialect import Dialect
from opportune.features.expression import Kind
from opportune.features.series import MOST_CHARACTERS


class Engine(Dialect):
    """DuckDB's spellings."""

    has_moving_frames = True
    """Whether a frame may begin elsewhere for each row."""

    def whole_micros(self, number: str) -> str:
        """A number in whole millionths, an exact half to the even neighbour."""
        return f"CAST(round_even(({number}) * 1e6, 0) AS BIGINT)"

    def from_micros(self, total: str) -> str:
        """A total of millionths as the nearest float."""
        return f"CAST(CAST({total} AS DECIMAL(38,0)) * CAST(0.000001 AS DECIMAL(7,6)) AS DOUBLE)"

    def nearest(self, whole: str) -> str:
        """A whole number, however large, as the nearest float: beyond 2**53 a plain cast may miss it."""
        is_exact = f"{whole} BETWEEN -9007199254740992 AND 9007199254740992"
        return f"CASE WHEN {is_exact} THEN CAST({whole} AS DOUBLE) ELSE CAST(CAST({whole} AS VARCHAR) AS DOUBLE) END"

    def newest(self, value: str, order: str) -> str:
        """The value that is not NULL where the order is greatest."""
        return f"arg_max({value}, CASE WHEN {value} IS NOT NULL THEN {order} END)"

    def oldest(self, value: str, order: str) -> str:
        """The value that is not NULL where the order is least."""
        return f"arg_min({value}, CASE WHEN {value} IS NOT NULL THEN {order} END)"

    def is_kept(self, value: str, kind: Kind) -> str:
        """Whether FIRST and LAST take the value."""
        if kind in ("text", "unknown"):
            return f"length({value}) <= {MOST_CHARACTERS + (2 if kind == 'unknown' else 0)}"
        return f"{value} IS NOT NULL"

    def as_list(self, items: Sequence[str]) -> str:
        """These values as a list."""
        return f"[{', '.join(items)}]"

    def in_order(self, value: str, order: str) -> str:
        """All values of a group as a list, in this order."""
        return f"list({value} ORDER BY {order})"

    def digits(self, number: str) -> str:
        """A number as text: a whole one in all its digits, any other in as few as tell it apart."""
        whole = f"format('{{:.0f}}', {number} + 0e0)"
        return f"CASE WHEN {number} = floor({number}) THEN {whole} ELSE CAST({number} AS VARCHAR) END"

    def power_of_two(self, exponent: str) -> str:
        """2 to the power of a float."""
        return f"pow(2e0, {exponent})"

    def floored(self, number: str, span: int) -> str:
        """What is left of a whole number after whole spans, from 0 on; also of one below 0."""
        return f"((({number}) % {span} + {span}) % {span})"

    def whole_part(self, number: str, span: int) -> str:
        """How many whole spans a number has, without sign."""
        return f"({number} // {span})"


ENGINE = Engine()
