"""Aggregates of every function and window, and their values recomputed from all that has happened, the slow way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from opportune.events.event import Event
from opportune.events.names import EMAIL_OPENED, EMIT_ID, PASSIVE
from opportune.units import SECOND, Instant, Value

LATENESS = 20 * SECOND
IDLE = 4 * SECOND
EVER = -(10**15)
Arrived = tuple[Event, dict[str, object], dict[str, object], Instant]
"""An event, its properties and context, and the log clock when it came."""
Wanted = Callable[[Arrived], bool]
Window = tuple[int, int] | Literal["session", "since B", "since A"] | None


@dataclass(frozen=True)
class Case:
    """A feature, and what it says apart from its text."""

    text: str
    function: str
    wanted: Wanted
    argument: str = ""
    window: Window = None
    by: str = ""
    most: int = 0
    weight: str = ""
    half_life: Instant = 0


def named(*names: str) -> Wanted:
    return lambda arrived: arrived[0].name in names


def active(arrived: Arrived) -> bool:
    return arrived[0].name not in PASSIVE


def with_x(wanted: Wanted) -> Wanted:
    return lambda arrived: wanted(arrived) and is_number(arrived[1].get("x")) and arrived[1]["x"] > 2  # type: ignore[operator]


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


COUNTED = {
    "all_ever": Case("COUNT()", "count", active),
    "all_said": Case("COUNT(*) OVER ALL", "count", active),
    "a_ever": Case("COUNT_IF(event = 'A')", "count", named("A")),
    "a_five": Case("COUNT_IF(event = 'A') OVER LAST '5 seconds'", "count", named("A"), "", (5, 0)),
    "a_before": Case("COUNT_IF(event = 'A') OVER LAST '5 seconds' OFFSET '5 seconds'", "count", named("A"), "", (5, 5)),
    "a_session": Case("COUNT_IF(event = 'A') OVER SESSION", "count", named("A"), "", "session"),
    "a_since": Case("COUNT_IF(event = 'A') OVER SINCE 'B'", "count", named("A"), "", "since B"),
    "a_since_itself": Case("COUNT_IF(event = 'A') OVER SINCE 'A'", "count", named("A"), "", "since A"),
    "either": Case("COUNT_IF(event IN ('A', 'B')) OVER LAST '9 seconds'", "count", named("A", "B"), "", (9, 0)),
    "opened": Case("COUNT_IF(event = 'Email Opened') OVER SESSION", "count", named(EMAIL_OPENED), "", "session"),
    "big_b": Case("COUNT_IF(event = 'B' AND properties.x > 2)", "count", with_x(named("B"))),
    "since_a": Case("SINCE('A')", "since", named("A")),
    "since_b": Case("SINCE('B') OVER LAST '8 seconds'", "since", named("B"), "", (8, 0)),
    "a_by": Case("COUNT_IF(event = 'A') BY key", "count", named("A"), by="key"),
    "a_by_since": Case("COUNT_IF(event = 'A') OVER SINCE 'B' BY key", "count", named("A"), "", "since B", by="key"),
    "since_by": Case("SINCE('A') BY key", "since", named("A"), by="key"),
    "different": Case("COUNT(DISTINCT x)", "distinct", active, "x"),
    "different_b": Case(
        "COUNT(DISTINCT x) FILTER (WHERE event = 'B') OVER LAST '9 seconds'", "distinct", named("B"), "x", (9, 0)
    ),
    "different_since": Case("COUNT(DISTINCT word) OVER SINCE 'B'", "distinct", active, "word", "since B"),
    "different_by": Case("COUNT(DISTINCT x) OVER LAST '9 seconds' BY key", "distinct", active, "x", (9, 0), by="key"),
}
NUMBERS = {
    "sum_ever": Case("SUM(x)", "sum", active, "x"),
    "sum_b": Case("SUM(x) FILTER (WHERE event = 'B') OVER LAST '7 seconds'", "sum", named("B"), "x", (7, 0)),
    "sum_session": Case("SUM(properties.x) OVER SESSION", "sum", active, "x", "session"),
    "sum_since": Case("SUM(x) FILTER (WHERE event = 'A') OVER SINCE 'B'", "sum", named("A"), "x", "since B"),
    "sum_by": Case("SUM(x) BY key", "sum", active, "x", by="key"),
    "sum_seven_by": Case("SUM(x) OVER LAST '7 seconds' BY properties.key", "sum", active, "x", (7, 0), by="key"),
    "sum_session_by": Case("SUM(x) OVER SESSION BY key", "sum", active, "x", "session", by="key"),
    "average_ever": Case("AVG(x) FILTER (WHERE event = 'B')", "avg", named("B"), "x"),
    "average_big": Case("AVG(x) FILTER (WHERE x > 2) OVER LAST '10 seconds'", "avg", with_x(active), "x", (10, 0)),
    "least": Case("MIN(x)", "min", active, "x"),
    "greatest": Case("MAX(x)", "max", active, "x"),
    "least_b": Case(
        "MIN(x) FILTER (WHERE event = 'B') OVER LAST '6 seconds' OFFSET '2 seconds'", "min", named("B"), "x", (6, 2)
    ),
    "greatest_five": Case("MAX(x) OVER LAST '5 seconds'", "max", active, "x", (5, 0)),
    "greatest_session": Case("MAX(x) OVER SESSION", "max", active, "x", "session"),
    "least_since": Case("MIN(x) OVER SINCE 'A'", "min", active, "x", "since A"),
    "least_by": Case("MIN(x) BY key", "min", active, "x", by="key"),
    "faded": Case("DECAY(x, '2 seconds')", "decay", active, "x", half_life=2_000),
    "faded_soon": Case("DECAY(x, '0.125 seconds')", "decay", active, "x", half_life=125),
    "faded_b": Case(
        "DECAY(x, '0.125 seconds') FILTER (WHERE event = 'B') OVER LAST '9 seconds' OFFSET '1 second'",
        "decay", named("B"), "x", (9, 1), half_life=125,
    ),
    "faded_session": Case("DECAY(x, '3 seconds') OVER SESSION", "decay", active, "x", "session", half_life=3_000),
    "faded_by": Case("DECAY(x, '0.125 seconds') BY key", "decay", active, "x", by="key", half_life=125),
    "faded_since_by": Case(
        "DECAY(x, '1 second') OVER SINCE 'B' BY key", "decay", active, "x", "since B", by="key", half_life=1_000
    ),
}  # fmt: skip
WORDS = {
    "last_ever": Case("LAST(word)", "last", active, "word"),
    "last_b": Case("LAST(word) FILTER (WHERE event = 'B') OVER LAST '6 seconds'", "last", named("B"), "word", (6, 0)),
    "last_session": Case("LAST(word) OVER SESSION", "last", active, "word", "session"),
    "last_before": Case("LAST(key) OVER LAST '4 seconds' OFFSET '9 seconds'", "last", active, "key", (4, 9)),
    "last_by": Case("LAST(word) BY key", "last", active, "word", by="key"),
    "first_ever": Case("FIRST(word)", "first", active, "word"),
    "first_b": Case("FIRST(word) FILTER (WHERE event = 'B') OVER LAST '6 seconds'", "first", named("B"), "word",
                    (6, 0)),
    "first_session": Case("FIRST(word) OVER SESSION", "first", active, "word", "session"),
    "first_since": Case("FIRST(word) OVER SINCE 'A'", "first", active, "word", "since A"),
    "first_by": Case("FIRST(word) BY key", "first", active, "word", by="key"),
    "least_word": Case("MIN(lower(word))", "least word", active, "word"),
    "greatest_word": Case("MAX(lower(word)) OVER LAST '4 seconds'", "greatest word", active, "word", (4, 0)),
    "top": Case("TOP(1, word)", "top", active, "word", most=1),
    "top_b": Case("TOP(2, word) FILTER (WHERE event = 'B') OVER LAST '9 seconds'", "top", named("B"), "word", (9, 0),
                  most=2),
    "top_session": Case("TOP(2, word) OVER SESSION", "top", active, "word", "session", most=2),
    "top_weighed": Case("TOP(2, word, weight => x - 2)", "top", active, "word", most=2, weight="x"),
    "top_fading": Case("TOP(2, word, half_life => '0.125 seconds')", "top", active, "word", most=2, half_life=125),
    "top_weighed_fading": Case(
        "TOP(2, word, half_life => '1 second', weight => x - 2) OVER LAST '9 seconds'",
        "top", active, "word", (9, 0), most=2, half_life=1_000, weight="x",
    ),
    "top_by": Case("TOP(1, word) BY key", "top", active, "word", by="key", most=1),
    "hours": Case("HOURS()", "hours", active),
    "hours_b": Case("HOURS() FILTER (WHERE event = 'B') OVER LAST '9 seconds'", "hours", named("B"), "", (9, 0)),
    "hours_session": Case("HOURS() OVER SESSION", "hours", active, "", "session"),
    "hours_by": Case("HOURS() BY key", "hours", active, by="key"),
}  # fmt: skip
CASES: dict[str, Case] = COUNTED | NUMBERS | WORDS


def sessions(history: list[Arrived]) -> list[tuple[Instant, Instant]]:
    """All sessions there ever were."""
    found: list[tuple[Instant, Instant]] = []
    for at in sorted(event.at for event, _, _, clock in history if is_activity(event, clock)):
        if found and at - found[-1][1] < IDLE:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found


def is_activity(event: Event, clock: Instant) -> bool:
    is_passive = event.name in PASSIVE or event.is_history or event.id.startswith(EMIT_ID)
    return not is_passive and clock - event.at <= LATENESS


def session_of(history: list[Arrived], at: Instant) -> tuple[Instant, Instant] | None:
    return next((each for each in sessions(history) if each[0] <= at < each[1] + IDLE), None)


def first_and_end(case: Case, history: list[Arrived], at: Instant) -> tuple[Instant, Instant]:
    """The first and the last instant of the window."""
    match case.window:
        case None:
            return EVER, at
        case "session":
            session = session_of(history, at)
            return (session[0], at) if session else (1, 0)
        case "since A" | "since B":
            began = [event.at for event, *_ in history if event.name == case.window[-1] and event.at <= at]
            return (max(began) + 1, at) if began else (1, 0)
        case (span, offset):
            end = at - offset * SECOND
            return end - span * SECOND + 1, end


def recomputed(case: Case, history: list[Arrived], at: Instant, key: object = None) -> Value:
    """The value as of this instant; ``key``: of the property BY which it is."""
    first, end = first_and_end(case, history, at)
    inside = sorted(
        (each for each in history if case.wanted(each) and first <= each[0].at <= end),
        key=lambda each: (each[0].at, each[0].seq),
    )
    if case.by:
        inside = [each for each in inside if key_text(each[1].get(case.by)) == key_text(key) is not None]
    if case.half_life:
        inside = [each for each in inside if at - each[0].at < 64 * case.half_life]
    match case.function:
        case "count":
            return len(inside)
        case "since":
            return (at - inside[-1][0].at) / SECOND if inside else None
        case "hours":
            shown = [hour(event, context) for event, _, context, _ in inside]
            return tuple(shown.count(each) for each in range(24)) if shown else None
        case "top":
            return listed(case, inside, at)
        case "decay":
            values = [(each[0].at, each[1].get(case.argument)) for each in inside]
            faded = [round(x * 2.0 ** ((then - at) / case.half_life) * 10**6) for then, x in values if is_sum(x)]  # type: ignore[operator]
            return sum(faded) / 10**6 if faded else None
        case _:
            return valued(case.function, [each[1].get(case.argument) for each in inside])


def valued(function: str, values: list[object]) -> Value:
    there = [value for value in values if value is not None]
    numbers = [value for value in there if is_number(value)]
    words = [value for value in there if isinstance(value, str)]
    summed = [round(float(value) * 10**6) for value in numbers if is_sum(value)]  # type: ignore[arg-type]
    match function:
        case "last":
            return there[-1] if there else None  # type: ignore[return-value]
        case "first":
            return there[0] if there else None  # type: ignore[return-value]
        case "distinct":
            return len({(isinstance(value, bool), isinstance(value, str), value) for value in there})
        case "min" | "max":
            return (min if function == "min" else max)(numbers, default=None)  # type: ignore[type-var]
        case "least word" | "greatest word":
            return (min if function == "least word" else max)(words, default=None)
        case "sum":
            return sum(summed) / 10**6 if summed else None
        case _:
            return float(sum(summed)) / (10**6 * len(summed)) if summed else None


def is_sum(value: object) -> bool:
    return is_number(value) and abs(value) <= 10**12  # type: ignore[arg-type]


def listed(case: Case, inside: list[Arrived], at: Instant) -> Value:
    """The words that weigh most."""
    weights: dict[str, int] = {}
    for event, properties, _, _ in inside:
        word, weight = properties.get(case.argument), properties.get(case.weight) if case.weight else 3
        if isinstance(word, str) and is_number(weight) and is_sum(weight - 2):  # type: ignore[operator]
            size = float(weight - 2) * (2.0 ** ((event.at - at) / case.half_life) if case.half_life else 1)  # type: ignore[operator]
            weights[word] = weights.get(word, 0) + round(size * 10**6)
    words = sorted(sorted(word for word in weights if weights[word] > 0), key=lambda word: weights[word], reverse=True)
    return tuple(words[: case.most]) or None


def hour(event: Event, context: dict[str, object]) -> int:
    zone = context.get("timezone")
    return datetime.fromtimestamp(event.at / 1_000, ZoneInfo(zone) if isinstance(zone, str) else UTC).hour


def key_text(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
