"""How far a share of opened sends may be off, where the same users were sent to more than once."""

from math import sqrt
from statistics import NormalDist
from typing import Final

from msgspec import Struct

_FEW_USERS: Final = 30
"""Of fewer users it cannot be measured how alike the sends of one are: they are taken to be all alike."""


class Sums(Struct, frozen=True, gc=False):
    """Of sends s and opened sends o of each user: how many there are, and the sums of their squares and products."""

    sends: int
    opened: int
    users: int
    sends_squared: int
    sends_by_opened: int
    opened_squared: int

    @property
    def share(self) -> float:
        """Of the sends, how many were opened; there must be one."""
        return self.opened / self.sends


def worth_of(sums: Sums) -> float:
    """How many sends to users of their own the sends are worth: at most as many as there are, and at least one.

    Sends of one user are alike, so the spread of a share is that of a ratio over users (Cochran 1977, section 6.3),
    and the sends are divided by how often that is as wide as if all were independent (Kish 1965, section 8.2). Where
    that cannot be told (few users, or all or none opened) each user's sends count as one after Kish: S^2 / sum of s^2.
    """
    least = max(1.0, sums.sends**2 / sums.sends_squared)
    share = sums.share
    if sums.users < _FEW_USERS or share in (0.0, 1.0):
        return least
    spread = sums.opened_squared - 2 * share * sums.sends_by_opened + share**2 * sums.sends_squared
    wide = spread * sums.users / (sums.users - 1) / (sums.sends * share * (1 - share))
    return sums.sends / max(1.0, wide)


def interval(sums: Sums, *, wrong: float, among: int = 1) -> tuple[float, float]:
    """Low and high end of the share, inside [0, 1]: Wilson (1927) with the sends that they are worth.

    All of ``among`` such intervals together are wrong with a chance of ``wrong`` at most (Bonferroni).
    """
    z = NormalDist().inv_cdf(1 - wrong / among / 2)
    count, share = worth_of(sums), sums.share
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
