"""Made-up users: where they live, when they are there, how often, what they do, and how they take a message."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from math import exp
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from opportune.draws import hash_of
from opportune.events import names
from opportune.events.event import Event
from opportune.sending.attempt import Attempt
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant, Scalar
from opportune.wiring.simulating.vocabulary import Deed, Values, Vocabulary

ZONES: Final = (
    *("Europe/Berlin", "Europe/Berlin", "Europe/London", "Europe/Madrid", "America/New_York", "America/Chicago"),
    *("America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney"),
)
PEAKS: Final = ((8, 2), (12, 2), (18, 3), (21, 4))
"""Hours of the day around which somebody is there, and how many of them."""
WEIGHTS: Final = {"other": 4, "entry": 2, "goal": 1}
"""How often events of a kind are done, beside each other."""
TOLD_A_DAY: Final = 0.2
"""How often others tell of a user, each kind of event that they tell."""
NOTICED: Final = {"email": 0.35, "push": 0.12, "in_app": 0.6, "sms": 0.1}
"""The chance that a message is opened, clicked or shown."""
UNSUBSCRIBES: Final = 0.003
_NOTICES: Final = {channel: name for name, channel in reversed(names.ENGAGEMENTS.items())}


class Habits(Struct, frozen=True):
    """One user."""

    user: str
    zone: str
    peak: int
    a_day: float
    """Sessions."""
    leaves: Instant
    """Does nothing from then on."""
    traits: dict[str, Scalar]
    consents: tuple[str, ...]
    """Channels on which the user said yes in so many words."""


def habits_of(user: str, vocabulary: Vocabulary, span: tuple[Instant, Instant], seed: int) -> Habits:
    """Who this user is: the same for the same seed, whatever others do."""
    chance, (start, end) = Random(f"{seed} who {user}"), span
    traits: dict[str, Scalar] = {name: _value(values, chance) for name, values in vocabulary.traits.items()}
    traits |= {name: chance.random() < 0.7 for name in sorted(vocabulary.consents)}
    traits |= {name: _date(chance, start, end) for name in sorted(vocabulary.dates)}
    traits["email"] = f"{user}@example.com"
    traits |= {"push_token": f"token-{user}"} if chance.random() < 0.6 else {}
    traits |= {"phone": f"+1555{int(hash_of(user).hex()[:6], 16) % 10_000_000:07}"} if chance.random() < 0.5 else {}
    hours, weights = zip(*PEAKS, strict=True)
    return Habits(
        user=user,
        zone=chance.choice(ZONES),
        peak=chance.choices(hours, weights)[0],
        a_day=min(6.0, exp(chance.gauss(-0.9, 0.9))),
        leaves=start + round(chance.expovariate(1 / 90) * DAY),
        traits=traits,
        consents=tuple(channel for channel in ("email", "push", "sms") if chance.random() < 0.7),
    )


def deeds_of(habits: Habits, vocabulary: Vocabulary, span: tuple[Instant, Instant], seed: int) -> list[Event]:
    """All that the user does from ``start`` up to ``end``, in order: says who it is, consents, then comes and goes."""
    chance, (start, end) = Random(f"{seed} does {habits.user}"), span
    telling = _Telling(habits.user, habits.user)
    first = start + round(chance.random() ** 3 * (end - start) * 0.5)
    said = [telling.event(first, names.IDENTIFIED, {**habits.traits, "timezone": habits.zone})]
    for channel in habits.consents:
        said.append(telling.event(first, names.CONSENT_GIVEN, {"channel": channel}))
    ids: dict[str, str] = {}
    for deed in (each for each in vocabulary.deeds if each.role == "told"):
        for _ in range(_poisson(TOLD_A_DAY * (end - first) / DAY, chance)):
            moment = round(chance.uniform(first + 1, end - 1))
            said.append(telling.event(moment, deed.event, _properties(deed, ids, chance)))
    own = [each for each in vocabulary.deeds if each.role != "told"]
    for at in _sessions(habits, first, min(end, habits.leaves), chance) if own else ():
        for moment, deed in _session(at, own, chance):
            if moment < end:
                said.append(telling.event(moment, deed.event, _properties(deed, ids, chance)))
    return sorted(said, key=lambda each: each.at)


def reactions_to(attempt: Attempt, at: Instant, seed: int) -> Iterator[Event]:
    """What the user does about one message that has come: mostly nothing."""
    chance, channel = Random(f"{seed} about {attempt.decision}"), attempt.channel
    telling = _Telling(attempt.user, f"{attempt.user} {attempt.decision}")
    if chance.random() < NOTICED.get(channel, 0.0):
        moment = at + round(chance.expovariate(1 / (3 * HOUR))) + MINUTE
        yield telling.event(moment, _NOTICES[channel], {"decision": attempt.decision, "after": moment - at})
        if channel == "email" and chance.random() < UNSUBSCRIBES / NOTICED["email"]:
            yield telling.event(moment + MINUTE, names.UNSUBSCRIBED, {"channel": "email"})


def _sessions(habits: Habits, first: Instant, last: Instant, chance: Random) -> Iterator[Instant]:
    """When the user comes: each day by a draw, around the user's own hour, on the user's own clock."""
    day = datetime.fromtimestamp(first / SECOND, UTC)
    while day.timestamp() * SECOND < last:
        for _ in range(_poisson(habits.a_day * (1.3 if day.weekday() >= 5 else 0.9), chance)):
            hour = (habits.peak + chance.gauss(0, 2.5)) % 24
            wall = datetime(day.year, day.month, day.day, tzinfo=_zone(habits.zone)) + timedelta(hours=hour)
            at = round(wall.timestamp() * SECOND)
            if first < at < last:
                yield at
        day += timedelta(days=1)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _session(at: Instant, deeds: Sequence[Deed], chance: Random) -> Iterator[tuple[Instant, Deed]]:
    """What is done in one session, a few minutes apart; after what a journey begins with its goal is nearer."""
    weights = [float(WEIGHTS[deed.role]) for deed in deeds]
    for _ in range(1 + _poisson(2.5, chance)):
        [deed] = chance.choices(deeds, weights)
        yield at, deed
        if deed.role == "entry":
            weights = [WEIGHTS[each.role] * (3.0 if each.role == "goal" else 1.0) for each in deeds]
        at += round(chance.expovariate(1 / (3 * MINUTE))) + SECOND


def _properties(deed: Deed, ids: dict[str, str], chance: Random) -> dict[str, Scalar]:
    said: dict[str, Scalar] = {name: _value(values, chance) for name, values in deed.properties.items()}
    for key in sorted(deed.keys):
        if key not in ids or (deed.role == "entry" and chance.random() < 0.3):
            ids[key] = f"{key}-{chance.randrange(1_000_000):06}"
        said[key] = ids[key]
    return said


def _value(values: Values, chance: Random) -> Scalar:
    """One that may lie on either side of what it is compared with."""
    if values.is_closed:
        return chance.choice(values.constants)
    match values.kind:
        case "boolean":
            return chance.random() < 0.5
        case "number":
            return _number([each for each in values.constants if isinstance(each, int | float)], chance)
        case _:
            return chance.choice([*values.constants, "other"]) if values.constants else f"sample-{chance.randrange(20)}"


def _number(constants: list[int | float], chance: Random) -> int | float:
    around = abs(chance.choice(constants)) if constants else 40.0
    value = max(around, 1e-3) * exp(chance.gauss(0, 0.9))
    return (
        round(value)
        if constants and all(isinstance(each, int) for each in constants) and around >= 2
        else round(value, 2)
    )


def _date(chance: Random, start: Instant, end: Instant) -> str:
    at = start + chance.random() * (end - start)
    return datetime.fromtimestamp(at / SECOND, UTC).date().isoformat()


def _poisson(mean: float, chance: Random) -> int:
    """By Knuth's multiplication (The Art of Computer Programming 2, 3.4.1); for small means."""
    limit, product, found = exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        found += 1
    return found


class _Telling:
    """Makes events of one user, each with an id of its own that hangs on nothing but names and numbers."""

    def __init__(self, user: str, of: str) -> None:
        self._user = user
        self._of = of
        self._numbers = count(1)

    def event(self, at: Instant, name: str, properties: Mapping[str, Scalar]) -> Event:
        """What happened then."""
        id = f"sim-{hash_of(self._of, name, at, next(self._numbers)).hex()}"
        raw = msgspec.json.encode(properties)
        return Event(id=id, user=self._user, name=name, at=at, received_at=at, properties=raw)
