"""What users did and what they were sent, as columns: the one form that everything about send time is learned from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Check-ins and sends of many users. Hours are local, counted from the start of 1970 on the user's own clock."""

    users: tuple[str, ...]
    """Their ids; everywhere else a user is the place of the id here."""
    user: Whole
    """Of each check-in whose it was: sorted by user, then by hour, and no hour of a user twice."""
    hour: Whole
    """Of each check-in when it was."""
    sent_user: Whole
    """Of each message that went out whose it was: sorted by user, then by hour."""
    sent_hour: Whole
    sent_group: Whole
    """Its channel and kind, as the place in ``groups``."""
    delay: Whole
    """Whole hours until a human first opened it; -1 where nobody did, or only a machine."""
    groups: tuple[str, ...] = ("",)
    """Channel and kind, such as ``email marketing``."""


def histories_of(
    users: tuple[str, ...],
    check_ins: tuple[Whole, Whole],
    sends: tuple[Whole, Whole, Whole, Whole] | None = None,
    groups: tuple[str, ...] = ("",),
) -> Histories:
    """The same from columns in any order: (user, hour) of check-ins, (user, hour, group, delay) of sends."""
    pairs = np.unique(np.stack([np.asarray(each, dtype=np.int64) for each in check_ins]), axis=1)
    columns = [np.asarray(each, dtype=np.int64) for each in sends] if sends else [np.zeros(0, np.int64)] * 4
    order = np.lexsort((columns[1], columns[0]))
    sent_user, sent_hour, group, delay = (each[order] for each in columns)
    return Histories(
        users=users, user=pairs[0], hour=pairs[1], groups=groups,
        sent_user=sent_user, sent_hour=sent_hour, sent_group=group, delay=delay,
    )  # fmt: skip
