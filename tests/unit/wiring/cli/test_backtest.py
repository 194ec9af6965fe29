"""The command backtest: the same past in four forms, refused rows, and what is left when it is stopped."""

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

import msgspec
import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Tick
from opportune.ports import Batch
from opportune.units import DAY, HOUR, MINUTE, Instant
from opportune.wiring.cli import main
from opportune.wiring.sample import write_sample
from tests.unit.wiring.cli.commands import COMMAND

START: Instant = 1_780_315_200_000
"""2026-06-01T12:00Z, a Monday."""
VOLATILE = ("seconds", "events_per_second", "peak_mb", "assumptions", "estimates")


def events(users: int = 40) -> list[Event]:
    """Everybody leaves a cart behind, and every third buys within the hour."""
    found = []
    for number in range(users):
        user, at = f"user-{number}", START + number * MINUTE
        told: list[tuple[Instant, str, dict[str, object]]] = [
            (at, "Identified", {"email": f"{user}@example.com", "email_opt_in": True}),
            (at + HOUR, "Cart Updated", {"cart_id": "c", "value": 50}),
        ]
        if number % 3 == 0:
            told.append((at + HOUR + 20 * MINUTE, "Order Completed", {"cart_id": "c", "revenue": 50}))
        found += [
            Event(f"{user}-{place}", user, name, at, at, properties=msgspec.json.encode(said))
            for place, (at, name, said) in enumerate(told)
        ]
    return sorted(found, key=lambda each: (each.at, each.id))


def as_calls(past: list[Event]) -> str:
    lines = []
    for each in past:
        is_traits = each.name == "Identified"
        said = {"traits" if is_traits else "properties": msgspec.json.decode(each.properties)}
        call = {"type": "identify"} if is_traits else {"type": "track", "event": each.name}
        lines.append(json.dumps({**call, "messageId": each.id, "userId": each.user, "timestamp": each.at, **said}))
    return "\n".join(lines) + "\n"


def as_table(past: list[Event]) -> str:
    rows = (
        f'{each.id},{each.user},{each.name},{each.at},"{each.properties.decode().replace(chr(34), chr(34) * 2)}"'
        for each in past
    )
    return "id,user,event,at,properties\n" + "\n".join(rows) + "\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_sample(tmp_path / "shop")
    (tmp_path / "past.ndjson").write_text(as_calls(events()))
    return tmp_path


def told(shop: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["backtest", str(shop / "shop"), *arguments, "--json", "--workers", "1"]) == 0
    report: dict[str, object] = json.loads(capsys.readouterr().out)["reports"][0]
    return {name: value for name, value in report.items() if name not in VOLATILE}


