"""The command features: what features were at any points, or at logged decisions, as a table to learn from."""

import asyncio
import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import duckdb
import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Merged
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch, Erasure
from opportune.testing.world import World
from opportune.units import DAY, HOUR, MINUTE, Instant
from opportune.wiring.cli import main
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish
from tests.contracts.made import NOW, decision, ending

FEATURES = """
logins: COUNT_IF(event = 'Logged In') OVER LAST '2 days'
spent: SUM(value) FILTER (WHERE event = 'Bought')
plan: LAST(plan)
best: TOP(2, category)
hours: HOURS() FILTER (WHERE event = 'Logged In')
in_cart: COUNT_IF(event = 'Added') BY cart_id
is_keen: logins >= 2 AND traits.city = 'Oslo'
"""
FILES = {
    "opportune.yaml": "zone: Europe/Oslo\nconsent: {email: always}\n",
    "features.yaml": FEATURES,
    "journeys/cart.yaml": "journey: cart\nkey: cart_id\nenter: {on: Added}\nsteps:\n  - send: cart_reminder\n",
    "messages/cart_reminder.yaml": (
        "message: cart_reminder\nkind: marketing\ntopic: cart\nchannels: [email]\nuseful_for: 1 day\n"
        "variants: {default: cart_reminder.liquid}\n"
    ),
    "messages/cart_reminder.liquid": "subject: x\n---\nHello {{ unsubscribe_url }}\n",
}


def happened(seq: int, name: str, at: Instant, user: str = "ann", **properties: object) -> Event:
    return Event(f"e{seq}", user, name, at, max(at, NOW + seq), seq, json.dumps(properties).encode())


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    made = SqliteStore(path)
    playbook = playbook_from(FILES)
    publish(made, Publications(made), playbook, FILES, now=NOW)
    said = (
        happened(2, "Logged In", NOW - 3 * HOUR, "visitor", plan="pro", category="boots"),
        happened(3, "Identified", NOW, city="Oslo"),
        Merged("ann", "visitor", NOW + 4, 4),
        happened(5, "Added", NOW + 5, cart_id="c1", category="boots"),
        happened(6, "Logged In", NOW + 6, category="hats"),
        happened(7, "Bought", NOW - HOUR, value=19.9),
        happened(8, "Logged In", NOW + 8, "ben"),
    )
    made.commit_now(Batch(inputs=said, decisions=(decision(seq=6),), endings=(ending(),)))
    made.close()
    return path


