"""Journeys begin by a condition exactly when somebody would say so who looked at it at every instant."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.engine import react
from opportune.events.event import Event, Tick
from opportune.features.scope import Scope
from opportune.journeys.memory import Memory, fresh
from opportune.journeys.starting import Start
from opportune.playbook.compiling import compiled
from opportune.policies.compiled import Compiled
from opportune.testing.world import MONDAY_NOON
from opportune.units import HOUR, SECOND, Instant
from tests.stories.shop import shop

FEATURES = """
a_9s: COUNT_IF(event = 'A') OVER LAST '9 seconds'
b_before: COUNT_IF(event = 'B') OVER LAST '5 seconds' OFFSET '4 seconds'
x_sum: SUM(x) OVER LAST '11 seconds'
here: COUNT() OVER SESSION
ago: SINCE('A')
fall: 1 - a_9s / nullif(b_before, 0)
"""
CONDITIONS = {
    "a_9s >= 2": "",
    "a_9s > 2 OR x_sum > 4": "a_9s = 0",
    "fall >= 0": "fall < 0",
    "here = 0 AND ago >= 7": "",
    "ago / 2 >= 3": "b_before > 0",
    "EXISTS('B', since => '6 seconds') AND a_9s = 0": "",
    "plan = 'pro'": "a_9s = 1",
}
IN_SESSION = "in_session: {idle: 8 seconds}"
LAST = 70
"""Seconds that are looked at."""
happened = st.tuples(st.integers(0, LAST - 20), st.sampled_from(["A", "A", "B", "C", "Identified"]), st.integers(0, 3))


def playbook(when: str, rearm: str) -> Compiled:
    more = f', rearm: "{rearm}"' if rearm else ""
    journey = f'journey: crossed\nenter: {{when: "{when}"{more}}}\nreentry: always\nsteps: [send: reminder]\n'
    return compiled(shop(IN_SESSION, journeys=journey, features=FEATURES))


PLAYBOOKS = {when: playbook(when, rearm) for when, rearm in CONDITIONS.items()}


def events(log: list[tuple[int, str, int]]) -> list[Event]:
    found = []
    for seq, (second, name, x) in enumerate(sorted(log), 1):
        said: dict[str, object] = {"plan": "pro" if x > 1 else "free"} if name == "Identified" else {"x": x}
        at, raw = MONDAY_NOON + second * SECOND, msgspec.json.encode(said)
        found.append(Event(id=str(seq), user="ann", name=name, at=at, received_at=at, seq=seq, properties=raw))
    return found


class Looker:
    """Looks at the condition, and says when the user enters."""

    def __init__(self, start: Start, memory: Memory) -> None:
        self.start, self.memory = start, memory
        self.is_inside = False
        self.entries: list[Instant] = []

    def look(self, at: Instant) -> None:
        scope = Scope(self.memory.profile, at)
        if not self.is_inside and self.start.holds(scope):
            self.is_inside = True
            self.entries.append(at)
        elif self.is_inside and not self.start.holds(scope):
            self.is_inside = self.start.rearms is not None and not self.start.rearms(scope)


@pytest.mark.parametrize("when", CONDITIONS)
@settings(max_examples=40)
@given(st.lists(happened, max_size=9))
def test_a_run_begins_when_the_condition_becomes_true(when: str, log: list[tuple[int, str, int]]) -> None:
    made, remembered = PLAYBOOKS[when], fresh("ann")
    looker = Looker(made.plans.newest["crossed"].start, remembered)
    waiting = events(log)
    for second in range(LAST):
        at = MONDAY_NOON + second * SECOND
        if remembered.profile.traits or remembered.profile.series or remembered.profile.sessions:
            looker.look(at)
        while waiting and waiting[0].at == at:
            each = waiting.pop(0)
            made.fold.apply(remembered.profile, each, msgspec.json.decode(each.properties), {}, at)
            looker.look(at)
    memory, entries = fresh("ann"), list[Instant]()
    ends = Tick(MONDAY_NOON + LAST * SECOND - 1, 1_000), Tick(MONDAY_NOON + HOUR, 1_001)
    inputs: list[Event | Tick] = [*events(log), *ends]
    for entry in inputs:
        out = react(made, memory, entry)
        entries += [one.entry for one in out.decisions]
    assert [at for at in entries if at < MONDAY_NOON + LAST * SECOND] == looker.entries
