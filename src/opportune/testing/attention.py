"""A world of simulated users whose true attention is known, to try policies of send time on before users pay for it.

>>> world = AttentionWorld(users=1_000, seed=1)
>>> world.score(world.oracle()).of_oracle
1.0

Nothing in it is made for one model: whoever reads its histories or its events may be scored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opportune.events.event import Event
from opportune.features.attention import LATEST, SLOTS
from opportune.testing.attention_ceiling import Belief, Effort, ahead, believed, seen
from opportune.testing.attention_habits import HABITS, Crowd, Habits, Numbers, Whole, drawn, with_whims
from opportune.testing.attention_lives import MOSTLY_AT_TEN, Lives, Past, Sending, delays_drawn, lived
from opportune.testing.attention_record import Record, calls, events, histories, recorded
from opportune.testing.attention_zones import FIRST_MONDAY, Homes, homes
from opportune.training.histories import Histories
from opportune.units import HOUR

DELAYS: Final = tuple(float(np.exp(-((age / 4) ** 0.7))) for age in range(LATEST))
"""How ready one is to open what came so many hours ago: half after two and a half, a third after four and a half."""
_MONDAY: Final = 72
"""Local hours since 1970 count from a Thursday."""


@dataclass(frozen=True, slots=True)
class Score:
    """What comes of a policy: for the users of one world, one message to each."""

    opened: float
    """The share of messages that is opened, exactly expected."""
    of_oracle: float
    """The same in units of what it were if each were sent in the user's truly best slot."""
    of_gain: float | None
    """How much of what lies between the best fixed slot (0) and the Bayes ceiling (1) is reached, perhaps less or more;
    None where nothing lies between."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionWorld:
    """So many users, what they do in so many weeks, and the truth about when they would open; the same for a seed.

    Policies are scored by their choices: one slot of the local week (0: Monday 00:00 to 167) for each user, or one for
    each of the seven days, Monday first; then the oracle and the fixed hour choose for each day as well.
    """

    users: int = 10_000
    weeks: int = 10
    seed: int = 0
    habits: Habits = HABITS["families"]
    sending: Sending = MOSTLY_AT_TEN
    delays: Sequence[float] = DELAYS
    """How ready one is, from 0 to 1, to open what came so many whole hours ago; at most 48 values."""
    has_visits: bool = True
    """Whether users visit the product; if not, opens are all that is seen of them."""
    machines: float = 0.12
    """Of the users, the share whose mail a machine opens, whatever they do."""
    hides: float = 0.0
    """Of those, the share whose own opens nobody sees."""
    movers: float = 0.08
    """Of the users, the share that moves to another zone on the way."""
    zone: str = ""
    """Where all live; spread over many zones if there is none."""
    opens_say_zone: bool = True
    """Whether an open leaves a zone in its context, as an app's do; a mail program's do not. Visits always do."""

    @cached_property
    def crowd(self) -> Crowd:
        """The users as they were drawn."""
        return drawn(self.habits, self.users, self._dice("habits"), has_visits=self.has_visits)

    @cached_property
    def looks(self) -> Numbers:
        """Shape (users, 168), mean 1: how often each truly looks."""
        return with_whims(self.crowd.curves, self.habits, self._dice("whims"))

    @cached_property
    def homes(self) -> Homes:
        """In which zones they live."""
        dice = self._dice("homes")
        return homes(self.users, movers=self.movers, hours=self.weeks * SLOTS, only=self.zone, generator=dice)

    @cached_property
    def lives(self) -> Lives:
        """All that they do."""
        past = Past(weeks=self.weeks, sending=self.sending, delays=self._delays, away=self.homes.away)
        return lived(self.crowd, self.looks, past, self._dice("lives"))

    @cached_property
    def record(self) -> Record:
        """All that is on record of it."""
        dice = self._dice("record")
        return recorded(self.lives, self.homes, machines=self.machines, hides=self.hides, generator=dice)

    @cached_property
    def opened(self) -> Numbers:
        """Shape (users, 168): the exact chance that what goes out as a slot begins is opened within 48 hours."""
        return np.asarray(-np.expm1(-self.crowd.looks[:, None] / 24 * ahead(self.looks, self._delays)))

    def true_opened(self, user: int, slot: int) -> float:
        """The exact chance that this user opens within 48 hours what goes out as this local slot begins."""
        return float(self.opened[user, slot])

    def answers(self, user: Whole, hour: Whole, nth: int) -> Whole:
        """After how many whole hours these messages are opened, -1 if never: a draw of its own for each ``nth``.

        hour : local hours since 1970
        """
        dice = np.random.default_rng([self.seed, nth, *b"answers"])
        return delays_drawn((user, hour + _MONDAY), self.looks * self.crowd.looks[:, None] / 24, self._delays, dice)

    @cached_property
    def histories(self) -> Histories:
        """All that is on record, as training reads it."""
        return histories(self.record, opens_say_zone=self.opens_say_zone)

    @property
    def end(self) -> int:
        """The local hour since 1970 in which the record ends."""
        return FIRST_MONDAY // HOUR + self.weeks * SLOTS

    def events(self) -> Iterator[Event]:
        """The same as the log would keep it, by instant."""
        return events(self.record, opens_say_zone=self.opens_say_zone)

    def calls(self) -> Iterator[bytes]:
        """The same as calls that analytics clients make, a line of JSON each."""
        return calls(self.record, opens_say_zone=self.opens_say_zone)

    def belief(self, particles: int = 20_000) -> Belief:
        """What one who knows the habits and all that was done must believe; drawn with so many particles."""
        known = seen(self.lives, self.users, self._delays)
        return believed(known, self.habits, self._delays, Effort(particles=particles, seed=self.seed))

    def oracle(self, *, by_day: bool = False) -> Whole:
        """Each user's truly best slot, or that of each day."""
        return best(self.opened, by_day=by_day)

    def fixed(self, *, by_day: bool = False) -> Whole:
        """The slot that is truly best if all users share it; by day the hour that is, the same on all days."""
        if by_day:
            hour = int(self.opened.mean(axis=0).reshape(7, 24).mean(axis=0).argmax())
            return np.tile(np.arange(7) * 24 + hour, (self.users, 1))
        return np.full(self.users, int(self.opened.mean(axis=0).argmax()))

    def ceiling(self, *, by_day: bool = False) -> Whole:
        """The choices of the Bayes ceiling."""
        return best(self._belief.opened, by_day=by_day)

    def expected(self, choices: Whole) -> float:
        """The share of messages that is opened if each goes out as these choices say, exactly expected.

        choices : shape (users,) or (users, 7)
        """
        rows = np.arange(self.users) if choices.ndim == 1 else np.arange(self.users)[:, None]
        return float(self.opened[rows, choices].mean())

    def score(self, choices: Whole) -> Score:
        """What comes of these choices: shape (users,) or (users, 7)."""
        by_day = choices.ndim == 2
        opened, oracle = self.expected(choices), self.expected(self.oracle(by_day=by_day))
        fixed, ceiling = (self.expected(each(by_day=by_day)) for each in (self.fixed, self.ceiling))
        gain = (opened - fixed) / (ceiling - fixed) if ceiling > fixed else None
        return Score(opened, opened / oracle, gain)

    @cached_property
    def _belief(self) -> Belief:
        return self.belief()

    @cached_property
    def _delays(self) -> Numbers:
        return np.array([*self.delays, *[0.0] * (LATEST - len(self.delays))])

    def _dice(self, of: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *of.encode()])


def best(values: NDArray[np.floating], *, by_day: bool = False) -> Whole:
    """The slot that is worth most to each user, or that of each day; the first of equals.

    values : shape (users, 168)
    """
    if not by_day:
        return np.asarray(values.argmax(axis=1), dtype=np.int64)
    return np.asarray(values.reshape(-1, 7, 24).argmax(axis=2) + np.arange(7) * 24, dtype=np.int64)
