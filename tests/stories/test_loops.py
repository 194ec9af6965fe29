"""Journeys that start each other without end stop after eight emitted events and say so; nothing else is harmed.

``opportune check`` refuses such playbooks; these are built in Python, past it.
"""

import asyncio
from collections.abc import Sequence

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event
from opportune.features.condition import condition, number, textual
from opportune.journeys.journey import AtGoal, Goal, Journey
from opportune.journeys.making import MOST_DEPTH
from opportune.journeys.step import Emit, Named, Send, SetTraits, Step, Wait
from opportune.journeys.trigger import Absence, Crossing, Silence, Trigger, Watched
from opportune.messages.message import Message
from opportune.messages.template import Template
from opportune.playbook.check import check
from opportune.playbook.definition import ConsentGrant, Playbook, Settings, playbook_of
from opportune.testing.world import MONDAY_NOON, User, World
from opportune.units import DAY, HOUR, Millis
from opportune.wiring.demo.clock import SimulatedClock
from opportune.wiring.embedded import Host
from opportune.wiring.metrics import Metrics
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored

WORDS = {("hello", "default"): Template("Hi {{ unsubscribe_url }}", subject="Hi")}


def book(*journeys: Journey) -> Playbook:
    """These journeys beside one that writes three days after a sign-up."""
    welcome = Journey("welcome", Watched("Signed Up"), (Wait(3 * DAY), Send("hello")))
    return playbook_of(
        Settings("UTC", consents={"email": ConsentGrant(always=True)}),
        journeys=[welcome, *journeys],
        messages=[Message("hello", ("email",), "news", useful_for=DAY)],
        templates=WORDS,
    )


def circle(wait: Millis) -> Playbook:
    return book(
        Journey("ping", Watched("Ping"), (Wait(wait), Emit("Pong"))),
        Journey("pong", Watched("Pong"), (Wait(wait), Emit("Ping"))),
    )


def at_once(*, key: str = "") -> Playbook:
    """A circle without waits; with a key that is another one in each round."""
    counted = (Named("n", number("n + 1")),)
    return book(
        Journey("ping", Watched("Ping"), (Emit("Pong", counted),), key),
        Journey("pong", Watched("Pong"), (Emit("Ping", counted),), key),
    )


def emitted(world: World, user: User) -> Sequence[str]:
    return [each.name for each in world.log if isinstance(each, Event) and each.id.startswith("emit-")]


def of_traits(wait: Millis) -> Playbook:
    def stage(name: str, to: str) -> Journey:
        steps: tuple[Step, ...] = (Wait(wait), SetTraits((Named("stage", textual(f"'{to}'")),)))
        enter: Trigger = Crossing(condition(f"stage = '{name}'"))
        return Journey(f"is_{name}", enter, steps)

    return book(stage("new", "old"), stage("old", "new"))


@pytest.mark.parametrize("playbook", [circle(HOUR), of_traits(HOUR)])
def test_check_refuses_what_these_stories_tell_of(playbook: Playbook) -> None:
    [error] = [each for each in check(playbook) if each.level == "error"]
    assert "these journeys start each other again and again" in error.text


@pytest.mark.parametrize(
    "own",
    [
        Journey("own", Watched("Ping"), (Wait(HOUR), Emit("Ping")), exits=(Watched("Ping"),)),
        Journey("own", Watched("Ping"), (Wait(HOUR), Emit("Ping")), exits=(AtGoal(),), goal=Goal("Ping", DAY)),
        Journey("own", Absence(Watched("Ping"), (Watched("Pong"),), DAY), (Wait(HOUR), Emit("Ping"))),
    ],
)
def test_a_journey_that_starts_itself_is_refused_and_stops_after_eight(own: Journey) -> None:
    [error] = [each for each in check(book(own)) if each.level == "error"]
    assert "this journey starts itself again and again" in error.text
    world = World(book(own))
    ann = world.user("ann")
    ann.does("Ping")
    world.passes(days=60)
    assert emitted(world, ann) == ["Ping"] * MOST_DEPTH


