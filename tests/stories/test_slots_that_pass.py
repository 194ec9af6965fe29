"""A channel too slow for all who were to get their mail in one hour: the moment is chosen again, never forced."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from msgspec.structs import replace

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event, Input
from opportune.events.names import IDENTIFIED
from opportune.features.local_time import local, zone_named
from opportune.messages.template import Rendered
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.policies.capacity import lot_of
from opportune.policies.decision import Decision, Ending, digest_of, digest_of_ending
from opportune.policies.planned import Capacity, Opening, Plan
from opportune.ports import Commits, Delivery
from opportune.sending.receipt import Receipt
from opportune.testing.virtual_loop import PatientClock, VirtualClock, VirtualLoop
from opportune.testing.world import instant
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import Host
from opportune.wiring.lane import Lane
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored
from opportune.wiring.shard import Shard
from tests.stories.shop import NIGHT, shop

START = instant("2026-06-01T10:00Z")
NEWS = "journey: news\nenter: {on: News}\nsteps:\n  - send: reminder\n"
EVENING = 18


@dataclass
class SlowChannel:
    """Needs five minutes for each mail: twelve in an hour."""

    clock: VirtualClock
    is_keyed: ClassVar[bool] = False
    taken: list[tuple[str, Instant]] = field(default_factory=list)

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        if not await commits():
            return Receipt("lapsed", "withdrawn")
        self.taken.append((delivery.user, self.clock.now()))
        await self.clock.pause(5 * MINUTE)
        return Receipt("sent", "accepted")

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class Day:
    """What became of everybody."""

    playbook: Playbook
    log: list[Input]
    taken: list[tuple[str, Instant]]
    decisions: list[Decision]
    endings: dict[str, Ending]

    def of(self, user: str) -> list[Decision]:
        """The user's decisions in their order."""
        return [each for each in self.decisions if each.user == user]


def lived(users: int, *, useful_for: str = "24 hours", zone: str = "UTC", plan: Plan | None = None) -> Day:
    """Two days in which all of them were to get the same mail."""
    loop = VirtualLoop(Random(1))
    clock = VirtualClock(START, loop)
    chosen = "send_time: {control: 0%, explore: 0%, spread: 5 minutes}"
    playbook = shop(chosen, NIGHT, journeys=NEWS, messages={"reminder": f"useful_for: {useful_for}"})
    playbook = playbook if plan is None else replace(playbook, capacity=Capacity((plan,)))
    store = MemoryStore()
    publications = Publications(store)
    publish(store, publications, playbook, {}, now=START)
    publications.know(playbook)
    channel = SlowChannel(clock)
    lane = Lane(channel, workers=1, patience=HOUR)

    async def all_of_it() -> None:
        start = restored(store, publications)
        host = Host(store, start, clock=PatientClock(clock), claimed=lambda found: dispatcher.take(found))
        loop.next_due = lambda: None if (due := host.shard.wheel.first()) is None else clock.at(due)
        dispatcher = Dispatcher(
            store,
            {"email": lane},
            render=lambda attempt: Rendered("Sale", "Today.", ""),
            report=host.report,
            clock=clock,
        )
        work = [asyncio.ensure_future(host.run()), asyncio.ensure_future(dispatcher.run())]
        for place in range(users):
            said = b'{"email": "u%d@example.com", "timezone": "%s"}' % (place, zone.encode())
            now = clock.now()
            await host.accept([Event(f"i{place}", f"u{place}", IDENTIFIED, now, now, properties=said)], ())
            await host.accept([Event(f"n{place}", f"u{place}", "News", now, now, properties=b"{}")], ())
        await loop.passes(2 * DAY / SECOND)
        await dispatcher.stop()
        host.stop()
        await asyncio.gather(*work)

    try:
        loop.run_until_complete(all_of_it())
    finally:
        loop.close()
    endings = {each.decision: each for each in store.endings()}
    return Day(playbook, list(store.log()), channel.taken, list(store.decisions()), endings)


def hour_in(zone: str, at: Instant) -> int:
    found = zone_named(zone)
    assert found is not None
    return local(found, at)[1] // 60


