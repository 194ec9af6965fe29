"""How runs begin, go on and end. Events move them here; deadlines move them in ``deadline``."""

from collections.abc import Iterator
from typing import Literal

from opportune.events.names import ENGAGEMENTS
from opportune.features.lasts import forget_keys, last_name, remembered
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.journeys.journey import GoalReached, Goto, Past, Run, Send, Wait, WaitUntil
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.units import Instant, Millis, Scalar, micros

MOST_RUNS = 256
"""Runs of one user under way at once; beyond it no event starts another."""
MOST_PASTS = 256
"""Keys of one journey that re-entry remembers for a user; beyond it the oldest entry is forgotten."""


def leave(plans: Plans, memory: Memory, scope: Scope, *, lateness: Millis) -> list[Run]:
    """The runs this event ends, taken out; an exit is remembered, so that an older entry starts nothing (R4)."""
    for plan in plans.exits.get(scope.event, ()):
        if plan.is_exit(scope):
            key = plan.key_of(scope.properties) or ""
            remember(memory.profile, exit_name(plan.journey.name, key), scope.at, memory.clock - lateness)
    ended = []
    for run in memory.runs:
        own = plans.of(run)
        if own is not None and scope.event in own.exits and run.entry <= scope.at:
            if own.key_of(scope.properties) in (None, run.key) and own.is_exit(scope):
                ended.append(run)
    memory.runs = [run for run in memory.runs if run not in ended] if ended else memory.runs
    return sorted(ended, key=order)


def reach(plans: Plans, memory: Memory, scope: Scope) -> Iterator[GoalReached]:
    """The goals this event reaches: once for each entry, up to ``within`` after it, also when the run has ended.

    Of each key the entry of the run going on counts, else the newest; of an event without a key the newest of all.
    """
    for plan in plans.goals.get(scope.event, ()):
        goal, key = plan.journey.goal, plan.key_of(scope.properties)
        going = {run.key: run.entry for run in memory.runs if run.journey == plan.journey.name}
        pasts = [past for past in memory.pasts if past.journey == plan.journey.name and key in (None, past.key)]
        entries = [(going.get(past.key, past.entry), past.key, past) for past in pasts]
        entries = [each for each in entries if each[0] <= scope.at]
        if goal is None or not entries or not plan.goal_test(scope):
            continue
        entry, _, past = max(entries, key=lambda each: each[:2])
        if scope.at > entry + goal.within or (past.goal is not None and past.goal >= entry):
            continue
        past.goal = scope.at
        value = plan.goal_value(scope)
        worth = micros(value) if isinstance(value, (int, float)) else None
        yield GoalReached(memory.user, plan.journey.name, past.key, entry, scope.at, worth)


def pass_untils(plans: Plans, memory: Memory, scope: Scope) -> Iterator[Run]:
    """The runs that were waiting for this event; each stands at its next step, not yet settled there."""
    for run in sorted(memory.runs, key=order):
        plan = plans.of(run)
        step = plan.step(run) if plan is not None and run.due is not None else None
        if plan is None or not isinstance(step, WaitUntil) or step.event != scope.event:
            continue
        if plan.key_of(scope.properties) in (None, run.key) and _answers(step, run, scope):
            move_on(run, max(scope.at, run.since))
            yield run


def is_crowded(plans: Plans, memory: Memory, scope: Scope) -> bool:
    """Whether the event could start a run, but the user has so many that no more are begun."""
    return len(memory.runs) >= MOST_RUNS and scope.event in plans.enters


def enter(plans: Plans, memory: Memory, scope: Scope, *, lateness: Millis) -> Iterator[Run]:
    """The runs this event starts; each stands at its first step, not yet settled there."""
    if is_crowded(plans, memory, scope):
        return
    for plan in plans.entering(scope):
        key = plan.key_of(scope.properties)
        if key is not None:
            run = begin(plan, memory, key, scope, lateness=lateness)
            if run is not None:
                yield run


def await_silence(plans: Plans, memory: Memory, active: Instant | None, now: Instant) -> None:
    """After an event: if it moved the user's newest activity, journeys that wait for silence wait anew from there.

    ``active`` is the newest activity before the event.
    """
    sessions = memory.profile.sessions
    if plans.silences and sessions and (active is None or sessions[-1].end > active):
        for journey, span in plans.silences:
            memory.silences[journey] = max(sessions[-1].end + span, now)


def begin(plan: Plan, memory: Memory, key: str, scope: Scope, *, lateness: Millis) -> Run | None:
    """A new run as of the scope's instant, put into the memory; None where re-entry or a known exit forbids it."""
    journey = plan.journey
    if any(run.journey == journey.name and run.key == key for run in memory.runs):
        return None
    names = {exit_name(journey.name, key), exit_name(journey.name, "")}
    if any(memory.profile.lasts.get(name, (0,))[-1] > scope.at for name in names):
        return None
    past = next((each for each in memory.pasts if each.journey == journey.name and each.key == key), None)
    if past is not None and (scope.at <= past.entry or not _may_reenter(plan, past, scope.at)):
        return None  # a run is known by its entry, and a late event from before the newest one starts nothing
    if past is None:
        _forget(plan, memory, memory.clock - lateness)
        memory.pasts.append(Past(journey.name, key, scope.at))
    else:
        past.entry = scope.at
    kept: dict[str, Scalar] = {name: value for name in journey.keeps if (value := scalar(scope, name)) is not None}
    run = Run(journey.name, plan.version, key, scope.at, 0, scope.at, None, kept=kept)
    memory.runs.append(run)
    return run


