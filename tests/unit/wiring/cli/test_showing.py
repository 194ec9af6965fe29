"""What the demo shows: a live view on a terminal, which is left as it was; files where they are asked for."""

import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.unit.wiring.cli.commands import COMMAND, shell

SMALL = ("--days", "1", "--users", "20")
PROGRAM = (str(COMMAND), "demo")


def test_the_playbook_is_written_out_and_can_be_used(tmp_path: Path) -> None:
    done = shell("demo", "--playbook-out", "town", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "opportune run town" in done.stdout
    assert (tmp_path / "town" / "journeys" / "breaking.yaml").exists()
    assert "nothing to object to" in shell("check", "town", folder=tmp_path).stdout
    assert shell("demo", "--playbook-out", "town", folder=tmp_path).returncode == 3


@pytest.mark.needs("smtp")
def test_a_picture_is_drawn_in_the_middle_of_the_play(tmp_path: Path) -> None:
    done = shell("demo", *SMALL, "--quiet", "--picture", "view.svg", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("\n20 users, ")
    assert (tmp_path / "view.svg").read_text("utf-8").startswith("<svg")


@pytest.mark.needs("smtp")
def test_commands_that_are_printed_work_as_they_are(tmp_path: Path) -> None:
    done = shell("demo", *SMALL, "--quiet", "--store", "my demo.db", folder=tmp_path)
    asked = [line.split() for line in done.stdout.splitlines() if line.startswith("  opportune why ")]
    assert asked
    assert shell("why", asked[0][2], "--store", "my demo.db", folder=tmp_path).returncode == 0
    assert shell("replay", "--store", "my demo.db", folder=tmp_path).returncode == 0


def on_a_terminal(folder: Path, *options: str, stop: bool, **environment: str) -> tuple[int, str]:
    """What the demo writes to a terminal; ``stop`` presses Ctrl-C as soon as anything is shown."""
    ours, theirs = pty.openpty()
    known = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.Popen(
        [*PROGRAM, *options], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=known | environment
    )
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65_536):
            said += piece
            if stop and b"sent" in said:
                stop = False
                done.send_signal(signal.SIGINT)
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(ours)
    return done.wait(60), said.decode()


@pytest.mark.needs("smtp")
def test_a_terminal_shows_the_live_view_and_is_left_as_it_was(tmp_path: Path) -> None:
    code, said = on_a_terminal(tmp_path, *SMALL, "--speed", "1000", stop=False, TERM="xterm")
    assert code == 0
    shown, _, after = said.partition("\033[?25h\033[?1049l")
    assert "\033[?1049h" in shown
    assert "users' own day" in shown
    assert "The books balance" in after
    assert "\033" not in after


@pytest.mark.needs("smtp")
def test_an_interrupt_ends_the_view_with_the_report(tmp_path: Path) -> None:
    code, said = on_a_terminal(tmp_path, "--endless", "--users", "20", stop=True, TERM="xterm")
    assert code == 0
    assert "The books balance" in said.partition("\033[?25h\033[?1049l")[2]


@pytest.mark.needs("smtp")
@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}])
def test_a_terminal_that_wants_no_colour_gets_lines(tmp_path: Path, environment: dict[str, str]) -> None:
    code, said = on_a_terminal(tmp_path, *SMALL, "--speed", "1000", stop=False, **environment)
    assert code == 0
    assert "\033" not in said
    assert "Each line is one decision" in said
