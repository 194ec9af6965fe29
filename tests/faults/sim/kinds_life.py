"""Lives of one engine in schedules of all kinds of journeys: meanwhile it is published on, paused, fed with items."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from opportune.errors import EventError
from opportune.events.event import Event, Input
from opportune.events.names import ITEM_NEWS
from opportune.playbook.definition import Playbook
from opportune.ports import Delivery
from opportune.testing.virtual_loop import VirtualClock
from opportune.units import SECOND
from opportune.wiring import publisher as publisher_module
from opportune.wiring import starting as starting_module
from opportune.wiring.catalogue import Catalogue
from opportune.wiring.embedded import Host
from opportune.wiring.fan_out import FanOut
from opportune.wiring.publications import Publications
from opportune.wiring.publisher import Publisher
from tests.faults.sim.judge import Broken
from tests.faults.sim.kinds_judge import KindsJudge
from tests.faults.sim.life import Item, Schedule, publications_of
from tests.faults.sim.plan import Plan
from tests.laws.worlds import DAY


class RestingClock(VirtualClock):
    """The clock of whoever looks every second whether there is news: where there is none, that lasts longer."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock.true_start, clock.loop)
        self._clock = clock

    def now(self) -> int:
        """What the clock shows."""
        return self._clock.now()

    async def pause(self, span: int) -> None:
        """Let at least this span pass."""
        await (self.loop.look_again if span >= SECOND else asyncio.sleep)(span / SECOND)


