"""What an engine does by its rules an audit does not object to: worlds at random, cut logs and erased users too."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from opportune.adapters.stores import bases, retention, slices
from opportune.events.event import Published, log_clock
from opportune.wiring.auditing.audit import audit
from tests.laws.test_retention import Life, Written
from tests.laws.worlds import world_of

WORLDS, CHUNK = 48, 8


def found_in(store):
    """A world answers its attempts beside the outbox, so that there they stay open for ever."""
    found = audit(store)
    found.violations = [each for each in found.violations if not each.sentence.startswith("there is an attempt")]
    return found


def objections(seed, path, seen):
    """What an audit says of this world, of the whole log in memory and of the same log cut in a file."""
    log = Written(world_of(seed, users=5, most=60))
    life, random, place = Life(path, log, Random(seed), Counter()), Random(seed), 1
    while place < len(log.entries):
        batch = log.entries[place : place + random.choice([1, 2, 3, 8])]
        published = next((n for n, each in enumerate(batch) if n and isinstance(each, Published)), len(batch))
        batch = batch[:published]
        place += len(batch)
        life.step(batch)
        if random.random() < 0.03 and life.shard.memories:
            life.erase(batch[-1].seq + 1, log_clock(batch[-1]))
        if random.random() < 0.2:
            life.cut()
    life.finish()
    told = []
    for store in (life.whole, life.store):
        found = found_in(store)
        told += found.violations
        seen["sends"] += found.sends
        seen["judged"] += found.checks["caps"].judged
    seen["cuts"] += life.store.base().seq > 0
    life.store.close()
    return told


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_of_what_goes_by_the_rules_nothing_is_found(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "PIECE", 0)
    monkeypatch.setattr(bases, "COPIED", 1)
    monkeypatch.setattr(retention, "LOG_ROWS", 1)
    monkeypatch.setattr(retention, "ROWS", 2)
    seen: Counter[str] = Counter()
    found = {seed: objections(seed, tmp_path / f"{seed}.db", seen) for seed in range(first, first + CHUNK)}
    assert {seed: said for seed, said in found.items() if said} == {}
    assert seen["sends"] == seen["judged"] > 20, seen
    assert seen["cuts"] > 0
