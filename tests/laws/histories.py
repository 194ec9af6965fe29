"""Random histories of one user, the features that are read of them, and the same recomputed from nothing."""

from collections.abc import Callable
from typing import Literal

import msgspec
from hypothesis import strategies as st

from opportune.events.event import Event
from opportune.events.names import EMAIL_OPENED, IDENTIFIED, PASSIVE
from opportune.features.feature import features_from
from opportune.features.fold import Fold, PlainFold, Watch, new_profile
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.features.traits import ZONE_TRAIT
from opportune.units import SECOND, Instant, Scalar

LATENESS = 20 * SECOND
IDLE = 4 * SECOND
Arrived = tuple[Event, dict[str, object], dict[str, object], Instant]
"""An event, its properties and context, and the log clock when it came."""
Wanted = Callable[[Arrived], bool]
Window = tuple[int, int] | Literal["session"] | None


def named(*names: str) -> Wanted:
    return lambda arrived: arrived[0].name in names


def active(arrived: Arrived) -> bool:
    return arrived[0].name not in PASSIVE


def with_x(wanted: Wanted) -> Wanted:
    return lambda arrived: wanted(arrived) and is_number(arrived[1].get("x")) and arrived[1]["x"] > 2  # type: ignore[operator]


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


CASES: dict[str, tuple[str, str, Wanted, str, Window]] = {
    "all_ever": ("COUNT()", "count", active, "", None),
    "a_ever": ("COUNT_IF(event = 'A')", "count", named("A"), "", None),
    "a_five": ("COUNT_IF(event = 'A') OVER LAST '5 seconds'", "count", named("A"), "", (5, 0)),
    "a_before": ("COUNT_IF(event = 'A') OVER LAST '5 seconds' OFFSET '5 seconds'", "count", named("A"), "", (5, 5)),
    "a_session": ("COUNT_IF(event = 'A') OVER SESSION", "count", named("A"), "", "session"),
    "either": ("COUNT_IF(event IN ('A', 'B')) OVER LAST '9 seconds'", "count", named("A", "B"), "", (9, 0)),
    "opened": ("COUNT_IF(event = 'Email Opened') OVER SESSION", "count", named(EMAIL_OPENED), "", "session"),
    "big_b": ("COUNT_IF(event = 'B' AND properties.x > 2)", "count", with_x(named("B")), "", None),
    "sum_ever": ("SUM(x)", "sum", active, "x", None),
    "sum_b": ("SUM(x) FILTER (WHERE event = 'B') OVER LAST '7 seconds'", "sum", named("B"), "x", (7, 0)),
    "sum_session": ("SUM(properties.x) OVER SESSION", "sum", active, "x", "session"),
    "average_ever": ("AVG(x) FILTER (WHERE event = 'B')", "avg", named("B"), "x", None),
    "average_big": ("AVG(x) FILTER (WHERE x > 2) OVER LAST '10 seconds'", "avg", with_x(active), "x", (10, 0)),
    "last_ever": ("LAST(word)", "last", active, "word", None),
    "last_b": ("LAST(word) FILTER (WHERE event = 'B') OVER LAST '6 seconds'", "last", named("B"), "word", (6, 0)),
    "last_session": ("LAST(word) OVER SESSION", "last", active, "word", "session"),
    "since_a": ("SINCE('A')", "since", named("A"), "", None),
    "since_b": ("SINCE('B') OVER LAST '8 seconds'", "since", named("B"), "", (8, 0)),
}
TEXTS = {name: case[0] for name, case in CASES.items()} | {
    "change": "1 - a_five / nullif(a_before, 0)",
    "twice": "coalesce(sum_b, 0) + change",
}
FEATURES = features_from(TEXTS)
WATCHES = [Watch("A", ("key",)), Watch("B"), Watch("B", ("key",))]
FOLD = Fold(FEATURES.values(), watches=WATCHES, lateness=LATENESS, idle=IDLE)
PLAIN = PlainFold(FEATURES.values(), watches=WATCHES, lateness=LATENESS, idle=IDLE)

