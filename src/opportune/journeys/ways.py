"""Where a run goes from each step, and by what: runs move by this table, and their picture is drawn from it."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.journeys.step import (
    Branch,
    Digest,
    Emit,
    End,
    Goto,
    Send,
    SetTraits,
    Split,
    Step,
    Wait,
    WaitDate,
    WaitLocal,
    WaitUntil,
)

By: TypeAlias = Literal[
    "over", "missing", "answered", "timeout", "sent", "not_sent", "unless", "true", "otherwise", "made", "arm", "goto"
]
"""What leads a run on: a wait is over, or has no date to wait for; the event waited for comes, or does not in time; the
message was sent, or was not; the condition is not TRUE, so that nothing is proposed; a branch goes one way or the
other; traits are set, or an event is emitted; an experiment goes one of its ways; a branch ends where others join."""


class Way(Struct, frozen=True):
    """One way on from a step."""

    by: By
    to: int | None
    """The place of a step, or behind the last one; None: the run ends."""
    arm: str = ""
    """Of an experiment."""


def after(step: Step, place: int, by: By) -> int:
    """The place to which this leads a run that stands at the step at ``place``, if it does not end it."""
    match step, by:
        case (WaitUntil(on_timeout=int(to)), "timeout") | (Send(on_not_sent=int(to)), "not_sent"):
            return to
        case (Branch(otherwise=to), "otherwise") | (Goto(to), "goto"):
            return to
        case _:
            return place + 1


def ends(step: Step, by: By) -> bool:
    """Whether this ends a run that stands at the step."""
    match step, by:
        case (Send(if_not_sent="end"), "not_sent") | (WaitDate(if_missing="end"), "missing"):
            return True
        case _:
            return isinstance(step, End)


def ways_of(step: Step, place: int) -> Iterator[Way]:
    """All ways on from the step at ``place``."""
    if isinstance(step, Split):
        yield from (Way("arm", arm.step, arm.name) for arm in step.arms)
        return
    for by in _words_of(step):
        yield Way(by, None if ends(step, by) else after(step, place, by))


def _words_of(step: Step) -> tuple[By, ...]:
    match step:
        case Wait() | WaitLocal() | Digest():
            return ("over",)
        case WaitDate():
            return ("over", "missing")
        case WaitUntil():
            return ("answered", "timeout")
        case Send(when=when):
            return ("sent", "not_sent") if when is None else ("sent", "not_sent", "unless")
        case Branch():
            return ("true", "otherwise")
        case SetTraits() | Emit():
            return ("made",)
        case Goto():
            return ("goto",)
        case End() | Split():
            return ()
