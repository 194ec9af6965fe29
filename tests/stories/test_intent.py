"""The page on what a user wants: its playbook runs, and what it says happens."""

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from opportune.features.scope import Scope
from opportune.playbook.reading import playbook_from
from opportune.testing.world import World
from opportune.units import DAY, Instant
from tests.stories.moments import on_clock

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "know-what-they-want.md").read_text("utf-8")
LINE = re.compile(r"(\w{3} \d\d \d\d:\d\d) (\w+) +([\w ]+?) (\{.*\})")
BERLIN = ZoneInfo("Europe/Berlin")
REST = {
    "opportune.yaml": "zone: Europe/Berlin\nconsent: {email: always}\n",
    "messages/picks.yaml": "message: picks\ntopic: picks\nchannels: [email]\nuseful_for: 2 days\n",
}


def instant(text: str) -> Instant:
    return round(datetime.strptime(f"2026 06 {text}", "%Y %m %a %d %H:%M").replace(tzinfo=BERLIN).timestamp() * 1000)


@pytest.fixture(scope="module")
def world() -> World:
    files = dict(re.findall(r"`([\w/.]+)`:\n\n```(?:yaml|liquid)\n(.*?)```", PAGE, re.DOTALL))
    assert sorted(files) == ["features.yaml", "journeys/wish.yaml", "messages/picks.liquid"]
    world = World(playbook_from(files | REST), start="2026-06-01T00:00+02:00", is_strict=True)
    for name in ("ann", "ben", "cleo"):
        world.user(name)
    [story] = re.findall(r"```story\n(.*?)```", PAGE, re.DOTALL)
    lines = [found.groups() for line in story.splitlines() if (found := LINE.fullmatch(line))]
    assert len(lines) == 12
    for when, user, event, properties in sorted(lines, key=lambda line: instant(line[0])):
        world.until(instant(when))
        world.known(user).does(event, **json.loads(properties))
    world.passes(days=2)
    return world


def test_who_wants_tents_reads_of_tents_a_day_after_they_have_left(world: World) -> None:
    [mail] = world.known("ann").received
    assert on_clock(mail.at, "Europe/Berlin") == "2026-06-02 10:03"
    [attempt] = [each for each in world.attempts if each.user == "ann"]
    assert attempt.values["wants"] == "tents"
    assert any("wants = tents" in each for each in world.why(world.known("ann"), "picks").sentences)


def test_points_fade_by_half_in_a_week(world: World) -> None:
    memory = world._shard.memory("ben")
    reader = world._shard.playbook.readers["intent"]
    seen = Scope(memory.profile, instant("Mon 15 10:00"), keys={"category": "tents"})
    assert reader(seen) == 5 / 4 + 1
    assert world.known("ben").received == []


def test_who_wants_something_else_by_then_is_not_told_of_what_they_wanted_first(world: World) -> None:
    assert world.known("cleo").received == []
    assert world.now - instant("Mon 15 10:00") >= 2 * DAY
