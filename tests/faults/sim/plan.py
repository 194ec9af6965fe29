"""What happens in one schedule: a world of the oracle's, and everything that goes wrong in it."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.laws.worlds import DAY, HOUR, MINUTE, SECOND, Dice, event, playbook, world_of

Item = dict[str, Any]
MOST_EVENTS = 14
SHARING = 8
"""Schedules that follow one another have one playbook: to read and compile one takes as long as to live by it."""
RENEWING = 6
"""Those of them from this one on publish a playbook that asks for what the first did not."""


DEEDS = ("claim", "call", "import", "erasure", "walk")
"""What must not be halved: attempts claimed, calls, rows imported, users erased, snapshots."""


@dataclass(frozen=True)
class End:
    """How one life of the engine ends by force, if it gets that far."""

    at: str
    """``step`` of the loop, ``operation`` of the disk, or in the midst of one of ``DEEDS``."""
    number: int
    has_power: bool
    """What was written and not synced is still there afterwards."""
    after: int = 0
    """So many steps after the deed has begun."""


@dataclass
class Plan:
    """Everything that is decided before the schedule begins; without the parts of it that are left out."""

    seed: int
    world: Item
    ends: list[End]
    """Of the first lives; those after them end by themselves."""
    broken: dict[int, list[tuple[int, str]]]
    """By life: operations of the disk that fail, and how."""
    extras: list[Item]
    """Erasures, jumps of the clock, poison, second instances: each with its ``now``."""
    moods: dict[str, int] = field(default_factory=dict)
    """Of a hundred calls to a provider."""
    keyed: frozenset[str] = frozenset()
    """Channels whose providers drop repeats."""
    shuffles: bool = False
    every: int = 200_000
    """Entries of the log between two snapshots that are begun while the engine runs."""
    lost_answers: float = 0.0
    """The share of answers that a client does not hear."""
    texts: list[dict[str, str]] = field(default_factory=list)
    """The files of each version of the playbook, where it is of all kinds of journeys."""

    @property
    def script(self) -> list[Item]:
        """All that is to happen, in order."""
        return sorted([*self.world["script"], *self.extras], key=lambda item: int(item["now"]))


CALM = {"taken": 100}
USUAL = {"taken": 70, "silent": 6, "lost": 5, "later": 6, "never": 4, "outage": 3, "hanging": 3, "slow": 3}
STORMY = {"taken": 30, "silent": 15, "lost": 15, "later": 12, "never": 5, "outage": 10, "hanging": 8, "slow": 5}
AFTERWARDS: Item = {
    "kind": "event",
    "name": "Product Viewed",
    "id": "afterwards",
    "properties": {"value": 50},
    "context": {},
    "is_history": False,
}
"""What clients still say of those who were erased."""
DOWN = {"taken": 8, "lost": 7, "outage": 85}


def plan_of(seed: int) -> Plan:
    """The plan of this seed, in a world of the oracle's."""
    renews = seed % SHARING >= RENEWING
    return planned(seed, world_of(seed, first=a_playbook(seed // SHARING), most=MOST_EVENTS, renews=renews))


def planned(seed: int, world: Item) -> Plan:
    """What goes wrong in this world."""
    dice = Random(f"plan {seed}")
    script = world["script"]
    first, last = script[0]["now"], script[-1]["now"]
    ends = [an_end(dice) for _ in range(dice.choice((0, 1, 1, 2, 3)))]
    broken = {
        life: [(dice.randint(1, 120), dice.choice(("broken", "broken", "full")))]
        for life in range(len(ends) + 1)
        if dice.random() < 0.12
    }
    extras = some_extras(dice, world["users"], first, last) + some_repeats(seed, world, first, last)
    return Plan(
        seed=seed,
        world=world,
        ends=ends,
        broken=broken,
        extras=extras,
        moods=dice.choice((CALM, USUAL, USUAL, STORMY, DOWN)),
        keyed=frozenset(channel for channel in ("email", "push", "sms") if dice.random() < 0.3),
        shuffles=dice.random() < 0.5,
        lost_answers=dice.choice((0.0, 0.05, 0.3)),
        every=dice.choice((2, 4, 6, 200_000)),
    )


def a_playbook(number: int) -> Item:
    """One of the oracle's; every other one lets more messages out."""
    found: Item = playbook(Dice(f"playbook {number}"))
    if number % 2:
        found["consent"] = dict.fromkeys(("email", "push", "sms", "in_app"), "always")
        for message in found["messages"]:
            message["useful_for"] = max(message["useful_for"], 4 * HOUR)
            if "delivery" in message:
                message["delivery"] = "at_least_once"
    return found


def an_end(dice: Random) -> End:
    """Early ends are likelier: so every moment of a start is met as well; and those amid what must not be halved."""
    what = dice.choice(("step", "operation", "operation", "call", "call", *DEEDS))
    most = dice.choice({"step": (30, 200, 1_000, 4_000), "operation": (10, 60, 250)}.get(what, (1, 1, 2, 6)))
    return End(what, dice.randint(1, most), dice.random() < 0.4, dice.choice((0, 1, 2, 4, 8, 20)))


def some_extras(dice: Random, users: list[str], first: int, last: int) -> list[Item]:
    """What worlds do not have by themselves."""

    def when() -> int:
        return dice.randint(first, last + HOUR)

    found: list[Item] = []
    if dice.random() < 0.2:
        erasure = {"kind": "erase", "user": dice.choice(users), "now": when()}
        later = erasure["now"] + dice.choice((MINUTE, HOUR, 12 * HOUR))
        found += [erasure, {**AFTERWARDS, "user": erasure["user"], "at": later, "now": later}]
    for _ in range(dice.choice((0, 0, 0, 1, 2))):
        jump = dice.choice((SECOND, MINUTE, HOUR, 6 * HOUR, -SECOND, -MINUTE, -HOUR))
        found.append({"kind": "jump", "by": jump, "now": when()})
    for _ in range(dice.choice((0, 0, 1, 2))):
        found.append({"kind": "poison", "user": dice.choice(users), "now": when()})
    if dice.random() < 0.1:
        found.append({"kind": "second", "now": when()})
    return found


def some_repeats(seed: int, world: Item, first: int, last: int) -> list[Item]:
    """Imports of a few rows, and clients that say again, much later, what they have said."""
    dice = Random(f"repeats {seed}")
    found: list[Item] = []
    if dice.random() < 0.4:
        corners = [dice.randint(first, last) for _ in range(3)]
        names = world["users"]
        rows = [
            event(Dice(dice.random()), dice.choice(names), place, corners, True) for place in range(dice.randint(2, 7))
        ]
        rows = [{**row, "id": f"row-{place}"} for place, row in enumerate(rows)]
        found.append({"kind": "import", "rows": rows, "now": dice.randint(first, last + HOUR)})
    said = [each for each in world["script"] if each["kind"] == "event"]
    for _ in range(dice.choice((0, 0, 1, 2))):
        again = dice.choice(said)
        found.append({**again, "again": False, "now": again["now"] + dice.choice((MINUTE, HOUR, DAY, 3 * DAY))})
    return found
