"""No event id twice within the horizon, and none refused that was never durable, on both stores (R17).

Ids are taken, committed, given back by commits that fail, forgotten by a process that dies, closed into segments,
merged, and too old; some have the same bytes in every place that a sieve looks at.
"""

import shutil
from pathlib import Path
from tempfile import mkdtemp

import apsw
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from opportune.adapters.stores.memory import MemoryStore
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Input, Tick
from opportune.playbook.compiling import compiled
from opportune.ports import Batch, Store
from opportune.units import DAY, HOUR, Instant, Millis
from opportune.wiring.intake import Intake
from opportune.wiring.shard import Shard
from tests.contracts.made import NOW
from tests.laws.machines.running import run
from tests.stories.shop import shop

HORIZON: Millis = 7 * DAY
ALIKE = (
    *("e31100", "e129936", "e184708", "e193022", "e1093", "e199350", "e179257", "e214543"),
    *("e16031", "e217235", "e178007", "e227879", "e6760", "e300367", "e18591", "e382253"),
)
"""Two and two agree in the first byte and in the three that a sieve keeps of their names."""
QUICK = Path("/dev/shm")
"""Nothing here asks what a power cut leaves, so no disk need be waited for."""
PLAYBOOK = compiled(shop())
numbers = st.integers(0, 40)


class KnownInMemory(RuleBasedStateMachine):
    """One store, whose ids the model keeps as sets: taken, and durable since when."""

    @initialize()
    def begin(self) -> None:
        self.now: Instant = NOW
        self.fresh = 0
        self.durable: dict[str, Instant] = {}
        """When the log says that each came, the newest time."""
        self.waiting: list[Input] = []
        self.ever: list[str] = []
        self.start()

    def start(self) -> None:
        self.store: Store = MemoryStore()
        self.listen()

    def listen(self) -> None:
        self.intake = Intake(self.store, Shard(PLAYBOOK))
        self.waiting = []

    @rule(many=st.sampled_from([1, 3, 9]))
    def new_events_come(self, many: int) -> None:
        for _ in range(many):
            self.fresh += 1
            self.comes(f"id-{self.fresh}")

    @rule(which=st.integers(0, len(ALIKE) - 1))
    def one_like_another_comes(self, which: int) -> None:
        self.comes(ALIKE[which])

    @precondition(lambda self: self.ever)
    @rule(which=numbers, many=st.sampled_from([1, 5]))
    def events_come_again(self, which: int, many: int) -> None:
        for place in range(many):
            self.comes(self.ever[-1 - (which + place) % len(self.ever)])

    @precondition(lambda self: self.ever)
    @rule(which=numbers)
    def an_old_event_comes_again(self, which: int) -> None:
        self.comes(self.ever[which % len(self.ever)])

    def comes(self, name: str) -> None:
        """It becomes an entry exactly if it is not known; where it is too old to be, either may be."""
        said = Event(name, "ann", "Page Viewed", self.now, self.now)
        is_known = self.is_known(name)
        assert is_known is None or self.store.is_known(name) == is_known
        entries = list(self.intake.entered(said, self.now))
        assert is_known is None or bool(entries) != is_known, (name, is_known)
        assert self.store.is_known(name), "taken from now on"
        assert not list(self.intake.entered(said, self.now)), "not twice"
        self.waiting += entries
        if name not in self.ever:
            self.ever.append(name)

    def is_known(self, name: str) -> bool | None:
        """Whether it must be; None: it came longer ago than the horizon."""
        if name in {each.id for each in self.waiting if isinstance(each, Event)}:
            return True
        if name not in self.durable:
            return False
        return True if self.now - self.durable[name] <= HORIZON else None

    @rule()
    def commit(self) -> None:
        """What waits is durable."""
        batch, self.waiting = self.waiting, []
        self.store.commit_now(Batch(inputs=tuple(batch)))
        self.durable |= {each.id: self.now for each in batch if isinstance(each, Event)}

    @precondition(lambda self: self.durable and self.waiting)
    @rule()
    def a_commit_fails(self) -> None:
        """Its events may come again: nothing of it was kept."""
        batch, self.waiting = self.waiting, []
        try:
            self.store.commit_now(Batch(inputs=(*batch, Tick(self.now, 1))))
        except ValueError:
            self.store.commit_now(Batch())  # whoever waits for this is told after the one before
        else:
            raise AssertionError("a place in the log that is taken must be refused")

    @rule(span=st.sampled_from([0, 1, HOUR, DAY, 3 * DAY, HORIZON, HORIZON + 1]))
    def time_passes(self, span: Millis) -> None:
        self.now += span

    @invariant()
    def what_came_within_the_horizon_is_known_and_what_never_came_is_not(self) -> None:
        if not hasattr(self, "store"):
            return
        self.look_for([*self.ever[-30:], *ALIKE, f"id-{self.fresh + 1}"])

    def look_for(self, names: list[str]) -> None:
        for name in names:
            is_known = self.is_known(name)
            assert is_known is None or self.store.is_known(name) == is_known, (name, is_known)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


