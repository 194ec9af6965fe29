"""Imports through a running engine."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opportune.adapters.channels.mime import Sender
from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.wiring.cli import main
from opportune.wiring.sample import sample_texts
from opportune.wiring.service import Settings, running


@contextmanager
def engine(folder: Path) -> Iterator[str]:
    """A real engine in a thread of its own, with an admin key."""
    settings = Settings(
        store=folder / "s.db",
        port=0,
        write_keys=("wk",),
        admin_keys=("ak",),
        sender=Sender("shop@example.com"),
        mail_folder=folder / "mails",
    )
    texts, started, said = sample_texts(), threading.Event(), list[str]()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def live() -> None:
        async with running(settings, playbook_from(texts), texts) as found:
            said.append(found.url)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()))
    thread.start()
    assert started.wait(30)
    try:
        yield said[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


def events(folder: Path) -> list[Event]:
    history = SqliteHistory(folder / "s.db")
    try:
        return [entry for entry in history.log() if isinstance(entry, Event)]
    finally:
        history.close()


def test_a_file_is_imported_once_through_an_engine_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = "".join(f"u{n % 7},Read,2026-03-01T00:00:{n % 60:02}Z,{n}\n" for n in range(2_345))
    (tmp_path / "a.csv").write_text("user,event,at,n\n" + lines + ",Read,2026-03-01,1\n")
    monkeypatch.setenv("OPPORTUNE_ADMIN_KEY", "ak")
    with engine(tmp_path) as url:
        command = ["import", str(tmp_path / "a.csv"), "--url", url, "--history"]
        assert main(command) == 1
        assert "2,346 rows, 2,345 events taken, 0 known before" in capsys.readouterr().out
        assert main(command) == 0
        assert "2,346 rows, 0 events taken, 2,346 known before" in capsys.readouterr().out
        assert main(["import", str(tmp_path / "a.csv"), "--store", str(tmp_path / "s.db")]) == 3
        assert "or import through the engine: --url" in capsys.readouterr().err
        monkeypatch.setenv("OPPORTUNE_ADMIN_KEY", "wk")
        assert main(command) == 3
        assert "403" in capsys.readouterr().err
    found = events(tmp_path)
    assert len(found) == 2_345 and all(each.is_history for each in found)


def test_an_engine_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("user,event,at\n")
    assert main(["import", str(tmp_path / "a.csv"), "--url", "http://127.0.0.1:9"]) == 3
    assert "is the engine running there?" in capsys.readouterr().err
