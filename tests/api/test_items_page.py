"""Every example of the page on items is true: the files are read, what is news is news, and the journey says it."""

import json
import re
from pathlib import Path

import pytest

from opportune.adapters.sources.item_bodies import MOST_ITEMS
from opportune.adapters.sources.items import MOST_BYTES
from opportune.events import item as items
from opportune.events.announcement import announced, publication, scheduled
from opportune.events.instants import instant_of
from opportune.events.item import Item, item_of
from opportune.features.settling import MOST_TEXTS
from opportune.playbook import read_items
from opportune.playbook.definition import Playbook
from opportune.playbook.items import Items
from opportune.playbook.reading import findings, playbook_from
from opportune.testing.items import Shelf
from opportune.testing.world import World
from opportune.units import DAY
from opportune.wiring.fan_out import BUSY, TENTH

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "items.md").read_text()
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
ITEMS, JOURNEY, MESSAGE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(WORDS,) = re.findall(r"```liquid\n(.*?)```", PAGE, re.DOTALL)
(SAID,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
NEWS = re.findall(r"^\| (-|`[^|]+`) \| `([^|]+)` \| ([^|]+) \|$", SECTIONS["What is news"], re.MULTILINE)
NOW = instant_of("2026-06-01T12:00Z", "now")


def playbook() -> Playbook:
    files = {
        "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
        "items.yaml": ITEMS,
        "journeys/cheaper.yaml": JOURNEY,
        "messages/cheaper.yaml": MESSAGE,
        "messages/cheaper.liquid": WORDS,
    }
    assert [each for each in findings(files) if each.level == "error"] == []
    return playbook_from(files)


def stated(text: str, before: Item | None = None) -> Item:
    return item_of({"id": "p1"} | json.loads(text), before)


@pytest.mark.parametrize(("held", "said", "names"), NEWS)
def test_what_is_news_is_what_the_page_says(held: str, said: str, names: str) -> None:
    before = None if held == "-" else stated(held.strip("`"))
    after = scheduled(before, stated(said, before), NOW)
    found = [each.name for each in announced(before, after, NOW)]
    if after.due is not None and after.due <= NOW:
        found.append(publication(after, NOW).name)
    assert ", ".join(found) == names.strip("-")


def test_the_journey_of_the_page_says_what_the_event_told_it() -> None:
    world = World(playbook())
    shelf, ann, bob = Shelf(world), world.user("ann"), world.user("bob")
    assert shelf.states("p1", price=100, name="Boot", category="shoes") == []
    ann.does("Product Viewed", product_id="p1")
    bob.does("Product Viewed", product_id="p2")
    world.passes(days=29)
    assert shelf.states("p1", price=80) == ["ann"]
    event = world.log[-1]
    told = json.loads(event.properties)  # type: ignore[union-attr]
    assert told == json.loads(SAID)
    world.passes(hours=1)
    assert [(each.message, each.values["price"]) for each in ann.received] == [("cheaper", 80)]
    assert bob.received == []
    world.passes(days=2)
    assert shelf.states("p1", price=70) == []


def test_whoever_is_interested_hears_of_what_is_new_when_it_comes_out() -> None:
    world = World(playbook())
    shelf, ann, bob = Shelf(world), world.user("ann"), world.user("bob")
    for user, category in ((ann, "shoes"), (ann, "shoes"), (bob, "shoes"), (bob, "hats")):
        user.does("Product Viewed", product_id="p1", category=category)
    assert shelf.states("n1", category="shoes", published=world.now + DAY) == []
    world.passes(days=1)
    assert shelf.comes_out() == ["ann"]
    assert shelf.comes_out() == []


def test_the_bounds_are_those_that_hold() -> None:
    told = PAGE.replace("\n", " ")
    assert f"at most {MOST_ITEMS:,} items and {MOST_BYTES // 1024**2} MB at once" in told
    assert "at most 20 entries" in told and read_items.MOST_TIES == 20
    assert f"1 to {read_items.MOST_PER_SECOND:,} users a second" in told
    assert f"a minute to {read_items.LONGEST // DAY} days" in told
    assert f"(at most {items.MOST_TAGS})" in told and f"at most {items.MOST_FIELDS}." in told
    assert f"An item has at most {items.MOST_BYTES // 1024} KB" in told
    assert f"the newest {MOST_TEXTS} texts of each user" in told
    assert f"while {BUSY:,} events wait" in told and TENTH == 10
    assert f"| `{Items('').per_second}` |" in told
    assert [name for name in items.RESERVED if f"`{name}`" not in PAGE] == []
