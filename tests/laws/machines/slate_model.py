"""What one slate comes to, worked out from lists: the model that arbitration, displacing and moving are held against.

It knows of nights and caps only, and asks each of them at every instant at which its answer can change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from opportune.units import MINUTE, ONE, Instant
from tests.laws.machines.cap_model import Limit, Thing

MOST_MOVES = 8


@dataclass(frozen=True)
class Night:
    """Nothing from ``start`` to ``end``, minutes of the day in UTC, on these channels."""

    start: int
    end: int
    channels: tuple[str, ...]
    code: str = "quiet_hours"

    def is_at(self, at: Instant) -> bool:
        """Whether it is night: less than the night's length after the last time that the clock showed its start."""
        whole = 24 * 60
        return (at // MINUTE - self.start) % whole < (self.end - self.start) % whole

    def opens(self, at: Instant) -> Instant:
        """The first instant after this one, which is in the night, that is not."""
        later = at - at % MINUTE + MINUTE
        while self.is_at(later):
            later += MINUTE
        return later


@dataclass(frozen=True)
class Wish:
    """What one run would like to say."""

    run: str
    message: str
    channels: tuple[str, ...]
    worth: int
    priority: int
    deadline: Instant
    must: bool = False
    obeys: bool = True
    counts: bool = True
    liking: Mapping[str, int] = field(default_factory=dict)
    """What a channel adds to the worth."""

    def worth_on(self, channel: str) -> int:
        """With what the channel adds."""
        return self.worth + self.liking.get(channel, 0)


@dataclass(frozen=True)
class Place:
    """Where and when one wish may be granted, and what must go for it."""

    channel: str
    at: Instant
    worth: int
    ends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planned(Thing):
    """What was granted and has not gone out: it may be displaced."""

    worth: int = 0


@dataclass(frozen=True)
class Answer:
    """What becomes of one wish."""

    wish: Wish
    place: Place | None
    code: str
    until: Instant | None = None


@dataclass(frozen=True)
class World:
    """The rules, in their order, and all that counts as of ``now``."""

    now: Instant
    rules: tuple[Night | Limit, ...]
    things: Sequence[Thing]
    margin: int

    def without(self, names: Sequence[str]) -> "World":
        """The same, had these never been granted."""
        return World(self.now, self.rules, [each for each in self.things if each.name not in names], self.margin)

    def against(self, wish: Wish, channel: str, at: Instant) -> list[tuple[Night | Limit, Instant | None]]:
        """The rules that object there, with when each of them ceases to."""
        found: list[tuple[Night | Limit, Instant | None]] = []
        for rule in self.rules:
            match rule:
                case Night():
                    if not wish.must and channel in rule.channels and rule.is_at(at):
                        found.append((rule, rule.opens(at)))
                case Limit():
                    is_bound = wish.obeys and (not rule.channels or channel in rule.channels)
                    if is_bound and not rule.passes(self.things, at, "UTC"):
                        found.append((rule, rule.opens(self.things, at, "UTC")))
        return found

    def blockers(self, limit: Limit, at: Instant) -> list[Planned]:
        """The planned ones that lie in some overfull window around this instant."""
        assert isinstance(limit.within, int)
        held = [each for each in self.things if limit.concerns(each)]
        edges = {at, *(each.first for each in held), *(each.last + limit.within - 1 for each in held)}
        found: dict[str, Planned] = {}
        for end in (each for each in edges | {at + limit.within - 1} if at <= each < at + limit.within):
            inside = [each for each in held if each.first <= end and each.last > end - limit.within]
            if len(inside) >= limit.most:
                found |= {each.name: each for each in inside if isinstance(each, Planned) and each.is_planned}
        return list(found.values())


def displacing(world: World, wish: Wish, channel: str) -> Place | None:
    """The wish granted now at the cost of others; None if that does not help, or costs too much."""
    ended: list[Planned] = []
    while against := world.against(wish, channel, world.now):
        if any(isinstance(rule, Night) for rule, _ in against):
            return None
        among = [world.blockers(rule, world.now) for rule, _ in against if isinstance(rule, Limit)]
        if not all(among):
            return None
        ended.append(
            min((each for some in among for each in some), key=lambda each: (each.worth, -each.last, each.name))
        )
        world = world.without([ended[-1].name])
    price, worth = sum(each.worth for each in ended), wish.worth_on(channel)
    if wish.must or worth * ONE > price * ONE + price * world.margin:
        return Place(channel, world.now, worth, tuple(each.name for each in ended))
    return None


def moved(world: World, wish: Wish, channel: str) -> Place | tuple[str, Instant | None]:
    """The wish at the first instant that is free of all objections, or why there is none."""
    at = world.now
    for moves in range(MOST_MOVES + 1):
        against = world.against(wish, channel, at)
        if not against:
            return Place(channel, at, wish.worth_on(channel))
        ends = [end for _, end in against]
        until = None if None in ends else max(end for end in ends if end is not None)
        if until is None or until >= wish.deadline or moves == MOST_MOVES:
            return against[0][0].code, until
        at = until
    raise AssertionError("never comes here")


def places(world: World, wish: Wish) -> tuple[list[Place], str, Instant | None]:
    """Where the wish may be granted: as it is, else by displacing, else later; and why not, if nowhere."""
    free = [c for c in wish.channels if not world.against(wish, c, world.now)]
    if free:
        return [Place(channel, world.now, wish.worth_on(channel)) for channel in free], "", None
    dear = [place for channel in wish.channels if (place := displacing(world, wish, channel)) is not None]
    if dear:
        return dear, "", None
    asked = [moved(world, wish, channel) for channel in wish.channels]
    later = [each for each in asked if isinstance(each, Place)]
    code, until = next((each for each in asked if not isinstance(each, Place)), ("", None))
    return later, code, until


def best_of(found: Sequence[Place]) -> Place:
    """Worth most, then earliest, then first by the message's own order."""
    return sorted(found, key=lambda place: (-place.worth, place.at))[0]


def answers(world: World, wishes: Sequence[Wish]) -> list[Answer]:
    """One answer for each of these rivals, or for the only one that must be said."""
    settled: list[Answer] = []
    standing: list[tuple[Wish, Place]] = []
    for wish in wishes:
        found, code, until = places(world, wish)
        if found:
            standing.append((wish, best_of(found)))
        else:
            settled.append(Answer(wish, None, code, until))
    if wishes[0].must:
        return settled + [Answer(wish, place, "chosen") for wish, place in standing]
    ranked = sorted(
        standing, key=lambda each: (-each[1].worth, -each[0].priority, each[1].at, each[0].message, each[0].run)
    )
    is_heard = bool(ranked) and ranked[0][1].worth > 0
    for place, (wish, best) in enumerate(ranked):
        if place == 0 and is_heard:
            settled.append(Answer(wish, best, "chosen"))
        else:
            settled.append(Answer(wish, None, "outranked" if is_heard and best.worth > 0 else "not_worth_it"))
    return settled