def test_a_cart_left_behind_is_reminded_of_and_a_sold_one_is_not(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = told(shop, capsys, str(shop / "past.ndjson"), "--to", "2026-06-03")
    assert report["users"] == 40
    assert report["events"] == len(events())
    assert report["sent"] == report["users_reached"]
    assert report["sent"] in range(20, 27)  # the 26 who did not buy, less those who are held out


def test_the_same_past_in_a_table_in_parquet_and_in_a_log_comes_to_the_same(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    duckdb = pytest.importorskip("duckdb", reason="needs duckdb: reading Parquet is an extra")
    until = ("--to", "2026-06-03")
    first = told(shop, capsys, str(shop / "past.ndjson"), *until)
    (shop / "past.csv").write_text(as_table(events()))
    assert told(shop, capsys, str(shop / "past.csv"), *until) == first
    text = f"COPY (SELECT * FROM read_csv('{shop / 'past.csv'}')) TO '{shop / 'past.parquet'}' (FORMAT parquet)"
    duckdb.sql(text)
    assert told(shop, capsys, str(shop / "past.parquet"), *until) == first
    store = SqliteStore(shop / "engine.db")
    entries = [msgspec.structs.replace(each, seq=2 * place) for place, each in enumerate(events(), 1)]
    store.commit_now(Batch(inputs=(*entries, Tick(START + DAY, 2 * len(entries) + 1))))
    store.close()
    assert told(shop, capsys, "--store", str(shop / "engine.db"), *until) == first


def test_what_is_before_the_first_day_starts_nothing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(shop, capsys, str(shop / "past.ndjson"), "--from", "2026-06-01T13:59Z")
    assert (report["decisions"], report["events"]) == (0, len(events()))


def test_what_is_after_the_last_instant_is_left_out(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(shop, capsys, str(shop / "past.ndjson"), "--to", "2026-06-01T12:30Z")
    assert report["events"] == 31


def test_a_bad_row_costs_only_itself_and_is_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = told(shop, capsys, str(shop / "past.ndjson"))
    lines = as_calls(events()).splitlines()
    (shop / "bad.ndjson").write_text("\n".join([lines[0], '{"type": "track", "userId": "x"', *lines[1:]]))
    assert main(["backtest", str(shop / "shop"), str(shop / "bad.ndjson"), "--json", "--workers", "1"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["refused"] == {"not_json": 1}
    assert found["examples"][0].startswith(f"{shop / 'bad.ndjson'}: line 2: body is not JSON")
    assert found["reports"][0]["sent"] == whole["sent"]


def test_an_event_that_the_engine_cannot_take_is_counted_and_passed_over(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = SqliteStore(shop / "engine.db")
    entries = [msgspec.structs.replace(each, seq=place) for place, each in enumerate(events(), 1)]
    broken = Event("broken", "user-1", "Cart Updated", START, START + DAY, 1_000, properties=b"{")
    store.commit_now(Batch(inputs=(*entries, broken)))
    store.close()
    assert main(["backtest", str(shop / "shop"), "--store", str(shop / "engine.db"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)["reports"][0]
    assert report["poisoned"] == 1
    assert report["users"] == 40


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop", "past.ndjson", "--from", "2026-07-01"], "past.ndjson: its events are of 1 Jun 2026; nothing is left"),
        (["shop", "past.ndjson", "--to", "2026-05-01"], "1 Jun 2026; nothing is left with --to 2026-05-01"),
        (["past.ndjson"], "past.ndjson: there is no such folder; name the folder of a playbook first"),
        (["shop", "past.ndjson", "--html", "none/report.html"], "none/report.html: there is no folder none; make it"),
        (["shop", "none.csv"], "none.csv: No such file or directory"),
        (["shop", "past.what"], "past.what: what is it? say --format ndjson, csv or parquet"),
        (["shop", "empty.csv"], "there is no event in it that can be taken"),
        (["shop", "--store", "none.db"], "none.db: there is no such file"),
        (["shop", "past.ndjson", "--scratch", "none"], "none: No such file or directory; name a folder"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_remedy(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(shop)
    (shop / "past.what").write_text("x")
    (shop / "empty.csv").write_text("user,event,at\n")
    assert main(["backtest", *arguments]) == 3
    assert said in capsys.readouterr().err


def test_two_playbooks_are_named_by_what_tells_them_apart(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in ("old", "new"):
        write_sample(shop / place / "shop")
    folders = [str(shop / "old" / "shop"), str(shop / "new" / "shop")]
    assert main(["backtest", *folders, str(shop / "past.ndjson"), "--json", "--workers", "1"]) == 0
    found = json.loads(capsys.readouterr().out)["reports"]
    assert [each["playbook"] for each in found] == ["old/shop", "new/shop"]
    assert found[0]["sent"] == found[1]["sent"]


def test_the_page_is_written_and_the_figures_are_printed(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = shop / "report.html"
    assert main(["backtest", str(shop / "shop"), str(shop / "past.ndjson"), "--html", str(page)]) == 0
    assert f"{len(events())} events of 40 users" in capsys.readouterr().out
    assert page.read_text().startswith("<!doctype html>")


def _hears_ctrl_c() -> None:
    """A shell lets what it runs in the background ignore Ctrl-C, and the tests with it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Reading:
    """The command in a process group of its own, stuck in the middle of a file that never ends."""

    def __init__(self, folder: Path, workers: str) -> None:
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        endless = folder / "endless.ndjson"
        os.mkfifo(endless)
        self.process = subprocess.Popen(
            [COMMAND, "backtest", folder / "shop", endless, "--workers", workers, "--scratch", self.scratch],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_hears_ctrl_c,
        )
        self._writer = self._fed(endless, as_calls(events(1_000)).encode())

    def _fed(self, endless: Path, text: bytes) -> int:
        """Writes more than a pipe holds: when that has been read, a worker is at work."""
        writer = os.open(endless, os.O_WRONLY)  # waits for the reader
        for start in range(0, len(text), 4_096):
            os.write(writer, text[start : start + 4_096])
        return writer

    def ended(self) -> tuple[int, str]:
        """Returns once no process of the group holds the output any more."""
        _, said = self.process.communicate(timeout=60)
        os.close(self._writer)
        return self.process.returncode, said.decode()

    @property
    def left(self) -> list[str]:
        return sorted(os.listdir(self.scratch))


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_sigterm_end_all_processes_and_leave_nothing(
    shop: Path, workers: str, number: signal.Signals, code: int
) -> None:
    reading = Reading(shop, workers)
    assert reading.left
    reading.process.send_signal(number)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(reading.process.pid, number)  # as timeout does it: twice, and to the workers too
    assert reading.ended() == (code, "")
    assert reading.left == []


def test_workers_whose_command_was_killed_end_and_leave_nothing(shop: Path) -> None:
    reading = Reading(shop, "2")
    assert reading.left
    reading.process.kill()
    assert reading.ended()[0] == -signal.SIGKILL
    assert reading.left == []


def test_output_that_finds_no_room_is_told_in_one_line(shop: Path) -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [COMMAND, "backtest", shop / "shop", shop / "past.ndjson"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    said = "opportune: the output cannot be written: No space left on device; make room, and try again\n"
    assert (ended.returncode, ended.stderr.decode()) == (3, said)


@pytest.mark.parametrize(
    "arguments",
    [
        ["backtest", "shop", "--from", "2026-06-01", "past.ndjson"],
        ["diff", "shop", "shop", "--to", "2026-06-02", "past.ndjson"],
        ["diff", "shop", "--to", "2026-06-02", "shop", "past.ndjson"],
        ["prioritise", "shop", "--svg", "p.svg", "past.ndjson"],
    ],
)
def test_options_may_stand_between_files(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.chdir(shop)
    assert main(arguments) == 0
    assert "unrecognized" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop"], "name files with events, or the log of an engine with --store; one of both"),
        (["shop", "past.ndjson", "--store", "x.db"], "one of both"),
        (["shop", "--store", "x.db", "--traits", "users.csv"], "--traits goes with files"),
        (["shop", "past.ndjson", "--from", "2026-06-02", "--to", "2026-06-01"], "--from is later than --to"),
    ],
)
def test_options_that_do_not_go_together_are_a_wrong_use(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(shop)
    assert main(["backtest", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_row_in_the_future_is_refused_and_does_not_stretch_the_past(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = told(shop, capsys, str(shop / "past.ndjson"))
    stray = {"type": "track", "userId": "user-1", "event": "Cart Updated", "timestamp": "2999-01-01T00:00:00.000Z"}
    odd = stray | {"messageId": "stray"}
    (shop / "odd.ndjson").write_text((shop / "past.ndjson").read_text() + json.dumps(odd) + "\n" + json.dumps(stray))
    assert main(["backtest", str(shop / "shop"), str(shop / "odd.ndjson"), "--json", "--workers", "1"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["refused"] == {"in_future": 2}
    assert found["reports"][0]["until"] == whole["until"]


USERS = "id,name,email,email_opt_in\n4711,Ann,ann@example.com,true\n4712,Bob,bob@example.com,false\n4713,Cyd,,true\n"
CARTS = "buyer,was,cart_id,value\n4711,01.06.2026 10:00,c,50\n4712,01.06.2026 11:00,c,50\n4713,01.06.2026 12:00,c,50\n"
CART = (
    "--event",
    "Cart Updated",
    "--map",
    "user=buyer,at=was",
    "--time-format",
    "%d.%m.%Y %H:%M",
    "--to",
    "2026-06-03",
)


def silences(report: dict[str, object]) -> object:
    return report["sent"], report["codes"]


def test_a_table_of_users_gives_addresses_and_consent_to_a_table_of_carts(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "users.csv").write_text(USERS)
    (shop / "carts.csv").write_text(CARTS)
    carts = (str(shop / "carts.csv"), *CART)
    without = told(shop, capsys, *carts)
    assert without["sent"] == 0
    report = told(shop, capsys, *carts, "--traits", str(shop / "users.csv"))
    assert (report["sent"], report["users"], report["since"]) == (1, 3, without["since"])
    assert report["codes"] == {"no_consent": 1, "not_in_session": 1}  # Cyd has no address, and never came


def test_traits_are_known_from_their_own_instant_on_where_a_column_says_it(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "carts.csv").write_text(CARTS)
    rows = ("4711,2016-06-01,ann@example.com,true", "4712,2026-06-02T20:00Z,bob@example.com,true")
    (shop / "users.tsv").write_text("\n".join(["who,since,email,email_opt_in", *rows]).replace(",", "\t"))
    known = ("--traits", str(shop / "users.tsv"), "--traits-map", "user=who,at=since")
    report = told(shop, capsys, str(shop / "carts.csv"), *CART, *known)
    assert report["sent"] == 1  # Bob's came a day too late
    assert report["since"] == 1_780_308_000_000  # what was known ten years before does not stretch the past


def test_identify_calls_may_be_the_file_of_users(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls = as_calls(events()).splitlines()
    (shop / "users.ndjson").write_text("\n".join(each for each in calls if '"identify"' in each))
    (shop / "tracks.ndjson").write_text("\n".join(each for each in calls if '"track"' in each))
    whole = told(shop, capsys, str(shop / "past.ndjson"))
    parted = told(shop, capsys, str(shop / "tracks.ndjson"), "--traits", str(shop / "users.ndjson"))
    assert silences(parted) == silences(whole)


@pytest.mark.parametrize(
    ("row", "given", "said"),
    [
        ({"who": "ann"}, [], "no column says who it is; name one of 'who' with --traits-map user=COLUMN"),
        ({"id": "ann", "vip": True}, ["--traits-map", "at=since"], "there is no column 'since'; there are 'id', 'vip'"),
        ({"type": "track", "userId": "ann"}, [], "a file of traits has users or identify calls in it, not 'track'"),
    ],
)
def test_a_user_of_whom_nothing_can_be_read_is_named(
    shop: Path, capsys: pytest.CaptureFixture[str], row: dict[str, object], given: list[str], said: str
) -> None:
    (shop / "users.ndjson").write_text(json.dumps(row))
    past = (str(shop / "past.ndjson"), "--traits", str(shop / "users.ndjson"), *given)
    assert main(["backtest", str(shop / "shop"), *past, "--quiet", "--workers", "1"]) == 1
    assert said in capsys.readouterr().err


def test_one_row_is_one_and_its_odd_signs_are_written_out(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "one.ndjson").write_text('{"a\\u202eb": 1}\n' + as_calls(events(1)).splitlines()[0])
    assert main(["backtest", str(shop / "shop"), str(shop / "one.ndjson")]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("1 event of 1 user, 1 Jun 2026\n1 row was refused: ")
    assert told.err.startswith("1 row refused: ")
    assert "\u202e" not in told.out + told.err and "\\u202e" in told.err


def test_the_figures_are_printed_though_the_page_finds_no_room(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", str(shop / "shop"), str(shop / "past.ndjson"), "--html", "/dev/full"]) == 3
    told = capsys.readouterr()
    assert "users reached" in told.out
    assert told.err == "opportune: /dev/full: No space left on device; make room, or name a file elsewhere\n"


def test_of_two_playbooks_the_wrong_one_is_named(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)
    write_sample(shop / "other")
    cart = shop / "other" / "journeys" / "cart.yaml"
    cart.write_text(cart.read_text() + "\nodd: 1\n")
    assert main(["backtest", "shop", "other", "past.ndjson"]) == 1
    assert capsys.readouterr().err.startswith("opportune: other/journeys/cart.yaml:")
