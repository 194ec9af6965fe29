"""A past by several processes: the same as by one, and what is said where one of them cannot go on."""

import json
import multiprocessing
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from opportune.errors import PlaybookError, Unavailable
from opportune.playbook.definition import Playbook
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.running import Outcome, Work, backtest
from opportune.wiring.backtest.working import Span
from opportune.wiring.sample import sample_texts

NOW = 1_900_000_000_000


class Everything:
    """All that was lived, by user; falls over those whose name says how."""

    def __init__(self) -> None:
        self.lived: dict[str, list[bytes]] = {}

    def add(self, lived: Sequence[Lived]) -> None:
        user = lived[0].user
        if user == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if user == "faulty":
            raise ArithmeticError(f"no fold for {user}")
        self.lived[user] = [msgspec.json.encode(each, order="deterministic") for each in lived]

    def merge(self, other: "Everything") -> None:
        self.lived |= other.lived


def everything(playbooks: Sequence[Playbook], span: Span) -> Everything:
    return Everything()


def call(place: int, user: str, event: str, at: str, **properties: object) -> str:
    said = {"type": "track", "messageId": f"m{place}", "userId": user, "event": event, "timestamp": at}
    return json.dumps({**said, "properties": properties})


def written(folder: Path, *users: str) -> Path:
    """Carts of these users and of a hundred others, and devices that turn out to be theirs."""
    lines = []
    for place, user in enumerate([*(f"user-{number}" for number in range(100)), *users]):
        at = f"2026-03-{1 + place % 20:02}T10:{place % 60:02}:00.000Z"
        lines.append(
            json.dumps({"type": "track", "anonymousId": f"dev-{place}", "event": "Page Viewed", "timestamp": at})
        )
        lines.append(call(place, user, "Cart Updated", at, cart_id="c", value=30))
        if place % 3 == 0:
            link = {"type": "alias", "previousId": f"dev-{place}", "userId": user, "timestamp": "2026-03-25"}
            lines.append(json.dumps(link))
    path = folder / "past.ndjson"
    path.write_text("\n".join(lines) + "\n")
    return path


def tried(path: Path, folder: Path, **work: int) -> Outcome[Everything]:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    try:
        how = Work(scratch=scratch, **work)  # type: ignore[arg-type]
        return backtest({"one": sample_texts(), "two": sample_texts()}, Past(now=NOW, files=(path,)), everything, how)
    finally:
        assert list(scratch.iterdir()) == []
        assert multiprocessing.active_children() == []


def test_two_processes_say_what_one_says(tmp_path: Path) -> None:
    path = written(tmp_path)
    one = tried(path, tmp_path, workers=1)
    two = tried(path, tmp_path, workers=2, partitions=5, piece=4_000)
    assert one.fold.lived == two.fold.lived
    assert (one.events, one.users, one.span) == (two.events, two.users, two.span)
    assert one.users == 100 + 66  # of the devices a third is nobody of its own any more
    assert all(len(lived) == 2 for lived in one.fold.lived.values())


def test_a_worker_that_is_killed_is_told_of_and_leaves_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "killed")
    with pytest.raises(Unavailable, match=r"a worker process died \(ended by signal 9\), maybe for lack of memory"):
        tried(path, tmp_path, workers=2)


def test_a_fault_of_ours_in_a_worker_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ArithmeticError: no fold for faulty"):
        tried(written(tmp_path, "faulty"), tmp_path, workers=2)


def test_what_a_worker_cannot_read_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    path.write_text('user,event,at\nann,"Cart\n')
    with pytest.raises(Unavailable, match=r"past\.csv: line 2: a quote is opened and never closed"):
        tried(path, tmp_path, workers=2)


def test_a_playbook_that_is_wrong_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError):
        backtest({"bad": {"opportune.yaml": "zone: Nowhere\n"}}, Past(now=NOW), everything)


def test_progress_rises_to_all_there_is(tmp_path: Path) -> None:
    shares: list[float] = []
    work = Work(workers=1, partitions=4, progress=lambda done, of: shares.append(done / of))
    backtest({"one": sample_texts()}, Past(now=NOW, files=(written(tmp_path),)), everything, work)
    assert shares == sorted(shares)
    assert shares[-1] == 1