SCALARS = st.sampled_from([None, True, 1, 2, 3, 0.1, 2.5, 10**12, 2.0**50, "u", "v"])


@st.composite
def histories(draw: st.DrawFn, *, most: int = 25) -> list[Arrived]:
    """Events in order of arrival: some late, some later than lateness, many at one instant."""
    clock, arrived = 100 * SECOND, []
    for seq in range(1, draw(st.integers(1, most)) + 1):
        clock += SECOND * draw(st.sampled_from([0, 0, 1, 2, 3, 4, 15]))
        delay = SECOND * draw(st.sampled_from([0, 0, 0, 1, 2, 5, 12, 19, 20, 21, 40]))
        name = draw(st.sampled_from(["A", "A", "B", "B", "C", IDENTIFIED, EMAIL_OPENED]))
        properties = draw(st.dictionaries(st.sampled_from(["x", "word", "key"]), SCALARS))
        zone = draw(st.sampled_from([None, None, "Europe/Rome", "Asia/Tokyo"]))
        context: dict[str, object] = {} if zone is None else {"timezone": zone}
        event = Event(
            f"e{seq}", "ann", name, clock - delay, clock, seq, is_history=draw(st.sampled_from([False] * 9 + [True]))
        )
        arrived.append((event, properties, context, clock))
    return arrived


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
    return event.name not in PASSIVE and not event.is_history and clock - event.at <= LATENESS


def session_of(history: list[Arrived], at: Instant) -> tuple[Instant, Instant] | None:
    return next((each for each in sessions(history) if each[0] <= at < each[1] + IDLE), None)


def recomputed(case: tuple[str, str, Wanted, str, Window], history: list[Arrived], at: Instant) -> Scalar:
    _, function, wanted, argument, window = case
    first, end = -(10**15), at
    if window == "session":
        session = session_of(history, at)
        first, end = (session[0], at) if session else (1, 0)
    elif window is not None:
        end = at - window[1] * SECOND
        first = end - window[0] * SECOND + 1
    inside = sorted(
        (each for each in history if wanted(each) and first <= each[0].at <= end),
        key=lambda each: (each[0].at, each[0].seq),
    )
    if function == "count":
        return len(inside)
    if function == "since":
        return (at - inside[-1][0].at) / SECOND if inside else None
    values = [each[1].get(argument) for each in inside]
    if function == "last":
        return next((value for value in reversed(values) if value is not None), None)  # type: ignore[return-value]
    numbers = [round(value * 10**6) for value in values if is_number(value) and abs(value) <= 10**12]  # type: ignore[arg-type, operator]
    if not numbers:
        return None
    return sum(numbers) / 10**6 if function == "sum" else float(sum(numbers)) / (10**6 * len(numbers))


def instants(clock: Instant) -> list[Instant]:
    """What can be read: from lateness ago to a little after now, for a deadline."""
    return list(range(clock - LATENESS, clock + 6 * SECOND, SECOND))


def read_all(fold: Fold, profile: Profile, clock: Instant) -> list[dict[str, Scalar]]:
    return [{name: fold.readers[name](Scope(profile, at)) for name in fold.readers} for at in instants(clock)]


def folded(fold: Fold, history: list[Arrived], *, again: bool = False) -> Profile:
    profile = new_profile()
    for event, properties, context, clock in history:
        if again:
            profile = msgspec.msgpack.decode(msgspec.msgpack.encode(profile), type=Profile)
        fold.apply(profile, event, properties, context, clock)
    return profile


def stated(history: list[Arrived], name: str, at: Instant) -> object:
    found = None
    for event, properties, context, _ in sorted(history, key=lambda each: (each[0].at, each[0].seq)):
        if event.at > at:
            break
        if name == ZONE_TRAIT:
            found = context.get("timezone", found)
        elif event.name == IDENTIFIED and name in properties:
            found = properties[name]
    return found


def key_text(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    return str(value)
