"""A wait as written in a step: for a span, until an event, by the user's own clock, or until a date."""

from typing import Literal

from opportune.journeys.step import Step, Wait, WaitDate, WaitLocal, WaitUntil
from opportune.playbook.read_expression import Expressions
from opportune.playbook.read_local import MIDNIGHT, offset_of, wall_time_of, weekdays_of, window_of
from opportune.playbook.section import Section, span_at
from opportune.playbook.yaml_nodes import Branch, Node

Ending = Literal["continue", "end"]
ENDINGS: dict[str, Ending] = {"continue": "continue", "end": "end"}
Since = Literal["entry", "now"]
SINCE: dict[str, Since] = {"now": "now", "entry": "entry"}
Counted = Literal["step", "active"]
COUNTED: dict[str, Counted] = {"now": "step", "active": "active"}
CLOCK_KEYS = ("at", "between", "on")


def wait_of(section: Section, wait: Node, expressions: Expressions) -> Step:
    """The wait that stands in a step's section."""
    if not isinstance(wait, Branch):
        return Wait(span_at(wait, "wait", section.problems))
    inner = Section(wait, section.problems, "wait")
    names = inner.names()
    step: Step
    if "for" in names:
        step = Wait(inner.span("for"), inner.choice("since", COUNTED, "step"))
    elif "date" in names:
        step = WaitDate(
            trait=inner.text("date", example="trial_ends_on"),
            offset=offset_of(inner, "offset"),
            at=wall_time_of(inner, "at"),
            if_missing=section.choice("missing", ENDINGS, "continue"),
        )
    elif "until" not in names and any(key in names for key in CLOCK_KEYS):
        step = _on_the_clock(inner)
    else:
        step = WaitUntil(
            event=inner.text("until", example="Email Opened"),
            at_most=inner.span("at_most"),
            since=inner.choice("since", SINCE, "now"),
            condition=expressions.condition(inner, "where"),
        )
    inner.close()
    return step


def _on_the_clock(inner: Section) -> WaitLocal:
    """``{at: ..}`` an instant, ``{between: ..}`` a window, ``{on: ..}`` alone any time of these days."""
    weekdays = weekdays_of(inner, "on")
    if inner.node("at") is not None:
        if inner.node("between") is not None:
            inner.wrong("between", "a wait names at or between, not both")
        return WaitLocal(wall_time_of(inner, "at") or MIDNIGHT, None, weekdays)
    start, end = MIDNIGHT, MIDNIGHT
    if inner.node("between") is not None:
        start, end = window_of(inner, "between")
    elif inner.node("on") is None:
        inner.missing("on", "'on: [monday, tuesday]'")
    return WaitLocal(start, end, weekdays)
