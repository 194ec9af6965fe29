"""One slate carried out: decisions written down, reserved and claimed, and the runs that asked sent on their way."""

from collections.abc import Iterable

from opportune.features.ledger import Pending
from opportune.journeys.leaving import end
from opportune.journeys.making import Around
from opportune.journeys.memory import Memory
from opportune.journeys.progress import move_on, settle
from opportune.journeys.run import Run, tell
from opportune.journeys.step import Send
from opportune.journeys.ways import By, after, ends
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import decided, proposal_of, release, reserve, slates
from opportune.policies.decision import Decision, Ending
from opportune.policies.slate import Decided, Proposal
from opportune.sending.claiming import claim
from opportune.sending.reaction import Reaction
from opportune.units import Instant


def speak(playbook: Compiled, wishes: list[Proposal], now: Instant, out: Reaction) -> None:
    """Decides these proposals as one slate as of ``now``; what follows from it is decided after it.

    A proposal of a run that has ended since it proposed, by an exit in the same event, is none.
    """
    while wishes := [wish for wish in wishes if run_of(out.memory, wish.journey, wish.key, wish.entry) is not None]:
        following: list[Proposal] = []
        for slate in slates(wishes):
            for outcome, decision in decided(playbook, out.memory, slate, now):
                following += carry_out(playbook, outcome, decision, out)
        wishes = following


def arrive(
    playbook: Compiled, run: Run, now: Instant, out: Reaction, *, is_after_send: bool = False
) -> Iterable[Proposal]:
    """The run has come to a step: it waits there, ends, or proposes."""
    plan = playbook.plans.of(run)
    around = Around(out.memory, now, playbook.terms, out.emissions, out.looped, is_after_send)
    state = "ends" if plan is None else settle(plan, run, around)
    if state == "ends":
        following = end(playbook.plans, out.memory, run, playbook.terms)
        if following is not None:
            yield from arrive(playbook, following, now, out)
    elif state == "proposes" and plan is not None:
        step = plan.step(run)
        assert isinstance(step, Send)
        yield proposal_of(run, playbook.messages[step.message], now)


def go_on(playbook: Compiled, pending: Pending, at: Instant, out: Reaction, *, is_sent: bool) -> Iterable[Proposal]:
    """The decision has ended at this instant: the run that waits for it, if it lives, goes on or ends as its step says.

    Re-entry counts from a send even if the run has ended meanwhile.
    """
    if is_sent and not pending.is_internal:
        for past in out.memory.pasts:
            if (past.journey, past.key) == (pending.journey, pending.key):
                past.sent = at if past.sent is None else max(at, past.sent)
    run = run_of(out.memory, pending.journey, pending.key, pending.entry)
    if run is not None and run.decision == pending.id:
        yield from _leave_step(playbook, run, at, out, is_sent=is_sent)


def carry_out(playbook: Compiled, outcome: Decided, decision: Decision, out: Reaction) -> Iterable[Proposal]:
    """What was decided is written down, reserved, and claimed if its instant is now; yields what runs want next."""
    memory, wish, now = out.memory, outcome.proposal, decision.due
    run = run_of(memory, wish.journey, wish.key, wish.entry)
    if run is not None:
        run.has_acted = True
    if outcome.chosen is None:
        if wish.rounds == 0:
            out.decisions.append(out.known_to(decision))
            out.endings.append(Ending(decision.id, memory.user, "not_sent", outcome.code, now, outcome.until))
        return () if run is None else _leave_step(playbook, run, now, out, is_sent=False)
    following: list[Proposal] = []
    for pending in [each for each in memory.ledger.pending if each.id in outcome.displaces]:
        out.endings.append(release(memory, pending, "displaced", now))
        following += go_on(playbook, pending, now, out, is_sent=False)
    out.decisions.append(out.known_to(decision))
    pending = reserve(memory, outcome, decision)
    if run is not None:
        run.decision = pending.id
        if not pending.is_internal:
            tell(run, pending.id)
    if pending.at == now:
        claim(playbook, pending, run, playbook.view(memory, now), out)
    return following


def run_of(memory: Memory, journey: str, key: str, entry: Instant) -> Run | None:
    """The run with this identity, if it has not ended."""
    for run in memory.runs:
        if run.entry == entry and run.journey == journey and run.key == key:
            return run
    return None


def _leave_step(playbook: Compiled, run: Run, at: Instant, out: Reaction, *, is_sent: bool) -> Iterable[Proposal]:
    plan = playbook.plans.of(run)
    step = None if plan is None else plan.step(run)
    by: By = "sent" if is_sent else "not_sent"
    if step is not None and ends(step, by):
        run.since = at
        end(playbook.plans, out.memory, run, playbook.terms)
        return ()
    move_on(run, at, to=run.step if step is None else after(step, run.step, by))
    return list(arrive(playbook, run, max(at, out.memory.clock), out, is_after_send=True))
