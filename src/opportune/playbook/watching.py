"""When a journey is so unwelcome that it must stop: how many complaints, of how many sends, are too many.

A share of few sends says little: one complaint of ten may be bad luck. So a journey has too many only where a rate at
the limit would hardly ever give as many: where the lower end of the rate's one-sided interval of 99.9 % lies above it.
"""

from math import exp, lgamma, log, log1p
from typing import Final

from msgspec import Struct

from opportune.sending.tally import Unwelcome
from opportune.units import ONE, WEEK, Micros, Millis

DOUBT: Final = 0.001
"""The chance with which a rate of just the limit gives as many: below it there are too many."""


class Watching(Struct, frozen=True):
    """From when on a journey has too many complaints or unsubscribes, on any one channel, and is paused."""

    complaints: Micros = 3_000
    """The share of its sends that may end in a complaint; mailbox providers ask for less than this, always."""
    unsubscribes: Micros = 20_000
    within: Millis = WEEK
    """Sends of this span count, to the hour, and what they ended in."""
    at_least: int = 500
    """Of fewer sends nothing is said."""
    is_on: bool = True

    def limit(self, what: Unwelcome) -> Micros:
        """The share of sends that may end so."""
        return self.complaints if what == "complaints" else self.unsubscribes

    def is_too_much(self, what: Unwelcome, count: int, sends: int) -> bool:
        """Whether so many of so many sends are too many."""
        if not self.is_on or sends < self.at_least:
            return False
        return exceeds(min(count, sends), sends, self.limit(what))


def exceeds(count: int, sends: int, limit: Micros) -> bool:
    """Whether the rate is surely above the limit: ``lower_end(count, sends) > limit / 1e6``."""
    return count * ONE > sends * limit and chance_of_as_many(count, sends, limit / ONE) < DOUBT


def fewest(sends: int, limit: Micros) -> int:
    """How many of so many sends are too many; more than ``sends`` where even all of them are not."""
    low, high = 0, sends + 1  # low is not too many
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if exceeds(middle, sends, limit) else (middle, high)
    return high


def lower_end(count: int, sends: int, doubt: float = DOUBT) -> float:
    """The lower end of the one-sided interval, in [0, 1]: the rate at which as many come about with this chance.

    Clopper and Pearson (1934): exact, for the binomial distribution; 0 where nothing was counted.
    """
    low, high = 0.0, count / sends if sends else 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if chance_of_as_many(count, sends, middle) < doubt else (low, middle)
    return low


def chance_of_as_many(count: int, sends: int, rate: float) -> float:
    """The chance that so many or more of so many sends end so, where each does with this chance."""
    if count <= 0:
        return 1.0
    if count > sends or rate <= 0:
        return 0.0
    if rate >= 1:
        return 1.0
    if count <= sends * rate:
        return 1.0 - _summed(sends - count + 1, sends, 1 - rate)
    return _summed(count, sends, rate)


def _summed(count: int, sends: int, rate: float) -> float:
    """The same for a count above what is expected: each term is smaller than the one before."""
    ways = lgamma(sends + 1) - lgamma(count + 1) - lgamma(sends - count + 1)
    term = exp(ways + count * log(rate) + (sends - count) * log1p(-rate))
    total, odds = 0.0, rate / (1 - rate)
    while count <= sends and term > total * 1e-17:
        total += term
        term *= (sends - count) / (count + 1) * odds
        count += 1
    return min(1.0, total)
