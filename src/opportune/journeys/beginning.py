"""How a run begins, and what re-entry remembers."""

from opportune.features.lasts import forget_keys, remembered
from opportune.features.lasts import remember as remember_each
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.journeys.in_order import Course, course_of, ends_by, ends_with_goal
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan
from opportune.journeys.run import Again, Entry, Past, Run
from opportune.journeys.terms import Terms
from opportune.units import Instant, Scalar

MOST_RUNS = 256
"""Runs of one user under way at once; beyond it no event starts another."""
MOST_PASTS = 256
"""Keys of one journey that re-entry remembers for a user; beyond it the oldest entry is forgotten."""
MOST_HEARD = 16
"""Entries of one (journey, key) that are remembered while they may still change what began: the newest."""


def begin(plan: Plan, memory: Memory, entry: Entry, terms: Terms) -> Run | None:
    """The run that this entry starts, put into the memory; None where re-entry, a run, a pause or an exit forbids it.

    An entry from before that of a run that has not acted moves that run: it starts anew, as of the earlier entry.
    """
    journey = plan.journey
    if journey.name in terms.paused:
        return None
    scope = Scope(memory.profile, entry.at, "", entry.kept, {}, entry.at)
    if any(ends(scope) for ends in plan.ends):
        return None
    past = past_of(memory, journey.name, entry.key) or _new_past(plan, memory, entry.key, terms)
    runs = [run for run in memory.runs if run.journey == journey.name and run.key == entry.key]
    heard = Again(entry.at, entry.kept, entry.depth)
    if journey.reentry.kind == "always":
        return _beside(plan, memory, past, heard, terms)
    if any(run.has_acted for run in runs):
        return None
    if not runs:
        _stand_if_gone(past)
    if past.before is not None and entry.at <= past.before:
        return None
    if any(each.at == entry.at for each in past.heard) or any(run.entry == entry.at for run in runs):
        return None  # a run is known by its entry
    return rearrange(plan, memory, past, terms, heard=heard)


def rearrange(plan: Plan, memory: Memory, past: Past, terms: Terms, *, heard: Again | None = None) -> Run | None:
    """The run that is to be under way by all that is known now, if it is not yet: at its first step, not settled there.

    ``heard`` is known from now on. A run that has acted stays; one that has not is gone if it would not have begun.
    """
    name, horizon = plan.journey.name, memory.clock - terms.lateness
    run = next((each for each in memory.runs if each.journey == name and each.key == past.key), None)
    if plan.journey.reentry.kind == "always":
        past.goal = course_of(plan.journey, past, past.heard, ()).goal
        return None
    if run is not None and run.has_acted:
        newest = run.entry if past.entry is None else max(run.entry, past.entry)
        past.before, past.heard, run.again = newest, [], []
        past.goal = course_of(plan.journey, past, (), ()).goal
        return None
    if run is None:
        _stand_if_gone(past)
    _let_stand(past, horizon)
    entries = sorted([*_known(past, run), *([] if heard is None else [heard])], key=lambda each: each.at)
    exits = known_exits(memory, name, past.key, horizon)
    course = course_of(plan.journey, past, entries, exits, goals_of_all(memory, name, horizon))
    active = course.under_way
    past.goal = course.goal
    is_there = run is not None and active is not None and run.entry == active.at
    if active is not None and not is_there and name in terms.paused:
        return None
    past.entry = course.newest
    left = _settled(past, course, entries, exits, horizon)
    if run is not None and is_there:
        past.heard, run.again = [each for each in left if each.at < run.entry], _after(left, run.entry)
        return None
    if run is not None:
        memory.runs.remove(run)
    past.heard = left if active is None else [each for each in left if each.at < active.at]
    if active is None:
        return None
    begun = _run(plan, past.key, active)
    begun.again = _after(left, active.at)
    memory.runs.append(begun)
    return begun


def put_back(plan: Plan | None, memory: Memory, run: Run, ended: Instant | None) -> None:
    """The run is taken out of the memory: if it has acted its entry stands, else it may still turn out otherwise.

    ``ended``: when it did; from then on entries may start another. None: it has not, but makes way for another run.
    """
    memory.runs = [each for each in memory.runs if each is not run]
    past = past_of(memory, run.journey, run.key)
    if past is None or plan is None or plan.journey.reentry.kind == "always":
        return
    if run.has_acted:
        past.before, past.free, past.heard = run.entry, ended, []
    else:
        past.heard = [*past.heard, Again(run.entry, run.kept, run.depth, ended, has_begun=True), *run.again]


def past_of(memory: Memory, journey: str, key: str) -> Past | None:
    """What re-entry remembers of this (journey, key)."""
    return next((each for each in memory.pasts if each.journey == journey and each.key == key), None)


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


def remember_exit(plan: Plan, profile: Profile, key: str, at: Instant, horizon: Instant) -> None:
    """When an exit happened; a journey that cools down has to know of each, others of the newest.

    With a new name, those with nothing after the horizon are forgotten.
    """
    name, lasts = exit_name(plan.journey.name, key), profile.lasts
    if plan.journey.reentry.kind == "cooldown":
        remember_each(lasts, name, at, horizon)
        del lasts.get(name, [])[:-MOST_HEARD]
        return
    if name not in lasts:
        forget_keys(lasts, horizon)
    lasts[name] = [max([at, *lasts.get(name, ())])]


