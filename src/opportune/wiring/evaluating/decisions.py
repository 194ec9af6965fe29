"""The questions that models are asked: at which hour of this day is this user active, as far as one knew that morning?

There is one way to cut: by time. What is before the cut may be learned from; decisions are on whole days after it.
Each is on a day on which the user was active at all, so that an answer can be right, and of a user who was seen before.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from opportune.errors import Unavailable
from opportune.training.histories import Histories, Whole

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_MONDAY = 3
"""Day 0, the first of 1970, was a Thursday: three days after the Monday of its week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What is asked, what is known of it and what is true; by user, then by day."""

    histories: Histories
    user: Whole
    day: Whole
    """Local days since 1970."""
    first: Whole
    """The place in the histories' check-ins where those of the user begin."""
    known: Whole
    """The place up to which, and without which, they are known: those before the day, or before the cut."""
    until: Whole
    """The local hour that ``known`` stands for: nothing from it on is known."""
    active: Flags
    """Shape (decisions, 24): whether the user was active in that hour of the day. Only marks may look at it."""

    def __len__(self) -> int:
        return len(self.user)

    @property
    def before(self) -> Whole:
        """How many check-ins are known of the user."""
        return self.known - self.first

    @property
    def weekday(self) -> Whole:
        """0 is Monday."""
        return (self.day + _MONDAY) % 7

    def some(self, which: Flags | Whole) -> "Decisions":
        """Those of them."""
        return replace(
            self,
            user=self.user[which],
            day=self.day[which],
            first=self.first[which],
            known=self.known[which],
            until=self.until[which],
            active=self.active[which],
        )

    def known_before(self, day: int) -> "Decisions":
        """The same questions with what was known when this day began; of some users that is nothing."""
        histories = self.histories
        until = np.minimum(self.until, day * 24)
        ends = np.searchsorted(_keys(histories.user, histories.hour), _keys(self.user, until))
        return replace(self, known=ends.astype(np.int64), until=until)

    def of_some_users(self, most: int, *, seed: int) -> "Decisions":
        """All of them if there are at most so many; else those of users drawn by the seed, as many as come to that."""
        if len(self) <= most:
            return self
        users, sizes = np.unique(self.user, return_counts=True)
        order = np.random.default_rng(seed).permutation(len(users))
        enough = int(np.searchsorted(np.cumsum(sizes[order]), most, side="right"))
        return self.some(np.isin(self.user, users[order[: max(1, enough)]]))

    def tallied(self, kinds: int, kind: Whole) -> Floats:
        """Shape (decisions, kinds): how many known check-ins are of each kind; ``kind`` is that of every check-in."""
        sizes = self.before
        row = np.repeat(np.arange(len(self)), sizes)
        starts = np.repeat(self.first - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)
        found = np.bincount(row * kinds + kind[np.arange(len(row)) + starts], minlength=len(self) * kinds)
        return found.reshape(len(self), kinds).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A past in two parts."""

    day: int
    """The first local day after the cut."""
    before: Histories
    """What may be learned from: everything before that day."""
    after: Decisions


def cut(histories: Histories, share: float, hours: Whole | None = None) -> Cut:
    """Cuts where ``share`` of the events have happened, at the end of that day; raises Unavailable if nothing is left.

    ``hours`` : local hours of all events, in any order; without them each check-in counts as one.
    """
    all_hours = np.sort(histories.hour if hours is None else hours)
    if not len(histories.hour):
        raise Unavailable(_without_check_ins(histories))
    day = int(all_hours[min(int(share * len(all_hours)), len(all_hours) - 1)]) // 24 + 1
    before, after = until(histories, day), decisions_of(histories, day)
    if not len(before.hour) or not len(after):
        raise Unavailable(
            f"nothing is left {'before' if len(after) else 'after'} a cut at {share:.0%} of the events; "
            "bring a longer past, or name another share with --split"
        )
    return Cut(day=day, before=before, after=after)


def _without_check_ins(histories: Histories) -> str:
    """Why nothing can be said: what is opened in an hour says first of all what went out shortly before."""
    hours = np.unique(histories.sent_hour % 24)
    if len(hours) == 1:
        return f"all messages went out at {int(hours[0])}:00: nothing can be said about other hours"
    if len(hours):
        return (
            "there are messages and opens only, and users open what was just sent; bring events of what users do of "
            "their own, or see 'opportune heatmap' and 'opportune evaluate gain'"
        )
    return "nobody was ever active: without events of what users do nothing can be said about hours"


def until(histories: Histories, day: int) -> Histories:
    """What happened before this local day."""
    early, sent = histories.hour < day * 24, histories.sent_hour < day * 24
    return replace(
        histories,
        user=histories.user[early],
        hour=histories.hour[early],
        sent_user=histories.sent_user[sent],
        sent_hour=histories.sent_hour[sent],
        sent_group=histories.sent_group[sent],
        delay=histories.delay[sent],
    )


def decisions_of(histories: Histories, day: int) -> Decisions:
    """A decision for every user and day, from ``day`` on, on which a user who was seen on an earlier day was active."""
    days = histories.hour // 24
    keys = _keys(histories.user, days)
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, np.int64)
    active = np.zeros((len(starts), 24), bool)
    active[np.cumsum(np.isin(np.arange(len(keys)), starts)) - 1, histories.hour % 24] = True
    user = histories.user[starts]
    first = np.searchsorted(histories.user, user)
    found = Decisions(
        histories=histories,
        user=user,
        day=days[starts],
        first=first.astype(np.int64),
        known=starts.astype(np.int64),
        until=days[starts] * 24,
        active=active,
    )
    return found.some((found.day >= day) & (found.before > 0))


def _keys(user: Whole, part: Whole) -> Whole:
    """One number for a user and an hour, or day: in the same order."""
    found: Whole = user * np.int64(1 << 32) + part + np.int64(1 << 30)
    return found
