"""Names that a story says: one that is mistyped would read as if the playbook had chosen silence."""

import warnings
from collections.abc import Iterable, Mapping

from opportune.errors import StoryError
from opportune.events import names
from opportune.features.ledger import EVERY
from opportune.features.local_time import zone_named, zone_names
from opportune.playbook.check_events import are_close, events_used
from opportune.playbook.definition import CHANNELS, Playbook
from opportune.playbook.problems import closest, meant

ENGINE_EVENTS = names.PASSIVE | names.STOPS | names.ENGAGEMENTS.keys() | {names.PAGE_VIEWED, names.SCREEN_VIEWED}
"""Names that mean something to every playbook."""
OPENED: Mapping[str, str] = {
    "email": names.EMAIL_OPENED,
    "push": names.PUSH_OPENED,
    "in_app": names.IN_APP_SHOWN,
}
"""By channel: what says that a message was seen."""
CLICKED: Mapping[str, str] = {
    "email": names.EMAIL_CLICKED,
    "push": names.PUSH_OPENED,
    "sms": names.SMS_CLICKED,
    "in_app": names.IN_APP_CLICKED,
}
"""By channel: what says that a link in a message was followed."""


class StoryWarning(UserWarning):
    """A story says something that is probably not meant."""


def events_known(playbook: Playbook) -> frozenset[str]:
    """Names of events that the playbook looks at or declares, and those that the engine itself knows."""
    return ENGINE_EVENTS | events_used(playbook).keys() | playbook.schemas.keys()


def look_at_event(name: str, known: frozenset[str], *, is_strict: bool) -> None:
    """Warns of a name nobody knows that is close to a known one; if strict raises StoryError for any such name."""
    if name in known:
        return
    if is_strict:
        raise StoryError(f"event {name!r} is not looked at by anything in the playbook; {meant(name, known)}")
    close = sorted(each for each in known if are_close(name, each))
    if close:
        said = f"event {name!r} is not looked at by anything in the playbook; did you mean {close[0]!r}?"
        warnings.warn(said, StoryWarning, stacklevel=4)


def look_at_message(name: str, known: Iterable[str]) -> None:
    """Raises StoryError if there is no such message."""
    messages = sorted(known)
    if name not in messages:
        raise StoryError(f"the playbook has no message {name!r}; {meant(name, messages)}")


def look_at_zone(user: str, zone: str) -> None:
    """Raises StoryError if there is no such zone."""
    if zone_named(zone) is None:
        close = closest(zone, zone_names())
        remedy = f"did you mean {close!r}?" if close else "a zone is named like 'Europe/Berlin'"
        raise StoryError(f"{user}: zone {zone!r} is not in tzdata; {remedy}")


def look_at_channel(user: str, channel: str) -> None:
    """Raises StoryError if there is no such channel."""
    if channel not in (*CHANNELS, EVERY):
        raise StoryError(f"{user}: there is no channel {channel!r}; {meant(channel, CHANNELS)}")