def known_exits(memory: Memory, journey: str, key: str, horizon: Instant) -> list[Instant]:
    """When exits of this key, and of all keys, happened; those after the horizon."""
    names = {exit_name(journey, key), exit_name(journey, "")}
    return [at for name in sorted(names) for at in remembered(memory.profile.lasts, name, horizon)]


def exit_name(journey: str, key: str) -> str:
    """Under what name the exits of a journey are remembered, for one key or (empty) for all."""
    return f"exit of {journey}\n{key}"


def remember_goal_of_all(plan: Plan, profile: Profile, at: Instant, horizon: Instant) -> None:
    """When a goal without a key happened that ends runs: those of all keys, and of entries that are heard of later."""
    name = _goals_name(plan.journey.name)
    remember_each(profile.lasts, name, at, horizon)
    del profile.lasts.get(name, [])[:-MOST_HEARD]


def goals_of_all(memory: Memory, journey: str, horizon: Instant) -> list[Instant]:
    """When goals without a key happened that end runs; those after the horizon."""
    return list(remembered(memory.profile.lasts, _goals_name(journey), horizon))


def _goals_name(journey: str) -> str:
    return f"goal of {journey}\n"


def new_past(memory: Memory, journey: str, key: str) -> Past:
    """Nothing is known yet of this (journey, key)."""
    past = Past(journey, key, None)
    memory.pasts.append(past)
    return past


def _beside(plan: Plan, memory: Memory, past: Past, heard: Again, terms: Terms) -> Run | None:
    """A run beside others; of entries only their instants are remembered, so that none starts two."""
    horizon = memory.clock - terms.lateness
    is_known = any(each.at == heard.at for each in past.heard)
    is_over = any(at > heard.at for at in known_exits(memory, past.journey, past.key, horizon))
    is_over = is_over or ends_with_goal(plan.journey, past, heard.at)
    goals = goals_of_all(memory, past.journey, horizon)
    is_over = is_over or any(ends_by(plan.journey, heard.at, at) for at in goals)
    if is_known or is_over or (past.before is not None and heard.at <= past.before):
        return None
    over = Again(heard.at, ended=heard.at, has_begun=True)  # it begins nothing again, whatever the journey says later
    past.heard = sorted([*past.heard, over], key=lambda each: each.at)
    gone = [each for each in past.heard if each.at <= horizon] or past.heard[:-MOST_HEARD]
    if gone:
        past.before, past.heard = gone[-1].at, _after(past.heard, gone[-1].at)
    past.entry = heard.at if past.entry is None else max(heard.at, past.entry)
    run = _run(plan, past.key, heard)
    memory.runs.append(run)
    return run


def _known(past: Past, run: Run | None) -> list[Again]:
    """The entries that may still change what began, oldest first."""
    if run is None:
        return list(past.heard)
    others = [each for each in past.heard if each.at != run.entry]
    return [*others, Again(run.entry, run.kept, run.depth), *run.again]


def _settled(past: Past, course: Course, entries: list[Again], exits: list[Instant], horizon: Instant) -> list[Again]:
    """The entries less that of the run under way, and less those that stand from now on: too old, or too many.

    What an exit has ended will not begin again, so its properties are forgotten.
    """
    active, last = course.under_way, max(exits, default=None)
    left = [each for each in entries if each is not active and each.at > horizon][-MOST_HEARD:]
    for each in left:
        each.has_begun = any(each is begun for begun in course.begun)
    for begun in course.begun:
        if begun is not active and all(begun is not each for each in left):
            past.before, past.free = begun.at, begun.ended or past.free
    for each in left:
        if last is not None and each.at < last:
            each.kept = {}
    return left


def _stand_if_gone(past: Past) -> None:
    """The newest entry stands if its run is gone and is not open: it has acted, or was taken out by another rule."""
    if past.entry is not None and all(each.at != past.entry for each in past.heard):
        past.before = past.entry


def _let_stand(past: Past, horizon: Instant) -> None:
    """Entries from before what is remembered are open no more: what ended them may be forgotten."""
    for each in sorted(past.heard, key=lambda each: each.at):
        if each.at <= horizon and each.has_begun:
            past.before, past.free = each.at, each.ended or past.free
    past.heard = _after(past.heard, horizon)


def _after(entries: list[Again], at: Instant) -> list[Again]:
    return [each for each in entries if each.at > at]


def _run(plan: Plan, key: str, entry: Again) -> Run:
    kept = dict(entry.kept)  # what the run makes on its way is its own, though its entry may be remembered elsewhere
    return Run(plan.journey.name, plan.version, key, entry.at, 0, entry.at, None, kept=kept, depth=entry.depth)


def _new_past(plan: Plan, memory: Memory, key: str, terms: Terms) -> Past:
    forget_pasts(plan, memory, memory.clock - terms.lateness)
    return new_past(memory, plan.journey.name, key)


def forget_pasts(plan: Plan, memory: Memory, horizon: Instant) -> None:
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
        past for past in mine if (reentry.kind != "once" or past.entry is None) and newest_of(past) + longest < horizon
    ]
    if len(mine) - len(gone) >= MOST_PASTS:
        left = [past for past in mine if past not in gone]
        gone.append(min(left, key=lambda past: (past.entry is not None, past.entry or newest_of(past), past.key)))
    if gone:
        memory.pasts = [past for past in memory.pasts if past not in gone]


def newest_of(past: Past) -> Instant:
    """The newest instant that it remembers."""
    goals, heard = [each.at for each in past.goals], [each.at for each in past.heard]
    return max([past.entry or 0, past.sent or 0, past.goal or 0, *goals, *heard])
