"""What a host has numbered, resolved and written is read as its memories are: also where ids were joined, or left."""

import json
import random
from pathlib import Path

import pytest

from opportune.adapters.history.answering import Asked, answer
from opportune.adapters.history.archive import Archive, connected
from opportune.adapters.stores.memory import MemoryStore
from opportune.events.alias import WITH_IDENTIFY, Alias
from opportune.events.event import Event, Merged
from opportune.features.history import Setting
from opportune.features.scope import Scope
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant, Value
from opportune.wiring.exporting import Order, export
from opportune.wiring.intake import Intake
from opportune.wiring.shard import Shard
from tests.contracts.made import NOW

FEATURES = """
many: COUNT()
lately: COUNT_IF(event = 'A') OVER LAST '1 hour'
spent: SUM(x) OVER LAST '3 hours' OFFSET '1 hour'
newest: LAST(word)
oldest: FIRST(word)
best: TOP(3, word, half_life => '2 hours')
words: COUNT(DISTINCT word)
away: SINCE('B')
since_b: SUM(x) OVER SINCE 'B'
plan: traits.plan
share: spent / nullif(many, 0)
"""
PLAYBOOK = playbook_from({"opportune.yaml": "zone: Europe/Oslo\n", "features.yaml": FEATURES})
IDS = ("ann", "ben", "phone", "tablet", "laptop")
Noted = tuple[str, Instant, int, dict[str, Value]]


class Hosted:
    """A host without a loop: calls in, memories and a log out."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.store, self.ready = MemoryStore(), compiled(PLAYBOOK)
        self.shard = Shard(self.ready)
        self.intake = Intake(self.store, self.shard, joins_known=self.dice.random() < 0.5)
        self.clock, self.noted = NOW, list[Noted]()

    def call(self, number: int) -> None:
        """One call of a client, and what is remembered after each entry that it comes to."""
        dice = self.dice
        self.clock += dice.choice((0, 0, SECOND, MINUTE, 10 * MINUTE, HOUR))
        at = self.clock - dice.choice((0, 0, 0, MINUTE, HOUR, DAY))
        if dice.random() < 0.2:
            previous, user = dice.sample(IDS, 2)
            start = WITH_IDENTIFY if dice.random() < 0.5 else ""
            read: Event | Alias = Alias(f"{start}a{number}", previous, user, at, self.clock, dice.random() < 0.3)
        else:
            said = {"x": dice.choice((0.1, 1, 2.5)), "word": dice.choice("uvw"), "plan": dice.choice(("pro", "free"))}
            name, user = dice.choice(("A", "A", "B", "Identified")), dice.choice(IDS)
            id = f"e{dice.choice((number, number, number - 1))}"
            body = json.dumps(said).encode()
            read = Event(id, user, name, at, self.clock, 0, body, is_anonymous=user not in ("ann", "ben"))
        for entry in list(self.intake.entered(read, self.clock)):
            self.shard.feed([entry])
            self.store.commit_now(Batch(inputs=(entry,)))
            self._note(entry)

    def _note(self, entry: Event | Merged) -> None:
        profile, at = self.shard.memory(entry.user).profile, self.clock
        readers = self.ready.readers
        values = {name: readers[name](Scope(profile, at)) for name in PLAYBOOK.features}
        self.noted.append((entry.user, at, entry.seq + 1, values))


@pytest.mark.parametrize("seed", range(6))
def test_history_is_what_the_memories_of_a_host_say_after_every_entry(seed: int, tmp_path: Path) -> None:
    hosted = Hosted(seed)
    for number in range(1, 150):
        hosted.call(number)
    for what in ("events", "merges"):
        export(hosted.store, Order(what, "parquet"), tmp_path)
    points = tmp_path / "points.ndjson"
    rows = [json.dumps({"user": user, "at": at, "seq": seq}) for user, at, seq, _ in hosted.noted]
    points.write_text("\n".join(rows), encoding="utf-8")
    setting = Setting(hosted.ready.idle, hosted.ready.lateness, hosted.ready.zone.name)
    with connected() as connection:
        archive = Archive(connection, tmp_path)
        asked = Asked(archive, connection.read_json(str(points)), "points")
        found = answer(archive, asked, PLAYBOOK.features, list(PLAYBOOK.features), setting).rows()
    assert any(isinstance(entry, Merged) for entry in hosted.store.log())
    for (user, at, seq, values), row in zip(hosted.noted, found, strict=True):
        said = {name: tuple(row[name]) if isinstance(row[name], list) else row[name] for name in values}  # type: ignore[arg-type]
        assert said == values, (user, at, seq)
