"""Events and traits that runs make: they are taken at once, as if the user had done them, and stand in the log."""

from opportune.events.event import Event, Tick
from opportune.journeys.journey import Journey
from opportune.journeys.step import Emit, Wait
from opportune.journeys.trigger import Watched
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Settings, playbook_of
from opportune.testing.world import World
from opportune.units import HOUR
from opportune.wiring.moved import MOVED
from opportune.wiring.shard import Shard
from tests.stories.shop import shop

CART = """
journey: cart
enter: {on: Cart Updated}
steps:
  - wait: 1 hour
  - emit: Cart Given Up
    properties: {value: value, kind: "CASE WHEN value > 50 THEN 'big' ELSE 'small' END", note: coupon}
"""
RESCUE = """
journey: rescue
enter: {on: Cart Given Up, where: kind = 'big'}
steps:
  - send: reminder
"""


def emitted(world: World) -> list[Event]:
    return [each for each in world.log if isinstance(each, Event) and each.id.startswith("emit-")]


def test_an_emitted_event_enters_another_journey_at_the_same_instant() -> None:
    world = World(shop(journeys={"cart": CART, "rescue": RESCUE}), delay=0)
    ann, bob, begun = world.user("ann"), world.user("bob"), world.now
    ann.does("Cart Updated", value=80)
    bob.does("Cart Updated", value=20)
    world.passes(days=1)
    assert [mail.at - begun for mail in ann.received] == [HOUR]
    assert bob.received == []


def test_an_emitted_event_stands_in_the_log_with_the_values_there_were() -> None:
    world = World(shop(journeys={"cart": CART, "rescue": RESCUE}))
    ann = world.user("ann")
    ann.does("Cart Updated", value=80)
    world.passes(hours=1)
    [event] = emitted(world)
    assert (event.user, event.name, event.at) == ("ann", "Cart Given Up", world.now)
    assert event.properties == b'{"value":80,"kind":"big"}'
    assert event.seq > max(each.seq for each in world.log if each is not event)


def test_the_log_folded_anew_gives_the_same_memory_and_emits_nothing_twice() -> None:
    playbook = shop(journeys={"cart": CART, "rescue": RESCUE}, features="given: COUNT_IF(event = 'Cart Given Up')\n")
    world = World(playbook)
    ann = world.user("ann")
    ann.does("Cart Updated", value=80)
    world.passes(hours=2)
    again = Shard(compiled(playbook))
    turn = again.feed(world.log)
    assert [each.id for each in turn.emits] == [each.id for each in emitted(world)]
    assert again.memory("ann") == world.memory(ann)
    assert [each.id for each in turn.decisions] == [each.id for each in world.decisions]


def test_an_emitted_event_answers_a_wait_of_another_journey() -> None:
    waits = "journey: waits\nenter: {on: Cart Updated}\nsteps:\n  - wait: {until: Cart Given Up, at_most: 1 day}\n"
    world = World(shop(journeys={"cart": CART, "waits": f"{waits}  - send: reminder\n"}), delay=0)
    ann, begun = world.user("ann"), world.now
    ann.does("Cart Updated", value=80)
    world.passes(days=2)
    assert [mail.at - begun for mail in ann.received] == [HOUR]


def test_what_goes_round_ends_after_eight_events_and_is_reported() -> None:
    ping = Journey("ping", Watched("Ping"), (Wait(HOUR), Emit("Pong")))
    pong = Journey("pong", Watched("Pong"), (Wait(HOUR), Emit("Ping")))
    world = World(playbook_of(Settings("UTC"), journeys=[ping, pong]))  # which ``check`` would refuse
    world.user("ann").does("Ping")
    world.passes(hours=8)
    world.now += HOUR
    turn = world.feed([Tick(world.now, 1_000)])
    assert [each.name for each in emitted(world)] == ["Pong", "Ping"] * 4
    assert [(user, name) for user, _, name in turn.looped] == [("ann", "Pong")]
    assert world.memory(world.user("ann")).runs == []


def test_a_trait_that_is_set_is_read_by_the_next_branch_and_by_later_journeys() -> None:
    steps = """
  - set: {stage: "'tried'", worth_said: "coalesce(value, 0) * 2", coupon: coupon}
  - branch:
      - when: traits.stage = 'tried' AND traits.worth_said = 160
        steps: [{send: reminder}]
"""
    journey = f"journey: cart\nenter: {{on: Cart Updated}}\nsteps:{steps}"
    later = "journey: later\nenter: {on: Page Viewed, where: traits.stage = 'tried'}\nsteps:\n  - send: other\n"
    world = World(shop(journeys={"cart": journey, "later": later}, messages={"reminder": "", "other": ""}))
    ann = world.user("ann")
    ann.does("Cart Updated", value=80)
    world.passes(hours=1)
    ann.does("Page Viewed")
    world.passes(hours=1)
    assert [mail.message for mail in ann.received] == ["reminder", "other"]
    assert [each.properties for each in emitted(world)] == [b'{"stage":"tried","worth_said":160}']


def test_a_set_of_nothing_is_passed() -> None:
    journey = "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - set: {stage: unheard_of}\n  - send: reminder\n"
    world = World(shop(journeys=journey))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert len(ann.received) == 1
    assert emitted(world) == []


def test_what_an_absorbed_id_emitted_by_the_merge_is_in_the_log_and_wakes_nobody() -> None:
    world = World(shop(journeys={"cart": CART, "rescue": RESCUE}))
    ann, visitor = world.user("ann"), world.user("visitor")
    visitor.does("Cart Updated", value=20)
    world.now += 2 * HOUR
    world.merge(ann, visitor)
    assert [(each.user, each.name) for each in emitted(world)] == [("visitor", "Cart Given Up")]
    again = Shard(compiled(world.playbook))
    again.feed(world.log)
    for shard in (world._shard, again):
        assert (shard.resolved("visitor"), shard.memories["visitor"][:1]) == ("ann", MOVED)
    assert again.memory("ann") == world.memory(ann)
    later = "journey: page\nenter: Page Viewed\nsteps:\n  - send: reminder\n    when: more = 1\n"
    features = "more: COUNT_IF(event = 'Cart Given Up') OVER LAST '9 days'\n"
    world.publish(shop(journeys={"cart": CART, "page": later}, features=features))
    ann.does("Page Viewed")
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["reminder"]