class KindsSchedule(Schedule):
    """One plan, lived through."""

    channels = ("email", "push", "sms", "webhook")
    patience = 600.0
    judge: KindsJudge
    publisher: Publisher
    fan_out: FanOut
    zones = 1
    is_at_rest = False

    def __init__(self, plan: Plan, folder: Path) -> None:
        super().__init__(plan, folder)
        self.asked_to_resume: Counter[str] = Counter()
        """How often, by journey."""
        self.resuming: Counter[str] = Counter()
        """How many ask just now."""
        self.announced: dict[tuple[str, str], int] = {}
        """Kinds of news and items, and when that was to be told."""

    def versions_of(self, plan: Plan) -> list[tuple[Playbook, dict[str, str], Item]]:
        return [(publications_of(texts), texts, plan.world["playbook"]) for texts in plan.texts]

    def judge_of(self, plan: Plan) -> KindsJudge:
        books, texts, bases = zip(*self.versions, strict=True)
        return KindsJudge(books, texts, bases[0], plan.world["users"])

    def live(self) -> "KindsSchedule":
        with self.with_zones():
            super().live()
        self.everybody_concerned_was_told()
        return self

    @contextmanager
    def with_zones(self) -> Iterator[None]:
        """Some lives begin with newer zone rules."""
        modules: tuple[Any, ...] = (publisher_module, starting_module)
        true = [each.zones_version for each in modules]
        for each in modules:
            each.zones_version = lambda: f"zones {self.zones}"
        try:
            yield
        finally:
            for module, version in zip(modules, true, strict=True):
                module.zones_version = version

    def prepare(self) -> None:
        super().prepare()
        self.loop.run_in_executor = self.threaded  # type: ignore[method-assign, assignment]
        self.resuming = Counter[str]()

    def threaded(self, executor: object, work: Callable[..., Any], *given: Any) -> "asyncio.Future[Any]":
        """What a thread of its own would do is done some time later, at once."""
        future: asyncio.Future[Any] = self.loop.create_future()

        def turn() -> None:
            if future.cancelled():
                return
            try:
                with self.machine.at_once():
                    found = work(*given)
            except Exception as fault:  # noqa: BLE001 - as executors do
                future.set_exception(fault)
            else:
                future.set_result(found)

        self.machine.soon(turn)
        return future

    def furnish(self, host: Host, publications: Publications, group: asyncio.TaskGroup) -> Callable[[], None]:
        self.publisher = Publisher(host, publications, self.path, channels=lambda: [*self.channels, "in_app"])
        self.catalogue = Catalogue(host.store, now=self.clock.now)  # type: ignore[arg-type]
        clock = RestingClock(self.clock)
        self.fan_out = FanOut(
            host, self.catalogue, items=lambda: publications.items_of(host.shard.playbook), clock=clock
        )
        host.watchers.append(lambda inputs, turn: self.deed("news", sum(map(is_news, inputs))))
        group.create_task(self.fan_out.run())
        return self.fan_out.stop

    async def once(self, item: Item, dice: Random) -> None:
        kind = item["kind"]
        if kind in ("publish", "pause", "resume", "rollback"):
            with suppress(EventError):
                await self.changed(item, kind)
        elif kind == "item":
            self.deed("import")
            news = {"p1": "Price Dropped", "p2": "Back in Stock"}[item["item"]["id"]]
            if is_news := item["item"].get("price") == 80 or item["item"].get("stock") == 5:
                at = self.clock.now()
            before = self.catalogue.item(item["item"]["id"])
            fed = await self.catalogue.take([item["item"]])
            if is_news and before is not None and fed.announced:
                self.announced[news, item["item"]["id"]] = at
        elif kind == "publication":
            if self.is_at_rest:
                return
            if item["version"] is None:
                self.zones += 1
            else:
                self.playbook = self.versions[item["version"]]
        else:
            await super().once(item, dice)

    async def changed(self, item: Item, kind: str) -> None:
        """What somebody does with a playbook while the engine runs."""
        if self.is_at_rest and item.get("version") != len(self.versions) - 1:
            return
        self.deed("publication")
        match kind:
            case "publish":
                playbook, texts, _ = self.versions[item["version"]]
                if item["version"] == len(self.versions) - 1:
                    self.is_at_rest, self.playbook = True, self.versions[-1]
                said = await self.publisher.publish(playbook, texts, round(item["share"] * 1_000_000))
                if item["share"] == 1 and said.playbook != playbook.hash and not self.is_at_rest:
                    raise Broken(f"published: it was answered that {said.playbook} is in force")
            case "rollback":
                await self.publisher.roll_back()
            case "pause":
                name, asked = item["journey"], self.asked_to_resume[item["journey"]]
                await self.publisher.pause(name)
                if asked == self.asked_to_resume[name] and not self.resuming[name]:
                    self.judge.promises.hushed.add(name)
            case "resume":
                await self.resumed(item["journey"])

    async def resumed(self, name: str) -> None:
        """While somebody asks for it nobody can tell whether the journey is paused."""
        self.asked_to_resume[name] += 1
        self.resuming[name] += 1
        self.judge.promises.hushed.discard(name)
        try:
            await self.publisher.resume(name)
        finally:
            self.resuming[name] -= 1

    def react(self, delivery: Delivery) -> None:
        """Our own systems open nothing."""
        if delivery.channel != "webhook":
            super().react(delivery)

    def meet(self, delivery: Delivery) -> None:
        if delivery.channel != "webhook":
            super().meet(delivery)

    def everybody_concerned_was_told(self) -> None:
        """Of what the catalogue announced: who had looked at the item before that, once."""
        judge = self.judge
        for said, at in self.announced.items():
            name, item = said
            for user, several in judge.promises.events.items():
                views = [each for each in several if each.name == "Product Viewed" and is_of(each, item)]
                told = [each for each in several if each.name == name and is_of(each, item)]
                if user in judge.erased | judge.promises.merged | judge.to_erase:
                    continue
                if len(told) > 1:
                    raise Broken(f"news: {user} was told {len(told)} times of {said}")
                if any(each.received_at < at and at - each.at < 20 * DAY for each in views) and not told:
                    raise Broken(f"news: {user} was not told of {said}")


def is_news(happened: Input) -> bool:
    """Whether somebody is told of an item."""
    return isinstance(happened, Event) and happened.name in ITEM_NEWS


def is_of(event: Event, item: str) -> bool:
    """Whether it names this item."""
    return bool(json.loads(event.properties).get("product_id") == item)
