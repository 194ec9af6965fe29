"""Random histories of one user, and the features that are read of them."""

import msgspec
from hypothesis import strategies as st

from opportune.events.event import Event
from opportune.events.names import EMAIL_OPENED, IDENTIFIED
from opportune.features.feature import features_from
from opportune.features.fold import Fold, PlainFold, Watch, new_profile
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.features.traits import ZONE_TRAIT
from opportune.units import SECOND, Instant, Value
from tests.laws.recomputing import CASES, IDLE, LATENESS, Arrived

TEXTS = {name: case.text for name, case in CASES.items()} | {
    "change": "1 - a_five / nullif(a_before, 0)",
    "twice": "coalesce(sum_b, 0) + change",
}
FEATURES = features_from(TEXTS)
WATCHES = [Watch("A", ("key",)), Watch("B"), Watch("B", ("key",))]
FOLD = Fold(FEATURES.values(), watches=WATCHES, lateness=LATENESS, idle=IDLE).attending(True)
PLAIN = PlainFold(FEATURES.values(), watches=WATCHES, lateness=LATENESS, idle=IDLE).attending(True)

KEYS = ("u", 1, True, 3, 2.5, None)
SCALARS = st.sampled_from([None, True, 1, 2, 3, 3.0, 0.1, 2.5, -1, 10**12, 2.0**50, "u", "v"])


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


def instants(clock: Instant) -> list[Instant]:
    """What can be read: from lateness ago to a little after now, for a deadline."""
    return list(range(clock - LATENESS, clock + 6 * SECOND, SECOND))


def read_all(fold: Fold, profile: Profile, clock: Instant) -> list[dict[str, Value]]:
    scopes = [Scope(profile, at, keys={"key": "u"}) for at in instants(clock)]
    return [{name: fold.readers[name](scope) for name in fold.readers} for scope in scopes]


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
