"""What happens in a schedule of all kinds of journeys: publications while it runs, pauses, news of items as well."""

from dataclasses import replace
from random import Random
from typing import Any

from tests.faults.sim.kinds import DATED, JOURNEYS, base_of, begins_of, text_of, versions_of
from tests.faults.sim.plan import MOST_EVENTS, End, Item, Plan, planned
from tests.laws.worlds import BEGINNINGS, DAY, HOUR, MINUTE, world_of

KINDS = 10_000_000
"""Seeds from this one on are of schedules of all kinds of journeys."""
AMID = 11_000_000
"""From this one on the first life ends in the midst of a publication, or of news that is told."""
SHARING = 2
"""Schedules that follow one another have one playbook."""
LAST = 4 * DAY
"""So long after the last event everything is put to rest."""


def plan_of_kinds(seed: int) -> Plan:
    """The plan of this seed."""
    number = (seed - KINDS) // SHARING
    dice = Random(f"kinds {seed}")
    world = world_of(seed, first=base_of(number), most=MOST_EVENTS + 16, publications=False)
    script = [each for each in world["script"] if each["kind"] != "tick"]
    first = script[0]["now"]
    by = begins_of(number) - max(each for each in BEGINNINGS if each <= first + HOUR)
    script = [at_another_time(dice, each, by) for each in script]
    merges = any(each["kind"] == "merge" for each in script)
    plan = planned(seed, {**world, "script": script})
    extras = [each for each in plan.extras if not (merges and each["kind"] == "erase")]
    first, last = script[0]["now"], script[-1]["now"]
    extras += publications(dice, [each["now"] for each in script]) + some_items(dice, world["users"], first, last)
    extras.append({"kind": "publish", "version": 3, "share": 1.0, "now": last + LAST})
    ends = plan.ends
    if seed >= AMID:
        deed, after = dice.choice(("publication", "publication", "news")), dice.choice((0, 1, 2, 4, 8, 20, 40))
        ends = [End(deed, dice.choice((1, 1, 2)), dice.random() < 0.4, after), *ends]
    return replace(plan, ends=ends, extras=extras, texts=versions_of(number))


def at_another_time(dice: Random, item: Item, by: int) -> Item:
    """The same, so much later; some events are of items, or state a date."""
    moved = {**item, "now": item["now"] + by, **({"at": item["at"] + by} if "at" in item else {})}
    if item["kind"] != "event":
        return moved
    if item["name"] == "Product Viewed":
        moved["properties"] = {**item["properties"], "product_id": dice.choice(("p1", "p1", "p2"))}
    if item["name"] == "Identified" and dice.random() < 0.7:
        moved["properties"] = {**item["properties"], DATED: a_date(dice, moved["now"])}
    return moved


def a_date(dice: Random, now: int) -> Any:
    """A day, an instant, or neither."""
    day = text_of(now + dice.randint(0, 4) * DAY)
    return dice.choice((day[:10], day.replace(" ", "T") + ":00Z", "2026-02-29", "soon", None))


def publications(dice: Random, instants: list[int]) -> list[Item]:
    """Versions, shares, pauses, ways back, and starts with other folders or other zone rules.

    ``instants`` are those at which users do something, in order.
    """

    def when() -> int:
        return dice.randint(instants[0], instants[-1] + HOUR)

    found: list[Item] = []
    for _ in range(dice.choice((0, 1, 2, 3))):
        share = dice.choice((1.0, 1.0, 0.5, 0.3))
        found.append({"kind": "publish", "version": dice.choice((0, 1, 1, 2)), "share": share, "now": when()})
    for _ in range(dice.choice((0, 1, 1, 2))):
        paused, name = dice.choice(instants) + dice.choice((-MINUTE, 0, MINUTE, HOUR)), dice.choice(JOURNEYS[:3])
        found.append({"kind": "pause", "journey": name, "now": paused})
        found.append({"kind": "resume", "journey": name, "now": paused + dice.choice((MINUTE, HOUR, DAY, DAY))})
    if dice.random() < 0.25:
        found.append({"kind": "rollback", "now": when()})
    if dice.random() < 0.25:
        found.append({"kind": "publication", "version": dice.choice((0, 1, 2)), "now": when()})
    if dice.random() < 0.25:
        found.append({"kind": "publication", "version": None, "now": when()})
    return found


def some_items(dice: Random, users: list[str], first: int, last: int) -> list[Item]:
    """A price that falls, and users who have looked at the item."""
    if dice.random() < 0.5:
        return []
    return [
        {"kind": "item", "item": {"id": "p1", "price": 100}, "now": first},
        {"kind": "item", "item": {"id": "p1", "price": 80}, "now": dice.randint(first + 1, last + HOUR)},
        {"kind": "item", "item": {"id": "p2", "stock": 0}, "now": first},
        {"kind": "item", "item": {"id": "p2", "stock": 5}, "now": dice.randint(first + 1, last + HOUR)},
    ]
