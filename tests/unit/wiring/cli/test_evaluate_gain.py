"""The command that says what choosing the moment has gained."""

import json
from pathlib import Path

import pytest

from opportune.wiring.cli import main
from opportune.wiring.cli.exit_codes import OK, UNAVAILABLE, WRONG
from tests.unit.training.confounded import confounded
from tests.unit.wiring.gain.recorded import START, filed, world_filed

Printed = pytest.CaptureFixture[str]


def asked(path: Path, *more: str) -> int:
    return main(["evaluate", "gain", "--store", str(path), *more])


def test_the_gain_is_told(tmp_path: Path, capsys: Printed) -> None:
    path = world_filed(tmp_path / "db", confounded(2, 1_500).users)
    assert asked(path) == OK
    assert capsys.readouterr().out.startswith("send_time chose the moment of ")


def test_programs_get_all_of_it(tmp_path: Path, capsys: Printed) -> None:
    world = confounded(2, 1_500)
    assert asked(world_filed(tmp_path / "db", world.users, worth=30), "--json") == OK
    told = json.loads(capsys.readouterr().out)
    assert [each["measure"] for each in told["gains"]] == ["opens", "goals", "value"]
    opens = told["gains"][0]
    assert opens["treated"]["users"] + opens["control"]["users"] == 1_500
    assert {"gap", "lift", "verdict", "logged", "matched"} <= set(opens)


def test_arms_that_are_not_as_drawn_are_wrong(tmp_path: Path, capsys: Printed) -> None:
    path = world_filed(tmp_path / "db", confounded(2, 1_500, control=0.3).users)
    assert asked(path) == WRONG
    assert "WRONG" in capsys.readouterr().out


def test_a_file_without_such_messages_is_told_as_such(tmp_path: Path, capsys: Printed) -> None:
    path = filed(tmp_path / "db", [])
    assert asked(path, "--journey", "cart") == WRONG
    assert "no message whose moment send_time chose has gone out and had 48 hours" in capsys.readouterr().out


def test_what_is_too_young_is_counted(tmp_path: Path, capsys: Printed) -> None:
    users = confounded(2, 10).users
    path = world_filed(tmp_path / "db", users)
    assert asked(path, "--since", "2030-01-01") == WRONG
    assert "too young" not in capsys.readouterr().out
    assert START > 0


def test_a_file_that_is_not_there_cannot_be_used(tmp_path: Path, capsys: Printed) -> None:
    assert asked(tmp_path / "none.db") == UNAVAILABLE
    assert "there is no such file" in capsys.readouterr().err