def written(out: Path) -> list[dict[str, object]]:
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM '{out}'")
        columns = [each[0] for each in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def points(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "points.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def iso(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


def test_any_points_are_answered_with_all_that_is_known_by_now(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = points(
        tmp_path,
        {"user": "visitor", "at": iso(NOW - 2 * HOUR), "cart_id": "c1", "label": 1},
        {"user": "ann", "at": iso(NOW + MINUTE), "cart_id": "c1", "label": 0},
        {"user": "nobody", "at": iso(NOW), "cart_id": "", "label": 0},
    )
    out = tmp_path / "training.parquet"
    assert main(["features", "--at", str(at), "--out", str(out), "--store", str(store), "--json"]) == 0
    names = ["logins", "spent", "plan", "best", "hours", "in_cart", "is_keen"]
    said = json.loads(capsys.readouterr().out)
    assert said == {"file": str(out), "rows": 3, "features": names, "hindsight": True}
    first, second, nobody = written(out)
    assert list(first) == ["user", "at", "cart_id", "label", *names, "hindsight"]
    assert (first["label"], first["logins"], first["plan"], first["in_cart"]) == (1, 1, "pro", 0)
    assert (second["logins"], second["spent"], second["plan"]) == (2, 19.9, "pro")
    assert (second["best"], second["in_cart"], second["is_keen"]) == (["boots", "hats"], 1, True)
    assert second["hours"] == [int(hour in (13, 16)) for hour in range(24)]
    assert (nobody["logins"], nobody["spent"], nobody["hours"], nobody["hindsight"]) == (0, None, None, True)


def test_decisions_see_only_what_had_come_in_before_them(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "training.ndjson"
    assert (
        main(["features", "--decisions", "--out", str(out), "--store", str(store), "--only", "spent,in_cart,plan"]) == 0
    )
    assert "1 points, 3 features, as of their places in the log" in capsys.readouterr().out
    (row,) = written(out)
    assert (row["decision"], row["user"], row["seq"], row["outcome"]) == ("d1", "ann", 7, "not_sent")
    assert (row["spent"], row["plan"], row["hindsight"]) == (None, "pro", False)
    assert row["in_cart"] == 0, "it was added after the decision's due"
    assert row["cart_id"] == "c1"


BUSY = {
    **FILES,
    "features.yaml": (
        "logins: COUNT_IF(event = 'Logged In') OVER LAST '2 days'\n"
        "spent: SUM(value) FILTER (WHERE event = 'Added') OVER LAST '1 day'\n"
        "adds: COUNT_IF(event = 'Added')\n"
        "plan: LAST(plan)\n"
        "worthy: coalesce(spent, 0) + logins * 0.1 + adds\n"
    ),
    "journeys/cart.yaml": (
        "journey: cart\nkey: cart_id\nenter: {on: Added, where: adds >= 1}\nreentry: always\n"
        "steps:\n  - send: cart_reminder\n"
        "  - wait: 2 hours\n  - send: cart_reminder\n    when: logins > 0 OR adds > 0\n"
    ),
    "messages/cart_reminder.yaml": (
        "message: cart_reminder\nkind: transactional\ntopic: cart\nchannels: [email]\nuseful_for: 1 day\n"
        "worth: worthy\nvariants: {default: cart_reminder.liquid}\n"
    ),
    "messages/cart_reminder.liquid": "subject: x\n---\nHello {{ spent | default: '' }} {{ unsubscribe_url }}\n",
}


def test_an_engine_that_has_decided_nothing_yet_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shop.db"
    made = SqliteStore(path)
    publish(made, Publications(made), playbook_from(FILES), FILES, now=NOW)
    made.commit_now(Batch(inputs=(happened(2, "Added", NOW),)))
    made.close()
    assert main(["features", "--decisions", "--out", str(tmp_path / "x.csv"), "--store", str(path)]) != 0
    assert f"{path}: nothing was decided in it yet; --at names points of your own" in capsys.readouterr().err


@pytest.mark.parametrize("seed", range(4))
def test_a_training_row_holds_what_its_decision_has_seen(tmp_path: Path, seed: int) -> None:
    """Decided at once or after a wait, with events that come late, repeat an instant, or are a merged user's."""
    dice, playbook = Random(seed), playbook_from(BUSY)
    world = World(playbook)
    users = [world.user(name) for name in ("ann", "ben", "cid", "visitor")]
    for number in range(150):
        world.passes(minutes=dice.choice((0, 0, 1, 9, 30)))
        late = dice.choice((0, 0, 0, 0, 1, 60, 3_000)) * MINUTE
        dice.choice(users).does(
            dice.choice(("Added", "Logged In")), at=world.now - late, cart_id=f"c{number % 7}", value=dice.random() * 9
        )
        if number == 90:
            world.merge(users[0], users[3])
    world.passes(hours=3)
    folder = tmp_path / "playbook"
    for name, text in BUSY.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    store = SqliteStore(tmp_path / "shop.db")
    store.commit_now(Batch(inputs=tuple(world.log), decisions=tuple(world.decisions)))
    store.close()
    out = tmp_path / "training.parquet"
    wanted = ["--out", str(out), "--store", str(tmp_path / "shop.db"), "--playbook", str(folder)]
    assert main(["features", "--decisions", *wanted]) == 0
    rows = {row["decision"]: row for row in written(out)}
    seen = [(decision.id, each.name, each.value) for decision in world.decisions for each in decision.features]
    assert len(seen) > 200
    assert [(decision, name, rows[decision][name]) for decision, name, _ in seen] == seen


def test_a_place_in_the_log_hides_what_came_later(store: Path, tmp_path: Path) -> None:
    at = points(tmp_path, *({"user": "ann", "at": (NOW + MINUTE) // 1000, "seq": seq} for seq in (3, 4, 5, 7, 8)))
    out = tmp_path / "training.csv"
    assert main(["features", "--at", str(at), "--out", str(out), "--store", str(store), "--only", "spent,logins"]) == 0
    rows = written(out)
    assert [row["spent"] for row in rows] == [None, None, None, None, 19.9]
    assert [row["logins"] for row in rows] == [0, 0, 1, 2, 2]


def test_an_exported_folder_says_the_same_as_the_file(store: Path, tmp_path: Path) -> None:
    folder, playbook = tmp_path / "history", tmp_path / "playbook"
    for name, text in FILES.items():
        (playbook / name).parent.mkdir(parents=True, exist_ok=True)
        (playbook / name).write_text(text)
    for what in ("events", "merges", "decisions", "endings"):
        main(["export", "--store", str(store), "--out", str(folder / what), "--format", "parquet", "--what", what])
    main(["export", "--store", str(store), "--out", str(folder / "again"), "--format", "parquet"])
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    assert main(["features", "--decisions", "--out", str(one), "--store", str(store)]) == 0
    wanted = ["--history", str(folder), "--playbook", str(playbook)]
    assert main(["features", "--decisions", "--out", str(two), *wanted]) == 0
    assert written(one) == written(two)


def test_an_id_of_digits_keeps_its_zeros(store: Path, tmp_path: Path) -> None:
    made = SqliteStore(store)
    made.commit_now(Batch(inputs=(happened(9, "Logged In", NOW, "007"),)))
    made.close()
    at = points(tmp_path, {"user": "007", "at": iso(NOW)}, {"user": "7", "at": iso(NOW)})
    out = tmp_path / "training.parquet"
    assert main(["features", "--at", str(at), "--out", str(out), "--store", str(store), "--only", "logins"]) == 0
    assert [(row["user"], row["logins"]) for row in written(out)] == [("007", 1), ("7", 0)]


def test_who_was_erased_has_no_history(store: Path, tmp_path: Path) -> None:
    made = SqliteStore(store)
    asyncio.run(made.erase([Erasure(("ann", "visitor"), refused=("ann",))], now=NOW + DAY, seq=9))
    made.close()
    at = points(tmp_path, {"user": "ann", "at": iso(NOW + MINUTE)}, {"user": "ben", "at": iso(NOW + MINUTE)})
    out = tmp_path / "training.parquet"
    assert main(["features", "--at", str(at), "--out", str(out), "--store", str(store)]) == 0
    assert [row["logins"] for row in written(out)] == [0, 1]


@pytest.mark.parametrize(
    ("rows", "asked", "said"),
    [
        ([{"user": "ann", "when": 1}], [], "there is no column 'at'; there are user, when"),
        ([{"user": "ann", "at": "tomorrow"}], [], "row 1 has no user, no instant in at"),
        ([{"user": "ann", "at": 1, "logins": 3}], [], "the column 'logins' is called like a feature"),
        ([{"user": "ann", "at": 1}], ["--only", "logns"], "there is no feature 'logns'; did you mean logins?"),
        ([{"user": "ann", "at": 1}], ["--out", "x.xlsx"], "a table is written as .parquet, .csv, .ndjson, not '.xlsx'"),
        ([{"user": "ann", "at": 1}], ["--at", "none.csv"], "none.csv: there is no such file"),
        ([{"user": "ann", "at": 1}], ["--at", "points.txt"], "points are read from .parquet, .csv, .ndjson"),
        ([{"user": "ann", "at": 1}], ["--history", "nowhere"], "there are no files events-DAY.parquet"),
    ],
)
def test_what_cannot_be_answered_is_said(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    rows: list[dict[str, object]], asked: list[str], said: str,
) -> None:  # fmt: skip
    at, out = points(tmp_path, *rows), tmp_path / "training.parquet"
    assert main(["features", "--at", str(at), "--out", str(out), "--store", str(store), *asked]) == 3
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_the_points_are_not_written_over(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = points(tmp_path, {"user": "ann", "at": iso(NOW), "label": 1})
    before = at.read_text()
    assert main(["features", "--at", str(at), "--out", str(at), "--store", str(store)]) == 3
    assert "the points stand there and would be lost" in capsys.readouterr().err
    assert at.read_text() == before
