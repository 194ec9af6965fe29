"""A log with ``send_time`` comes to the same decisions, moments and reasons, however it is handed over."""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from random import Random

import pytest

from opportune.draws import draw
from opportune.events.event import Event, Input
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Decision, digest_of
from opportune.testing.world import World
from opportune.units import DAY, HOUR, MINUTE
from opportune.wiring.shard import Shard
from tests.stories.moments import does_in_context
from tests.stories.shop import NIGHT, shop

NEWS = "journey: news\nenter: News\nreentry: always\nsteps:\n  - send: reminder\n"
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
WAYS = tuple(product((1, 97, 10_000), (0.3, 0.7), (1, 3)))


def playbook() -> Playbook:
    messages = {"reminder": "useful_for: 26 hours\nhalf_life: 20 hours\nchannels: [push, email]"}
    return shop("send_time: {explore: 30%}", NIGHT, "frequency_cap: {at_most: 3, within: 7 days}",
                journeys=NEWS, messages=messages)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    """Forty users for two weeks: they come at hours of their own, some move, and some open what they get."""
    world, dice = World(playbook(), start="2026-03-23T00:00Z"), Random(5)
    users = [world.user(f"u{n}", zone=ZONES[n % 3], push_token="t") for n in range(40)]
    for day in range(14):
        deeds = sorted((HOUR * (6 + 5 * (n % 4)) + dice.randrange(HOUR), n) for n in range(40) if dice.random() < 0.6)
        begun = world.now - world.now % DAY
        for at, n in deeds:
            world.until(max(world.now, begun + at))
            if n % 7 == 0 and day > 6:
                does_in_context(users[n], "Page Viewed", {"timezone": "Asia/Tokyo"})
            users[n].does("News" if dice.random() < 0.3 else "Page Viewed")
            mails = [each for each in users[n].received if each.at > world.now - DAY]
            if mails and dice.random() < 0.5:
                users[n].does("Email Opened", by="human", after=world.now - mails[-1].at)
        world.until(begun + DAY)
    world.passes(days=2)
    return world


def told(decision: Decision) -> tuple[object, ...]:
    return decision.id, digest_of(decision), decision.chosen, decision.timing


def decided(log: Sequence[Input], batch: int, restart: float, shards: int) -> Iterator[Decision]:
    """The log in groups of this size, to so many shards, whose memories go through bytes after this share of it."""
    book = compiled(playbook())
    hosts = [Shard(book) for _ in range(shards)]
    for part in (log[: round(len(log) * restart)], log[round(len(log) * restart) :]):
        entries = iter(part)
        while group := list(islice(entries, batch)):
            for number, host in enumerate(hosts):
                mine = [
                    each for each in group if not isinstance(each, Event) or draw("s", each.user) % shards == number
                ]
                turn = host.feed(mine)
                assert not turn.poison
                yield from turn.decisions
        hosts = [Shard(book, memories=dict(host.memories)) for host in hosts]


@pytest.mark.parametrize(("batch", "restart", "shards"), WAYS)
def test_moments_and_reasons_are_the_same_in_every_way(world: World, batch: int, restart: float, shards: int) -> None:
    again = list(decided(world.log, batch, restart, shards))
    assert sorted(map(told, again), key=str) == sorted(map(told, world.decisions), key=str)


def test_the_log_has_every_kind_of_choice_in_it(world: World) -> None:
    timings = [each.timing for each in world.decisions if each.timing is not None]
    assert len(timings) > 60
    assert {each.arm for each in timings} == {"control", "treatment"}
    assert {each.because for each in timings} >= {"control", "sure_gain", "too_little_known"}
    assert {each.zone_source for each in timings} == {"timezone", "context.timezone"}
    assert any(each.chosen and each.timing and each.chosen.at - each.due > 10 * MINUTE for each in world.decisions)