class KnownInAFile(KnownInMemory):
    """The same in a file that is closed, copied while it is written to, and opened again."""

    def start(self) -> None:
        self.folder = Path(mkdtemp(prefix="opportune-", dir=QUICK if QUICK.is_dir() else None))
        self.lives = 0
        self.open()

    def open(self) -> None:
        self.file = SqliteStore(self.folder / f"shop{self.lives}", horizon=HORIZON, most_recent_ids=6)
        self.store = self.file
        self.listen()

    @rule()
    def work_in_pieces_is_done(self) -> None:
        self.commit()
        while self.file.is_busy:
            self.file.commit_now(Batch())

    @rule()
    def many_come_and_are_closed_and_merged(self) -> None:
        for _ in range(9):
            self.new_events_come(7)
            self.work_in_pieces_is_done()
        self.look_for(self.ever)

    @rule(days=st.integers(3, 8))
    def days_go_by(self, days: int) -> None:
        """Each closes the segment of the one before, and forgets what is too old."""
        for _ in range(days):
            self.new_events_come(3)
            self.work_in_pieces_is_done()
            self.time_passes(DAY)

    @rule()
    def is_closed_and_opened_again(self) -> None:
        """What was taken and not committed is not known any more."""
        self.file.close()
        self.open()

    @rule()
    def dies_and_is_started_again(self) -> None:
        """Between two commits, in the middle of whatever else is written: the files are what the next one finds."""
        old, self.lives = self.file, self.lives + 1
        name = f"shop{self.lives}"

        def copy(connection: apsw.Connection) -> None:
            for file in self.folder.glob(f"shop{self.lives - 1}*"):
                if not file.name.endswith(("-owner", "-shm")):
                    shutil.copy(file, self.folder / file.name.replace(f"shop{self.lives - 1}", name, 1))

        old._writer.submit(copy).result()
        self.open()
        old.close()

    @rule()
    def closing_fails(self) -> None:
        """What should have become a segment is recent as before."""
        writer = self.file._writer
        while self.file.is_busy:
            self.file.commit_now(Batch())
        writer.submit(lambda connection: connection.execute("ALTER TABLE pages RENAME TO elsewhere")).result()
        self.new_events_come(9)
        self.work_in_pieces_is_done()
        writer.submit(lambda connection: connection.execute("ALTER TABLE elsewhere RENAME TO pages")).result()

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)


def test_in_memory_no_id_is_admitted_twice_and_none_refused_that_was_not_durable() -> None:
    run(KnownInMemory, examples=100, steps=30)


def test_in_a_file_no_id_is_admitted_twice_within_the_horizon_and_none_refused_that_was_not_durable() -> None:
    run(KnownInAFile, examples=40, steps=20)
