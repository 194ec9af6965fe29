"""Lives of one engine, one after the other on one file, until all is said and quiet."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from opportune.adapters.channels.inbox import Inbox
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Overloaded, Unavailable
from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.messages.template import Rendered
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.ports import Delivery
from opportune.sending.attempt import Attempt
from opportune.testing.virtual_disk import VirtualDisk
from opportune.testing.virtual_loop import PatientClock, VirtualClock, VirtualLoop
from opportune.testing.virtual_machine import VirtualMachine
from opportune.wiring import backfilling as backfilling_module
from opportune.wiring import publications as publications_module
from opportune.wiring import shard as shard_module
from opportune.wiring import snapshots as snapshots_module
from opportune.wiring.embedded import Host
from opportune.wiring.lane import Lane
from opportune.wiring.publications import Publications
from opportune.wiring.replay import beginning, replay
from opportune.wiring.shard import Shard
from opportune.wiring.starting import Ways, in_force, put_together
from tests.faults.sim.judge import POISON, Broken, Judge
from tests.faults.sim.passing import passes
from tests.faults.sim.plan import Plan
from tests.faults.sim.provider import Providers
from tests.laws.files import files_of
from tests.laws.worlds import HOUR, MINUTE, SECOND
from tests.oracle.memory import STOPS

Item = dict[str, Any]
MOST_STEPS = 60_000
"""Of one life; a schedule that needs more never comes to rest."""
MOST_LIVES = 40
MOST_REACTIONS = 30
"""Messages that somebody may react to: where each answer brings another message a schedule would never end."""
PATIENCE = 30.0
"""Seconds after which a client that was not answered asks again, at most."""


class Poison(Exception):
    """What an engine raises that has a fault for one event."""


class Schedule:
    """One plan, lived through."""

    channels = ("email", "push", "sms")
    """Those that have a provider."""
    patience = PATIENCE

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.path = folder / "sim.db"
        self.dice = Random(f"schedule {plan.seed}")
        with compiled_once():
            self.versions = self.versions_of(plan)
        self.playbook = self.versions[0]
        self.disk = VirtualDisk(f"sim-{id(self)}", self.path)
        self.judge = self.judge_of(plan)
        self.lives = self.steps = 0
        self.ended: list[str] = []
        """How each life ended."""
        self.true_now = plan.script[0]["now"] - HOUR
        self.offset = 0
        self.todo = [{**item, "place": place} for place, item in enumerate(plan.script)]
        self.loop: VirtualLoop
        self.clock: VirtualClock
        self.providers: Providers
        self.host: Host | None = None
        self._turned: asyncio.Event
        self._is_published = self._is_leaving = False
        self._group: asyncio.TaskGroup
        self._people: list[asyncio.Task[None]]
        self._arrivals: list[Any] = []
        self._shown: set[str] = set()
        self._met: set[str] = set()
        """Decisions during whose sending something came between."""
        self._reactions = 0
        self._keys: dict[str, Rendered] = {}
        self._rendered = self._waited = 0
        self._deeds: Counter[str] = Counter()
        self._amiss: list[AssertionError] = []
        self.machine: VirtualMachine

    def versions_of(self, plan: Plan) -> list[tuple[Playbook, dict[str, str], Item]]:
        """The playbooks of the plan, with their files and as the judge knows them."""
        return versions_of(plan)

    def judge_of(self, plan: Plan) -> Judge:
        """Who watches it."""
        return Judge({each.hash: world for each, _, world in self.versions}, plan.world["users"])

    def furnish(self, host: Host, publications: Publications, group: asyncio.TaskGroup) -> Callable[[], None]:
        """What else works in a life of the engine, and how it is told to stop."""
        return lambda: None

    def live(self) -> "Schedule":
        """Raises Broken if a promise was."""
        try:
            with poisoned(), compiled_once(), walking(self.plan.every):
                while not self.one_life():
                    if self.lives == MOST_LIVES:
                        raise Broken(f"stuck: it never comes to rest: {self.ended}")
            self.judge.whole(self._arrivals, self.plan.keyed)
        finally:
            self.disk.unregister()
        return self

    @property
    def arrived(self) -> int:
        """How many messages have reached users."""
        return len(self._arrivals)

    @property
    def digest(self) -> str:
        """The same for the same plan on the same commit, wherever it is lived through."""
        ended = [each.replace(str(self.path), "") for each in self.ended]
        return blake2b(repr((self.judge.books, self._arrivals, ended)).encode(), digest_size=16).hexdigest()

    def one_life(self) -> bool:
        """Whether all was said and done in it."""
        self.lives += 1
        self.disk.begin()
        self.loop = VirtualLoop(Random(self.dice.random()), shuffles=self.plan.shuffles)
        self.clock = VirtualClock(self.true_now, self.loop)
        self.clock.offset = self.offset
        self.prepare()
        life = self.loop.create_task(self.lived())
        why = "in peace"
        try:
            done = self.loop.run_until_complete(life)
        except RuntimeError:
            if not self.loop.ended:
                raise
            done, why = False, self.loop.ended
        except BaseException as fault:
            if not self.disk.has_ended and not is_unavailable(fault):
                self.let_go(life)
                raise first_of(fault) from fault
            done, why = False, f"unavailable: {fault}"
        self.ended.append(why)
        self.steps += self.loop.steps
        away = self.dice.choice((0, 0, SECOND, 10 * MINUTE, 5 * HOUR))
        self.true_now, self.offset = self.clock.true + away, self.clock.offset
        self.let_go(life)
        return done

    def prepare(self) -> None:
        """What this life will meet."""
        self._deeds, self._waited = Counter(), 0
        place = self.lives - 1
        end = self.plan.ends[place] if place < len(self.plan.ends) else None
        if end is not None and end.at == "operation":
            self.disk.faults[end.number] = "cut"
        for number, fault in self.plan.broken.get(place, []):
            self.disk.faults[number] = fault  # type: ignore[assignment]

        def watch(step: int) -> None:
            if self.disk.has_ended:
                self.loop.end("cut off in the middle of a write")
            if end is not None and end.at == "step" and step >= end.number:
                self.loop.end("cut off between two steps")
            if end is not None and self._deeds[end.at] >= end.number:
                self._waited += 1
                if self._waited > end.after:
                    self.loop.end("cut off in the midst of something")
            if self._amiss:
                raise Broken(self._amiss[0])
            if step > MOST_STEPS:
                raise Broken(f"stuck: {step} steps in one life, and no rest")

        self.loop.watch = watch
        self.loop.next_due = self.next_due
        self.providers = Providers(
            self.plan.moods,
            self.plan.keyed,
            Random(self.dice.random()),
            self.clock,
            arrivals=self._arrivals,
            life=self.lives,
            amiss=self._amiss,
            _known=self._keys,
        )
        self.machine = VirtualMachine(self.disk.name, Random(self.dice.random()), self.loop.call_later)

    def next_due(self) -> float | None:
        first = None if self.host is None else self.host.shard.wheel.first()
        return None if first is None else self.clock.at(first)

    def let_go(self, life: "asyncio.Task[bool]") -> None:
        """The process is gone, and what it had open."""
        place = self.lives - 1
        is_forced = not life.done() or self.disk.has_ended
        has_power = place < len(self.plan.ends) and self.plan.ends[place].has_power
        self.disk.end()
        self.machine.end()
        self.providers.life = -1
        if life.done() and not life.cancelled():
            life.exception()  # looked at, so that nobody complains
        for task in asyncio.all_tasks(self.loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with suppress(RuntimeError, Unavailable):
                task.get_coro().close()  # type: ignore[union-attr]
        if self.judge.store is not None:
            with suppress(Unavailable, Exception):
                self.judge.store.close()
            self.judge.store = None
        self.host = None
        if is_forced or any("unavailable" in each for each in self.ended[-1:]):
            self.disk.leave(self.dice, has_power=has_power)
        self.loop.close()

    # One life

    async def lived(self) -> bool:
        playbook, files, _ = self.playbook
        with self.machine.at_once():
            store = SqliteStore(self.path, machine=self.machine, most_recent_ids=20)
            self.judge.store = store
            publications = Publications(store)
            start = await in_force(store, publications, playbook, files, now=self.clock.now())
        self.judge.reopened(store)
        self.checked_at_the_start(store, start.shard)
        start.walk.least = 1
        lanes = {name: Lane(self.providers.channel(name), workers=2) for name in self.channels}
        inbox = Inbox(store, heir=start.shard.heir, is_erased=store.is_erased)
        ways = Ways({**lanes, "in_app": Lane(inbox)}, self.words)
        host, dispatcher = await put_together(store, start, ways, clock=PatientClock(self.clock))
        self.host = host
        dispatcher._clock = dispatcher._calling._clock = self.clock
        self.providers.coming = self.meet
        self.providers.begun = self.begun
        self.providers.arrived = self.react
        host.watchers.append(self.judge.watched)
        host.watchers.append(lambda inputs, turn: self.show())
        host.watchers.append(lambda inputs, turn: self.deed("claim", len(turn.calls)))
        host.watchers.append(lambda inputs, turn: self.deed("walk", int(start.walk.is_on)))
        self._turned, self._is_published, self._is_leaving = asyncio.Event(), False, False
        self.loop.idle = self._turned.set
        async with asyncio.TaskGroup() as group:
            group.create_task(host.run())
            group.create_task(dispatcher.run())
            stop = self.furnish(host, publications, group)
            self._group, self._people = group, [group.create_task(self.say(item)) for item in self.todo]
            is_over = await self.until_quiet()
            self._is_leaving = True
            for each in self._people:
                each.cancel()
            stop()
            await dispatcher.stop()
            host.stop()
        if is_over:
            self.judge.read_on()
            self.judge.nothing_open()
            self.judge.nothing_told()
            self.judge.shelves_are_right()
            self.checked_at_rest(store)
        with self.machine.at_once():
            store.close()
        self.judge.store = None
        return is_over

    def words(self, attempt: Attempt) -> Rendered:
        """Other ones whenever somebody asks: what is repeated must be what was kept."""
        self._rendered += 1
        return Rendered(attempt.message, f"{attempt.variant} {self._rendered}", "")

    async def until_quiet(self) -> bool:
        """Whether all is said and done; else another playbook is to be published, by a new life."""
        await self._turned.wait()
        return not self._is_published

    def checked_at_the_start(self, store: SqliteStore, shard: Shard) -> None:
        """What a snapshot and the rest of the log have come to is what the whole log comes to."""
        if store.held is not None:
            raise Broken(f"held: {store.held}")
        if self.judge.erased or not store.restore().seq:
            return
        whole = beginning(store)
        whole.feed(list(store.log()))
        known = {user: (raw, shard.wheel.wake(user)) for user, raw in shard.memories.items()}
        for user, raw in whole.memories.items():
            if known.get(user) != (raw, whole.wheel.wake(user)):
                raise Broken(f"snapshot: {user} is not as the log says after a restart")

    def checked_at_rest(self, store: SqliteStore) -> None:
        """What has no counterpart in the second engine."""
        differences = replay(store).differences
        if differences and not self.judge.erased:
            raise Broken(f"replay: {differences[:3]}")

    # People

    async def say(self, item: Item) -> None:
        """Does what the script says at its instant, until it is done."""
        await self.reach(item["now"])
        dice = Random(f"{self.plan.seed} {item['place']} {self.lives}")
        while True:
            try:
                await self.once(item, dice)
            except (Unavailable, Overloaded):
                await passes(dice.choice((0.01, 1.0, self.patience)))
                continue
            if dice.random() < self.plan.lost_answers:
                await passes(dice.choice((0.01, 1.0, self.patience)))
                continue
            break
        self.todo = [each for each in self.todo if each["place"] != item["place"]]
        if item["kind"] == "publication":
            self._is_published = True
            self._turned.set()

    async def once(self, item: Item, dice: Random) -> None:
        host = self.host
        assert host is not None
        match item["kind"]:
            case "event":
                event = event_of(item, self.clock.now())
                several = [event, event] if item.get("again") else [event]
                taken = await host.accept(several, ())
                self.judge.answered(
                    item["id"], item["user"], is_refused=item["id"] in taken.erased, is_stop=is_stop(item)
                )
            case "poison":
                poison = {"name": POISON, "at": item["now"], "properties": {}, "context": {}, "is_history": False}
                id = f"poison-{item['place']}"
                taken = await host.accept([event_of({**poison, "id": id, "user": item["user"]}, self.clock.now())], ())
                self.judge.answered(id, item["user"], is_refused=id in taken.erased)
            case "merge":
                now = self.clock.now()
                alias = Alias(f"alias-{item['place']}", item["from"], item["user"], now, now, is_trusted=True)
                await host.accept([alias], ())
            case "erase":
                self.judge.to_erase.add(item["user"])
                self.deed("erasure")
                known = self.judge.gone | self.judge.erased
                erasure = await host.erase(item["user"])
                self.deed("erasure")
                self.judge.answered_erasure(item["user"], erasure, is_first=self.judge.owner(item["user"]) not in known)
            case "import":
                await self.bring(item)
            case "jump":
                self.todo = [each for each in self.todo if each["place"] != item["place"]]
                self.clock.offset += item["by"]
            case "publication":
                self.playbook = self.versions[1]
            case "second":
                with suppress(Unavailable):
                    SqliteStore(self.path).close()
                    raise Broken("two: a second engine could open the file")

    async def bring(self, item: Item) -> None:
        """A few rows at a time, from where the file says that the import has come."""
        host, source = self.host, f"import-{item['place']}"
        assert host is not None
        while (place := host.store.offset(source)) < len(item["rows"]):
            rows = item["rows"][place : place + 2]
            events = [event_of(row, self.clock.now()) for row in rows]
            self.deed("import")
            await host.accept(events, (), ((source, place + len(rows)),))
        for row in item["rows"]:
            is_refused = bool(self.judge.to_erase) and not self.judge.logged[row["id"]]
            self.judge.answered(row["id"], row["user"], is_refused=is_refused)

    async def reach(self, now: int) -> None:
        """Waits until that instant; clocks that were set do not concern people."""
        await passes(max(0.0, (now - self.clock.true) / 1_000))

    def deed(self, what: str, count: int = 1) -> None:
        """Something has begun in the midst of which the end may come."""
        self._deeds[what] += count

    def begun(self, delivery: Delivery, now: int) -> None:
        """A call starts."""
        self.deed("call")
        self.judge.begun(delivery.channel, delivery, now)

    def meet(self, delivery: Delivery) -> None:
        """Some stop, or are to be forgotten, and clocks are set back, while a message is on its way."""
        dice = Random(f"{self.plan.seed} {delivery.key} {self.providers.calls}")
        chance, after = dice.random(), dice.choice((0, 0, 1, 5, 20, 300, 2_000, 20_000))
        if chance >= 0.14 or delivery.key in self._met:
            return
        self._met.add(delivery.key)
        if chance < 0.04:
            self.will_say(delivery, "Unsubscribed", after, id=f"stop-{delivery.key}")
        elif chance < 0.08:
            self.will_say(delivery, "Consent Withdrawn", after, id=f"stop-{delivery.key}", channel=delivery.channel)
        elif chance < 0.1:
            place = f"erase-{delivery.key}"
            self.add({"kind": "erase", "user": delivery.user, "now": self.clock.true + after, "place": place})
        else:
            by = -dice.choice((SECOND, MINUTE, HOUR))
            self.add({"kind": "jump", "by": by, "now": self.clock.true + after, "place": f"jump-{delivery.key}"})

    def react(self, delivery: Delivery) -> None:
        """Some open what they get."""
        dice = Random(f"{self.plan.seed} {delivery.key}")
        names = {"email": "Email Opened", "push": "Push Opened", "sms": "SMS Link Clicked"}
        self._reactions += 1
        if dice.random() < 0.5 and self._reactions < MOST_REACTIONS:
            self.will_say(delivery, names[delivery.channel], dice.choice((5 * MINUTE, 40 * MINUTE, 3 * HOUR)))

    def show(self) -> None:
        """Some look at their inbox."""
        assert self.judge.store is not None
        for user in self.plan.world["users"]:
            for item in self.judge.store.inbox(user):
                if item.key in self._shown:
                    continue
                self._shown.add(item.key)
                dice = Random(f"{self.plan.seed} {item.key}")
                if dice.random() < 0.5:
                    delivery = Delivery(item.key, user, user, item.at, channel="in_app")
                    self.will_say(delivery, "In-App Shown", dice.choice((0, MINUTE, 20 * MINUTE)))

    def will_say(self, delivery: Delivery, name: str, after: int, *, id: str = "", **properties: str) -> None:
        now, id = self.clock.true + after, id or f"react-{delivery.key}"
        item = {
            "kind": "event",
            "user": self.judge.owner(delivery.user),
            "name": name,
            "at": now,
            "now": now,
            "id": id,
            "properties": properties or {"decision": delivery.key},
            "context": {},
            "is_history": False,
            "place": id,
        }
        self.add(item)

    def add(self, item: Item) -> None:
        """One more thing to be done, unless it is to be done already."""
        if all(each["place"] != item["place"] for each in self.todo):
            self.todo.append(item)
            if not self._is_leaving:
                self._people.append(self._group.create_task(self.say(item)))


def publications_of(texts: dict[str, str]) -> Playbook:
    """The playbook of these files."""
    return playbook_from(texts)


def versions_of(plan: Plan) -> list[tuple[Playbook, dict[str, str], Item]]:
    """The playbooks of a plan, in the order of their publication, with their files and as the oracle reads them."""
    found = []
    for world in [plan.world["playbook"], *(x["playbook"] for x in plan.world["script"] if x["kind"] == "publication")]:
        texts = texts_of(json.dumps(world))
        found.append((playbook_from(texts), texts, world))
    return found


@lru_cache(maxsize=4)
def texts_of(world: str) -> dict[str, str]:
    """The files of a playbook that is told in JSON, which is YAML as well."""
    files = files_of(json.loads(world))
    return {name: text if isinstance(text, str) else json.dumps(text) for name, text in files.items()}


def event_of(item: Item, now: int) -> Event:
    return Event(
        id=item["id"],
        user=item["user"],
        name=item["name"],
        at=min(item["at"], now),
        received_at=now,
        properties=msgspec.json.encode(item["properties"]),
        context=msgspec.json.encode(item["context"]),
        is_history=item["is_history"],
    )


def is_stop(item: Item) -> bool:
    """Whether this takes a right away, from now on."""
    return not item["is_history"] and (item["name"] in STOPS or "consent" in item["context"])


def is_unavailable(fault: BaseException) -> bool:
    """Whether the engine said that it cannot go on."""
    if isinstance(fault, BaseExceptionGroup):
        return all(is_unavailable(each) for each in fault.exceptions)
    return isinstance(fault, Unavailable)


def first_of(fault: BaseException) -> BaseException:
    """The fault itself, and not the groups around it; a broken promise before anything else."""
    if not isinstance(fault, BaseExceptionGroup):
        return fault
    several = [first_of(each) for each in fault.exceptions]
    return next((each for each in several if isinstance(each, Broken)), several[0])


_read: dict[tuple[str, tuple[tuple[str, str], ...]], Playbook] = {}
_made: dict[tuple[str, ...], Compiled] = {}


@contextmanager
def compiled_once() -> Iterator[None]:
    """Playbooks are read and compiled once for many lives: they never change, and it is half of the time otherwise."""
    true = publications_module.as_published, publications_module.compiled
    if len(_made) > 200:
        _read.clear()
        _made.clear()

    def read(files: dict[str, str], name: str, *, policies: Any = None) -> Playbook:
        key = name, tuple(sorted(files.items()))
        if key not in _read:
            _read[key] = true[0](files, name)
        return _read[key]

    def made(playbook: Playbook, others: Any) -> Compiled:
        key = playbook.hash, *(each.hash for each in others)
        if key not in _made:
            _made[key] = true[1](playbook, others)
        return _made[key]

    publications_module.as_published, publications_module.compiled = read, made  # type: ignore[assignment]
    try:
        yield
    finally:
        publications_module.as_published, publications_module.compiled = true


@contextmanager
def walking(every: int) -> Iterator[None]:
    """Snapshots are begun after so many entries: the worlds are small."""
    true = snapshots_module.EVERY
    snapshots_module.EVERY = every  # type: ignore[misc]
    try:
        yield
    finally:
        snapshots_module.EVERY = true  # type: ignore[misc]


@contextmanager
def poisoned() -> Iterator[None]:
    """An engine with a fault: one kind of event is half folded, and then it fails, whoever folds it."""
    true, staged = shard_module.react, backfilling_module.stage  # type: ignore[attr-defined]

    def react(playbook: Compiled, memory: Any, happened: Any) -> Any:
        out = true(playbook, memory, happened)
        if isinstance(happened, Event) and happened.name == POISON:
            raise Poison("half folded")
        return out

    def stage(asked: Any, one: Any, event: Event) -> None:
        staged(asked, one, event)
        if event.name == POISON:
            raise Poison("half folded")

    shard_module.react = react  # type: ignore[assignment]
    backfilling_module.stage = stage  # type: ignore[attr-defined]
    try:
        yield
    finally:
        shard_module.react = true
        backfilling_module.stage = staged  # type: ignore[attr-defined]
