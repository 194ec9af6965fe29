"""How a run begins, and what re-entry remembers."""

from opportune.features.lasts import forget_keys
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.journeys.gathering import collect
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan
from opportune.journeys.run import Entry, Past, Run
from opportune.journeys.terms import Terms
from opportune.units import Instant, Scalar

MOST_RUNS = 256
"""Runs of one user under way at once; beyond it no event starts another."""
MOST_PASTS = 256
"""Keys of one journey that re-entry remembers for a user; beyond it the oldest entry is forgotten."""


def begin(plan: Plan, memory: Memory, entry: Entry, terms: Terms) -> Run | None:
    """A new run with this entry, put into the memory; None where re-entry, a pause or a known exit forbids it."""
    journey, key, at = plan.journey, entry.key, entry.at
    if journey.name in terms.paused:
        return None
    for run in memory.runs:
        if run.journey == journey.name and run.key == key:
            collect(plan, run, entry)
            return None
    names = {exit_name(journey.name, key), exit_name(journey.name, "")}
    if any(memory.profile.lasts.get(name, (0,))[-1] > at for name in names):
        return None
    past = next((each for each in memory.pasts if each.journey == journey.name and each.key == key), None)
    if past is not None and (at <= past.entry or not _may_reenter(plan, past, at)):
        return None  # a run is known by its entry, and a late event from before the newest one starts nothing
    if past is None:
        _forget(plan, memory, memory.clock - terms.lateness)
        memory.pasts.append(Past(journey.name, key, at))
    else:
        past.before, past.entry = past.entry, at
    run = Run(journey.name, plan.version, key, at, 0, at, None, kept=entry.kept, depth=entry.depth)
    memory.runs.append(run)
    return run


def kept_of(plan: Plan, scope: Scope) -> dict[str, Scalar]:
    """What a run remembers of the event at hand if that is its entry."""
    return {name: value for name in plan.journey.keeps if (value := scalar(scope, name)) is not None}


def scalar(scope: Scope, name: str) -> Scalar:
    """A property by dotted name, if it is a scalar."""
    value: object = scope.properties.get(name)
    if value is None and "." in name:
        value = scope.properties
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, (bool, int, float, str)) else None


def remember(profile: Profile, name: str, at: Instant, horizon: Instant) -> None:
    """Keeps the newest instant under the name; with a new name, those with nothing after the horizon are forgotten."""
    if name not in profile.lasts:
        forget_keys(profile.lasts, horizon)
    profile.lasts[name] = [max([at, *profile.lasts.get(name, ())])]


def exit_name(journey: str, key: str) -> str:
    """Under what name the exits of a journey are remembered, for one key or (empty) for all."""
    return f"exit of {journey}\n{key}"


def _may_reenter(plan: Plan, past: Past, at: Instant) -> bool:
    reentry = plan.journey.reentry
    match reentry.kind:
        case "while_not_active" | "always":
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
