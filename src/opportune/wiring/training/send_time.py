"""Learns when users look, and tells what came of it."""

import re
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from opportune.errors import Unavailable
from opportune.features.attention import LATEST
from opportune.features.attention_model import AttentionModel
from opportune.training.attention_fit import FEWEST, end_of, fit
from opportune.training.attention_proof import Proof, proof_of
from opportune.training.histories import Histories
from opportune.units import HOUR, Instant
from opportune.wiring.backtest.days import date_of

FEWEST_USERS: Final = 10
"""Of fewer users nothing is learned of users in general."""
_OFTEN: Final = 5
_AT_ONCE: Final = 0.9
_NUMBERS: Final = re.compile(r"\[\s*(-?\d[^\[\]{}\":]*?)\s*\]")
_IN_LINE: Final = 24


class Learned(Struct, frozen=True, kw_only=True):
    """What was learned, from how much."""

    model: AttentionModel
    users: int
    check_ins: int
    sends: int
    opens: int
    often_sent: int
    """Users who were sent five messages or more."""
    at_once: int
    """Those of them who opened nine in ten of these in the hour in which they went out."""
    first: Instant
    last: Instant
    """When the first and the last check-in or send was, to the hour, on users' own clocks."""
    proof: Proof | None
    """None: there are too few days to ask."""


def learned_from(histories: Histories, *, name: str, seed: int = 0) -> Learned:
    """Raises Unavailable where that is too little to learn anything from."""
    seen = int(((histories.delay >= 0) & (histories.delay < LATEST)).sum())
    active = np.union1d(histories.user, histories.sent_user[histories.delay >= 0])
    if histories.hour.size + seen < FEWEST or active.size < FEWEST_USERS:
        raise Unavailable(
            f"too little to learn from: {histories.hour.size:,} check-ins and {seen:,} opens of {active.size:,} users; "
            f"it takes {FEWEST} of them, of {FEWEST_USERS} users. Without a snapshot send_time goes by common knowledge"
        )
    often_sent, at_once = open_at_once(histories)
    hours = np.concatenate([histories.hour, histories.sent_hour])
    return Learned(
        model=fit(histories, name=name or f"until {date_of(end_of(histories) * HOUR)}", seed=seed),
        users=int(active.size),
        check_ins=int(histories.hour.size),
        sends=int(histories.sent_hour.size),
        opens=seen,
        often_sent=often_sent,
        at_once=at_once,
        first=int(hours.min()) * HOUR,
        last=int(hours.max()) * HOUR,
        proof=proof_of(histories, seed=seed),
    )


def open_at_once(histories: Histories) -> tuple[int, int]:
    """Users who were sent enough to tell, and those of them who open nearly all of it at once, as machines do."""
    users = len(histories.users)
    sent = np.bincount(histories.sent_user, minlength=users)
    quick = np.bincount(histories.sent_user[histories.delay == 0], minlength=users)
    often = sent >= _OFTEN
    return int(often.sum()), int((often & (quick >= _AT_ONCE * sent)).sum())


def text_of(model: AttentionModel) -> str:
    """The snapshot as a playbook's file: a week is seven lines of 24 numbers."""
    return _NUMBERS.sub(_in_days, msgspec.json.format(msgspec.json.encode(model), indent=2).decode()) + "\n"


def _in_days(found: re.Match[str]) -> str:
    numbers = [each.strip() for each in found[1].split(",")]
    days = [", ".join(numbers[start : start + _IN_LINE]) for start in range(0, len(numbers), _IN_LINE)]
    return "[" + ",\n".join(days) + "]"
