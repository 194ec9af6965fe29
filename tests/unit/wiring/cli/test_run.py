"""The engine as an operator starts and stops it."""

import json
import resource
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from opportune.wiring.cli.serving import MOST_OPEN, open_as_many_as_may_be
from opportune.wiring.sample import write_sample
from tests.unit.wiring.cli.commands import COMMAND, shell


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    write_sample(tmp_path / "playbook")
    return tmp_path / "playbook"


def test_it_says_where_it_listens_takes_an_event_and_stops_when_told(playbook: Path, tmp_path: Path) -> None:
    command = [COMMAND, "run", playbook, "--port", "0", "--mail-folder", "mails"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env={"OPPORTUNE_WRITE_KEYS": "wk"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        said = [running.stdout.readline() for _ in range(5)]
        assert said[1] == "sends via    files in mails: nothing is sent\n"
        assert said[4] == "Ctrl-C stops it\n"
        body = {
            "userId": "ann",
            "event": "Cart Updated",
            "writeKey": "wk",
            "properties": {"cart_id": "c1", "value": 80},
        }
        url = said[0].split()[-1].replace("/batch", "/track")
        headers = {"Content-Type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=10
        ) as answer:
            assert answer.status == 200
        account = json.loads(shell("why", "ann", "--json", folder=tmp_path).stdout)
        assert account["waiting"][0]["journey"] == "cart"
        running.send_signal(signal.SIGTERM)
        assert running.communicate(timeout=30)[1] == ""
    assert running.returncode == 0
    assert "all the same" in shell("replay", folder=tmp_path).stdout


def test_it_makes_a_write_key_if_it_is_given_none_and_shows_it(playbook: Path, tmp_path: Path) -> None:
    command = [COMMAND, "run", playbook, "--port", "0", "--mail-folder", "mails"]
    with subprocess.Popen(command, cwd=tmp_path, env={}, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert [line for line in (running.stdout.readline() for _ in range(6)) if line.startswith("write key ")]
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert running.returncode == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "this playbook speaks email: give --smtp"),
        (("--smtp", "mail:25"), "mail needs a sender: --from"),
        (("--smtp", "mail:25", "--mail-folder", "m"), "not to both"),
        (("--mail-folder", "m", "--webhook", "sms=https://sms.example/x"), "set OPPORTUNE_WEBHOOK_SECRET"),
        (("--mail-folder", "m", "--webhook", "fax=https://fax.example/x"), "a webhook carries webhook, sms, push"),
        (("--mail-folder", "m", "--allow", "10.0.0.0/99"), "10.0.0.0/99"),
        (("--mail-folder", "m", "--pace", "email=fast"), "a pace is written 'email=50/s'"),
        (("--mail-folder", "m", "--track", "eyes"), "track takes some of opens,clicks"),
        (("--mail-folder", "m", "--keep", "long"), "a span is a number and a unit"),
        (("--mail-folder", "m", "--keep", "6 days"), "--keep must be at least 1 week"),
        (("--mail-folder", "m", "--keep-to", "old"), "say when, with --keep SPAN"),
        (("--mail-folder", "m", "--rate", "0"), "so many a second, more than 0"),
    ],
)
def test_what_must_be_said_is_asked_for(options: tuple[str, ...], said: str, playbook: Path, tmp_path: Path) -> None:
    done = shell("run", playbook, *options, folder=tmp_path)
    assert (done.returncode, said in done.stderr, done.stdout) == (2, True, "")


def test_a_target_that_may_not_be_called_is_refused_before_the_first_message(playbook: Path, tmp_path: Path) -> None:
    options = ("--mail-folder", "m", "--webhook", "sms=http://127.0.0.1:9/x")
    secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    done = shell("run", playbook, *options, folder=tmp_path, OPPORTUNE_WEBHOOK_SECRET=secret)
    assert (done.returncode, "--allow 127.0.0.1:9 lets it be called" in done.stderr) == (2, True)


def test_a_variable_that_cannot_be_read_is_refused_like_an_option(playbook: Path, tmp_path: Path) -> None:
    done = shell("run", playbook, folder=tmp_path, OPPORTUNE_SMTP="mail:25", OPPORTUNE_SMTP_TLS="of course")
    assert (done.returncode, "starttls, tls or none, not 'of course'" in done.stderr) == (2, True)


def test_a_playbook_with_problems_is_not_run(playbook: Path, tmp_path: Path) -> None:
    (playbook / "features.yaml").write_text("broken: COUNT(\n")
    done = shell("run", playbook, "--mail-folder", "m", folder=tmp_path)
    assert (done.returncode, done.stderr.startswith("opportune: features.yaml:1: ")) == (1, True), done.stderr


def test_a_store_that_cannot_be_used_is_one_line(playbook: Path, tmp_path: Path) -> None:
    done = shell("run", playbook, "--mail-folder", "m", "--store", "no/such/folder.db", folder=tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("opportune: no/such/folder.db: ")
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_one_line(playbook: Path, tmp_path: Path) -> None:
    command = [COMMAND, "run", playbook, "--port", "0", "--mail-folder", "m", "--store", "other.db"]
    with subprocess.Popen(command, cwd=tmp_path, env={}, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        port = running.stdout.readline().rpartition(":")[2].partition("/")[0]
        done = shell("run", playbook, "--mail-folder", "m", "--port", port, folder=tmp_path)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "choose another --port, or 0 for any" in done.stderr


def test_an_engine_may_have_as_many_connections_as_the_machine_lets_it() -> None:
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(before, 512), most))
        open_as_many_as_may_be()
        wanted = MOST_OPEN if most == resource.RLIM_INFINITY else min(most, MOST_OPEN)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(wanted, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


@pytest.mark.parametrize("url", ["http://[x", "https://", "https:///u", "https://shop.example:port", "shop.example"])
def test_a_public_url_that_no_link_can_begin_with_is_refused_at_the_start(url: str, playbook: Path) -> None:
    found = shell("run", playbook, "--public-url", url, folder=playbook.parent)
    assert (found.returncode, "a public url" in found.stderr) == (2, True)
