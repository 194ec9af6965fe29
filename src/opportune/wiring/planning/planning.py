"""One plan for everybody: who gets what when, so that no hour gets more than it has room for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import fsum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from opportune.errors import Unavailable
from opportune.features.attention_model import DEFAULT
from opportune.journeys.step import Send
from opportune.playbook.definition import Playbook
from opportune.policies.capacity import lot_of
from opportune.policies.planned import Capacity, Opening, Plan, hour_of
from opportune.policies.send_time import SendTime
from opportune.training.capacity import placed
from opportune.units import HOUR, ONE
from opportune.wiring.planning.asking import Span, Wish
from opportune.wiring.planning.crowd import Crowd
from opportune.wiring.planning.instants import hour_named
from opportune.wiring.planning.wishes import NOTHING, Wishes, chance_of

UNBOUNDED = 1 << 40
"""More users than there are: room where nothing limits."""
Told = Callable[[int, int], None]
"""How many have been asked, of how many."""


class Hour(Struct, frozen=True):
    """One hour on one channel."""

    hour: str
    """Of UTC, such as ``2026-06-01T17:00Z``."""
    channel: str
    wanted: int
    """Who would choose it if there was room for all."""
    planned: int
    capacity: int | None
    """Room that other plans leave; None: nothing limits it."""
    share: float
    """Of the lots that it lets in, from 0 to 1."""


class Report(Struct, frozen=True):
    """What was planned, and what it costs."""

    name: str
    journey: str
    messages: tuple[str, ...]
    users: int
    """For whom the journey begins."""
    placed: int
    unplaced: int
    """For whom no hour has room before the message is useless."""
    silent: dict[str, int]
    """Who gets nothing whatever the room, by code."""
    hours: tuple[Hour, ...]
    opens: float
    """Expected, as planned."""
    opens_freely: float
    """The same if there was room for all."""
    opens_at_once: float
    """The same if everybody got it as soon as may be."""
    rounds: int
    """How often users were asked again."""


class Order(Struct, frozen=True):
    """What is to be planned."""

    journey: str
    span: Span
    limits: Mapping[str, int]
    """By channel, messages in an hour; the empty name stands for all others."""


class Planning:
    """Asks everybody freely, places them, and asks those again whom an hour turns down, until none is over-full."""

    def __init__(self, crowd: Crowd, playbook: Playbook, order: Order, told: Told) -> None:
        """Raises Unavailable where nobody chooses an hour."""
        self._crowd, self._playbook, self._order, self._told = crowd, playbook, order, told
        self.name = f"{order.journey} {hour_named(order.span.named // HOUR)}"
        self._wishes = Wishes(playbook.attention or DEFAULT)
        self._rounds = 0
        steps = playbook.journeys[order.journey].steps
        said = {step.message for step in steps if isinstance(step, Send)}
        self._messages = sorted(each for each in said if playbook.messages[each].kind == "marketing")
        if not self._messages:
            raise Unavailable(f"journey {order.journey!r} sends no marketing, and only marketing is planned")
        if not any(isinstance(each, SendTime) for each in playbook.policies):
            raise Unavailable("the playbook has no policy send_time, so nobody chooses an hour; add '- send_time: {}'")

    def planned(self) -> tuple[Report, Capacity]:
        """The plan in words and figures, and the snapshot that a playbook carries."""
        users, wishes = self._crowd.users, self._wishes
        for wish in self._asked(users, {}):
            wishes.add(wish)
        self._taken, self._opens = np.array(wishes.first, dtype=np.int64), np.array(wishes.chances)
        if not wishes.users:
            return self._report(np.zeros(0, dtype=np.int64)), self._with({})
        buckets = self._crowd.buckets(wishes.users)
        self._lots = np.array([lot_of(self.name, each, self._playbook.salt) for each in buckets], dtype=np.int64)
        likings = wishes.likings()
        order = sorted(range(len(wishes.openings)), key=lambda place: wishes.openings[place])
        shares = np.empty(len(order), dtype=np.int64)
        shares[order] = placed(likings[:, order], self._lots[:, None], self._room()[order]).shares
        shares = self._settled(likings > -np.inf, shares)
        return self._report(shares), self._with(self._openings(shares))

    def _settled(self, exists: NDArray[np.bool_], shares: NDArray[np.int64]) -> NDArray[np.int64]:
        """The shares with which nobody's own choice, as the playbook makes it, brings an hour more than its room."""
        before = np.full(len(shares), ONE, dtype=np.int64)
        while True:
            changed = np.flatnonzero(shares < before)
            lots = self._lots[:, None]
            shut = (lots >= shares[changed]) & (lots < before[changed])
            is_asked = (shut & exists[:, changed]).any(axis=1) | self._is_turned_down(shares)
            before = shares.copy()
            self._ask(np.flatnonzero(is_asked), shares)
            shares, exists = self._widened(shares), self._padded(exists)
            before, room = self._widened(before), self._room()
            held = np.bincount(self._taken[self._taken != NOTHING], minlength=len(room))
            for place in np.flatnonzero(held > room):
                drawn = self._lots[self._taken == place]
                shares[place] = np.partition(drawn, room[place])[room[place]] if room[place] else 0
            if not (shares < before).any():
                return shares

    def _is_turned_down(self, shares: NDArray[np.int64]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (self._taken != NOTHING) & (self._lots >= shares[self._taken])
        return found

    def _ask(self, rows: NDArray[np.int64], shares: NDArray[np.int64]) -> None:
        names = [self._wishes.users[row] for row in rows]
        places = dict(zip(names, rows.tolist(), strict=True))
        self._taken[rows], self._opens[rows] = NOTHING, 0.0
        self._rounds += 1
        for wish in self._asked(names, self._openings(shares)):
            if wish.at:
                self._taken[places[wish.user]] = self._wishes.place(wish.at // HOUR, wish.channel)
                self._opens[places[wish.user]] = chance_of(wish)

    def _asked(self, users: Sequence[str], hours: Mapping[str, Mapping[str, Opening]]) -> Iterator[Wish]:
        done = 0
        for more, wishes in self._crowd.asked(users, self._with(hours)):
            yield from wishes
            done = min(done + more, len(users))
            self._told(done, len(users))

    def _widened(self, shares: NDArray[np.int64]) -> NDArray[np.int64]:
        """With columns that came meanwhile, in which everybody is let in so far."""
        return np.concatenate([shares, np.full(len(self._wishes.openings) - len(shares), ONE, dtype=np.int64)])

    def _padded(self, exists: NDArray[np.bool_]) -> NDArray[np.bool_]:
        more = len(self._wishes.openings) - exists.shape[1]
        return np.concatenate([exists, np.zeros((len(exists), more), dtype=np.bool_)], axis=1)

    def _room(self) -> NDArray[np.int64]:
        """By column: what the channel can carry in an hour, less what other plans have put there."""
        return np.array([self._room_of(*each) for each in self._wishes.openings], dtype=np.int64)

    def _room_of(self, hour: int, channel: str) -> int:
        limit = self._order.limits.get(channel, self._order.limits.get(""))
        if limit is None:
            return UNBOUNDED
        others = (_planned_in(plan, hour, channel) for plan in self._others())
        return max(0, limit - sum(others))

    def _others(self) -> Iterable[Plan]:
        """Plans of other messages."""
        capacity = self._playbook.capacity or Capacity()
        return [plan for plan in capacity.plans if plan.message not in self._messages]

    def _openings(self, shares: NDArray[np.int64]) -> dict[str, dict[str, Opening]]:
        held = np.bincount(self._taken[self._taken != NOTHING], minlength=len(shares))
        found: dict[str, dict[str, Opening]] = {}
        for place in sorted(range(len(shares)), key=lambda place: self._wishes.openings[place]):
            hour, channel = self._wishes.openings[place]
            found.setdefault(channel, {})[hour_named(hour)] = Opening(int(shares[place]), int(held[place]))
        return found

    def _with(self, hours: Mapping[str, Mapping[str, Opening]]) -> Capacity:
        """What the playbook has planned for other messages, and this plan."""
        plans = [Plan(self.name, message, {c: dict(each) for c, each in hours.items()}) for message in self._messages]
        return Capacity((*self._others(), *(plans if hours else ())))

    def _report(self, shares: NDArray[np.int64]) -> Report:
        wishes, columns = self._wishes, len(self._wishes.openings)
        wanted = np.bincount(np.array(wishes.first, dtype=np.int64), minlength=columns)
        held = np.bincount(self._taken[self._taken != NOTHING], minlength=columns)
        hours = []
        for place in sorted(range(columns), key=lambda place: wishes.openings[place]):
            hour, channel = wishes.openings[place]
            room = self._room_of(hour, channel)
            hours.append(
                Hour(
                    hour_named(hour), channel, int(wanted[place]), int(held[place]),
                    None if room == UNBOUNDED else room, int(shares[place]) / ONE,
                )
            )  # fmt: skip
        there = int((self._taken != NOTHING).sum())
        return Report(
            name=self.name,
            journey=self._order.journey,
            messages=tuple(self._messages),
            users=len(wishes.users) + sum(wishes.silences.values()),
            placed=there,
            unplaced=len(wishes.users) - there,
            silent=dict(sorted(wishes.silences.items())),
            hours=tuple(hours),
            opens=round(fsum(self._opens), 3),
            opens_freely=round(fsum(wishes.chances), 3),
            opens_at_once=round(fsum(wishes.soonest), 3),
            rounds=self._rounds,
        )


def _planned_in(plan: Plan, hour: int, channel: str) -> int:
    return sum(each.planned for text, each in plan.hours.get(channel, {}).items() if hour_of(text) == hour)
