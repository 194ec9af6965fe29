"""A past in which nobody has hours of their own: what a model still gains there, it gains by mistake."""

from dataclasses import replace

import numpy as np

from opportune.training.histories import Histories
from opportune.wiring.evaluating.contenders import slots_of


def permuted(histories: Histories, *, seed: int) -> Histories:
    """Each check-in keeps its user and its day, and takes the hour of another check-in of the same weekday.

    So all users together are active when they were, and days are as full as before but for hours that fall together.
    """
    dice = np.random.default_rng(seed)
    weekday, hour = slots_of(histories.hour) // 24, histories.hour % 24
    taken = hour.copy()
    for each in range(7):
        places = np.flatnonzero(weekday == each)
        taken[places] = hour[dice.permutation(places)]
    pairs = np.unique(np.stack([histories.user, histories.hour - hour + taken]), axis=1)
    return replace(histories, user=pairs[0], hour=pairs[1])
