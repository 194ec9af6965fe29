"""A past in which nobody has hours of their own: what a model still gains there, it gains by mistake."""

from dataclasses import replace

import numpy as np

from opportune.training.histories import Histories


def permuted(histories: Histories, *, seed: int) -> Histories:
    """Each check-in keeps its user and its day, and takes the hour of the day of another check-in, whosever it was.

    So all users together are as often active at each hour as they were, but for hours of a day that fall together; no
    user, no weekday and no season has hours of its own.
    """
    hour = histories.hour % 24
    taken = hour[np.random.default_rng(seed).permutation(len(hour))]
    pairs = np.unique(np.stack([histories.user, histories.hour - hour + taken]), axis=1)
    return replace(histories, user=pairs[0], hour=pairs[1])
