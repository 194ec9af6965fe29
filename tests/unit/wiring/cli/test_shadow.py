"""A playbook beside a running engine, as an operator starts and stops it."""

import json
import signal
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from opportune.wiring.cli import main
from opportune.wiring.sample import write_sample
from tests.unit.wiring.cli.commands import COMMAND, shell

VOLATILE = ("seconds", "events_per_second", "peak_mb")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_sample(tmp_path / "playbook")
    write_sample(tmp_path / "tried")
    cart = tmp_path / "tried" / "journeys" / "cart.yaml"
    cart.write_text(cart.read_text().replace("45 minutes", "1 second"))
    return tmp_path


def figures(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in VOLATILE}


def backtested(folder: Path) -> dict[str, Any]:
    done = shell("backtest", "tried", "--store", "opportune.db", "--json", folder=folder)
    (report,) = json.loads(done.stdout)["reports"]
    return figures(report)


def send(url: str, user: str, number: int) -> None:
    body = {"userId": user, "event": "Cart Updated", "properties": {"cart_id": f"c{number}", "value": 80}}
    headers = {"Content-Type": "application/json"}
    call = urllib.request.Request(url, json.dumps(body | {"writeKey": "wk"}).encode(), headers)
    with urllib.request.urlopen(call, timeout=10) as answer:
        assert answer.status == 200


def test_it_follows_a_running_engine_and_says_at_ctrl_c_what_a_backtest_says(folder: Path) -> None:
    engine = [COMMAND, "run", "playbook", "--port", "0", "--mail-folder", "mails"]
    shadow = [COMMAND, "shadow", "tried", "--json", "--html", "report.html"]
    environment = {"OPPORTUNE_WRITE_KEYS": "wk"}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(engine, cwd=folder, env=environment, **pipes) as running:
        assert running.stdout is not None
        url = running.stdout.readline().split()[-1].replace("/batch", "/track")
        send(url, "ann", 0)
        with subprocess.Popen(shadow, cwd=folder, env={}, **pipes) as following:
            assert following.stdout is not None
            first = json.loads(following.stdout.readline())["reports"][0]
            for number, user in enumerate(["ann", "bob", "cat", "ann"], 1):
                send(url, user, number)
            following.send_signal(signal.SIGINT)
            said, complaints = following.communicate(timeout=60)
        assert following.returncode == 0, complaints
        last = json.loads(said.splitlines()[-1])["reports"][0]
        assert figures(last) == backtested(folder)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
    assert (first["events"], last["events"], last["users"]) == (1, 5, 3)
    assert "<html" in (folder / "report.html").read_text("utf-8")
    assert [each.name for each in folder.iterdir() if each.name.startswith(".report")] == []


def test_once_reports_what_is_there_and_ends(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "events.ndjson").write_text(
        '{"userId": "ann", "event": "Cart Updated", "timestamp": "2026-03-01T12:00:00Z", "properties": {"value": 80}}\n'
    )
    done = shell("import", "events.ndjson", "--playbook", "playbook", folder=folder)
    assert done.returncode == 0, done.stderr
    options = ["shadow", str(folder / "tried"), "--store", str(folder / "opportune.db"), "--once"]
    assert main([*options, "--json"]) == 0
    assert figures(json.loads(capsys.readouterr().out)["reports"][0]) == backtested(folder)
    assert main(options) == 0
    assert "up to log entry" in capsys.readouterr().out
    assert main([*options, "--from", "2026-04-01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reports"][0]["decisions"] == 0


def test_what_is_not_there_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shadow", str(folder / "tried"), "--store", str(folder / "none.db")]) == 3
    assert "there is no such file" in capsys.readouterr().err
    assert main(["shadow", str(folder / "nobody"), "--store", str(folder / "playbook" / "opportune.yaml")]) == 3
    assert "name the folder of a playbook" in capsys.readouterr().err
