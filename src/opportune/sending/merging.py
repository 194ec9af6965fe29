"""Two ids turn out to be one user: one memory of two, by the law merge(fold x, fold y) = fold(sort(x + y)) (R15)."""

from collections.abc import Iterable

from opportune.events.event import Merged
from opportune.features.evolve import suppress
from opportune.features.ledger import CONTEXT, Consent, Ledger
from opportune.features.merge import merge_profiles
from opportune.features.sessions import last_active
from opportune.journeys.arming import join
from opportune.journeys.beginning import goals_of_all, known_exits, past_of, put_back, rearrange
from opportune.journeys.goals import tell
from opportune.journeys.in_order import basis_of, ends_at_goal
from opportune.journeys.journey import Reentry
from opportune.journeys.memory import Memory
from opportune.journeys.run import Past, Run, order
from opportune.journeys.step import Digest, WaitUntil
from opportune.policies.compiled import Compiled
from opportune.policies.slate import Proposal
from opportune.sending.firing import fire
from opportune.sending.reaction import Reaction, reaction_to
from opportune.sending.receiving import call_off, stopped
from opportune.sending.replanning import wait_anew
from opportune.sending.speaking import arrive
from opportune.sending.taking import say
from opportune.units import Instant


def merge(playbook: Compiled, kept: Memory, absorbed: Memory, happened: Merged) -> tuple[Reaction, Reaction]:
    """What is due for either by then, fired as of its own instant; then the two as one, in ``kept``.

    The first Reaction is the absorbed user's last: its memory is not to be kept. Consent becomes the stricter of both,
    sends and reservations add up, of two runs of one (journey, key) one lives.
    """
    last, out = reaction_to(absorbed), reaction_to(kept)
    if happened.seq <= kept.seq:
        return last, out
    now = max(happened.now, kept.clock, absorbed.clock)
    fire(playbook, now, last)
    fire(playbook, now, out)
    kept.clock, kept.seq, kept.is_known = now, happened.seq, kept.is_known or absorbed.is_known
    is_absorbed_later = (last_active(absorbed.profile) or 0) > (last_active(kept.profile) or 0)
    exited = _exited(playbook, kept, absorbed, now) + _exited(playbook, absorbed, kept, now)
    refused = _refused(playbook, kept, absorbed) + _refused(playbook, absorbed, kept)
    kept.profile = merge_profiles(playbook.fold, kept.profile, absorbed.profile, now)
    kept.ledger = _joined(kept.ledger, absorbed.ledger, happened.seq)
    kept.pasts = _pasts(kept.pasts, absorbed.pasts)
    kept.runs += absorbed.runs
    gone = [run for run, _ in exited]
    refused = [run for run in refused if not any(run is each for each in gone)]
    doubled = [*refused, *_doubled(playbook, kept.runs, [*gone, *refused])]
    for run, at in (*exited, *((run, None) for run in doubled)):
        _take_out(playbook, kept, run, at)
    if absorbed.exposed_at is not None and (kept.exposed_at is None or absorbed.exposed_at < kept.exposed_at):
        kept.exposed_as, kept.exposed_at = absorbed.bucket, absorbed.exposed_at
    kept.armed, armed = (absorbed.armed, kept.armed) if is_absorbed_later else (kept.armed, absorbed.armed)
    join(playbook.plans, kept, armed, now, playbook.terms)
    call_off(kept, sorted((run for run, _ in exited), key=order), "exited", now, out)
    call_off(kept, sorted(doubled, key=order), "merged", now, out)
    wait_anew(playbook, now, out)
    say(playbook, [*stopped(playbook, now, out), *_begun(playbook, now, out)], now, out)
    fire(playbook, now, out)
    out.goals.extend(tell(kept))
    return last, out


def _exited(playbook: Compiled, mine: Memory, other: Memory, now: Instant) -> list[tuple[Run, Instant]]:
    """The runs that an exit or a goal of the other id would have ended, and when it would have."""
    ended = []
    for run in mine.runs:
        exits = known_exits(other, run.journey, run.key, now - playbook.lateness)
        at = min((each for each in exits if each >= run.entry), default=_goal_for(playbook, run, other, now))
        if at is not None:
            ended.append((run, at))
    return ended


def _refused(playbook: Compiled, mine: Memory, other: Memory) -> list[Run]:
    """The runs that have acted and would not have begun beside what the other id has been through and is done with."""
    refused = []
    for run in mine.runs:
        plan, past = playbook.plans.of(run), past_of(other, run.journey, run.key)
        is_under_way = any((each.journey, each.key) == (run.journey, run.key) for each in other.runs)
        if plan is not None and past is not None and past.before is not None and run.has_acted and not is_under_way:
            if _is_refused(plan.journey.reentry, past, past.before, run.entry):
                refused.append(run)
    return refused


def _is_refused(reentry: Reentry, past: Past, before: Instant, entry: Instant) -> bool:
    """Whether re-entry allows only one of two runs, the other of which has ended: the order does not matter."""
    match reentry.kind:
        case "always" | "while_not_active":
            return False
        case "once":
            return True
        case "cooldown":
            basis = basis_of(reentry, before, past.sent, past.goal)
            return basis is not None and abs(entry - basis) < reentry.span


