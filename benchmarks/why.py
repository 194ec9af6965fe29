"""How long a question takes in a file with many decisions, and how many bytes of the file each takes.

    python -m benchmarks.why --decisions 10000000 --folder /somewhere/with/room

The decisions are those of the generic playbook, told of again and again of other users with ids of their own, and
written straight into the file. The log beside them holds one event of each user.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

import apsw
from msgspec import msgpack
from msgspec.structs import replace

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.generic import DAYTIME, START, Crowd, files
from benchmarks.machine import machine
from opportune.adapters.stores.decision_index import write_decisions
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.draws import hash_of
from opportune.events.event import Event, Published
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.decision import Decision, Ending
from opportune.ports import Batch
from opportune.units import MINUTE
from opportune.wiring.looking import Looking
from opportune.wiring.shard import Shard
from opportune.wiring.why import Where, found, why, why_decision

AT_ONCE = 20_000
IN_A_COMMIT = 500
"""Events of one row of the log."""
EACH = 20
"""Decisions of a user, on the average."""
QUESTIONS = 300
INDEX = "decisions_by_code"


@dataclass
class Asked:
    """A file, and what may be asked of it."""

    path: Path
    decisions: int
    users: int
    samples: list[Decision]
    """Some decisions that are in it."""


def measured(size: Size, decisions: int | None = None, folder: Path | None = None) -> Iterator[Figure]:
    """The slowest hundredth of three kinds of questions, and bytes for each decision."""
    count = size.history if decisions is None else decisions
    with TemporaryDirectory(dir=folder) as made:
        asked = filled(Path(made) / "measured.opportune", count, size)
        questions = max(10, min(QUESTIONS, size.calls))
        about = f"{asked.decisions:,} decisions about {asked.users:,} users"
        told = f"{about}; the file opened for each question, its playbook read once"
        spent = {name: _spent(asked.path, each, questions) for name, each in _questions(asked).items()}
        yield _slowest("why.p99_ms", [each for some in spent.values() for each in some], f"all of these; {told}")
        for name, some in spent.items():
            yield _slowest(f"why.{name}_p99_ms", some, told)
        yield from _bytes(asked)


def filled(path: Path, count: int, size: Size) -> Asked:
    """A file with so many decisions in it."""
    playbook = playbook_from(files())
    crowd = Crowd(size.users, triggers=0.1)
    shard = Shard(compiled(playbook))
    shard.feed(list(crowd.arrivals(START)))
    events = crowd.events(max(size.history, 1_000), start=START, end=START + DAYTIME, seq=size.users)
    turn = shard.feed(list(events))
    ended = {each.decision: each for each in turn.endings}
    users = max(1, count // EACH)
    with closing(SqliteStore(path)) as store:
        store.keep_publication(playbook.hash, files())
        store.commit_now(Batch(inputs=(Published(playbook.hash, START, 1),)))
        for first in range(0, users, IN_A_COMMIT):
            names = range(first, min(first + IN_A_COMMIT, users))
            store.commit_now(Batch(inputs=tuple(_event(number, number + 2) for number in names)))
        while store.is_busy:
            sleep(0.01)
    samples = _write(path, turn.decisions, ended, count, users)
    return Asked(path, count, users, samples)


def _event(number: int, seq: int) -> Event:
    return Event(f"e{number}", f"user-{number}", "Page Viewed", START, START, seq)


def _write(
    path: Path, templates: Sequence[Decision], ended: dict[str, Ending], count: int, users: int
) -> list[Decision]:
    """All the decisions, without waiting for the disk: nothing of this file need survive."""
    samples: list[Decision] = []
    with closing(apsw.Connection(str(path))) as connection:
        for setting in ("journal_mode=off", "synchronous=off", f"cache_size={-2_000_000}"):
            connection.execute(f"PRAGMA {setting}").fetchall()
        for first in range(0, count, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, count))
            some = [_again(templates, ended, number, count, users) for number in numbers]
            decisions = tuple(decision for decision, _ in some)
            endings = tuple(ending for _, ending in some if ending is not None)
            with connection:
                write_decisions(connection, Batch(decisions=decisions, endings=endings))
                connection.executemany(
                    "INSERT INTO endings (decision, body) VALUES (?, ?)",
                    [(each.decision, msgpack.encode(each)) for each in endings],
                )
            samples += decisions[:: max(1, len(decisions) // 20)]
        connection.execute("PRAGMA journal_mode=wal").fetchall()
    return samples


def _again(
    templates: Sequence[Decision], ended: dict[str, Ending], number: int, count: int, users: int
) -> tuple[Decision, Ending | None]:
    """One of the templates, of another user, a while later."""
    like = templates[number % len(templates)]
    later = number * (90 * 24 * 60 * MINUTE) // count
    made = replace(
        like,
        id=hash_of("sample", number).hex(),
        user=f"user-{number * 7_919 % users}",
        due=like.due + later,
        entry=like.entry + later,
        chosen=like.chosen and replace(like.chosen, at=like.chosen.at + later),
        verdicts=tuple(
            replace(each, at=each.at + later, until=each.until and each.until + later) for each in like.verdicts
        ),
        seq=users + 2 + number,
    )
    ending = ended.get(like.id)
    return made, ending and replace(ending, decision=made.id, user=made.user, at=ending.at + later)


def _questions(asked: Asked) -> dict[str, Callable[[SqliteHistory], object]]:
    random, looking = Random(7), Looking()

    def by_kind(history: SqliteHistory) -> object:
        like = random.choice(asked.samples)
        where = Where(like.journey, like.code if like.chosen is None else "chosen", until=like.due)
        return found(history, where, most=50)

    return {
        "by_user": lambda history: why(history, random.choice(asked.samples).user, looking=looking),
        "by_decision": lambda history: why_decision(history, random.choice(asked.samples).id, looking=looking),
        "by_journey_and_code": by_kind,
    }


def _spent(path: Path, question: Callable[[SqliteHistory], object], times: int) -> list[float]:
    """Milliseconds of each."""
    return [_once(path, question) for _ in range(times)]


def _once(path: Path, question: Callable[[SqliteHistory], object]) -> float:
    start = perf_counter()
    with closing(SqliteHistory(path)) as history, history.standing_still():
        question(history)
    return (perf_counter() - start) * 1_000


def _slowest(name: str, spent: Sequence[float], told: str) -> Figure:
    """The slowest hundredth of them begins here."""
    least, most = round(min(spent), 2), round(max(spent), 2)
    return Figure(
        name,
        round(quantiles(spent, n=100, method="inclusive")[-1], 2),
        "ms",
        (least, most),
        f"{told}; {len(spent)} questions",
    )


def _bytes(asked: Asked) -> Iterator[Figure]:
    """What the tables and indexes take, for each decision; of them what finding by journey, code and time takes."""
    with closing(apsw.Connection(str(asked.path))) as connection:
        sizes = dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
    ours = {name: size for name, size in sizes.items() if "decision" in name and "words" not in name}
    told = f"{asked.decisions:,} decisions; the row, its indexes by id, by user, and by journey, code and time"
    yield figure_of("decision.bytes_of_many", [sum(ours.values()) / asked.decisions], unit="bytes", conditions=told)
    yield figure_of(
        "decision.index_bytes", [ours[INDEX] / asked.decisions], unit="bytes",
        conditions=f"{asked.decisions:,} decisions; of these the index by journey, code and time",
    )  # fmt: skip


def main(arguments: list[str]) -> int:
    """Fills the file, asks, and prints the figures."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=10_000_000)
    parser.add_argument(
        "--folder", type=Path, help="where the file is made; it needs about a kilobyte for two decisions"
    )
    options = parser.parse_args(arguments)
    print(machine())
    for figure in measured(Size(), options.decisions, options.folder):
        print(figure, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
