"""How often an event has happened: what a trigger that counts asks to be remembered."""

from opportune.features.aggregate import Aggregate, key_of
from opportune.features.chosen import Chosen
from opportune.features.feature import Feature
from opportune.features.window import Everything, Last
from opportune.journeys.journey import Journey
from opportune.journeys.trigger import Counted


def counter_of(journey: Journey) -> Feature | None:
    """The feature that counts for this journey, if its trigger does; no playbook can name it."""
    if not isinstance(journey.enter, Counted):
        return None
    aggregate = count_of(journey.enter, journey.key)
    return Feature(f"count of {journey.name}", f"{journey.enter.on} for {journey.name}", "number", aggregate=aggregate)


def count_of(trigger: Counted, key: str) -> Aggregate:
    """How many of the trigger's events there are in its window; for each text of the property ``key``, if any."""
    chosen, by = Chosen((trigger.on,), trigger.where), key or None
    window = Last(trigger.within) if trigger.within else Everything()
    return Aggregate("count", chosen, None, window, key_of("count", chosen, by=by), by=by)
