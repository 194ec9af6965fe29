"""Findings with file and line, for people and for scripts."""

import json
from pathlib import Path

import pytest

from opportune.wiring.cli import main
from opportune.wiring.sample import write_sample

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The sample with a wait that cannot be."""
    folder = tmp_path / "playbook"
    write_sample(folder)
    cart = folder / "journeys" / "cart.yaml"
    cart.write_text(cart.read_text().replace("45 minutes", "-45 minutes"))
    return folder


def test_an_error_is_told_with_file_and_line_and_exits_with_1(broken: Path, capsys: Captured) -> None:
    assert main(["check", str(broken)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("journeys/cart.yaml:9: error: ")
    assert "-45 minutes" in lines[0]
    assert lines[-1] == f"{broken}: 1 error"


def test_a_script_reads_the_same_as_json(broken: Path, capsys: Captured) -> None:
    assert main(["check", str(broken), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert [(each["level"], each["place"]) for each in answer["findings"]] == [("error", "journeys/cart.yaml:9")]


def test_a_folder_that_is_not_there_exits_with_3(tmp_path: Path, capsys: Captured) -> None:
    assert main(["check", str(tmp_path / "none")]) == 3
    assert "there is no such folder" in capsys.readouterr().err


def test_with_strict_a_warning_is_wrong_too(tmp_path: Path, capsys: Captured) -> None:
    write_sample(tmp_path / "playbook")
    cart = tmp_path / "playbook" / "journeys" / "cart.yaml"
    cart.write_text(cart.read_text() + "  - end\n  - send: cart_reminder\n")
    assert main(["check", str(tmp_path / "playbook")]) == 0
    capsys.readouterr()
    assert main(["check", str(tmp_path / "playbook"), "--strict", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    line = cart.read_text().count("\n")
    assert answer["ok"] is False
    assert [(each["level"], each["file"], each["line"]) for each in answer["findings"]] == [
        ("warning", "journeys/cart.yaml", line)
    ]
