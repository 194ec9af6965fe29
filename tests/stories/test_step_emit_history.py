"""What runs have made is in the history where decisions knew of it, and nowhere before."""

from pathlib import Path
from random import Random

import duckdb

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch
from opportune.testing.world import World
from opportune.units import MINUTE
from opportune.wiring.cli import main
from tests.stories.shop import shop

FEATURES = """
given_up: COUNT_IF(event = 'Cart Given Up')
last_kind: LAST(kind) FILTER (WHERE event = 'Cart Given Up' OR event = 'Cart Updated')
stage: LAST(stage)
first_kind: FIRST(kind) FILTER (WHERE event = 'Cart Given Up' OR event = 'Cart Updated')
"""
WORTH = "1 + given_up + CASE WHEN last_kind = 'y' THEN 1 ELSE 0 END + CASE WHEN stage = 'tried' THEN 1 ELSE 0 END"
TOO = " + CASE WHEN first_kind = 'y' THEN 1 ELSE 0 END"
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "features.yaml": FEATURES,
    "journeys/cart.yaml": "journey: cart\nkey: n\nenter: Cart Updated\nsteps:\n  - emit: Cart Given Up\n"
    "    properties: {kind: kind}\n  - set: {stage: \"'tried'\"}\n  - wait: 9 minutes\n  - emit: Cart Given Up\n"
    "    properties: {kind: \"'late'\"}\n  - send: after\n",
    "journeys/before.yaml": "journey: before\nkey: n\nenter: Cart Updated\nsteps:\n  - send: before\n",
    "journeys/by.yaml": "journey: by\nenter: Cart Given Up\nsteps:\n  - send: by\n",
}
for _name in ("before", "by", "after"):
    FILES[f"messages/{_name}.yaml"] = (
        f"message: {_name}\ntopic: cart\nchannels: [email]\nkind: transactional\nworth: {WORTH}{TOO}\n"
    )
    FILES[f"messages/{_name}.liquid"] = f"subject: {_name}\n---\n{_name}\n"


def lived(playbook: Playbook) -> World:
    """A world in which much happens at one instant and in one batch."""
    dice, world = Random(6), World(playbook, delay=1)
    users = [world.user(name) for name in ("ann", "ben")]
    for number in range(60):
        world.passes(minutes=dice.choice((0, 1, 9)))
        batch = [
            world.event(
                dice.choice(users).name,
                dice.choice(("Cart Updated", "Page Viewed")),
                {"n": dice.randrange(4), "kind": dice.choice("xyz")},
                at=world.now - dice.choice((0, 0, 0, MINUTE)),
            )
            for _ in range(dice.randrange(1, 5))
        ]
        world.feed(batch)
        if number % 7 == 0:
            world.passes(minutes=30)
    world.passes(hours=1)
    return world


def test_what_a_decision_knew_of_is_what_the_history_gives(tmp_path: Path) -> None:
    world = lived(playbook_from(FILES))
    made = [each for each in world.log if isinstance(each, Event) and each.id.startswith("emit-")]
    assert len(made) > 100
    folder, out = tmp_path / "playbook", tmp_path / "training.parquet"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    store = SqliteStore(tmp_path / "shop.db")
    store.commit_now(Batch(inputs=tuple(world.log), decisions=tuple(world.decisions)))
    store.close()
    wanted = ["--out", str(out), "--store", str(tmp_path / "shop.db"), "--playbook", str(folder)]
    assert main(["features", "--decisions", *wanted]) == 0
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM '{out}'")
        columns = [each[0] for each in found.description or ()]
        rows = {row[0]: dict(zip(columns, row, strict=True)) for row in found.fetchall()}
    assert columns[0] == "decision" and "@made" not in columns
    seen = [(decision.id, each.name, each.value) for decision in world.decisions for each in decision.features]
    assert len(seen) > 200
    assert [(decision, name, rows[decision][name]) for decision, name, _ in seen] == seen


def test_a_feature_that_comes_later_is_filled_in_with_each_of_them_once() -> None:
    journey = "journey: cart\nenter: Cart Updated\nsteps:\n  - emit: Cart Given Up\n"
    world = World(shop(journeys=journey))
    ann = world.user("ann")
    for _ in range(3):
        ann.does("Cart Updated")
        world.passes(minutes=1)
    later = "journey: page\nenter: Page Viewed\nsteps:\n  - send: reminder\n    when: given_up = 3\n"
    world.publish(
        shop(journeys={"cart": journey, "page": later}, features="given_up: COUNT_IF(event = 'Cart Given Up')\n")
    )
    ann.does("Page Viewed")
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["reminder"]
