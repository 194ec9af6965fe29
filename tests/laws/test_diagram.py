"""The picture of a journey is what the engine does: every move of a run is drawn, and what is drawn happens."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from opportune.events.event import Event, Input
from opportune.journeys.diagram import diagram_of, state_at
from opportune.journeys.memory import at_rest, awake
from opportune.playbook.definition import Playbook
from opportune.playbook.folder import load
from opportune.sending.reaction import Reaction
from opportune.testing.world import World
from opportune.wiring.shard import Turn
from tests.laws.living import drive
from tests.laws.subject import Engine, Item
from tests.laws.walked import Watch, watching
from tests.laws.worlds import world_of
from tests.stories.shop import shop

EXAMPLES = Path(__file__).parents[2] / "examples"
WORLDS, CHUNK = 300, 50


class Watched(Engine):
    """The engine, and who watches it."""

    def __init__(self, world: Item, watch: Watch) -> None:
        self._watch, self._names, self._is_merge = watch, set[str](), False
        super().__init__(world)

    def feed(self, item: Item) -> Item:
        self._names = {item["name"]} if item["kind"] == "event" else set()
        self._is_merge = item["kind"] == "merge"
        return super().feed(item)

    def gather(self, reaction: Reaction) -> None:
        raw = self.memories.get(reaction.memory.user)
        super().gather(reaction)
        names = {*self._names, *(each.name for each in reaction.emits)}
        if self._is_merge:
            self._watch.merged()
        else:
            self._watch.took(None if raw is None else awake(raw), reaction.memory, names)


def lived(first: int) -> Watch:
    with watching() as watch:
        for seed in range(first, first + CHUNK):
            world = world_of(seed)
            drive(world, Watched(world["playbook"], watch))
    return watch


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_every_move_of_a_run_is_drawn(first: int) -> None:
    watch = lived(first)
    assert watch.moves > 500
    assert watch.strange == []
    assert {each.cause for _, each in watch.seen} >= {
        "entry",
        "sent",
        "not_sent",
        "unless",
        "over",
        "answered",
        "timeout",
    }


class Lived(World):
    """A world of one user, and who watches it."""

    def __init__(self, playbook: Playbook, name: str, watch: Watch, start: str = "2026-06-15T12:00+00:00") -> None:
        self._name, self._watch = name, watch
        super().__init__(playbook, start=start)

    def feed(self, inputs: Sequence[Input]) -> Turn:
        before = awake(at_rest(self.memory(self.known(self._name)))) if self.log else None
        turn = super().feed(inputs)
        names = {each.name for each in inputs if isinstance(each, Event)}
        self._watch.took(before, self.memory(self.known(self._name)), names)
        return turn


def seen(watch: Watch) -> set[tuple[str, str, str]]:
    return {(each.source, each.target, each.cause) for _, each in watch.seen}


def test_an_answer_that_is_heard_of_late_takes_a_run_to_its_first_step() -> None:
    steps = (
        "steps: [wait: {until: A, at_most: 1 day, since: entry}, wait: {until: B, at_most: 1 day}, send: reminder]\n"
    )
    with watching() as watch:
        world = Lived(shop(journeys=f"journey: cart\nenter: Cart Updated\n{steps}"), "ann", watch)
        ann = world.user("ann")
        ann.does("Cart Updated")
        world.passes(hours=2)
        ann.does("A")
        world.passes(hours=2)
        ann.does("B", at="2026-06-15T13:00+00:00")
    assert watch.strange == []
    assert ("run", "step1", "again") in seen(watch)


def test_a_date_that_is_not_there_ends_a_run_or_lets_it_go_on() -> None:
    steps = "steps: [wait: {date: birthday}, {wait: {date: other}, missing: end}, send: reminder]\n"
    with watching() as watch:
        world = Lived(shop(journeys=f"journey: cart\nenter: Cart Updated\n{steps}"), "ann", watch)
        world.user("ann").does("Cart Updated")
    assert watch.strange == []
    assert {("step1", "step2", "missing"), ("step2", "ended", "missing")} <= seen(watch)


def test_a_publication_moves_runs_where_it_is_drawn() -> None:
    old = "journey: cart\nenter: Cart Updated\nsteps: [{name: long, wait: 1 day}, {name: gone, wait: 1 day}]\n"
    new = "journey: cart\nenter: Cart Updated\nmoves: {long: other, gone: end}\n"
    new += "steps: [wait: 1 day, {name: other, wait: 3 days}]\n"
    for days, source in ((0.5, "long"), (1.5, "gone")):
        world = World(shop(journeys=old))
        ann = world.user("ann")
        ann.does("Cart Updated")
        world.passes(days=days)
        playbook = shop(journeys=new)
        world.publish(playbook)
        [journey] = playbook.journeys.values()
        drawn = {each.condition: each.target for each in diagram_of(journey).edges if each.cause == "moved"}
        at = {state_at(journey, run.step) for run in world.memory(ann).runs} or {"exited"}
        assert at == {drawn[f"stands at {source}"]}


DONE: dict[str, list[tuple[str, dict[str, list[object]]]]] = {
    "breaking_news": [
        ("Story Published", {"story_id": ["s1", "s2"], "importance": [2, 5, 9], "title": ["t"], "url": ["u"]}),
        ("Article Read", {}),
    ],
    "cart": [("Cart Updated", {"cart_id": ["c1", "c2"], "value": [10, 80]}), ("Order Completed", {"revenue": [80]})],
    "coming_back": [
        ("Order Completed", {"revenue": [80]}),
        ("App Opened", {}),
        ("Identified", {"points": [50, 400], "points_expire_on": ["2026-06-20", "2026-06-24", "2026-07-02"]}),
        ("Points Spent", {}),
    ],
    "login_drop": [("Logged In", {}), ("Help Searched", {"query": ["export"]}), ("Help Found", {})],
    "onboarding": [("Tutorial Completed", {}), ("App Opened", {}), ("Registered", {})],
    "pricing_page": [
        ("Trial Started", {}),
        ("Pricing Viewed", {}),
        ("Email Opened", {}),
        ("Plan Bought", {"price": [9]}),
    ],
    "three_views": [
        ("Product Viewed", {"product_id": ["p1", "p2"], "price": [10], "name": ["lamp"]}),
        ("Price Dropped", {"product_id": ["p1", "p2"], "price_drop": [0.05, 0.3], "price": [7]}),
        ("Order Completed", {"revenue": [80]}),
    ],
}
"""By example: what users do there, and with which values; the last one more seldom."""
SELDOM: dict[str, list[tuple[float, str, dict[str, object]]]] = {
    "coming_back": [(0, "Identified", {"points": 400, "points_expire_on": "2026-06-24"}), (45, "Points Spent", {})],
    "onboarding": [(0, "Tutorial Completed", {}), (50, "Registered", {})],
}
"""What hardly happens by chance, from the evening of 15 June on: after so many hours, what a user does."""
SPANS = (0.01, 0.01, 0.05, 0.2, 0.5, 1, 2, 3, 9, 14, 30, 60)
"""Hours."""


def live(example: str, seed: int, watch: Watch) -> None:
    random = Random(f"{example} {seed}")
    world = Lived(load(EXAMPLES / example), f"ann{seed}", watch, f"2026-06-15T{random.randrange(24):02}:00+00:00")
    optins = {f"{channel}_opt_in": random.random() < 0.7 for channel in ("email", "push", "sms")}
    ann = world.user(f"ann{seed}", zone="Europe/Berlin", phone="+4930123456", push_token="t", tier="gold", **optins)
    if example == "login_drop" and seed % 4:
        for _ in range(6):
            ann.does("Logged In")
            world.passes(days=1)
        world.passes(days=8)
    often, spans = random.choice([0.03, 0.2, 0.5]), random.choice([SPANS, SPANS[:7], SPANS[4:]])
    for _ in range(30):
        name, values = DONE[example][-1] if random.random() < often else random.choice(DONE[example][:-1])
        for _ in range(random.choice([1, 1, 4])):
            ann.does(name, **{each: random.choice(several) for each, several in values.items()})
            world.passes(hours=random.choice([0.01, 0.1]))
        world.passes(hours=random.choice(spans))


def live_seldom(example: str, watch: Watch) -> None:
    world = Lived(load(EXAMPLES / example), "ben", watch, "2026-06-15T20:00+00:00")
    ben = world.user("ben", zone="Europe/Berlin")
    for hours, name, values in SELDOM.get(example, []):
        world.passes(hours=hours)
        ben.does(name, **values)


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.iterdir()))
def test_of_the_worked_examples_all_that_is_drawn_happens(example: str) -> None:
    with watching() as watch:
        live_seldom(example, watch)
        for seed in range(80):
            live(example, seed, watch)
    drawn = {(name, edge) for name, diagram in watch.diagrams.items() for edge in diagram.edges}
    assert watch.strange == []
    assert {name.split()[1] for name in watch.diagrams} == set(load(EXAMPLES / example).journeys)
    assert drawn - watch.seen == set()
