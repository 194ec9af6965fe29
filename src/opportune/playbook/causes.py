"""What the steps of a journey cause: events they emit, traits they set, and what becomes of messages they send."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from opportune.events import names
from opportune.features.expression import Constant
from opportune.journeys.gathering import COUNT
from opportune.journeys.journey import Journey
from opportune.journeys.making import ARM
from opportune.journeys.step import Digest, Emit, Named, Send, SetTraits, Split, goes_on, targets
from opportune.playbook.definition import Playbook
from opportune.playbook.outcomes import Known
from opportune.units import Scalar

_ON_ANY_CHANNEL: Final = (
    names.MESSAGE_SENT,
    names.MESSAGE_FAILED,
    names.MESSAGE_UNKNOWN,
    names.ATTEMPT_LAPSED,
)
_ON: Final = {
    names.EMAIL_OPENED: "email",
    names.EMAIL_CLICKED: "email",
    names.EMAIL_DELIVERED: "email",
    names.EMAIL_OPENED_BY_MACHINE: "email",
    names.EMAIL_CLICKED_BY_MACHINE: "email",
    names.PUSH_OPENED: "push",
    names.SMS_CLICKED: "sms",
    names.IN_APP_SHOWN: "in_app",
    names.IN_APP_CLICKED: "in_app",
    names.IN_APP_DISMISSED: "in_app",
    names.IN_APP_EXPIRED: "in_app",
}
_ELSEWHERE: Final = (names.MESSAGE_DELIVERED, names.MESSAGE_BOUNCED)
"""On every channel but email."""
OF_MESSAGES: Final = frozenset({*_ON_ANY_CHANNEL, *_ON, *_ELSEWHERE})
_SAID: Final = frozenset({"decision", "code", "message", "channel", "source", "url", "by", "rule", "type"})
"""Properties of events about messages of ours."""


class Cause(Struct, frozen=True):
    """One thing that one step does, as an event of the same user."""

    journey: str
    place: int
    """Of the step."""
    event: str
    does: str
    """As one says it: ``emits 'Cart Reminded'``."""
    known: Known
    says: frozenset[str]
    """All properties that the event has, as far as they can be told."""
    sets: frozenset[str] = frozenset()
    """The traits that it sets."""
    is_of_message: bool = False
    same: frozenset[str] = frozenset()
    """The properties that are those of the run's own entry."""

    @property
    def path(self) -> str:
        """Where the step is written."""
        return f"journeys.{self.journey}.steps[{self.place}]"


def causes_of(playbook: Playbook, journey: Journey) -> Iterator[Cause]:
    """All that runs of this journey can cause, in order of its steps."""
    for place in sorted(reached(journey)):
        match journey.steps[place]:
            case Emit(event, properties):
                yield _made(journey.name, place, event, properties)
            case SetTraits(traits):
                yield _set(journey.name, place, traits)
            case Split(name):
                said: dict[str, Scalar] = {"experiment_id": name, "experiment_name": name}
                free = frozenset({"variation_id", "variation_name"})
                does = f"emits {names.EXPERIMENT_VIEWED!r}"
                known = Known(said, open=free)
                yield Cause(journey.name, place, names.EXPERIMENT_VIEWED, does, known, free | said.keys())
            case Send(message):
                yield from _sent(playbook, journey.name, place, message)


def surely_kept(journey: Journey, place: int) -> set[str]:
    """What every run has made on its way to this step: the arms that it goes, and how much a digest has gathered."""
    kept: set[str] = set()
    for each in range(place):
        step = journey.steps[each]
        if isinstance(step, Split | Digest) and place not in reached(journey, without=each):
            kept.add(ARM + step.name if isinstance(step, Split) else COUNT)
    return kept


def reached(journey: Journey, *, without: int = -1) -> set[int]:
    """The places of the steps that some run can come to, if none goes on from the step ``without``."""
    found: set[int] = set()
    waiting = [0]
    while waiting:
        place = waiting.pop()
        if place in found or place >= len(journey.steps):
            continue
        found.add(place)
        if place == without:
            continue
        step = journey.steps[place]
        waiting += [each for each in targets(step) if each > place] + [place + 1] * goes_on(step)
    return found


def _made(journey: str, place: int, event: str, properties: tuple[Named, ...]) -> Cause:
    fixed, free = _apart(properties)
    same = frozenset(each.name for each in properties if getattr(each.value.node, "path", None) == each.name)
    known = Known(fixed, open=free)
    return Cause(journey, place, event, f"emits {event!r}", known, free | fixed.keys(), same=same)


def _set(journey: str, place: int, traits: tuple[Named, ...]) -> Cause:
    fixed, free = _apart(traits)
    does = f"sets {', '.join(each.name for each in traits)}"
    known = Known(fixed, fixed, open=free)
    says = free | fixed.keys()
    return Cause(journey, place, names.IDENTIFIED, does, known, says, sets=says)


def _apart(named: tuple[Named, ...]) -> tuple[dict[str, Scalar], frozenset[str]]:
    """The values that are written out, and the names of the others; what is NULL is not said at all."""
    fixed: dict[str, Scalar] = {}
    free: set[str] = set()
    for each in named:
        match each.value.node:
            case Constant(None):
                pass
            case Constant(value):
                fixed[each.name] = value
            case _:
                free.add(each.name)
    return fixed, frozenset(free)


def _sent(playbook: Playbook, journey: str, place: int, name: str) -> Iterator[Cause]:
    message = playbook.messages.get(name)
    for channel in message.channels if message is not None else ():
        events = [*_ON_ANY_CHANNEL, *(each for each, on in _ON.items() if on == channel)]
        events += _ELSEWHERE if channel != "email" else ()
        known = Known({"message": name, "channel": channel})
        for event in events:
            does = f"sends {name!r} by {channel}, {event!r}"
            yield Cause(journey, place, event, does, known, _SAID, is_of_message=True)
