"""A shop that has something to say to everybody: its playbook, its users and their past, in a file and in a world."""

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random

from msgspec.structs import replace

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch
from opportune.testing.world import World, instant
from opportune.units import HOUR
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish

START = "2026-06-01T00:00Z"
AT = "2026-06-09T06:00Z"
ZONES = {"Europe/Berlin": 2.0, "America/New_York": -4.0, "Asia/Kolkata": 5.5}
SALE = """
journey: sale
enter: {broadcast: "2026-06-09T06:00Z", to: plan = 'pro'}
steps:
  - send: sale
"""


def files(
    *, send_time: str = "{}", channels: str = "[email]", journeys: str = SALE, useful_for: str = "24 hours"
) -> dict[str, str]:
    """The shop's playbook."""
    return {
        "opportune.yaml": "zone: UTC\nconsent: {email: always, push: always}\npolicies:\n"
        f'  - quiet_hours: {{from: "22:00", to: "07:00"}}\n  - send_time: {send_time}\n',
        "journeys/sale.yaml": journeys,
        "messages/sale.yaml": f"message: sale\ntopic: offers\nchannels: {channels}\nuseful_for: {useful_for}\n",
        "messages/sale.liquid": "subject: Sale\n---\nToday. {{ unsubscribe_url }}\n",
    }


def town(texts: Mapping[str, str], path: Path, *, users: int = 60, seed: int = 1) -> World:
    """A world of users with habits, whose log also stands in the file."""
    world, dice = World(playbook_from(texts), start=START), Random(seed)
    for number in range(users):
        zone = dice.choice([*ZONES, "Europe/Berlin"])
        plan = "pro" if number % 10 else "free"
        known = world.user(f"user{number:03}", zone=zone, consents=[], plan=plan, push_token=f"t{number}")
        peak = dice.choice([8, 12, 18, 20])
        for day in range(1, dice.choice([1, 3, 7])):
            at = instant(START) + round((24 * day + dice.gauss(peak, 1.0) - ZONES[zone]) * HOUR)
            world.feed([replace(world.event(known.name, "Viewed", {}), at=at, received_at=at)])
    world.until("2026-06-08T12:00Z")
    store = SqliteStore(path)
    publish(store, Publications(store), playbook_from(texts), texts, now=instant(START))
    store.commit_now(Batch(inputs=tuple(replace(each, seq=each.seq + 1) for each in world.log)))
    store.close()
    return world


def folder(texts: Mapping[str, str], path: Path) -> Path:
    """The playbook as a folder."""
    for name, text in texts.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path


def answer(printed: str) -> dict[str, object]:
    """What ``--json`` has printed."""
    found: dict[str, object] = json.loads(printed)
    return found
