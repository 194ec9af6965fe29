"""Errors of this package as lines for an operator; anything else is our own fault and keeps its traceback."""

import sys
from collections.abc import Iterator

from opportune.errors import OpportuneError, PlaybookError
from opportune.wiring.cli.exit_codes import UNAVAILABLE, WRONG


def complain(error: BaseException) -> int:
    """Prints a line for each problem and returns the exit code; raises what is not an error of this package."""
    found = list(_single(error))
    if not all(isinstance(each, OpportuneError) for each in found):
        raise error
    for line in dict.fromkeys(line for each in found for line in str(each).splitlines()):
        print(f"opportune: {line}", file=sys.stderr)
    return WRONG if all(isinstance(each, PlaybookError) for each in found) else UNAVAILABLE


def _single(error: BaseException) -> Iterator[BaseException]:
    """The errors inside a group, however deep."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _single(each)
    else:
        yield error
