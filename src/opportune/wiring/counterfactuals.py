"""What would have changed a decision: said only as far as it is sure, of this decision alone and all else as it was."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from opportune.policies.decision import Decision, Verdict
from opportune.policies.holdout import Holdout
from opportune.policies.obstacles import nearest
from opportune.policies.send_time import SendTime
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Expand, Pick, Policy, Score
from opportune.units import Instant, Micros
from opportune.wiring.around import Around, settings_behind
from opportune.wiring.filling import filling
from opportune.wiring.limits import otherwise
from opportune.wiring.plain_words import an, channel_of, instant_of


class Change(Struct, frozen=True):
    """One thing that would have had to be otherwise."""

    policy: str
    code: str
    needs: int | None
    """The limit with which the policy would not have objected: messages, or milliseconds; None: no limit helps."""
    sentence: str


class Otherwise(Struct, frozen=True):
    """What would have come of it if all of ``changes`` had been so."""

    channel: str
    at: Instant
    is_sure: bool
    """It would have gone; else only that no gate would have stood against it."""
    changes: list[Change]
    filled_by: list[str]
    """What a limit on a number was used up by, where that is known exactly: message and instant."""


def otherwise_of(decision: Decision, around: Around) -> Otherwise | None:
    """What would have let it go at once; None if that hangs on more than gates, or nothing stood against it.

    Of a silence, on the channel that came nearest; of a message that was put off, on the channel it then took.
    """
    channel = _channel(decision)
    against = [each for each in decision.verdicts if each.at == decision.due and each.channel == channel]
    if channel is None or not against or any(each.code == "too_late" for each in against):
        return None
    policies = settings_behind(decision, against, around)
    if decision.chosen is not None and (decision.timing is not None or not any(each.needs for each in against)):
        return None  # what puts it off is said already, and send_time need not have taken that very moment
    changes = [
        Change(each.policy, each.code, each.needs, otherwise(each, policy))
        for each, policy in zip(against, policies, strict=True)
    ]
    filled = [text for each, policy in zip(against, policies, strict=True)
              for text in filling(decision, each, policy, around)]  # fmt: skip
    is_sure = _is_first(decision, channel, against, around) and _would_win(decision, around)
    return Otherwise(channel, decision.due, is_sure, changes, list(dict.fromkeys(filled)))


def otherwise_said(decision: Decision, around: Around) -> Iterator[str]:
    """The same in sentences."""
    found = otherwise_of(decision, around)
    if found is None:
        return
    zone, how = decision.zone, an(channel_of(found.channel))
    changes = " and ".join(each.sentence for each in found.changes)
    if found.is_sure:
        yield f"It would have gone at once, on {instant_of(zone, found.at)}, as {how} if {changes}."
    else:
        yield f"No policy would have stood against it as {how} on {instant_of(zone, found.at)} if {changes}."
    if found.filled_by:
        yield f"What counted: {'; '.join(found.filled_by)}."


def _channel(decision: Decision) -> str | None:
    if decision.chosen is not None:
        return decision.chosen.channel if decision.chosen.at > decision.due else None
    near = nearest(decision)
    return None if near is None else near.channel


def _is_first(decision: Decision, channel: str, against: Sequence[Verdict], around: Around) -> bool:
    """Whether every other channel that the same changes might open comes after it in the message's own order."""
    message = around.message(decision)
    if message is None or channel not in message.channels:
        return False
    lifted = {each.policy for each in against}
    closed = {each.channel for each in decision.verdicts if each.at == decision.due and each.policy not in lifted}
    return all(each in closed for each in message.channels[: message.channels.index(channel)])


def _would_win(decision: Decision, around: Around) -> bool:
    """Whether it would have been chosen had a gate let it pass: sure of what is no marketing, and where nothing rivals.

    A holdout takes the same users always: who was written to by the same playbook is not held out.
    """
    message, playbook = around.message(decision), around.playbook
    if message is None or playbook is None:
        return False
    if any(not _is_plain(each) for each in playbook.policies):
        return False
    if message.kind != "marketing":
        return True
    if any(isinstance(each, SendTime) for each in playbook.policies):
        return False  # a later moment might have been better, and now of too little worth
    if any(isinstance(each, Holdout) for each in playbook.policies) and not _is_spoken_to(decision, around):
        return False
    return decision.worth > _rival(decision, around)


def _rival(decision: Decision, around: Around) -> Micros:
    """The greatest worth that was proposed at the same instant, or that of silence."""
    rivals = (each for each in around.others(decision) if each.due == decision.due and around.may_be_marketing(each))
    return max((each.worth for each in rivals), default=0) if around.decisions else decision.worth


def _is_spoken_to(decision: Decision, around: Around) -> bool:
    return any(
        each.chosen is not None and each.playbook == decision.playbook and each.user == decision.user
        for each in around.others(decision)
        if around.is_marketing(each)
    )


def _is_plain(policy: Policy) -> bool:
    """Whether what it picks, scores and opens is known: what playbooks of others do is not."""
    return type(policy) in SHIPPED.values() or not isinstance(policy, (Expand, Score, Pick))
