"""What log entries say of the right to send: words on consent, stops, and the traits that the checks read.

Read from the events alone, beside the engine's own folds, so that a fault of theirs is not made here again.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from opportune.events import names
from opportune.events.event import PLACES, Event, Merged
from opportune.features.traits import traits_of
from opportune.units import Instant, Scalar

ALL: Final = "*"
ZONES: Final = ("timezone", "context.timezone")
"""Where a user's zone is read from, the surest first."""
_WORDS: Final = {names.CONSENT_GIVEN: ALL, names.CONSENT_WITHDRAWN: ALL, names.UNSUBSCRIBED: "email"}
"""Each with the channel it means where it names none."""
_object: Final = msgspec.json.Decoder(dict[str, object])


class Word(Struct, frozen=True, array_like=True):
    """One word on consent, as it was said."""

    channel: str
    topic: str
    is_given: bool
    is_context: bool
    """A client's context repeats what it once knew."""


class Fact(Struct, frozen=True, array_like=True, tag="f"):
    """What one event says."""

    user: str
    seq: int
    """Its place in the log; of what a step made that of the entry behind which it was made."""
    received_at: Instant
    at: Instant
    is_history: bool
    words: tuple[Word, ...] = ()
    suppressed: str = ""
    """The channel that is suppressed from then on; empty for none."""
    unsuppressed: str = ""
    traits: dict[str, Scalar] = {}


def fact_of(event: Event, wanted: frozenset[str]) -> Fact | None:
    """What the event says of the right to send, and of these traits; None if nothing."""
    context = _read(event.context)
    is_about = event.name in _ABOUT
    properties = _read(event.properties) if is_about else {}
    words = tuple(_words(event, properties, context))
    traits = {name: said for name, said in traits_of(event.name, properties, context).items() if name in wanted}
    suppressed, unsuppressed = _suppressed(event, properties), ""
    if event.name == names.UNSUPPRESSED:
        unsuppressed = _text(properties, "channel", ALL)
    if not (words or traits or suppressed or unsuppressed):
        return None
    seq = event.place // PLACES if event.place else event.seq
    return Fact(event.user, seq, event.received_at, event.at, event.is_history, words, suppressed, unsuppressed, traits)


_ABOUT: Final = frozenset({*_WORDS, *names.STOPS, names.UNSUPPRESSED, *names.TRAIT_EVENTS})


def _words(event: Event, properties: Mapping[str, object], context: Mapping[str, object]) -> Iterator[Word]:
    stated = context.get("consent")
    if isinstance(stated, dict):
        for channel in sorted(stated):
            if isinstance(stated[channel], bool):
                yield Word(channel, ALL, stated[channel], True)
    if event.name in _WORDS:
        channel = _text(properties, "channel", _WORDS[event.name])
        yield Word(channel, _text(properties, "topic", ALL), event.name == names.CONSENT_GIVEN, False)


def _suppressed(event: Event, properties: Mapping[str, object]) -> str:
    match event.name:
        case names.SUPPRESSED:
            return _text(properties, "channel", ALL)
        case names.EMAIL_COMPLAINED:
            return "email"
        case names.EMAIL_BOUNCED:
            return "email" if _text(properties, "type", "hard") == "hard" else ""
        case _:
            return ""


def _text(properties: Mapping[str, object], name: str, default: str) -> str:
    value = properties.get(name)
    return value if isinstance(value, str) and value else default


def _read(raw: bytes) -> Mapping[str, object]:
    """The object; what cannot be read says nothing, for the engine could not take it either."""
    try:
        return {} if raw == b"{}" else _object.decode(raw)
    except msgspec.MsgspecError:
        return {}


Told = Fact | Merged
"""What a sweep goes by, in the order of the log."""


def heard_at(told: Told) -> Instant:
    """The log clock at which it was heard of."""
    return told.now if isinstance(told, Merged) else told.received_at
