"""Everything that is measured, in the order in which it is printed."""

from collections.abc import Iterable, Iterator

from benchmarks import (
    backtest,
    conditions,
    cutting,
    deciding,
    fanout,
    feeding,
    folding,
    history,
    planning,
    posting,
    refusing,
    remembering,
    replaying,
    restarting,
    sending,
    sendtime,
    sendtime_real,
    sendtime_simulator,
    storing,
    waiting,
    why,
)
from benchmarks.figure import Figure, Size

PARTS = {
    each.__name__.rpartition(".")[2]: each.measured
    for each in (
        conditions,
        refusing,
        deciding,
        folding,
        history,
        planning,
        remembering,
        feeding,
        storing,
        cutting,
        restarting,
        replaying,
        waiting,
        why,
        backtest,
        fanout,
        sending,
        posting,
        sendtime,
        sendtime_real,
        sendtime_simulator,
    )
}
"""By name, the short ones first."""


def every(size: Size, parts: Iterable[str] = PARTS) -> Iterator[Figure]:
    """The figures of these parts."""
    for name in parts:
        yield from PARTS[name](size)
