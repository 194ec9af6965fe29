"""Small playbooks of journeys and what one user does, at random, and a host that hears of it in any order.

Nothing in patient journeys is due before the last event has come: their waits are longer than the log.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from random import Random

import msgspec

from opportune.engine import react
from opportune.events.event import Event, Merged, Tick
from opportune.events.names import IDENTIFIED, MESSAGE_SENT
from opportune.features.scope import Scope
from opportune.journeys.deadline import earliest
from opportune.journeys.memory import Memory, at_rest, awake, fresh
from opportune.journeys.run import GoalReached, Run, order
from opportune.playbook.compiling import compiled
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision, Ending
from opportune.sending.attempt import Attempt
from opportune.sending.merging import merge
from opportune.units import DAY, HOUR, SECOND, Instant, Scalar, Value
from tests.stories.shop import shop

BEGINS: Instant = 1_780_315_200_000
"""2026-06-01T12:00Z."""
LASTS = 10 * HOUR
"""All that is done in a history is done, and heard of, within this."""
PLAYBOOKS = 80
ENTRIES, EXIT, OTHERS = ("Cart Updated", "Product Viewed"), "Order Completed", ("Page Viewed", "Plan Chosen")
FEATURES = """
carts_5h: COUNT() FILTER (WHERE event = 'Cart Updated') OVER LAST '5 hours'
spent: SUM(value) FILTER (WHERE event = 'Order Completed')
newest: LAST(value) FILTER (WHERE event = 'Cart Updated')
pages: COUNT() FILTER (WHERE event = 'Page Viewed') OVER LAST '2 hours'
busy: carts_5h + pages
"""
MESSAGES = {"first": "useful_for: 2 days", "second": "useful_for: 2 days\npriority: 60"}
POLICIES = ("frequency_cap: {at_most: 2, within: 3 hours}", "minimum_gap: {span: 10 minutes}")


class Done(msgspec.Struct, frozen=True):
    """Something the user did, ``at`` after the beginning."""

    name: str
    at: int
    n: int
    value: int


class Life(msgspec.Struct):
    """All that came of a history."""

    memory: Memory
    decisions: list[Decision]
    endings: list[Ending]
    goals: list[GoalReached]
    runs: list[Run]
    """Those under way when all had come."""
    features: dict[str, list[Value]]
    """As of several instants."""


@cache
def patient(seed: int) -> Compiled:
    """A playbook in which nothing is due before everything has come."""
    return _made(seed, least=11 * 60)


@cache
def hasty(seed: int) -> Compiled:
    """A playbook that acts while things are still to come."""
    return _made(seed, least=0)


def playbook_text(seed: int, *, least: int) -> dict[str, str]:
    """The journeys of a playbook, by name; ``least``: how many minutes any wait is at least."""
    dice = Random(seed)
    return {name: _journey(dice, name, least) for name in ("alpha", "beta", "gamma")[: dice.randint(1, 3)]}


def _made(seed: int, *, least: int) -> Compiled:
    journeys = playbook_text(seed, least=least)
    return compiled(shop(*POLICIES, journeys=journeys, messages=MESSAGES, features=FEATURES))


def _journey(dice: Random, name: str, least: int) -> str:
    wheres = ("", "", ", where: value >= 3")
    enter = f"{{on: {dice.choice(ENTRIES)}{dice.choice(wheres)}}}"
    kind = dice.random()
    if kind < 0.12:
        enter = f"{{on: {dice.choice(ENTRIES)}, without: {dice.choice(OTHERS)}, within: {least + 20} minutes}}"
    elif kind < 0.24:
        enter = f"{{sequence: [{ENTRIES[1]}, {ENTRIES[0]}], within: {dice.choice((2, 6))} hours}}"
    lines = [f"journey: {name}", f"enter: {enter}"]
    if dice.random() < 0.5:
        lines.append("key: n")
    exits = [f"{{on: {EXIT}{dice.choice(wheres)}}}"] if dice.random() < 0.7 else []
    bases = ["entry"]
    if dice.random() < 0.6:
        lines.append(f"goal: {{on: {EXIT}, within: {dice.choice((1, 4, 30))} hours}}")
        exits += ["goal"] if dice.random() < 0.4 else []
        bases += ["goal", "goal"]
    if exits:
        lines.append(f"exit: [{', '.join(exits)}]")
    cooldown = f"{{cooldown: {dice.choice((1, 3, 6))} hours, counted_from: {dice.choice(bases)}}}"
    reentry = dice.choice(("while_not_active", "while_not_active", "always", "once", cooldown, cooldown))
    return "\n".join([*lines, f"reentry: {reentry}", "steps:", *_steps(dice, least)]) + "\n"


def _steps(dice: Random, least: int) -> Iterable[str]:
    for _ in range(dice.choice((0, 0, 1, 2))):
        at_most = least + dice.choice((10, 45))
        where = dice.choice(("", "", ", where: value >= 4"))
        yield f"  - wait: {{until: {dice.choice(OTHERS)}{where}, at_most: {at_most} minutes, since: {_since(dice)}}}"
        if dice.random() < 0.4:
            yield from ("    on_timeout:", "      - wait: 15 minutes", "      - send: second")
    match dice.choice(("plain", "plain", "guarded", "branch", "split", "digest")):
        case "guarded":
            yield "  - send: second\n    when: value > 100"
            return
        case "branch":
            yield "  - branch:\n      - when: value >= 4\n        steps:\n          - end\n      - otherwise:"
            yield f"          - wait: {least + 5} minutes"
        case "split":
            yield f"  - wait: {least + 3} minutes\n  - split: pace\n    arms:"
            yield "      slow: {share: 50%, steps: [{wait: 12 hours}]}"
            yield f"      fast: {{share: 50%, steps: [{{wait: {least + 9} minutes}}]}}"
        case "digest":
            yield f"  - digest: {{for: {least + 30} minutes, collect: [value]}}"
        case _:
            yield f"  - wait: {least + dice.choice((20, 30, 90))} minutes"
    yield f"  - send: first\n    when: value >= {dice.choice((0, 0, 4))}"
    if dice.random() < 0.5:
        yield "  - wait: 2 hours\n  - send: second"


def _since(dice: Random) -> str:
    return dice.choice(("now", "entry"))


def events_of(done: Sequence[Done], delays: Sequence[int]) -> list[Event]:
    """What a host hears, in its order: each so long after it was done, but all within the history."""
    timed = zip(done, delays, strict=True)
    heard = sorted((BEGINS + min(each.at + delay, LASTS), place) for place, (each, delay) in enumerate(timed))
    hello = _event("hello", IDENTIFIED, BEGINS, BEGINS, {"email": "ann@example.com"})
    return [hello, *(_told(place, done[place], now) for now, place in heard)]


def at_once(heard: Sequence[Event]) -> list[Event]:
    """The same, but all of it is heard in one millisecond, in the order in which it stands."""
    last = max(each.received_at for each in heard)
    return [msgspec.structs.replace(each, received_at=last) for each in heard]


def lived(playbook: Compiled, heard: Iterable[Event], *, rests: bool = False) -> Life:
    """The life of a user of whom a host hears this; what it hears twice by id it drops.

    ``rests``: the memory is put to rest after each.
    """
    life = Life(fresh("ann"), [], [], [], [], {})
    seen: set[str] = set()
    waiting: list[tuple[Instant, Attempt]] = []
    for event in heard:
        if event.id not in seen:
            seen.add(event.id)
            _pass(playbook, life, waiting, event.received_at)
            _feed(playbook, life, waiting, event)
            if rests:
                life.memory = awake(at_rest(life.memory))
    life.runs = sorted(awake(at_rest(life.memory)).runs, key=order)
    life.features = {
        name: [read(Scope(life.memory.profile, BEGINS + LASTS - back)) for back in (0, HOUR, 5 * HOUR)]
        for name, read in playbook.readers.items()
    }
    _pass(playbook, life, waiting, BEGINS + 5 * DAY)
    return life


def merged(playbook: Compiled, heard: Sequence[Event], whose: Sequence[bool]) -> Life:
    """The life of a user of whom a host hears under two ids, each event under one of them, until it learns of that."""
    life, other = (Life(fresh(name), [], [], [], [], {}) for name in ("ann", "visitor"))
    for event, is_others in zip(heard, whose, strict=True):
        one = other if is_others else life
        _feed(playbook, one, [], msgspec.structs.replace(event, user=one.memory.user))
    seq = max(life.memory.seq, other.memory.seq) + 1
    said = Merged("ann", "visitor", max(each.received_at for each in heard), seq)
    for each in merge(playbook, life.memory, other.memory, said):
        life.decisions += each.decisions
    life.runs = sorted(awake(at_rest(life.memory)).runs, key=order)
    return life


def _pass(playbook: Compiled, life: Life, waiting: list[tuple[Instant, Attempt]], until: Instant) -> None:
    """Deadlines and the answers of the channel, in order of time, before this instant."""
    while True:
        wake = earliest(life.memory)
        answer = waiting[0][0] if waiting else None
        if answer is not None and answer < until and (wake is None or answer < wake):
            at, attempt = waiting.pop(0)
            receipt = _event(f"receipt-{attempt.decision}", MESSAGE_SENT, at, at, {"decision": attempt.decision})
            _feed(playbook, life, waiting, receipt)
        elif wake is not None and wake < until:
            _feed(playbook, life, waiting, Tick(wake))
        else:
            return


def _feed(playbook: Compiled, life: Life, waiting: list[tuple[Instant, Attempt]], entry: Event | Tick) -> None:
    """One entry of the log; then the log hands it over once more, which changes nothing."""
    entry = msgspec.structs.replace(entry, seq=life.memory.seq + 1)
    out = react(playbook, life.memory, entry)
    again = react(playbook, life.memory, entry)
    assert (again.decisions, again.endings, again.goals, again.calls, again.emits) == ([], [], [], [], [])
    life.decisions += out.decisions
    life.endings += out.endings
    life.goals += out.goals
    waiting += [(life.memory.clock + SECOND, call) for call in out.calls if isinstance(call, Attempt)]
    waiting.sort(key=lambda each: (each[0], each[1].decision))


def _told(place: int, done: Done, now: Instant) -> Event:
    properties = {"n": done.n, "value": done.value}
    return _event(f"event-{place}", done.name, BEGINS + done.at, now, properties)


def _event(id: str, name: str, at: Instant, now: Instant, properties: Mapping[str, Scalar]) -> Event:
    return Event(id, "ann", name, at, now, 0, msgspec.json.encode(properties))
