"""A playbook that follows the file of a running engine: reads what comes, sends nothing, writes nothing there."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Final, TypeAlias

from opportune.adapters.sealing import token_of
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.secret import secret_path
from opportune.errors import Unavailable
from opportune.events.event import Erased, Event, Input, Merged
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.units import Instant
from opportune.wiring.backtest.crew import peak_mb
from opportune.wiring.backtest.groups import Links, as_history, link_of
from opportune.wiring.backtest.life import Happened
from opportune.wiring.backtest.log import tells
from opportune.wiring.backtest.past import Past, nothing_in
from opportune.wiring.backtest.report import Report
from opportune.wiring.backtest.reporting import assumptions_of, side_by_side
from opportune.wiring.backtest.working import Span, undisturbed
from opportune.wiring.installed import installed
from opportune.wiring.shadowing.lives import Lives

STRETCH: Final = 20_000
"""Log entries that are read at one moment: the engine's file is held no longer than that takes."""

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how much is done, of how much."""


def told_to_nobody(done: int, of: int) -> None:
    """Nobody looks."""


class Shadow:
    """One playbook beside one engine; raises Unavailable if the file cannot be read, or is no longer the same log."""

    def __init__(self, name: str, texts: Mapping[str, str], past: Past, *, stretch: int = STRETCH) -> None:
        """``past`` names the engine's file, and from which day on it counts; raises PlaybookError for a wrong one."""
        self._name = name
        self._past = past
        self._stretch = stretch
        self._playbook = playbook_from(texts, policies=installed())
        self._lives = Lives(compiled(self._playbook))
        self._links = Links()
        self._store = past.store or Path()
        self._history = SqliteHistory(self._store)
        self._seq = 0
        self._events = 0
        self._seconds = 0.0

    @property
    def seq(self) -> int:
        """The newest log entry that was taken."""
        return self._seq

    def close(self) -> None:
        """Lets go of the file."""
        self._history.close()

    def follow(self, progress: Progress = told_to_nobody, *, is_enough: Callable[[], bool] = lambda: False) -> bool:
        """Takes all that has come since the last time; False if it was enough before that, asked after each stretch."""
        begun, before = perf_counter(), self._seq
        with undisturbed():
            while (newest := self._history.last_seq()) > self._seq and not is_enough():
                self._stretch_on()
                progress(self._seq - before, max(newest, self._seq) - before)
        if newest < self._seq:
            raise Unavailable(f"{self._store}: ends before what was read of it; is it another file? begin again")
        self._seconds += perf_counter() - begun
        return newest == self._seq

    def report(self) -> Report:
        """What ``backtest`` says of the same log up to here; raises Unavailable as long as there is no event in it."""
        begun, past = perf_counter(), self._past
        if self._lives.span is None:
            raise nothing_in(past, [])
        first, last = self._lives.span
        since = first if past.since is None else past.since
        span = Span(since, max(since, last))
        side = side_by_side([self._playbook], span, store=past.store).sides[0]
        with undisturbed():
            for lived in self._lives.until(span.until):
                side.figures.add([lived])
                side.estimates.add([lived])
        report = side.figures.report(self._name)
        report.estimates = side.estimates.estimates()
        report.assumptions += assumptions_of(past)
        self._seconds += perf_counter() - begun
        report.seconds = round(self._seconds, 3)
        report.events_per_second = round(self._events / self._seconds, 1) if self._seconds else 0.0
        report.peak_mb = round(peak_mb(), 1)
        return report

    def _stretch_on(self) -> None:
        with self._history.standing_still():
            entries = list(islice(self._history.log(self._seq), self._stretch))
            if not entries:  # all that was left is of users who were erased
                self._seq = self._history.last_seq()
                return
            self._take(entries)
            self._seq = entries[-1].seq
            gone = {entry.token for entry in entries if isinstance(entry, Erased)}
            if gone:
                self._forget(gone)

    def _take(self, entries: Iterable[Input]) -> None:
        told = [entry for entry in entries if isinstance(entry, Event | Merged) and tells(entry)]
        for link in filter(None, map(link_of, told)):
            self._links.join(*link)
        self._events += len(told)
        self._lives.take(self._as_taken(told))

    def _as_taken(self, entries: Iterable[Happened]) -> Iterable[Happened]:
        since = self._past.since
        return entries if since is None else map(partial(_history, since), entries)

    def _forget(self, tokens: set[str]) -> None:
        """Users of whom nothing is told any more live again without it, and so do all ids that they were linked to."""
        roots = dict(self._links.roots())
        known = {*self._lives.users, *roots}
        lost = known if (secret := _secret(self._store)) is None else {
            user for user in known if token_of(secret, "user", user) in tokens
        }  # fmt: skip
        groups = {roots.get(user, user) for user in lost}
        again = lost | {user for user, root in roots.items() if root in groups}
        self._lives.forget(again)
        self._lives.take(self._as_taken(self._told_of(again)))

    def _told_of(self, users: set[str]) -> Iterable[Happened]:
        """What the log still tells of these ids, in its order."""
        found = {entry.seq: entry for user in users for entry in self._history.events_of(user)}
        told = (found[seq] for seq in sorted(found) if seq <= self._seq)
        return [entry for entry in told if isinstance(entry, Event | Merged) and tells(entry)]


def _history(since: Instant, entry: Happened) -> Happened:
    taken = as_history(entry, since)
    assert isinstance(taken, Event | Merged)
    return taken


def _secret(store: Path) -> bytes | None:
    """The secret by which erased ids are known again; None if it may not be read: then everybody lives again."""
    try:
        return secret_path(store).read_bytes()
    except OSError:
        return None
