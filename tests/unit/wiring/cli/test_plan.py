"""``opportune plan``: a table for people, JSON for scripts, a file for the playbook, plain words where it cannot."""

import json
from pathlib import Path

import pytest

from opportune.playbook.folder import load
from opportune.wiring.cli import main
from opportune.wiring.cli.plan import limits
from tests.unit.wiring.planning.broadcast import files, folder, town

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a playbook, ``shop``, and an engine's file, ``shop.db``."""
    texts = files()
    folder(texts, tmp_path / "shop")
    town(texts, tmp_path / "shop.db", users=40)
    return tmp_path


def plan(shop: Path, *more: str, capacity: str = "5/hour", journey: str = "sale") -> int:
    where = ("--store", str(shop / "shop.db"), "--journey", journey)
    return main(["plan", str(shop / "shop"), *where, "--capacity", capacity, *more])


def test_the_table_shows_each_hour_and_what_is_kept(shop: Path, capsys: Captured) -> None:
    assert plan(shop) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "sale 2026-06-09T06:00Z: 36 users"
    assert lines[2].split() == ["hour,", "UTC", "channel", "wanted", "planned", "capacity", "let", "in"]
    assert any(line.split()[:3] == ["2026-06-09", "16:00", "email"] for line in lines)
    assert any("expected opens, as planned" in line and "% of them kept" in line for line in lines)
    assert lines[-1].endswith("'opportune publish " + str(shop / "shop") + "' puts it in force")


def test_the_file_is_part_of_the_playbook_and_changes_its_hash(shop: Path) -> None:
    before = load(shop / "shop")
    assert before.capacity is None
    assert plan(shop) == 0
    after = load(shop / "shop")
    assert after.hash != before.hash
    assert after.capacity is not None
    [found] = after.capacity.plans
    assert (found.name, found.message) == ("sale 2026-06-09T06:00Z", "sale")
    assert sum(each.planned for each in found.hours["email"].values()) == 36


def test_planned_again_it_comes_out_the_same(shop: Path) -> None:
    assert plan(shop) == 0
    first = (shop / "shop" / "models" / "capacity.json").read_text()
    assert plan(shop) == 0
    assert (shop / "shop" / "models" / "capacity.json").read_text() == first


def test_a_dry_run_writes_nothing_and_json_says_the_same(shop: Path, capsys: Captured) -> None:
    assert plan(shop, "--dry-run", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["users"], answer["placed"], answer["unplaced"]) == (36, 36, 0)
    assert all(each["planned"] <= each["capacity"] == 5 for each in answer["hours"])
    assert not (shop / "shop" / "models").exists()


def test_the_shares_may_be_written_elsewhere(shop: Path) -> None:
    assert plan(shop, "--out", str(shop / "shares.json")) == 0
    assert json.loads((shop / "shares.json").read_text())["plans"][0]["message"] == "sale"
    assert not (shop / "shop" / "models").exists()


def test_users_without_an_hour_are_told_with_1(shop: Path, capsys: Captured) -> None:
    assert plan(shop, capacity="1/hour") == 1
    assert "no hour has room" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "capacity", "journey", "said"),
    [
        ((), "5", "winter", "there is no journey 'winter' in the playbook; there are: sale"),
        ((), "fax=5", "sale", "there is no channel 'fax'; there are in_app, push"),
        (("--out", "/nowhere/at/all.json"), "5", "sale", "there is no folder /nowhere/at"),
    ],
)
def test_what_cannot_be_done_says_why(
    shop: Path, capsys: Captured, more: tuple[str, ...], capacity: str, journey: str, said: str
) -> None:
    assert plan(shop, *more, capacity=capacity, journey=journey) == 3
    assert said in capsys.readouterr().err


def test_a_playbook_in_which_nobody_chooses_an_hour_is_told_what_to_add(shop: Path, capsys: Captured) -> None:
    main_file = shop / "shop" / "opportune.yaml"
    main_file.write_text(main_file.read_text().replace("  - send_time: {}\n", ""))
    assert plan(shop) == 3
    assert "add '- send_time: {}'" in capsys.readouterr().err


def test_only_marketing_is_planned(shop: Path, capsys: Captured) -> None:
    sale = shop / "shop" / "messages" / "sale.yaml"
    sale.write_text(sale.read_text() + "kind: transactional\n")
    assert plan(shop) == 3
    assert "only marketing is planned" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("50000/hour", {"": 50_000}),
        ("50000", {"": 50_000}),
        ("email=50000,push=200000/hour", {"email": 50_000, "push": 200_000}),
    ],
)
def test_a_capacity_is_for_all_channels_or_by_channel(text: str, found: dict[str, int]) -> None:
    assert limits(text) == found


@pytest.mark.parametrize("text", ["", "many", "0/hour", "email=", "50000/day", "email=5;push=6"])
def test_what_is_no_capacity_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="a capacity is written 50000/hour or email=50000,push=200000"):
        limits(text)
