"""How soon users who moved are found again: what the engine would know after each of their first events there."""

import numpy as np

from opportune.events.event import Event
from opportune.events.names import IDENTIFIED, MESSAGE_SENT
from opportune.features.attention import SLOTS
from opportune.features.attention_model import AttentionModel, delays_of
from opportune.features.clock import zone_now
from opportune.features.evolve import decoded
from opportune.features.fold import Fold, new_profile
from opportune.features.local_time import UTC, offset_at, zone_named
from opportune.features.profile import Profile
from opportune.features.rhythm import noticed, rhythm_of
from opportune.testing.attention import AttentionWorld
from opportune.units import DAY, HOUR, MINUTE, Instant


def after_moving(world: AttentionWorld, model: AttentionModel, events: int) -> tuple[float, int]:
    """Of those who moved, the share of the oracle's opens that the model's choice reaches once so many of their own
    events have come from the new zone, and how many movers did so many things there.

    The choice is made on the clock that the engine believes in, and answered on the user's.
    """
    moved = np.flatnonzero(world.homes.before != world.homes.after)
    past: dict[str, list[Event]] = {world.record.users[user]: [] for user in moved}
    for event in world.events():
        if event.user in past:
            past[event.user].append(event)
    reached = best = 0.0
    many = 0
    for user in moved.tolist():
        there = world.homes.names[int(world.homes.after[user])]
        found = _known(past[world.record.users[user]], there, events)
        if found is not None:
            slot = _shifted(_chosen(found[0], model), found, there)
            reached += world.true_opened(user, slot)
            best += float(world.opened[user].max())
            many += 1
    return (reached / best if many else 0.0), many


def _known(past: list[Event], there: str, events: int) -> tuple[Profile, Instant] | None:
    """What is remembered after so many events from the new zone, and when; None if there were not so many.

    With 0 it is what was known when the user had just moved: just before the first event from there.
    """
    fold = Fold([], watches=[], lateness=3 * DAY, idle=30 * MINUTE).attending(True)
    profile, counted = new_profile(), 0
    for event in past:
        context = decoded(event.context)
        is_there = context.get("timezone") == there and event.name not in (MESSAGE_SENT, IDENTIFIED)
        if is_there and not events:
            return profile, event.at
        fold.apply(profile, event, decoded(event.properties), context, event.at)
        counted += is_there
        if is_there and counted == events:
            return profile, event.at
    return None


def _chosen(profile: Profile, model: AttentionModel) -> int:
    values = noticed(rhythm_of(profile.attention, model).rates, delays_of(model, "email"))
    return max(range(SLOTS), key=lambda slot: (values[slot], -slot))


def _shifted(slot: int, known: tuple[Profile, Instant], there: str) -> int:
    """The slot on the user's clock that is ``slot`` on the clock which the engine believes in."""
    profile, at = known
    believed, true = zone_now(profile, at), zone_named(there)
    ahead = offset_at(true or UTC, at) - offset_at(believed.zone if believed else UTC, at)
    return (slot + ahead // HOUR) % SLOTS
