"""All triggers at once: looks decide nothing, memories may rest, generated code is as the plain form, order is free."""

from collections.abc import Iterable, Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.engine import react
from opportune.events.event import Event, Tick
from opportune.events.names import IDENTIFIED
from opportune.journeys.arming import arm_all
from opportune.journeys.memory import Memory, at_rest, awake, fresh
from opportune.playbook.compiling import compiled
from opportune.policies.compiled import Compiled
from opportune.testing.world import MONDAY_NOON
from opportune.units import HOUR, MINUTE, Instant
from tests.stories.shop import shop

FEATURES = """
a_2h: COUNT_IF(event = 'A') OVER LAST '2 hours'
b_before: COUNT_IF(event = 'B') OVER LAST '1 hour' OFFSET '30 minutes'
here: COUNT() OVER SESSION
ago: SINCE('A')
"""
TRIGGERS = {
    "counted": "{on: A, nth: [2, 5], within: 3 hours}",
    "absent": "{on: A, without: [B, C], within: 40 minutes}",
    "again": "{on: A, without: A, within: 1 hour}",
    "chain": "{sequence: [A, B, A], within: 2 hours}",
    "crossed": "{when: a_2h >= 2, rearm: a_2h = 0}",
    "lost": "{when: b_before = 0 AND a_2h > 0}",
    "ended": "{when: here = 0 AND ago < 7200}",
    "left": "{left: busy}",
    "evening": "{when: local_hour(at) = 20 AND a_2h > 0}",
    "daily": "{every: [monday, tuesday, wednesday], at: '13:00', where: a_2h > 0}",
    "dated": "{date: ends_on, offset: -1 day, at: '09:30'}",
    "yearly": "{date: ends_on, at: '10:00', repeat: yearly}",
    "silent": "{inactive_for: 5 hours}",
    "told": "{broadcast: '2026-06-02 08:00', over: 2 hours}",
}


def journey(name: str, enter: str, more: str = "", wait: str = "10 minutes") -> str:
    return f"journey: {name}\nenter: {enter}\nreentry: always\n{more}steps:\n  - wait: {wait}\n  - send: reminder\n"


