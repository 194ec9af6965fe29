"""When journeys propose their messages, held against quiet hours and sessions."""

from collections.abc import Iterator

from opportune.events.names import PASSIVE
from opportune.features.local_time import WallTime
from opportune.journeys.journey import Journey
from opportune.journeys.step import Send, Step, Wait, WaitLocal, WaitUntil, goes_on, targets
from opportune.journeys.trigger import Counted, DateTrait, Schedule, Sequence, Trigger, Watched
from opportune.messages.message import Message
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found
from opportune.policies.in_session import InSession
from opportune.policies.quiet_hours import QuietHours
from opportune.units import DAY, MINUTE, Millis, in_words

_DAY = DAY // MINUTE


def session_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """A warning where who has just done what begins the journey is still in a session when its wait is over.

    The message then goes out when the session ends, so the wait comes to be as long as that takes.
    """
    session = next((each for each in playbook.policies if isinstance(each, InSession)), None)
    if session is None or not _is_active(journey.enter):
        return
    waited: Millis = 0
    for place, step in enumerate(journey.steps):
        match step:
            case Wait(span, "step") | WaitUntil(at_most=span):
                waited += span
                continue
            case Send(name) if waited and name in playbook.messages:
                message = playbook.messages[name]
            case _:
                return
        if waited < session.idle and _never_in_session(session, message):
            text = (
                f"{name!r} is proposed {in_words(waited)} after entry, but goes out when the session of who entered "
                f"ends, {in_words(session.idle)} after the last activity; wait for longer, let in_session have a "
                f"shorter idle, or give it a channel of its speak_on ({', '.join(session.speak_on)})"
            )
            yield found(playbook, "warning", f"journeys.{journey.name}.steps[{place}]", text)
        return


def is_proposed_by_day(playbook: Playbook, message: Message) -> bool:
    """Whether some journey sends it, and each directly behind a local time that lies outside all its quiet hours."""
    quiet = [
        minutes
        for each in playbook.policies
        if isinstance(each, QuietHours) and any(each.binds(message, channel) for channel in message.channels)
        for minutes in [_minutes(each.start, each.end)]
    ]
    windows = [window for journey in playbook.journeys.values() for window in _windows(journey, message.name)]
    return bool(windows) and all(window and not any(window & each for each in quiet) for window in windows)


def _is_active(trigger: Trigger) -> bool:
    """Whether who enters does so by being active."""
    match trigger:
        case Watched(on) | Counted(on):
            return on not in PASSIVE
        case Sequence(events):
            return events[-1].on not in PASSIVE
        case _:
            return False


def _never_in_session(session: InSession, message: Message) -> bool:
    return session.binds(message, "") and not set(message.channels) & set(session.speak_on)


def _windows(journey: Journey, message: str) -> Iterator[frozenset[int]]:
    """The minutes of the day at which runs come to each of its sends, by each way; empty: they may be any."""
    sends = [place for place, step in enumerate(journey.steps) if isinstance(step, Send) and step.message == message]
    for place in sends:
        if place == 0:
            yield _opening(journey)
        before = enumerate(journey.steps[:place])
        yield from (_passed(step) for index, step in before if _leads(step, index, place))


def _leads(step: Step, index: int, place: int) -> bool:
    return place in targets(step) or (index + 1 == place and goes_on(step))


def _opening(journey: Journey) -> frozenset[int]:
    match journey.enter:
        case Schedule(at=WallTime() as at) | DateTrait(at=WallTime() as at):
            return frozenset({at.minutes})
        case _:
            return frozenset()


def _passed(step: Step) -> frozenset[int]:
    match step:
        case WaitLocal(start, None):
            return frozenset({start.minutes})
        case WaitLocal(start, WallTime() as end):
            return _minutes(start, end)
        case _:
            return frozenset()


def _minutes(start: WallTime, end: WallTime) -> frozenset[int]:
    """Those of [start, end), which may wrap midnight; equal ends are the whole day."""
    length = (end.minutes - start.minutes) % _DAY or _DAY
    return frozenset((start.minutes + each) % _DAY for each in range(length))
