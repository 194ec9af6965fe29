"""The words that an aggregate can begin with, and what to say of those that it cannot."""

import re
from collections.abc import Mapping
from typing import Final

from opportune.errors import ConditionError
from opportune.features.aggregate import Function

FUNCTIONS: Final[Mapping[str, Function]] = {
    "COUNT": "count",
    "COUNT_IF": "count",
    "SUM": "sum",
    "AVG": "avg",
    "MIN": "min",
    "MAX": "max",
    "FIRST": "first",
    "LAST": "last",
    "TOP": "top",
    "DECAY": "decay",
    "HOURS": "hours",
    "SINCE": "since",
}
_OTHERS: Mapping[str, str] = {
    "MEDIAN": "AVG(x)",
    "MODE": "TOP(1, x)",
    "ANY": "LAST(x)",
    "ANY_VALUE": "LAST(x)",
    "COUNT_DISTINCT": "COUNT(DISTINCT x)",
    "APPROX_COUNT_DISTINCT": "COUNT(DISTINCT x)",
    "COUNTIF": "COUNT_IF(condition)",
    "SUM_IF": "SUM(x) FILTER (WHERE condition)",
    "AVERAGE": "AVG(x)",
    "MEAN": "AVG(x)",
    "TOTAL": "SUM(x)",
    "MINIMUM": "MIN(x)",
    "MAXIMUM": "MAX(x)",
    "FIRST_VALUE": "FIRST(x)",
    "LAST_VALUE": "LAST(x)",
    "ARRAY_AGG": "TOP(10, x)",
    "LIST": "TOP(10, x)",
    "HISTOGRAM": "HOURS()",
    "STDDEV": "",
    "VARIANCE": "",
    "PERCENTILE": "",
    "QUANTILE": "",
}
"""What people write who know other languages, and what comes nearest to it here."""
HEAD = re.compile(rf"\s*({'|'.join(sorted(FUNCTIONS, key=len, reverse=True))})\s*\(", re.IGNORECASE)
_OTHER = re.compile(rf"\s*({'|'.join(sorted(_OTHERS, key=len, reverse=True))})\s*\(", re.IGNORECASE)


def check_known(text: str) -> None:
    """Raises ConditionError if the text begins with an aggregate that other languages have."""
    other = _OTHER.match(text)
    if other is not None:
        word = other[1].upper()
        there = ", ".join(FUNCTIONS)
        nearest = f"; write {_OTHERS[word]}" if _OTHERS[word] else ""
        raise ConditionError(f"there is no {word}: there are {there}{nearest}", position=other.start(1))
