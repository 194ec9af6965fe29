"""The outbox: what becomes of one claimed attempt, as a table, and what a crash makes of it.

    claimed --> data_sent --> sent | failed | unknown
       |  ^________|  (a clear "not now")
       +--> failed | lapsed

``data_sent`` is durable just before the byte that commits the provider. So an attempt that is found ``claimed`` after
a crash was never sent, and one that is found ``data_sent`` may have been: it is ``unknown``, and never sent again.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.sending.attempt import Attempt
from opportune.units import SECOND, Instant, Millis

Stage: TypeAlias = Literal["claimed", "data_sent", "sent", "failed", "unknown", "lapsed"]

MOVES: Final[dict[Stage, tuple[Stage, ...]]] = {
    "claimed": ("data_sent", "failed", "lapsed"),
    "data_sent": ("claimed", "sent", "failed", "unknown"),
    "sent": (),
    "failed": (),
    "unknown": (),
    "lapsed": (),
}
"""Where an attempt may go from each stage; the last four are answers and stay."""
OPEN: Final[tuple[Stage, ...]] = ("claimed", "data_sent")
LONGEST_PAUSE: Final[Millis] = 30 * SECOND


class Claim(Struct, frozen=True, array_like=True, gc=False):
    """An attempt as committed; ``nth`` counts the attempts of its decision from 1."""

    attempt: Attempt
    nth: int


class Row(Struct, frozen=True, array_like=True, gc=False):
    """What the outbox knows of one claim."""

    claim: Claim
    stage: Stage = "claimed"
    recalled: str = ""
    """The code that called it back, or nothing."""
    code: str = ""
    """The answer's code, once there is one."""
    at: Instant | None = None
    """When the answer came."""
    is_logged: bool = False
    """The log holds the answer's event."""


def may_move(before: Stage, after: Stage) -> bool:
    """Whether the outbox lets an attempt go from one stage to the other."""
    return after in MOVES[before]


def stages_before(after: Stage) -> tuple[Stage, ...]:
    """The stages from which an attempt may come to this one."""
    return tuple(before for before in MOVES if after in MOVES[before])


def obstacle(row: Row, now: Instant) -> str | None:
    """Why this claim must not be begun at ``now``: the recall's code, ``expired`` from ``expires`` on, or nothing."""
    if row.recalled:
        return row.recalled
    return "expired" if now >= row.claim.attempt.expires else None


def pause_after(tries: int) -> Millis:
    """How long to wait after this many tries (from 1) that sent nothing: 1 s, 2 s, 4 s, up to 30 s."""
    return min(SECOND << min(tries - 1, 10), LONGEST_PAUSE)
