"""The demo through the real engine: its books balance, and a seed tells one story."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from opportune.events.event import Input, log_clock
from opportune.policies.decision import Decision, Ending, digest_of, digest_of_ending
from opportune.wiring.demo.books import Report
from opportune.wiring.demo.playing import Play, play
from opportune.wiring.shard import Turn

pytestmark = pytest.mark.needs("smtp")


class Watched:
    """What a play came to."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.endings: list[Ending] = []
        self.late: list[Decision] = []

    def watch(self, inputs: Sequence[Input], turn: Turn) -> None:
        self.decisions += turn.decisions
        self.endings += turn.endings
        instants = {log_clock(entry) for entry in inputs}
        self.late += [each for each in turn.decisions if each.due not in instants]

    def digest(self) -> int:
        shares = [*map(digest_of, self.decisions), *map(digest_of_ending, self.endings)]
        return sum(shares) % (1 << 128)


def played(store: Path, *, seed: int = 3) -> tuple[Report, Watched]:
    async def playing() -> Report:
        return await play(Play(days=2, users=40, seed=seed), store, watch=watched.watch, stop=asyncio.Event())

    watched = Watched()
    return asyncio.run(playing()), watched


def test_the_books_balance_and_every_mail_has_arrived(tmp_path: Path) -> None:
    report, watched = played(tmp_path / "demo.db")
    figures = report.figures
    assert report.problems() == []
    assert figures.decisions == len(watched.decisions) > 5
    assert figures.decisions == figures.sent + sum(figures.held.values())
    assert (report.pending, report.unknown) == (0, 0)
    assert figures.mails_received == report.by_channel["email"] > 0


def test_the_same_seed_tells_the_same_story_to_the_last_bit(tmp_path: Path) -> None:
    first, one = played(tmp_path / "first.db")
    second, other = played(tmp_path / "second.db")
    assert one.digest() == other.digest()
    assert (first.figures.sent, first.figures.held) == (second.figures.sent, second.figures.held)


def test_another_seed_tells_another_story(tmp_path: Path) -> None:
    assert played(tmp_path / "first.db")[1].digest() != played(tmp_path / "second.db", seed=4)[1].digest()


def test_a_play_that_is_stopped_still_reports(tmp_path: Path) -> None:
    async def playing() -> Report:
        stop = asyncio.Event()

        def watch(inputs: Sequence[Input], turn: Turn) -> None:
            if turn.decisions:
                stop.set()

        return await play(Play(days=None, users=40), tmp_path / "demo.db", watch=watch, stop=stop)

    report = asyncio.run(playing())
    assert report.problems() == []
    assert report.days == 1


def test_simulated_time_never_runs_ahead_of_what_is_due(tmp_path: Path) -> None:
    """Every decision is of the very instant at which its batch was taken."""
    _, watched = played(tmp_path / "demo.db")
    assert watched.decisions
    assert watched.late == []