PLAYBOOK = shop(
    journeys={name: journey(name, enter) for name, enter in TRIGGERS.items()},
    features=FEATURES,
    segments="busy: here > 2\n",
)
MADE, PLAIN = compiled(PLAYBOOK), compiled(PLAYBOOK, is_plain=True)
KEYED = {
    reentry: compiled(
        shop(
            journeys={
                name: journey(name, TRIGGERS[name], "key: k\n", "2 days").replace("always", reentry)
                for name in ("absent", "again", "chain")
            }
        )
    )
    for reentry in ("always", "while_not_active", "once", "{cooldown: 1 hour}")
}
ZONES = ("UTC", "America/New_York", "Asia/Tokyo", "Pacific/Auckland")
DAYS = ("2026-06-02", "2026-06-03", "2024-02-29", "none")
happened = st.tuples(
    st.integers(0, 90 * MINUTE // 1000),
    st.integers(0, 2 * HOUR // 1000),
    st.sampled_from(["A", "A", "A", "B", "C", "Email Opened", "zone", "date"]),
    st.integers(0, 3),
)
logs = st.lists(happened, max_size=14)


def entries(log: Iterable[tuple[int, int, str, int]]) -> list[Event]:
    """Events, each so many seconds after the one before, heard of so many seconds after it happened."""
    now, found = MONDAY_NOON, [event("Identified", MONDAY_NOON, MONDAY_NOON, 1, {"email": "ann@example.com"})]
    for seq, (gap, late, name, which) in enumerate(log, 2):
        now += gap * 1000
        properties: dict[str, object] = {"k": "xy"[which % 2]}
        if name in ("zone", "date"):
            properties = {"timezone": ZONES[which]} if name == "zone" else {"ends_on": DAYS[which]}
            name = IDENTIFIED
        found.append(event(name, max(now - late * 1000, MONDAY_NOON), now, seq, properties))
    return found


def event(name: str, at: Instant, now: Instant, seq: int, properties: dict[str, object]) -> Event:
    raw = msgspec.json.encode(properties)
    return Event(id=str(seq), user="ann", name=name, at=at, received_at=now, seq=seq, properties=raw)


Said = list[tuple[str, str, Instant, Instant]]


def said(playbook: Compiled, inputs: Sequence[Event | Tick], *, rests: bool = False, for_hours: int = 40) -> Said:
    """Journey, key, entry and due of every decision up to so many hours after the last input, in order."""
    memory, decisions = fresh("ann"), Said()
    end = Tick(inputs[-1].received_at if isinstance(inputs[-1], Event) else inputs[-1].now, 10**6)
    for each in (*inputs, msgspec.structs.replace(end, now=end.now + for_hours * HOUR)):
        out = react(playbook, memory, each)
        memory = awake(at_rest(memory)) if rests else memory
        decisions += [(one.journey, one.key, one.entry, one.due) for one in out.decisions]
    _check(memory)
    return decisions


def _check(memory: Memory) -> None:
    places = [(each.journey, each.key, each.place, each.at) for each in memory.armed]
    assert len(places) == len(set(places))
    assert all(each.due is None or each.due > memory.clock for each in memory.armed)


@settings(max_examples=60)
@given(logs, st.lists(st.integers(0, 30 * HOUR // 1000), max_size=6))
def test_looks_decide_nothing(log: list[tuple[int, int, str, int]], ticks: list[int]) -> None:
    events = entries(log)
    inputs: list[Event | Tick] = [*events]
    for tick in ticks:
        now = MONDAY_NOON + tick * 1000
        if now <= events[-1].received_at:
            place = next(place for place, each in enumerate(inputs) if _now(each) >= now)
            inputs.insert(place, Tick(now, 0))
    looked = [msgspec.structs.replace(each, seq=seq) for seq, each in enumerate(inputs, 1)]
    assert said(MADE, looked) == said(MADE, events)


def _now(entry: Event | Tick) -> Instant:
    return entry.received_at if isinstance(entry, Event) else entry.now


@settings(max_examples=60)
@given(logs)
def test_the_plain_form_and_memories_at_rest_decide_the_same(log: list[tuple[int, int, str, int]]) -> None:
    events = entries(log)
    assert said(PLAIN, events, rests=True) == said(MADE, events)


doings = st.lists(st.tuples(st.integers(0, 90), st.sampled_from("AABC"), st.integers(0, 1)), max_size=7)


@settings(max_examples=100)
@given(doings, st.sampled_from(sorted(KEYED)), st.data())
def test_what_absences_and_sequences_begin_does_not_hang_on_the_order_of_arrival(
    events: list[tuple[int, str, int]], reentry: str, data: st.DataObject
) -> None:
    """Everything is heard of while each run still waits, so nothing has been decided; then each comes to its end."""
    listed = sorted({(minutes * 5 + which, name, which) for minutes, name, which in events})
    order = data.draw(st.permutations(listed))
    assert begun(reentry, [(600, *each) for each in order]) == begun(reentry, [(600, *each) for each in listed])


@settings(max_examples=100)
@given(doings, st.sampled_from(sorted(KEYED)), st.data())
def test_what_absences_and_sequences_begin_does_not_hang_on_how_late_each_event_comes(
    events: list[tuple[int, str, int]], reentry: str, data: st.DataObject
) -> None:
    listed = sorted({(minutes * 5 + which, name, which) for minutes, name, which in events})
    late = [
        (each[0] + 5 * data.draw(st.sampled_from([0, 1, 6, 11, 12, 13, 40]) | st.integers(0, 99)), *each)
        for each in listed
    ]
    assert begun(reentry, sorted(late)) == begun(reentry, [(each[0], *each) for each in listed])


def begun(reentry: str, heard: Iterable[tuple[int, int, str, int]]) -> set[tuple[str, str, Instant]]:
    """The runs of all that was heard of at some minute, happened at some minute, by a name and a key."""
    inputs = [
        event(name, MONDAY_NOON + at * MINUTE, MONDAY_NOON + now * MINUTE + seq, seq, {"k": "xy"[which]})
        for seq, (now, at, name, which) in enumerate(heard, 1)
    ]
    return {each[:3] for each in said(KEYED[reentry], inputs, for_hours=60)} if inputs else set()


@settings(max_examples=60)
@given(logs)
def test_what_is_armed_for_each_user_is_armed_once(log: list[tuple[int, int, str, int]]) -> None:
    memory = fresh("ann")
    for each in entries(log):
        react(MADE, memory, each)
        once = [armed.journey for armed in memory.armed if armed.kind not in ("absence", "sequence", "silence")]
        assert sorted(once) == sorted(MADE.plans.once_armed)


@settings(max_examples=60)
@given(logs)
def test_a_publication_that_changes_no_trigger_changes_nothing_that_is_armed(
    log: list[tuple[int, int, str, int]],
) -> None:
    memory = fresh("ann")
    for each in entries(log):
        react(MADE, memory, each)
        again = awake(at_rest(memory))
        arm_all(MADE.plans, again, memory.clock, MADE.terms)
        assert again == memory
