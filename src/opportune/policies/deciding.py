"""From proposals to decisions: what a slate's outcome does to the ledger, and what is written down of it."""

from collections.abc import Iterable, Sequence

from opportune.draws import hash_of
from opportune.features.clock import zones_known
from opportune.features.ledger import Pending
from opportune.features.scope import Scope
from opportune.journeys.memory import Memory
from opportune.journeys.run import Run
from opportune.messages.message import Message
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision, Ending, Outcome
from opportune.policies.looks import seen
from opportune.policies.slate import Decided, Proposal
from opportune.policies.view import View
from opportune.units import ONE, Instant

JOURNEY_PAUSED = "journey_paused"
"""The code of what is not said because its journey is paused."""


def proposal_of(run: Run, message: Message, now: Instant) -> Proposal:
    """A run's wish to say this message, fresh."""
    return Proposal(
        journey=run.journey,
        version=run.version,
        key=run.key,
        entry=run.entry,
        step=run.step,
        message=message,
        deadline=now + message.useful_for,
        kept=run.kept,
    )


def again(pending: Pending, message: Message, run: Run, *, without: str = "") -> Proposal:
    """The wish of a decision that ended unsent, to be decided again with the deadline it had."""
    return Proposal(
        journey=pending.journey,
        version=run.version,
        key=pending.key,
        entry=pending.entry,
        step=pending.step,
        message=message,
        deadline=pending.deadline,
        without=(*pending.without, without) if without else pending.without,
        rounds=pending.rounds + 1,
        kept=run.kept,
    )


def slates(proposals: Sequence[Proposal]) -> Iterable[list[Proposal]]:
    """Proposals of other kinds each alone and first, then all marketing proposals as rivals."""
    ordered = sorted(proposals, key=lambda each: (each.journey, each.key, each.entry))
    for each in ordered:
        if each.message.kind != "marketing":
            yield [each]
    rivals = [each for each in ordered if each.message.kind == "marketing"]
    if rivals:
        yield rivals


def decided(
    playbook: Compiled, memory: Memory, proposals: Sequence[Proposal], now: Instant
) -> list[tuple[Decided, Decision]]:
    """The outcome of one slate as of ``now``, with its record; reserves nothing yet."""
    view = playbook.view(memory, now)
    rivals = [each for each in proposals if each.journey not in playbook.paused]
    found = [_silenced(each) for each in proposals if each.journey in playbook.paused]
    found += playbook.pipeline.decide(rivals, view) if rivals else []
    if memory.exposed_at is None and any(each.propensity != 1_000_000 for each in found):
        memory.exposed_at = now
    return [(each, recorded(playbook, memory, each, view)) for each in found]


def _silenced(wish: Proposal) -> Decided:
    """Nothing is said in a journey that is paused, whatever its kind."""
    return Decided(wish, None, JOURNEY_PAUSED, None, 0, ONE, [])


def decision_id(user: str, wish: Proposal, due: Instant) -> str:
    """The id of the decision of this run's step as of this instant, in hex; the same on every host.

    One that is made again has its round in it, for it may be made at the same instant.
    """
    rounds = (wish.rounds,) if wish.rounds else ()
    return hash_of("decision", user, wish.journey, wish.key, wish.entry, wish.step, due, *rounds).hex()


def recorded(playbook: Compiled, memory: Memory, outcome: Decided, view: View) -> Decision:
    """The outcome as it is kept for good."""
    wish = outcome.proposal
    zone = next(iter(zones_known(memory.profile, view.now)), None)
    looks = playbook.looks.get((wish.version, wish.journey, wish.step), ())
    return Decision(
        id=decision_id(memory.user, wish, view.now),
        user=memory.user,
        journey=wish.journey,
        key=wish.key,
        entry=wish.entry,
        step=wish.step,
        due=view.now,
        message=wish.message.name,
        chosen=outcome.chosen,
        code=outcome.code,
        until=outcome.until,
        worth=outcome.worth,
        propensity=outcome.propensity,
        verdicts=tuple(outcome.verdicts),
        playbook=playbook.hash,
        zone=view.zones[0].name,
        seq=memory.seq,
        features=seen(looks, Scope(memory.profile, view.now, keys=wish.kept)) if looks else (),
        zone_source="playbook" if zone is None else zone.source,
        zone_age=None if zone is None else view.now - zone.at,
        timing=outcome.timing,
    )


def reserve(memory: Memory, outcome: Decided, decision: Decision) -> Pending:
    """The chosen candidate as a reservation that every cap counts from now on."""
    wish, chosen = outcome.proposal, outcome.chosen
    assert chosen is not None
    pending = Pending(
        id=decision.id,
        at=chosen.at,
        state="planned",
        message=wish.message.name,
        channel=chosen.channel,
        topic=wish.message.topic,
        variant=chosen.variant,
        counts=wish.message.counts,
        is_marketing=wish.message.kind == "marketing",
        worth=outcome.worth,
        journey=wish.journey,
        key=wish.key,
        entry=wish.entry,
        step=wish.step,
        deadline=wish.deadline,
        rounds=wish.rounds,
        without=wish.without,
        is_internal=wish.message.kind == "internal",
    )
    memory.ledger.pending.append(pending)
    return pending


def release(memory: Memory, pending: Pending, code: str, at: Instant) -> Ending:
    """Ends a decision unsent: its reservation is gone, and says why."""
    memory.ledger.pending.remove(pending)
    outcome: Outcome = "expired" if code == "too_late" else "not_sent"
    return Ending(pending.id, memory.user, outcome, code, at)
