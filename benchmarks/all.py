"""Everything that is measured, in the order in which it is printed."""

from collections.abc import Iterator

from benchmarks import (
    conditions,
    cutting,
    deciding,
    fanout,
    feeding,
    folding,
    history,
    posting,
    refusing,
    remembering,
    restarting,
    sending,
    storing,
    waiting,
)
from benchmarks.figure import Figure, Size


def every(size: Size) -> Iterator[Figure]:
    """The short ones first."""
    yield from conditions.measured(size)
    yield from refusing.measured(size)
    yield from deciding.measured(size)
    yield from folding.measured(size)
    yield from history.measured(size)
    yield from remembering.measured(size)
    yield from feeding.measured(size)
    yield from storing.measured(size)
    yield from cutting.measured(size)
    yield from restarting.measured(size)
    yield from waiting.measured(size)
    yield from fanout.measured(size)
    yield from sending.measured(size)
    yield from posting.measured(size)
