"""Where runs of earlier versions go when a new version of their journey is published: its ``moves`` say so."""

from typing import Literal, TypeAlias

from opportune.journeys.journey import Journey

END = "end"
"""Stands for a step among ``moves``: the run ends."""
Way: TypeAlias = int | Literal["end"] | None
"""A place in the new version; ``end``: the run ends; None: it stays in the version that it entered with."""


def way(old: Journey, new: Journey | None, place: int) -> Way:
    """Where a run goes that stands at this place of the old version, once the new one is published.

    A step without a name is moved by nothing, and so is every run of a journey that is gone, or has not changed.
    """
    if new is None or old == new:
        return None
    for name, at in old.labels.items():
        if at == place and name in new.moves:
            to = new.moves[name]
            return "end" if to == END else new.labels.get(to)
    return None


def name_of(journey: Journey, place: int) -> str:
    """The name of the step at this place; empty if it has none."""
    return next((name for name, at in journey.labels.items() if at == place), "")
