"""Waits that outlive what they are for."""

from collections.abc import Iterator

from opportune.journeys.expressions import watched_by
from opportune.journeys.journey import AtGoal, Journey
from opportune.journeys.step import Digest, Goto, Send, Step, Wait, goes_on, targets
from opportune.journeys.trigger import Absence, Watched
from opportune.playbook.causes import reached
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found
from opportune.units import Millis, in_words


def wait_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """Sends behind the end of the goal's span, sends to who has reached the goal, and waits that nothing follows."""
    told: set[Finding] = set()
    for finding in _findings(playbook, journey):
        if finding not in told:
            told.add(finding)
            yield finding


def _findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    yield from _of_the_entry(playbook, journey)
    can_come = reached(journey)
    earliest = earliest_spans(journey)
    for place in sorted(can_come):
        step, path = journey.steps[place], f"journeys.{journey.name}.steps[{place}]"
        if isinstance(step, Send) and _is_said(playbook, step):
            yield from _behind_the_goal(playbook, journey, path, earliest[place])
        if isinstance(step, Wait) and _ends(journey, place) and journey.reentry.kind != "while_not_active":
            text = "nothing follows this wait, so it does nothing; remove it, or say what comes then"
            yield found(playbook, "warning", path, text)


def _of_the_entry(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """A goal that the entry itself is: it says nothing of what messages do."""
    goal, entries = journey.goal, {each.on for each in _beginning(journey) if each.where is None}
    if goal is not None and goal.where is None and goal.on in entries:
        text = f"{goal.on!r} begins the journey and is its goal, so it is reached by entering again; name another goal"
        yield found(playbook, "warning", f"journeys.{journey.name}.goal", text)


def _beginning(journey: Journey) -> tuple[Watched, ...]:
    """The events that a journey begins with; what an absence goes without is none of them."""
    return (journey.enter.after,) if isinstance(journey.enter, Absence) else watched_by(journey.enter)


def _behind_the_goal(playbook: Playbook, journey: Journey, path: str, span: Millis) -> Iterator[Finding]:
    goal = journey.goal
    if goal is None or span <= 0:
        return
    if span >= goal.within:
        text = (
            f"it is said {in_words(span)} after entry at the earliest, and the goal counts for "
            f"{in_words(goal.within)}: what it brings is never counted; let the goal count for longer, or wait less"
        )
        yield found(playbook, "warning", path, text)
    elif not _ends_at_goal(journey):
        text = (
            f"{goal.on!r} is the goal and does not end the run, so a user who has reached it is still written to; "
            "add 'exit: goal', or a condition"
        )
        yield found(playbook, "note", path, text)


def earliest_spans(journey: Journey) -> dict[int, Millis]:
    """By place: how long after its entry a run comes there at the earliest; only plain waits and digests count."""
    found: dict[int, Millis] = {0: 0}
    for place, step in enumerate(journey.steps):  # steps lead to later ones only
        if place not in found:
            continue
        after = found[place] + _least(step)
        ways = [each for each in targets(step) if each > place] + [place + 1] * goes_on(step)
        for way in ways:
            found[way] = min(after, found.get(way, after))
    return found


def _least(step: Step) -> Millis:
    match step:
        case Wait(span, counted_from="step") | Digest(span, quiet=0):
            return span
        case _:
            return 0


def _ends(journey: Journey, place: int) -> bool:
    """Whether a run that goes on from here does nothing more."""
    behind = place + 1
    while behind < len(journey.steps) and isinstance(step := journey.steps[behind], Goto):
        behind = step.step
    return behind >= len(journey.steps)


def _ends_at_goal(journey: Journey) -> bool:
    goal = journey.goal
    assert goal is not None
    events = {each.on for each in journey.exits if isinstance(each, Watched)}
    return any(isinstance(each, AtGoal) for each in journey.exits) or goal.on in events


def _is_said(playbook: Playbook, step: Send) -> bool:
    message = playbook.messages.get(step.message)
    return message is not None and message.kind == "marketing" and step.when is None
