"""What is probably not meant where ``send_time`` chooses moments, or where it is missing."""

from collections.abc import Iterator
from typing import Final

from opportune.features.attention_model import DEFAULT, AttentionModel, baseline_of
from opportune.messages.message import Message
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found
from opportune.playbook.read_models import SEND_TIME
from opportune.policies.hours import Hours
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.send_time import SendTime
from opportune.units import DAY, HOUR, MINUTE, Instant, in_words

OLDEST: Final = 180 * DAY
"""A snapshot that was trained on nothing newer is told of."""
FEWEST: Final = 200
"""So is one that was trained on fewer users."""
FEW: Final = 6
"""Hours that quiet hours leave of a message's use, below which there is little to choose between."""


def send_time_findings(playbook: Playbook, now: Instant | None) -> Iterator[Finding]:
    """Of the policy, of its snapshot if it is known what the time is, and of the messages that it binds."""
    places = [place for place, each in enumerate(playbook.policies) if isinstance(each, SendTime)]
    yield from _beside(playbook, places)
    if not places:
        yield from _unread(playbook)
        return
    path = f"policies[{places[0]}]"
    policy = playbook.policies[places[0]]
    assert isinstance(policy, SendTime)
    if policy.control == 0 and policy.explore == 0:
        text = (
            "send_time with control 0% and explore 0% leaves nothing to compare with, so its gain can never be measured"
        )
        yield found(playbook, "warning", path, f"{text}; keep a control, such as control: 10%")
    bound = [each for each in playbook.messages.values() if each.kind == "marketing"]
    if bound and all(each.useful_for < HOUR for each in bound):
        text = "send_time has nothing to choose: no marketing message is useful for an hour; let useful_for be longer"
        yield found(playbook, "warning", path, text)
    yield from _snapshot(playbook, now)
    for message in bound:
        yield from _nights(playbook, message)
    yield from _baselines(playbook, bound, path)


def _beside(playbook: Playbook, places: list[int]) -> Iterator[Finding]:
    for place in places[1:]:
        yield found(playbook, "error", f"policies[{place}]", "send_time stands here twice; one of them must decide")
    for place, policy in enumerate(playbook.policies):
        if places and isinstance(policy, Hours):
            text = "hours and send_time both open later hours; keep send_time, which chooses between them"
            yield found(playbook, "error", f"policies[{place}]", text)


def _unread(playbook: Playbook) -> Iterator[Finding]:
    """What only ``send_time`` reads."""
    for message in playbook.messages.values():
        if message.worth_half_life is not None:
            text = "half_life is read by send_time alone, and no policy is one; add '- send_time', or remove it"
            yield found(playbook, "warning", f"messages.{message.name}", text)
    if playbook.attention is not None:
        text = "only send_time reads this snapshot, and no policy is one; add '- send_time' to opportune.yaml"
        yield Finding("warning", f"{SEND_TIME}:1", text)


def _snapshot(playbook: Playbook, now: Instant | None) -> Iterator[Finding]:
    model = playbook.attention
    if model is None:
        return
    age = 0 if now is None or not model.until else now - model.until
    if age > OLDEST:
        text = f"the newest it was trained on is {age // DAY} days old, and habits change; 'opportune train send-time'"
        yield Finding("warning", f"{SEND_TIME}:1", f"{text} makes a new one")
    if 0 < model.users < FEWEST:
        text = f"it was trained on {model.users} users, fewer than {FEWEST}, so what it says in general may be chance"
        yield Finding("warning", f"{SEND_TIME}:1", text)


def _nights(playbook: Playbook, message: Message) -> Iterator[Finding]:
    """Where a night takes most of the time in which it is of use."""
    if not HOUR <= message.useful_for < DAY:
        return
    left = max((message.useful_for - _quiet_minutes(playbook, message, each) * MINUTE for each in message.channels),
               default=message.useful_for)  # fmt: skip
    if 0 < left < FEW * HOUR and left < message.useful_for:
        text = (
            f"it is useful for {in_words(message.useful_for)}, of which quiet hours may take all but "
            f"{in_words(left)}, so send_time may have little to choose between; let it be useful for a day"
        )
        yield found(playbook, "note", f"messages.{message.name}", text)


def _baselines(playbook: Playbook, bound: list[Message], path: str) -> Iterator[Finding]:
    """Where the hour at which one would write in general is quiet, on every channel of a message."""
    model, told = playbook.attention or DEFAULT, set[int]()
    for message in bound:
        hours = [_closed(playbook, model, message, channel) for channel in message.channels]
        told.update(set.intersection(*hours) if hours else set())
    if told:
        shown = ", ".join(f"{hour:02}:00" for hour in sorted(told))
        text = (
            f"the baseline of send_time, {shown}, is quiet on all channels of a message, so another hour stands for it "
            "and what is compared with it is not what one would do; move quiet_hours, or train the snapshot anew"
        )
        yield found(playbook, "warning", path, text)


def _closed(playbook: Playbook, model: AttentionModel, message: Message, channel: str) -> set[int]:
    """The hours of the baseline of which every minute is quiet."""
    quiet = _quiet(playbook, message, channel)
    hours = set(baseline_of(model, channel, message.kind).hours)
    return {hour for hour in hours if all(60 * hour + minute in quiet for minute in range(60))}


def _quiet(playbook: Playbook, message: Message, channel: str) -> set[int]:
    """The minutes of the day that are quiet."""
    return {
        (each.start.minutes + minute) % (24 * 60)
        for each in playbook.policies
        if isinstance(each, QuietHours) and each.binds(message, channel)
        for minute in range((each.end.minutes - each.start.minutes) % (24 * 60))
    }


def _quiet_minutes(playbook: Playbook, message: Message, channel: str) -> int:
    return len(_quiet(playbook, message, channel))