@pytest.mark.parametrize("wait", [HOUR, 2 * DAY])
def test_journeys_that_emit_each_others_events_stop_after_eight(wait: Millis) -> None:
    world = World(circle(wait))
    ann = world.user("ann")
    ann.does("Ping")
    world.passes(days=60)
    assert emitted(world, ann) == ["Pong", "Ping"] * (MOST_DEPTH // 2)
    assert world.looped == ["Pong"]
    assert world.memory(ann).runs == []


def test_a_circle_within_one_instant_comes_back_to_runs_under_way_and_starts_none() -> None:
    world = World(at_once())
    ann = world.user("ann")
    ann.does("Ping", n=0)
    assert emitted(world, ann) == ["Pong", "Ping"]
    assert world.looped == []


def test_a_circle_within_one_instant_that_takes_a_new_key_each_time_stops_after_eight() -> None:
    world = World(at_once(key="n"))
    ann = world.user("ann")
    ann.does("Ping", n=0)
    assert emitted(world, ann) == ["Pong", "Ping"] * (MOST_DEPTH // 2)
    assert world.looped == ["Pong"]


def test_traits_that_are_set_back_and_forth_stop_after_eight() -> None:
    world = World(of_traits(DAY))
    ann = world.user("ann", stage="none")
    ann.does("Identified", stage="new")
    world.passes(days=60)
    assert len(emitted(world, ann)) == MOST_DEPTH
    assert world.looped == ["Identified"]


def test_what_the_user_does_begins_a_new_count() -> None:
    world = World(circle(HOUR))
    ann = world.user("ann")
    for _ in range(2):
        ann.does("Ping")
        world.passes(days=2)
    assert world.looped == ["Pong", "Pong"]
    assert len(emitted(world, ann)) == 2 * MOST_DEPTH


def test_nothing_else_of_the_user_is_harmed() -> None:
    world = World(circle(DAY))
    ann, bob = world.user("ann"), world.user("bob")
    ann.does("Signed Up")
    ann.does("Ping")
    bob.does("Signed Up")
    world.passes(days=30)
    assert world.looped == ["Pong"]
    assert [each.message for each in ann.received] == [each.message for each in bob.received] == ["hello"]
    ann.does("Signed Up")
    world.passes(days=4)
    assert len(ann.received) == 2


def test_a_host_keeps_a_dead_letter_and_counts_it() -> None:
    async def told() -> tuple[MemoryStore, str]:
        store, clock, playbook = MemoryStore(), SimulatedClock(MONDAY_NOON), at_once(key="n")
        publications = Publications(store)
        publish(store, publications, playbook, {}, now=MONDAY_NOON)
        host = Host(store, restored(store, publications), clock=clock, claimed=lambda claims: None)
        metrics = Metrics(clock)
        host.watchers.append(metrics.watch)
        work = asyncio.create_task(host.run())
        event = Event("e1", "ann", "Ping", MONDAY_NOON, MONDAY_NOON, properties=b'{"n": 0}')
        await host.accept([event], ())
        host.stop()
        await work
        return store, metrics.text()

    store, figures = asyncio.run(told())
    [letter] = store.dead_letters()
    assert (letter.code, letter.body) == ("looped", b"2")
    assert "'Pong' was not emitted: 8 emitted events had led to it" in letter.reason
    assert 'opportune_looped_total{event="Pong"} 1' in figures


def test_what_a_step_emits_is_no_activity_of_the_user() -> None:
    away = Journey("away", Silence(7 * DAY), (Send("hello"), Emit("Missed")))
    world = World(book(away))
    ann = world.user("ann")
    ann.does("Logged In")
    world.passes(days=60)
    assert [each.message for each in ann.received] == ["hello"]
    assert emitted(world, ann) == ["Missed"]
    ann.does("Logged In")
    world.passes(days=8)
    assert len(ann.received) == 2