def _goal_for(playbook: Compiled, run: Run, other: Memory, now: Instant) -> Instant | None:
    """When the other id reached the goal of this run, if that ends it."""
    plan, past = playbook.plans.of(run), past_of(other, run.journey, run.key)
    if plan is None or plan.journey.goal is None or not ends_at_goal(plan.journey):
        return None
    goals = goals_of_all(other, run.journey, now - playbook.lateness)
    goals += [] if past is None else [each.at for each in past.goals]
    last = run.entry + plan.journey.goal.within
    return min((at for at in goals if run.entry <= at <= last), default=None)


def _doubled(playbook: Compiled, runs: list[Run], gone: list[Run]) -> list[Run]:
    """Of each (journey, key) all but one run: the oldest that has acted lives, or where none has the oldest.

    Where each entry has its own run, only those of one entry are one.
    """
    lives: dict[tuple[str, str, Instant | None], Run] = {}
    doubled: list[Run] = []
    for run in sorted(runs, key=lambda each: (not each.has_acted, *order(each))):
        if any(run is each for each in gone):  # two runs may be alike in everything but whose they are
            continue
        plan = playbook.plans.of(run)
        is_beside = plan is not None and plan.journey.reentry.kind == "always"
        if lives.setdefault((run.journey, run.key, run.entry if is_beside else None), run) is not run:
            doubled.append(run)
    return sorted(doubled, key=order)


def _take_out(playbook: Compiled, memory: Memory, run: Run, at: Instant | None) -> None:
    plan = playbook.plans.of(run)
    if at is None and run.has_acted:
        memory.runs = [each for each in memory.runs if each is not run]
        past = past_of(memory, run.journey, run.key)
        if past is not None and plan is not None and plan.journey.reentry.kind != "always":
            past.before = _later(past.before, run.entry)
    else:
        put_back(plan, memory, run, at)


def _begun(playbook: Compiled, now: Instant, out: Reaction) -> Iterable[Proposal]:
    """What the runs want to say that begin because both are one; those that would not have begun are gone.

    Those that have not acted go their way again, with what both ids did.
    """
    memory = out.memory
    going = [run for run in memory.runs if not run.has_acted and _heeds_others(playbook, run)]
    for past in list(memory.pasts):
        plan = playbook.plans.newest.get(past.journey)
        run = None if plan is None else rearrange(plan, memory, past, playbook.terms)
        going += [] if run is None else [run]
    for run in sorted((run for run in going if any(run is each for each in memory.runs)), key=order):
        run.step, run.since, run.due = 0, run.entry, None
        yield from arrive(playbook, run, now, out)


def _heeds_others(playbook: Compiled, run: Run) -> bool:
    """Whether what else was done may lead the run another way."""
    plan = playbook.plans.of(run)
    return plan is not None and any(isinstance(step, WaitUntil | Digest) for step in plan.journey.steps)


def _joined(kept: Ledger, absorbed: Ledger, seq: int) -> Ledger:
    """Both ledgers as one; every withdrawal of either speaks after every grant."""
    words: dict[tuple[str, str, bool], Consent] = {}
    for consent in absorbed.consents + kept.consents:
        name = (consent.channel, consent.topic, consent.source == CONTEXT)
        if name not in words or not consent.is_given or (words[name].is_given and consent.seq > words[name].seq):
            words[name] = consent
    for consent in absorbed.consents + kept.consents:
        word = words[consent.channel, consent.topic, consent.source == CONTEXT]
        if not consent.is_given:
            word.seq, word.at = seq, max(word.at, consent.at)
    for suppression in absorbed.suppressions:
        suppress(kept, suppression)
    return Ledger(
        sorted(kept.sent + absorbed.sent, key=lambda sent: (sent.at, sent.id)),
        kept.pending + absorbed.pending,
        [words[name] for name in sorted(words)],
        kept.suppressions,
    )


def _pasts(kept: list[Past], absorbed: list[Past]) -> list[Past]:
    """What re-entry remembers of both: the newest instants of each (journey, key), and all that was heard."""
    pasts = {(past.journey, past.key): past for past in kept}
    for past in absorbed:
        known = pasts.setdefault((past.journey, past.key), past)
        if known is past:
            continue
        known.entry = _later(known.entry, past.entry)
        known.sent = _later(known.sent, past.sent)
        known.goal = _later(known.goal, past.goal)
        known.before = _later(known.before, past.before)
        known.free = _later(known.free, past.free)
        known.heard = list({each.at: each for each in (*past.heard, *known.heard)}.values())
        goals = {each.at: each for each in sorted((*past.goals, *known.goals), key=lambda each: each.told is not None)}
        known.goals = sorted(goals.values(), key=lambda each: each.at)
    return [pasts[name] for name in sorted(pasts)]


def _later(first: Instant | None, second: Instant | None) -> Instant | None:
    return max((at for at in (first, second) if at is not None), default=None)
