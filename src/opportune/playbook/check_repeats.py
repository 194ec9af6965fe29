"""A message that a run may send twice with nothing between that surely takes time: a user would get both at once."""

from collections.abc import Iterator

from opportune.events.names import ENGAGEMENTS
from opportune.journeys.journey import Journey
from opportune.journeys.step import Call, Digest, End, Send, Step, Wait, WaitLocal, WaitUntil, goes_on, targets
from opportune.messages.message import Message
from opportune.playbook.check_steps import path_of
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found
from opportune.policies.minimum_gap import MinimumGap


def repeat_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """A warning for each second send, unless a gap keeps messages apart in any case."""
    told: set[str] = set()
    for place, name in _sends(journey).items():
        message = playbook.messages.get(name)
        if message is None or _is_kept_apart(playbook, message):
            continue
        again = (each for each in sorted(_at_once_from(journey, place)) if _sends(journey).get(each) == name)
        for path in (path_of(journey, each) for each in again):
            line = playbook.places.get(path, path)
            if line not in told:
                told.add(line)
                text = (
                    f"{name!r} may go out a second time at once: nothing since it was sent surely takes time; "
                    "put '- wait: 20 hours' or the like between"
                )
                yield found(playbook, "warning", path, text)


def _sends(journey: Journey) -> dict[int, str]:
    """By place, the message that a user gets there."""
    steps = enumerate(journey.steps)
    return {place: step.message for place, step in steps if isinstance(step, Send) and not isinstance(step, Call)}


def _at_once_from(journey: Journey, place: int) -> set[int]:
    """The steps to which a run may come at the very instant at which this send was accepted."""
    reached: set[int] = set()
    ahead = [place + 1]
    while ahead:
        place = ahead.pop()
        if place in reached or place >= len(journey.steps):
            continue
        reached.add(place)
        step = journey.steps[place]
        if isinstance(step, End) or _surely_lasts(step):
            continue
        ahead += [*targets(step), *([place + 1] if goes_on(step) else [])]
    return reached


def _surely_lasts(step: Step) -> bool:
    """Whether no run passes it at once; what is counted from activity, and windows and dates, may be over already."""
    match step:
        case Wait(counted_from="step") | WaitLocal(end=None) | Digest():
            return True
        case WaitUntil(event=event, since=since):
            return since == "now" or event in ENGAGEMENTS
        case Send():
            return not isinstance(step, Call)
        case _:
            return False


def _is_kept_apart(playbook: Playbook, message: Message) -> bool:
    gaps = [each for each in playbook.policies if isinstance(each, MinimumGap)]
    return any(all(gap.binds(message, channel) for channel in message.channels) for gap in gaps)
