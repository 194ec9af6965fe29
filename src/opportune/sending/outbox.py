"""The outbox: what becomes of one claimed attempt, as tables, and what silence and a crash make of it.

    claimed --> data_sent --> sent | failed | unknown
       |  ^________|  (a clear "not now")
       +--> failed | lapsed

``data_sent`` is durable just before the byte that commits the provider. So an attempt that is found ``claimed`` was
never sent, and one that is found ``data_sent`` may have been. Whether it is then asked for again is its mode:

    once            never: it is ``unknown``
    keyed           the provider drops repeats of a key: with the same key and body, until ``expires``
    at_least_once   the message asks for it: the same, until 23 hours after the claim or its deadline
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.policies.view import LONGEST_REPEATING
from opportune.sending.attempt import Attempt
from opportune.units import SECOND, Instant, Millis

Stage: TypeAlias = Literal["claimed", "data_sent", "sent", "failed", "unknown", "lapsed"]
Mode: TypeAlias = Literal["once", "keyed", "at_least_once"]
Heard: TypeAlias = Literal["accepted", "refused", "not_now", "silence"]
"""What came of one try: yes, never, later, or no answer after the byte that commits."""

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
AFTER: Final[dict[Mode, dict[Heard, Stage]]] = {
    "once": {"accepted": "sent", "refused": "failed", "not_now": "claimed", "silence": "unknown"},
    "keyed": {"accepted": "sent", "refused": "failed", "not_now": "claimed", "silence": "data_sent"},
    "at_least_once": {"accepted": "sent", "refused": "failed", "not_now": "claimed", "silence": "data_sent"},
}
"""The stage after a try, while every earlier one has been answered; one that is open is tried again."""
AFTER_SILENCE: Final[dict[Heard, Stage]] = {
    "accepted": "sent",
    "refused": "unknown",
    "not_now": "data_sent",
    "silence": "data_sent",
}
"""The same once a try has had no answer: a later refusal does not tell what became of it."""
AT_THE_END: Final[dict[Stage, Stage]] = {"claimed": "lapsed", "data_sent": "unknown"}
"""What becomes of an open attempt that must not be tried again."""
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
    body: bytes | None = None
    """The words of an attempt that may be tried again after silence, as they were first; none before or otherwise."""
    bounce: str = ""
    """What a refusal said of the address, as kind and status such as ``hard 5.1.1``, or nothing."""


def may_move(before: Stage, after: Stage) -> bool:
    """Whether the outbox lets an attempt go from one stage to the other."""
    return after in MOVES[before]


def stages_before(after: Stage) -> tuple[Stage, ...]:
    """The stages from which an attempt may come to this one."""
    return tuple(before for before in MOVES if after in MOVES[before])


def mode_of(attempt: Attempt, *, is_keyed: bool) -> Mode:
    """What follows silence, for a message's wish and a provider that drops repeats of a key or does not."""
    if attempt.delivery == "at_least_once":
        return "at_least_once"
    return "keyed" if is_keyed else "once"


def stage_after(row: Row, heard: Heard, mode: Mode) -> Stage:
    """What the try that began with this row has come to."""
    return AFTER_SILENCE[heard] if row.stage == "data_sent" else AFTER[mode][heard]


def begins_before(row: Row, mode: Mode) -> Instant | None:
    """The instant from which no try of this open claim may begin; None if none may at all."""
    attempt = row.claim.attempt
    if row.stage == "claimed" or mode == "keyed":
        return attempt.expires
    if mode == "once":
        return None
    longest = attempt.at + LONGEST_REPEATING
    return longest if attempt.deadline is None else min(longest, attempt.deadline)


def obstacle(row: Row, now: Instant, mode: Mode) -> str | None:
    """Why this open claim must not be tried at ``now``: the recall's code, ``expired`` or ``no_answer``, or nothing."""
    if row.recalled:
        return row.recalled
    bound = begins_before(row, mode)
    if bound is None:
        return "no_answer"
    return "expired" if now >= bound else None


def pause_after(tries: int, under_way: Millis = 0) -> Millis:
    """How long to wait after this many tries (from 1) without an answer that counts: 1 s, 2 s, 4 s, up to 30 s.

    Never shorter than ``under_way``: the span since the claim, where each try may bring the user another copy.
    """
    return max(min(SECOND << min(tries - 1, 10), LONGEST_PAUSE), under_way)
