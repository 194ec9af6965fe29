"""What a dispatcher's answer, a look at the inbox, a stop or the end of a run does to decisions that are still open."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from opportune.events.event import Event
from opportune.events.names import (
    ATTEMPT_LAPSED,
    ENGAGEMENTS,
    IN_APP_SHOWN,
    MESSAGE_FAILED,
    MESSAGE_SENT,
    MESSAGE_UNKNOWN,
    RECEIPTS,
)
from opportune.features.evolve import changes_rights, decoded, fold_ledger
from opportune.features.ledger import Pending
from opportune.features.scope import Scope
from opportune.journeys.memory import Memory
from opportune.journeys.run import Run
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import release
from opportune.policies.decision import Ending
from opportune.policies.slate import Proposal
from opportune.sending.attempt import Recall
from opportune.sending.claiming import candidate_of, count, recall
from opportune.sending.reaction import Reaction
from opportune.sending.speaking import go_on
from opportune.units import Instant

ANSWERS = RECEIPTS | {IN_APP_SHOWN}
"""What may end a decision."""


def open_decision(memory: Memory, properties: Mapping[str, object]) -> Pending | None:
    """The decision an event names, if it has not ended."""
    name = properties.get("decision")
    return next((each for each in memory.ledger.pending if each.id == name), None)


def answered(playbook: Compiled, event: Event, scope: Scope, out: Reaction) -> Iterable[Proposal]:
    """What a receipt does to the decision it names, and what its run wants next.

    A receipt that comes twice, or for a decision that has ended, changes nothing. An attempt that lapsed and was not
    recalled makes its decision due again at once.
    """
    if event.name not in ANSWERS:
        return
    pending = open_decision(out.memory, scope.properties)
    if pending is None or pending.state == "planned":
        return
    if event.name == ATTEMPT_LAPSED and pending.state == "claimed" and not pending.recalled:
        pending.state, pending.at = "planned", out.memory.clock
        return
    ending = _ending_of(playbook, pending, event, scope, out)
    if ending is not None:
        out.endings.append(ending)
        yield from go_on(playbook, pending, ending.at, out, is_sent=ending.outcome in ("sent", "unknown"))


def _ending_of(playbook: Compiled, pending: Pending, event: Event, scope: Scope, out: Reaction) -> Ending | None:
    """How the receipt ends the decision, at its own instant but never before the claim; None if it stays open."""
    memory, at = out.memory, max(event.at, pending.claimed_at)
    is_claimed = pending.state == "claimed"
    if event.name == MESSAGE_SENT and is_claimed and awaits_showing(playbook, pending):
        end = playbook.view(memory, pending.at).session_end
        if pending.recalled:  # accepted before it heard of the recall: nobody has seen it, so it is taken back
            out.calls.append(Recall(pending.id, memory.user, pending.recalled))
            return release(memory, pending, pending.recalled, at)
        if end is not None:
            pending.state, pending.at = "shown_awaited", max(end, memory.clock)
            return None
    is_shown = event.name == IN_APP_SHOWN and pending.channel == ENGAGEMENTS[IN_APP_SHOWN]
    if is_shown or (event.name == MESSAGE_SENT and is_claimed):
        count(memory, pending, at, is_noticed=event.name == IN_APP_SHOWN)
        return _went_out(memory, pending, "sent", at)
    if event.name == MESSAGE_UNKNOWN and is_claimed:
        count(memory, pending, at)
        return _went_out(memory, pending, "unknown", at)
    if event.name == MESSAGE_FAILED and is_claimed:
        code = scope.properties.get("code")
        return release(memory, pending, code if isinstance(code, str) and code else "failed", at)
    if event.name == ATTEMPT_LAPSED and is_claimed:
        return release(memory, pending, pending.recalled, at)
    return None


def _went_out(memory: Memory, pending: Pending, outcome: Literal["sent", "unknown"], at: Instant) -> Ending:
    """How what went out, or may have, ended; of what users hear of, how welcome it was is told by journey."""
    if pending.is_internal:
        return Ending(pending.id, memory.user, outcome, outcome, at)
    return Ending(pending.id, memory.user, outcome, outcome, at, None, pending.journey, pending.channel)


def awaits_showing(playbook: Compiled, pending: Pending) -> bool:
    """Whether the decision was spoken into a session in place of another channel, which takes over if nobody saw it."""
    session, message = playbook.pipeline.session, playbook.messages.get(pending.message)
    return (
        session is not None
        and message is not None
        and message.kind == "marketing"
        and pending.channel in session.speak_on
        and any(channel not in session.speak_on for channel in message.channels)
    )


def stopped(playbook: Compiled, now: Instant, out: Reaction) -> Iterable[Proposal]:
    """After the right to send changed: planned decisions that are refused now end, claimed ones are recalled.

    Yields what the runs of those that ended want next.
    """
    memory = out.memory
    view = playbook.view(memory, now)
    for pending in list(memory.ledger.pending):
        message = playbook.messages.get(pending.message)
        if message is None:
            continue
        refused = playbook.pipeline.is_refused(candidate_of(pending, message, now), view)
        if refused is None:
            continue
        if pending.state != "planned":
            recall(pending, refused.code, out)
        if pending.state != "claimed":
            out.endings.append(release(memory, pending, refused.code, now))
            yield from go_on(playbook, pending, now, out, is_sent=False)


def heard(playbook: Compiled, event: Event, out: Reaction) -> None:
    """What an event that could not be taken still says of the right to send: a stop that was answered holds (R19).

    Claimed decisions that are refused now are recalled; planned ones are asked again at their instants anyway.
    """
    memory, properties, context = out.memory, decoded(event.properties), decoded(event.context)
    if not changes_rights(Scope(memory.profile, event.at, event.name, properties, context)):
        return
    fold_ledger(memory.ledger, event, properties, context)
    memory.seq = event.seq
    view = playbook.view(memory, max(event.received_at, memory.clock))
    for pending in memory.ledger.pending:
        message = playbook.messages.get(pending.message)
        if message is not None and pending.state != "planned":
            refused = playbook.pipeline.is_refused(candidate_of(pending, message, view.now), view)
            if refused is not None:
                recall(pending, refused.code, out)


def call_off(memory: Memory, runs: Sequence[Run], code: str, now: Instant, out: Reaction) -> None:
    """After these runs ended: what they planned ends with them, what is claimed is recalled."""
    ended = {run.decision for run in runs}
    for pending in [each for each in memory.ledger.pending if each.id in ended]:
        if pending.state != "planned":
            recall(pending, code, out)
        if pending.state != "claimed":
            out.endings.append(release(memory, pending, code, now))