def test_who_did_not_get_it_in_the_chosen_hour_is_asked_again_which_hour_is_best_now() -> None:
    day = lived(30)
    assert len({user for user, _ in day.taken}) == len(day.taken) == 30
    hours = Counter(hour_in("UTC", at) for _, at in day.taken)
    assert hours[EVENING] <= 13 and len(hours) > 1
    again = [each for each in day.decisions if len(day.of(each.user)) > 1]
    for user in {each.user for each in again}:
        *before, last = day.of(user)
        assert [day.endings[each.id].code for each in before] == ["slot_passed"] * len(before)
        assert day.endings[last.id].outcome == "sent"
        for first, then in zip(before, [*before[1:], last], strict=True):
            assert first.chosen is not None and then.chosen is not None and then.timing is not None
            assert then.due == day.endings[first.id].at
            slots = {each.at for each in then.timing.slots}
            assert then.chosen.at in slots and min(slots) >= then.due
            assert (then.chosen.at + HOUR) // HOUR > first.chosen.at // HOUR


def test_a_slot_that_has_passed_is_not_made_good_at_night_nor_too_late() -> None:
    for zone in ("UTC", "Asia/Kolkata", "America/New_York"):
        day = lived(60, useful_for="26 hours", zone=zone)
        assert all(8 <= hour_in(zone, at) < 21 for _, at in day.taken)
        assert all(at < START + 26 * HOUR + 10 * MINUTE for _, at in day.taken)
        assert any(hour_in(zone, at) < 12 and at > START + 12 * HOUR for _, at in day.taken) or zone != "UTC"


def test_every_decision_ends_and_nobody_is_asked_for_ever() -> None:
    day = lived(90, useful_for="11 hours")
    assert {each.id for each in day.decisions} == set(day.endings)
    assert max(len(day.of(f"u{place}")) for place in range(90)) <= 9
    codes = Counter(each.code for each in day.endings.values())
    assert codes["slot_passed"] > 0 and codes["accepted"] + codes["sent"] == len(day.taken) < 90
    lost = {f"u{place}" for place in range(90)} - {user for user, _ in day.taken}
    assert {day.endings[day.of(user)[-1].id].code for user in lost} <= {"too_late", "slot_passed", "quiet_hours"}


def test_the_record_tells_the_choice_and_the_choice_after_it() -> None:
    day = lived(30)
    user = next(user for user, at in day.taken if hour_in("UTC", at) != EVENING)
    first, *_, last = day.of(user)
    assert first.timing is not None and last.timing is not None and first.chosen is not None
    assert hour_in("UTC", first.chosen.at) == EVENING
    assert day.endings[first.id].code == "slot_passed"
    assert last.id != first.id and len(last.timing.slots) < len(first.timing.slots)


def test_with_a_plan_that_the_channel_can_keep_no_slot_passes() -> None:
    lots = sorted(lot_of("plan", f"u{place}", "opportune") for place in range(30))
    shares = {"18": lots[10], "16": lots[20]}
    hours = {f"2026-06-01T{hour}:00Z": Opening(share) for hour, share in shares.items()}
    day = lived(30, plan=Plan("plan", "reminder", {"email": hours}))
    assert [each.code for each in day.endings.values() if each.code == "slot_passed"] == []
    assert len(day.taken) == len(day.decisions) == 30
    assert max(Counter(hour_in("UTC", at) for _, at in day.taken).values()) <= 12
    full = [each for each in day.decisions if any(said.code == "over_capacity" for said in each.verdicts)]
    assert len(full) == 20


def test_the_same_log_chooses_again_the_same() -> None:
    day = lived(40, useful_for="26 hours")
    ready = compiled(day.playbook, is_plain=True)
    shard = Shard(ready, publications=lambda name: ready)
    turn = shard.feed(day.log)
    assert any(each.code == "slot_passed" for each in turn.endings)
    assert sorted(map(digest_of, turn.decisions)) == sorted(map(digest_of, day.decisions))
    assert sorted(map(digest_of_ending, turn.endings)) == sorted(map(digest_of_ending, day.endings.values()))
