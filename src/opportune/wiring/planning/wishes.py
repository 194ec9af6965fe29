"""What everybody would get, as columns: a row for each user, a column for each hour of UTC on each channel."""

from array import array
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opportune.features.attention import hour_of, slot_of
from opportune.features.attention_model import AttentionModel, baseline_of, delays_of
from opportune.features.local_time import UTC, offset_at, zone_named
from opportune.features.rhythm import noticed, population
from opportune.policies.timing import Slot, Timing
from opportune.units import HOUR, ONE, Instant
from opportune.wiring.planning.asking import Wish

NOTHING: Final = -1
"""In place of a column, of a user who gets nothing."""
_AT_BASELINE: Final = 1e9
"""More than any worth: at the baseline's hour is who is kept there."""

Opening = tuple[int, str]
"""An hour since 1970 and a channel."""


class Wishes:
    """Everybody's slots as the plan needs them; grows user by user."""

    def __init__(self, model: AttentionModel) -> None:
        self.users: list[str] = []
        self.openings: list[Opening] = []
        """The columns; a new one comes last."""
        self.silences: dict[str, int] = {}
        """How many get nothing, by code."""
        self.first = array("l")
        """By user: the column chosen freely."""
        self.chances = array("d")
        """By user: the chance of an open then."""
        self.soonest = array("d")
        """By user: the chance of an open at the first slot there is."""
        self._places: dict[Opening, int] = {}
        self._counts, self._columns = array("H"), array("H")
        """Of each user how many slots, and of each slot its column."""
        self._likings = array("d")
        self._usual = lru_cache(1 << 16)(_Usual(model).at)

    def place(self, hour: int, channel: str) -> int:
        """The column of this opening."""
        opening = hour, channel
        if opening not in self._places:
            self._places[opening] = len(self.openings)
            self.openings.append(opening)
        return self._places[opening]

    def add(self, wish: Wish) -> None:
        """One more user; one of whom no slot is known counts by the code of the silence."""
        timing = wish.timing
        if timing is None or not wish.at:
            self.silences[wish.code] = self.silences.get(wish.code, 0) + 1
            return
        self.users.append(wish.user)
        self._counts.append(len(timing.slots))
        for slot in timing.slots:
            self._columns.append(self.place(slot.at // HOUR, slot.channel))
            self._likings.append(self._liking(timing, slot))
        soonest = min(timing.slots, key=lambda slot: slot.at)
        self.first.append(self.place(wish.at // HOUR, wish.channel))
        self.chances.append(chance_of(wish))
        self.soonest.append(soonest.opened / ONE)

    def likings(self) -> NDArray[np.float64]:
        """shape (users, columns): how much each would be liked; -inf where no slot is."""
        found = np.full((len(self.users), len(self.openings)), -np.inf)
        rows = np.repeat(np.arange(len(self.users)), np.array(self._counts))
        np.maximum.at(found, (rows, np.array(self._columns)), np.array(self._likings))
        return found

    def _liking(self, timing: Timing, slot: Slot) -> float:
        """What is learned goes by worth; the baseline by its hour, the sooner the better, else by what is usual."""
        if timing.basis == "learned":
            return float(slot.worth)
        usual, is_baseline = self._usual(timing.zone, slot.channel, slot.at // (HOUR // 4))
        return _AT_BASELINE - slot.at / HOUR if is_baseline else usual


def chance_of(wish: Wish) -> float:
    """Of an open at the chosen slot; 0 of silence, and of an instant that was no slot."""
    slots = () if wish.timing is None else wish.timing.slots
    return sum(slot.opened for slot in slots if (slot.channel, slot.at) == (wish.channel, wish.at)) / ONE


class _Usual:
    """How much is noticed in general."""

    def __init__(self, model: AttentionModel) -> None:
        self._model = model
        self._noticed: dict[str, tuple[float, ...]] = {}

    def at(self, zone: str, channel: str, quarter: int) -> tuple[float, bool]:
        """In this quarter of an hour since 1970, by the clock of the zone; and whether the baseline is then."""
        if channel not in self._noticed:
            self._noticed[channel] = noticed(population(self._model), delays_of(self._model, channel))
        at: Instant = quarter * (HOUR // 4)
        slot = slot_of(hour_of(at + offset_at(zone_named(zone) or UTC, at)))
        hours = baseline_of(self._model, channel, "marketing").hours
        return self._noticed[channel][slot], hours[slot // 24] == slot % 24
