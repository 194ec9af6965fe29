"""The demo as a command."""

import json
from pathlib import Path

import pytest

from tests.unit.wiring.cli.commands import shell

pytestmark = pytest.mark.needs("smtp")
SMALL = ("--once", "--days", "1", "--users", "20")


def test_json_is_one_object_with_the_promised_keys(tmp_path: Path) -> None:
    done = shell("demo", *SMALL, "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(json.loads(done.stdout)) == [
        *("events", "users", "decisions", "sent", "held", "mails_received", "decide_p99_ms", "seconds")
    ]


def test_a_kept_file_can_be_asked_and_replayed(tmp_path: Path) -> None:
    done = shell("demo", *SMALL, "--store", "demo.db", folder=tmp_path)
    assert done.returncode == 0
    assert "The books balance, and the log decided again gives the same decisions." in done.stdout
    assert "\033" not in done.stdout
    assert shell("replay", "--store", "demo.db", folder=tmp_path).returncode == 0
    again = shell("demo", *SMALL, "--store", "demo.db", folder=tmp_path)
    assert (again.returncode, again.stderr) == (
        3,
        "opportune: demo.db: is there already; the demo begins with a new file\n",
    )
