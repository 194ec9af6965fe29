"""``opportune items``: the catalogue from files, into a file or a running engine."""

import asyncio
import gzip
import json
from pathlib import Path

import pytest

from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.item import Item
from opportune.wiring.cli import main
from opportune.wiring.demo.clock import SimulatedClock
from tests.contracts.place import ADMIN, open_place
from tests.unit.wiring.item_scene import Shop


def kept(path: Path, *names: str) -> dict[str, Item]:
    store = SqliteStore(path)
    try:
        return store.items(names)
    finally:
        store.close()


def fed(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, object]]:
    code = main(["items", *map(str, arguments), "--json"])
    (found,) = json.loads(capsys.readouterr().out)["files"]
    return code, found


def test_ten_thousand_items_of_a_table_are_taken_and_once_more_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f'{n:05},{n / 100},Item {n},"a, b",{n % 3}\n' for n in range(10_000))
    (tmp_path / "items.csv").write_text("sku,amount,name,tags,stock\n" + rows)
    order = (tmp_path / "items.csv", "--store", tmp_path / "s.db", "--map", "id=sku,price=amount")
    code, said = fed(capsys, *order)
    assert (code, said["rows"], said["changed"], said["announced"], said["refused"]) == (0, 10_000, 10_000, 0, {})
    assert fed(capsys, *order)[1]["changed"] == 0
    found = kept(tmp_path / "s.db", "00042", "09999")
    assert found["00042"] == Item("00042", 0.42, stock=0, tags=("a", "b"), more={"name": "Item 42"})
    assert found["09999"].price == 99.99


def test_bad_rows_are_named_with_their_line_and_cost_only_themselves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text('id,price\na,5\nb,"19,90"\n,5\nc,5,6\nd,\n')
    assert main(["items", str(tmp_path / "a.csv"), "--store", str(tmp_path / "s.db")]) == 1
    said = capsys.readouterr().out
    assert f"{tmp_path / 'a.csv'}: 5 rows, 2 items changed, 0 to be told" in said
    for line in (
        "line 3: price: must be a number such as 19.9, not '19,90'",
        "line 4: id: missing; an item needs one, such as 'sku-42'",
        "line 5: 3 cells, but the header has 2 columns; quote cells with a delimiter",
    ):
        assert line in said
    assert kept(tmp_path / "s.db", "a", "b", "c", "d") == {"a": Item("a", 5), "d": Item("d")}


def test_lines_of_json_may_be_packed_and_a_change_waits_to_be_told_unless_it_is_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, price in (("one", 100), ("two", 80), ("three", 60)):
        with gzip.open(tmp_path / f"{name}.ndjson.gz", "wb") as file:
            file.write(b'{"id": "a", "price": %d}\n{"id": "b"}\n' % price)
    store = ("--store", tmp_path / "s.db")
    assert fed(capsys, tmp_path / "one.ndjson.gz", *store)[1]["announced"] == 0
    assert fed(capsys, tmp_path / "two.ndjson.gz", *store, "--history")[1]["announced"] == 0
    assert fed(capsys, tmp_path / "three.ndjson.gz", *store)[1]["announced"] == 1
    opened = SqliteStore(tmp_path / "s.db")
    (said,) = opened.announcements()
    assert (said.item.price, said.old_price) == (60, 80)
    opened.close()


def test_a_running_engine_is_fed_with_its_admin_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.ndjson").write_text('{"id": "p1", "price": 4}\noops\n{"id": "p2"}\n{"price": 1}\n')
    monkeypatch.setenv("OPPORTUNE_ADMIN_KEY", ADMIN)
    with open_place(tmp_path) as place:
        code, said = fed(capsys, tmp_path / "a.ndjson", "--url", place.url)
        assert (code, said["rows"], said["changed"], said["announced"]) == (1, 4, 2, 1)
        assert said["refused"] == {"not_json": 1, "bad_item": 1}
        examples = said["examples"]
        assert isinstance(examples, list)
        assert [each.partition(":")[0] for each in examples] == ["line 2", "line 4"]
        assert place.admin("GET", "/v1/items/p1").json["price"] == 4
        assert main(["items", str(tmp_path / "a.ndjson"), "--store", str(tmp_path / "place.db")]) == 3
        assert "or feed the engine: --url" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.csv"], "No such file or directory"),
        (["a.parquet"], "what is it? say --format ndjson or csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (tmp_path / "a.parquet").write_text("x")
    paths = [str(tmp_path / name) for name in arguments]
    assert main(["items", *paths, "--store", str(tmp_path / "s.db")]) == 3
    assert f"{paths[0]}: {said}" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--map", "sku"], ["--map", "user=a"], ["--delimiter", "ab"]])
def test_options_that_cannot_be_are_refused(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["items", "a.csv", *wrong])
    assert ended.value.code == 2


def test_what_is_fed_beside_an_engine_that_rests_is_told_when_it_runs(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    shop = Shop(store=store, clock=SimulatedClock(SystemClock().now()))

    async def before() -> None:
        async with shop.open() as life:
            await life.feeds({"id": "p1", "price": 100})
            await life.views("ann", "p1")

    async def after() -> None:
        async with shop.open() as life:
            shop.clock.move(SystemClock().now())
            await life.settles()

    asyncio.run(before())
    store.close()
    (tmp_path / "a.csv").write_text("id,price\np1,70\n")
    assert main(["items", str(tmp_path / "a.csv"), "--store", str(tmp_path / "s.db")]) == 0
    shop.store = SqliteStore(tmp_path / "s.db")
    shop.publications = type(shop.publications)(shop.store)
    asyncio.run(after())
    assert shop.whom() == ["ann"]
    shop.store.close()
