"""One event entered into a user's attention: on the clock that they lived by when it happened.

What is said to have happened more than a day after it arrived is of a clock gone wrong, and is no visit: an hour far
ahead would make all that is known of the user old.
"""

from collections.abc import Mapping
from typing import Final

from opportune.features.attention import (
    Attention,
    after_of,
    check_in,
    hour_of,
    is_look,
    is_observed,
    look,
    new_attention,
    open_sent,
)
from opportune.features.clock import local_there
from opportune.features.local_time import Zone
from opportune.features.profile import Profile
from opportune.units import DAY, Instant, Millis

AHEAD: Final[Millis] = DAY
"""So long after it arrived an event may have happened, and still say when its user looked."""


def attend(profile: Profile, at: Instant, context: Mapping[str, object], zone: Zone) -> None:
    """The user was active at this instant; ``zone`` is where they are if nothing says it."""
    check_in(_attention(profile), hour_of(local_there(profile, at, context, zone)))


def attend_open(
    profile: Profile, name: str, at: Instant, said: tuple[Mapping[str, object], Mapping[str, object]], zone: Zone
) -> None:
    """The user opened or clicked something of ours, as properties and context have ``said``; machines do not count."""
    properties, context = said
    if not is_look(name, properties):
        return
    local, after, attention = local_there(profile, at, context, zone), after_of(properties), _attention(profile)
    look(attention, hour_of(local))
    if after is not None:
        open_sent(attention, hour_of(local), after, local)


def attend_send(profile: Profile, properties: Mapping[str, object]) -> None:
    """Something went out of which it will be seen whether the user opens it."""
    if is_observed(properties):
        _attention(profile).sent += 1


def _attention(profile: Profile) -> Attention:
    if profile.attention is None:
        profile.attention = new_attention()
    return profile.attention
