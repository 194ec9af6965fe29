"""What falls due at one instant: one slate of all of it, whatever else of it has gone."""

import pytest

from opportune.engine import react
from opportune.events.event import Tick
from opportune.events.names import ATTEMPT_LAPSED, IDENTIFIED
from opportune.features.ledger import Pending
from opportune.journeys.memory import Memory, fresh
from opportune.journeys.run import Armed, Past, Run
from opportune.playbook.compiling import compiled
from opportune.sending.firing import fire
from opportune.sending.reaction import Reaction, reaction_to
from opportune.units import DAY, HOUR
from tests.stories.shop import NIGHT, shop
from tests.unit.sending.test_receiving import MESSAGES, NIGHTLY, NOON, NOW, PLAYBOOK, TWO, asked, happens, the_only

LATER = "journey: {name}\nenter: {{on: Later}}\nsteps:\n  - wait: 1 hour\n  - send: {name}\n"
PAIR = compiled(
    shop(
        journeys={name: LATER.format(name=name) for name in ("high", "low")},
        messages={"high": "channels: [in_app]\nworth: 2", "low": "channels: [in_app]\nworth: 1"},
    )
)
MORNING = NOON + 20 * HOUR


def fired(memory: Memory) -> Reaction:
    out = reaction_to(memory)
    fire(PAIR, NOON, out)
    return out


def waiting(journey: str, version: str = PAIR.hash) -> Run:
    return Run(journey, version, "", NOON - 10, 0, NOON - 10, NOON)


def test_all_of_one_instant_are_rivals_also_beside_one_whose_version_is_gone() -> None:
    memory = fresh("ann")
    memory.runs = [waiting("high"), waiting("known no more", "gone"), waiting("low")]
    out = fired(memory)
    assert [(each.journey, each.code) for each in out.decisions] == [("high", "chosen"), ("low", "outranked")]
    assert [run.journey for run in memory.runs] == ["high"]


def test_a_silence_is_broken_also_beside_one_whose_journey_is_gone_or_begins_otherwise_by_now() -> None:
    """And its message is a rival of all that is due then."""
    journeys = {
        "win_back": "journey: win_back\nenter: {inactive_for: 7 days}\nsteps:\n  - send: low\n",
        "high": LATER.format(name="high"),
    }
    messages = {"low": "channels: [in_app]\nworth: 1", "high": "channels: [in_app]\nworth: 2"}
    playbook, memory = compiled(shop(journeys=journeys, messages=messages)), fresh("ann")
    memory.armed = [Armed(name, "", 0, NOON, NOON) for name in ("gone", "high", "win_back")]
    memory.runs = [waiting("high", playbook.hash)]
    fire(playbook, NOON, out := reaction_to(memory))
    assert [(each.journey, each.key, each.code) for each in out.decisions] == [
        ("high", "", "chosen"),
        ("win_back", "", "outranked"),
    ]
    assert memory.armed == []


def planned_for_the_morning(rounds: int) -> Memory:
    """A mail was planned for eight; by then nobody may be written to before ten."""
    memory = asked(NIGHTLY, at=NOON + 11 * HOUR)
    the_only(memory).rounds = rounds
    assert the_only(memory).at == MORNING
    return memory


AT_NIGHT = shop(NIGHT, journeys=TWO, messages=MESSAGES)
LONGER = compiled(shop(NIGHT.replace("08:00", "10:00"), journeys=TWO, messages=MESSAGES), [AT_NIGHT])


@pytest.mark.parametrize(("rounds", "is_left"), [(0, True), (7, True), (8, False), (9, False)])
def test_what_is_refused_at_its_instant_is_decided_again_up_to_eight_times(rounds: int, is_left: bool) -> None:
    memory = planned_for_the_morning(rounds)
    out = react(LONGER, memory, Tick(MORNING, memory.seq + 1))
    assert [(each.outcome, each.code) for each in out.endings] == [("not_sent", "quiet_hours")]
    found = [(each.at, each.rounds, each.without) for each in memory.ledger.pending]
    assert found == ([(MORNING + 2 * HOUR, rounds + 1, ())] if is_left else [])
    assert bool(memory.runs) == is_left


def test_where_it_is_not_sent_in_the_end_the_run_goes_on_as_its_step_says_and_nothing_was_sent() -> None:
    journey = NOW + "    not_sent: end\n  - wait: 1 hour\n"
    before = shop(NIGHT, journeys=journey)
    memory = asked(compiled(before), at=NOON + 11 * HOUR)
    the_only(memory).rounds = 8
    after = compiled(shop(NIGHT.replace("08:00", "10:00"), journeys=journey), [before])
    react(after, memory, Tick(MORNING, memory.seq + 1))
    assert memory.runs == []
    assert [past.sent for past in memory.pasts] == [None]


@pytest.mark.parametrize(("before", "code", "outcome"), [(1, "no_address", "not_sent"), (0, "too_late", "expired")])
def test_what_is_refused_when_it_is_useless_is_too_late_whatever_else_is_said(
    before: int, code: str, outcome: str
) -> None:
    memory = asked(PLAYBOOK)
    happens(PLAYBOOK, memory, IDENTIFIED, {"email": "nowhere"}, at=NOON + 5)
    name = the_only(memory).id
    out = happens(PLAYBOOK, memory, ATTEMPT_LAPSED, {"decision": name}, at=NOON + DAY - before)
    assert [(each.code, each.outcome) for each in out.endings] == [(code, outcome)]
    assert (memory.ledger.pending, memory.runs) == ([], [])


def planned(journey: str, *, decision: str = "d1") -> Pending:
    """A text that can be sent no more: its last instant is now."""
    return Pending(
        id=decision, at=NOON, state="planned", message="first", channel="in_app", topic="cart", variant="default",
        counts=True, is_marketing=True, worth=1, journey=journey, key="", entry=NOON - 10, step=0, deadline=NOON,
    )  # fmt: skip


def test_what_a_run_wants_after_its_useless_message_is_a_rival_of_all_that_is_due_then() -> None:
    steps = {"low": "journey: low\nenter: {on: Low}\nsteps:\n  - send: first\n  - send: low\n",
             "high": LATER.format(name="high")}  # fmt: skip
    messages = {name: f"channels: [in_app]\nworth: {2 if name == 'high' else 1}" for name in ("first", "low", "high")}
    playbook = compiled(shop(journeys=steps, messages=messages))
    memory = fresh("ann")
    memory.runs = [Run("low", playbook.hash, "", NOON - 10, 0, NOON - 10, None, "d1"),
                   Run("high", playbook.hash, "", NOON - 10, 0, NOON - 10, NOON)]  # fmt: skip
    memory.ledger.pending = [planned("low")]
    fire(playbook, NOON, out := reaction_to(memory))
    assert [(each.message, each.code) for each in out.decisions] == [("high", "chosen"), ("low", "outranked")]
    assert [each.code for each in out.endings] == ["too_late", "outranked"]


def test_a_refused_decision_whose_run_has_ended_only_ends() -> None:
    memory = fresh("ann")
    memory.ledger.pending = [planned("high")]
    memory.ledger.pending[0].deadline = NOON + 1
    memory.pasts = [Past("high", "", NOON - 10)]
    out = fired(memory)
    assert [each.code for each in out.endings] == ["withdrawn"]
    assert (memory.ledger.pending, memory.pasts[0].sent) == ([], None)
