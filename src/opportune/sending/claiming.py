"""Starting an attempt: the gates are asked once more, and only then is a decision handed to the dispatcher."""

from bisect import insort

from opportune.features.attention import hour_of
from opportune.features.ledger import Pending, Sent
from opportune.features.local_time import offset_at
from opportune.features.scope import Scope
from opportune.journeys.memory import Memory
from opportune.journeys.run import Run
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.address import ADDRESS_TRAITS, address_on
from opportune.policies.compiled import Compiled
from opportune.policies.send_slots import SendSlots
from opportune.policies.user_rhythm import clock_of
from opportune.policies.verbs import Reason
from opportune.policies.view import View
from opportune.sending.attempt import Attempt, Recall
from opportune.sending.reaction import Reaction
from opportune.units import Instant, Scalar, Value


def objection_now(playbook: Compiled, pending: Pending, view: View) -> Reason | None:
    """Why this decision may not go out as of the view's instant, its own reservation aside; None if it may."""
    message = playbook.messages.get(pending.message)
    if message is None or pending.channel not in message.channels:
        return Reason("withdrawn")
    against = playbook.pipeline.judge(candidate_of(pending, message, view.now), view.excluding(frozenset({pending.id})))
    return against[0][1] if against else _passed(playbook, pending, message, view)


def _passed(playbook: Compiled, pending: Pending, message: Message, view: View) -> Reason | None:
    """``slot_passed`` where ``send_time`` chose an hour of the user's clock and no attempt has begun within it."""
    chosen = any(isinstance(each, SendSlots) and each.binds(message, "") for each in playbook.pipeline.expands)
    if not chosen or not pending.claimed_at:
        return None
    zone = clock_of(view).zone
    claimed, now = (hour_of(at + offset_at(zone, at)) for at in (pending.claimed_at, view.now))
    return None if claimed == now else Reason("slot_passed")


def candidate_of(pending: Pending, message: Message, at: Instant) -> Candidate:
    """The decision as something that could be said at this instant."""
    return Candidate(message, pending.channel, at, pending.deadline, pending.variant)


def claim(playbook: Compiled, pending: Pending, run: Run | None, view: View, out: Reaction) -> None:
    """Hands the decision to the dispatcher; from here on only a receipt ends it."""
    message = playbook.messages[pending.message]
    candidate = candidate_of(pending, message, view.now)
    pending.at = pending.claimed_at = view.now
    pending.state, pending.recalled = "claimed", ""
    pending.may_repeat = message.delivery == "at_least_once"
    out.calls.append(
        Attempt(
            decision=pending.id,
            user=out.memory.user,
            message=pending.message,
            variant=pending.variant,
            channel=pending.channel,
            topic=pending.topic,
            address=address_on(pending.channel, view) if pending.channel in ADDRESS_TRAITS else out.memory.user,
            at=view.now,
            expires=playbook.pipeline.expires(candidate, view),
            playbook=playbook.hash,
            values=values_for(playbook, pending.message, view, run),
            is_marketing=pending.is_marketing,
            deadline=pending.deadline,
            delivery=message.delivery,
        )
    )


def values_for(playbook: Compiled, message: str, view: View, run: Run | None) -> dict[str, Scalar]:
    """What the message's templates read: traits, then features, then what the run kept of its entry; the later wins."""
    values: dict[str, Scalar] = {}
    kept = run.kept if run is not None else {}
    for name in sorted(playbook.wanted.get(message, ())):
        if name in kept:
            values[name] = kept[name]
        elif name in playbook.readers:
            values[name] = _printed(playbook.readers[name](Scope(view.scope.profile, view.now, keys=kept)))
        else:
            values[name] = view.trait(name)
    return values


def _printed(value: Value) -> Scalar:
    """A list as a template shows it: its members with commas between them."""
    return ", ".join(str(each) for each in value) if isinstance(value, tuple) else value


def recall(pending: Pending, code: str, out: Reaction) -> None:
    """Asks the dispatcher not to begin a claimed attempt; the first reason stays."""
    if not pending.recalled:
        pending.recalled = code
        out.calls.append(Recall(pending.id, out.memory.user, code))


def count(memory: Memory, pending: Pending, at: Instant, *, is_noticed: bool = False) -> None:
    """The message went out, or may have: it is no reservation any more but a fact of this instant."""
    memory.ledger.pending.remove(pending)
    if pending.is_internal:
        return
    insort(
        memory.ledger.sent,
        Sent(at, pending.id, pending.message, pending.channel, pending.topic, pending.counts, is_noticed),
        key=lambda sent: (sent.at, sent.id),
    )