def settle(
    plan: Plan, run: Run, memory: Memory, now: Instant, *, lateness: Millis
) -> Literal["waits", "proposes", "ends"]:
    """Takes a run that has come to a step as far as it goes without waiting or asking.

    A deadline it makes is never before ``now``. Order of cases: none matters, each step is of one kind.
    """
    while (step := plan.step(run)) is not None:
        match step:
            case Wait(span):
                run.due = max(run.since + span, now)
                return "waits"
            case WaitUntil():
                happened = _first_since_entry(plan, step, memory, run, now - lateness)
                if happened is not None:
                    move_on(run, max(run.since, happened))
                    continue
                run.due = max(run.since + step.at_most, now)
                return "waits"
            case Send():
                if plan.whens[run.step](Scope(memory.profile, run.since, "", run.kept, {}, run.entry)):
                    run.due = None
                    return "proposes"
                run.step += 1
            case Goto(target):
                run.step = target
    return "ends"


def move_on(run: Run, at: Instant, *, to: int | None = None) -> None:
    """The run leaves its step at this instant, for the next one or the one named."""
    run.step = run.step + 1 if to is None else to
    run.since = at
    run.due = None


def remember(profile: Profile, name: str, at: Instant, horizon: Instant) -> None:
    """Keeps the newest instant under the name; with a new name, those with nothing after the horizon are forgotten."""
    if name not in profile.lasts:
        forget_keys(profile.lasts, horizon)
    profile.lasts[name] = [max([at, *profile.lasts.get(name, ())])]


def exit_name(journey: str, key: str) -> str:
    """Under what name the exits of a journey are remembered, for one key or (empty) for all."""
    return f"exit of {journey}\n{key}"


def order(run: Run) -> tuple[str, str, Instant]:
    """Runs act in this order whenever several act at one instant."""
    return run.journey, run.key, run.entry


def scalar(scope: Scope, name: str) -> Scalar:
    """A property by dotted name, if it is a scalar."""
    value: object = scope.properties.get(name)
    if value is None and "." in name:
        value = scope.properties
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, (bool, int, float, str)) else None


def _answers(step: WaitUntil, run: Run, scope: Scope) -> bool:
    """Whether the event is what the run waits for: not too old, and if it speaks of a message, of this run's."""
    if scope.at < (run.entry if step.since == "entry" else run.since):
        return False
    decision = scope.properties.get("decision") if scope.event in ENGAGEMENTS else None
    return decision is None or decision == run.decision


def _first_since_entry(plan: Plan, step: WaitUntil, memory: Memory, run: Run, horizon: Instant) -> Instant | None:
    """The first instant since the run's entry at which what it would wait for is known to have happened."""
    if step.since == "now":
        return None
    by, key = ("decision", run.decision) if step.event in ENGAGEMENTS else (plan.journey.key, run.key)
    names = {last_name(step.event, by, key), last_name(step.event, by)}
    known = (at for name in names for at in remembered(memory.profile.lasts, name, horizon))
    return min((at for at in known if at >= run.entry), default=None)


def _may_reenter(plan: Plan, past: Past, at: Instant) -> bool:
    reentry = plan.journey.reentry
    match reentry.kind:
        case "always":
            return True
        case "once":
            return False
        case "cooldown":
            basis = {"entry": past.entry, "send": past.sent, "goal": past.goal}[reentry.basis]
            return basis is None or at >= basis + reentry.span


def _forget(plan: Plan, memory: Memory, horizon: Instant) -> None:
    """Drops pasts of this journey that nothing can ask for any more, and the oldest beyond the bound.

    The past of a run going on, or of a decision that is open, will be asked for.
    """
    reentry, goal = plan.journey.reentry, plan.journey.goal
    longest = max(reentry.span if reentry.kind == "cooldown" else 0, goal.within if goal else 0)
    alive = {(run.journey, run.key) for run in memory.runs}
    alive |= {(pending.journey, pending.key) for pending in memory.ledger.pending}
    mine = [
        past for past in memory.pasts if past.journey == plan.journey.name and (past.journey, past.key) not in alive
    ]
    gone = [
        past
        for past in mine
        if reentry.kind != "once" and max(past.entry, past.sent or 0, past.goal or 0) + longest < horizon
    ]
    if len(mine) - len(gone) >= MOST_PASTS:
        gone.append(min((past for past in mine if past not in gone), key=lambda past: (past.entry, past.key)))
    if gone:
        memory.pasts = [past for past in memory.pasts if past not in gone]
