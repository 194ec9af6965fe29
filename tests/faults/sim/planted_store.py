"""Faults of stores: what queues and files do when the power goes, a disk is full, or a call comes twice."""

from concurrent.futures import Future

import apsw
import pytest
from msgspec.structs import replace

from opportune.adapters.stores import committing, erasing, keeping, schema, snapshots, sqlite
from opportune.adapters.stores.ids import KnownIds
from opportune.adapters.stores.outbox import SqliteOutbox
from opportune.adapters.stores.segments import LastingIds
from opportune.adapters.stores.sieve import Sieve
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.adapters.stores.wish import Wish
from opportune.adapters.stores.writer import Writer
from opportune.errors import Unavailable
from opportune.events.event import Tick
from opportune.ports import Batch
from opportune.sending.attempt import Attempt, Recall
from opportune.sending.outbox import Claim
from opportune.testing.virtual_disk import VirtualDisk
from opportune.wiring.shard import Shard
from opportune.wiring.snapshots import Walk

Patch = pytest.MonkeyPatch

# The disk


def commits_that_wait_for_no_disk(patch: Patch) -> None:
    true = schema._make_ready

    def ready(connection, path):
        true(connection, path)
        connection.pragma("synchronous", "off")

    patch.setattr(schema, "_make_ready", ready)


def commits_that_wait_for_the_disk_now_and_then(patch: Patch) -> None:
    true = schema._make_ready

    def ready(connection, path):
        true(connection, path)
        connection.pragma("synchronous", "normal")

    patch.setattr(schema, "_make_ready", ready)


def a_disk_that_lies_about_syncs(patch: Patch) -> None:
    true = VirtualDisk.begin

    def begin(self):
        true(self)
        self.is_sync_ignored = True

    patch.setattr(VirtualDisk, "begin", begin)


def answers_given_before_the_transaction_ends(patch: Patch) -> None:
    true = Wish.attempt

    def attempt(self, connection):
        true(self, connection)
        self.settle()

    def write_all(self):
        with self._lock:
            wishes, self._waiting = self._waiting, []
        try:
            self._write(wishes)
        except Exception as refusal:  # noqa: BLE001 - as the true one
            for wish in wishes:
                if not wish.future.done():
                    wish.future.set_exception(Unavailable(str(refusal)))
        self.checkpoints.after_commit()

    patch.setattr(Wish, "attempt", attempt)
    patch.setattr(Writer, "_write_all", write_all)


def writing_that_goes_on_after_a_fault(patch: Patch) -> None:
    """The fault is noted down, and nobody told: what failed counts as written."""
    true = Writer._write

    def write(self, wishes):
        try:
            true(self, wishes)
        except apsw.Error:
            self._is_broken = False

    patch.setattr(Writer, "_write", write)


def two_owners_of_one_file(patch: Patch) -> None:
    patch.setattr(sqlite, "own", lambda path: apsw.Connection(":memory:"))


# What one transaction holds


def a_log_in_a_transaction_of_its_own(patch: Patch) -> None:
    true = SqliteStore._submit

    def submit(self, batch):
        done = Future()

        def then(logged):
            if logged.exception() is not None:
                done.set_exception(logged.exception())
                return
            rest = true(self, replace(batch, inputs=()))
            rest.add_done_callback(
                lambda found: (
                    done.set_exception(found.exception()) if found.exception() else done.set_result(found.result())
                )
            )

        true(self, Batch(inputs=batch.inputs)).add_done_callback(then)
        return done

    patch.setattr(SqliteStore, "_submit", submit)


def a_cursor_moved_when_rows_are_fetched(patch: Patch) -> None:
    true = SqliteStore.commit

    async def commit(self, batch):
        if batch.offsets:
            await true(self, Batch(offsets=batch.offsets))
        return await true(self, replace(batch, offsets=()))

    patch.setattr(SqliteStore, "commit", commit)


def ticks_that_are_not_logged(patch: Patch) -> None:
    true = SqliteStore._submit
    patch.setattr(
        SqliteStore,
        "_submit",
        lambda self, batch: true(
            self, replace(batch, inputs=tuple(each for each in batch.inputs if not isinstance(each, Tick)))
        ),
    )


def endings_that_are_not_kept(patch: Patch) -> None:
    true = SqliteStore._submit
    patch.setattr(SqliteStore, "_submit", lambda self, batch: true(self, replace(batch, endings=())))


def claims_that_are_not_kept(patch: Patch) -> None:
    """They are handed to the dispatcher all the same."""
    patch.setattr(committing, "_claim", lambda connection, attempt: Claim(attempt, 1))


def claims_that_are_not_counted(patch: Patch) -> None:
    """Each attempt of a decision is its first."""

    def claim(connection, attempt):
        connection.execute("DELETE FROM outbox WHERE decision = ?", (attempt.decision,))
        return true(connection, attempt)

    true = committing._claim
    patch.setattr(committing, "_claim", claim)


def recalls_that_are_not_kept(patch: Patch) -> None:
    true = committing._write_calls
    patch.setattr(
        committing,
        "_write_calls",
        lambda connection, calls: true(connection, [each for each in calls if isinstance(each, Attempt)]),
    )


def recalled_messages_left_in_the_inbox(patch: Patch) -> None:
    def write(connection, calls):
        for call in calls:
            if isinstance(call, Recall):
                connection.execute("UPDATE outbox SET recalled = ? WHERE decision = ?", (call.code, call.decision))
            else:
                yield committing._claim(connection, call)

    patch.setattr(committing, "_write_calls", write)


def receipts_that_leave_their_claims_open(patch: Patch) -> None:
    patch.setattr(committing, "claim_named", lambda event: None)


def shelves_that_stay_with_absorbed_ids(patch: Patch) -> None:
    patch.setattr(committing, "move_shelves", lambda connection, inputs: None)


# Event ids


def dedupe_that_fails_open(patch: Patch) -> None:
    patch.setattr(SqliteStore, "admit", lambda self, event: True)


def dedupe_that_forgets_at_a_restart(patch: Patch) -> None:
    patch.setattr(LastingIds, "rebuild", lambda self, tail: None)


def dedupe_that_knows_the_newest_only(patch: Patch) -> None:
    patch.setattr(Sieve, "is_perhaps_in", lambda self, name: False)


def dedupe_that_forgets_what_is_being_closed(patch: Patch) -> None:
    def is_seen(self, event_id, name):
        if event_id in self._taken or name in self._recent[name[0]]:
            return True
        return self.sieve.is_perhaps_in(name) and self._contains(self.segments, name)

    patch.setattr(KnownIds, "_is_seen", is_seen)


def dedupe_for_an_hour(patch: Patch) -> None:
    true = KnownIds.drop_before

    def drop(self, now):
        self._horizon = 3_600_000
        return true(self, now)

    patch.setattr(KnownIds, "drop_before", drop)


def dedupe_by_user_and_instant(patch: Patch) -> None:
    true = LastingIds.admit
    patch.setattr(LastingIds, "admit", lambda self, event: true(self, replace(event, id=f"{event.user} {event.at}")))


# Snapshots


def a_snapshot_marked_when_its_walk_begins(patch: Patch) -> None:
    true = Walk.steps

    def steps(self, entries):
        mark = self._mark
        found, last = true(self, entries)
        return found, last or mark

    patch.setattr(Walk, "steps", steps)


def a_snapshot_that_claims_the_next_entry(patch: Patch) -> None:
    """What it says is where the log goes on, not where it was."""
    true = snapshots.write_kept

    def write(connection, batch):
        mark = None if batch.mark is None else replace(batch.mark, seq=batch.mark.seq + 1)
        true(connection, replace(batch, mark=mark))

    patch.setattr(committing, "write_kept", write)


def a_snapshot_without_the_users_that_changed_meanwhile(patch: Patch) -> None:
    true = Walk.begin

    def begin(self, seq):
        true(self, seq)
        self._left = self._left[:1]

    patch.setattr(Walk, "begin", begin)


def memories_kept_without_their_deadlines(patch: Patch) -> None:
    true = snapshots.write_kept
    patch.setattr(
        committing,
        "write_kept",
        lambda connection, batch: true(
            connection, replace(batch, kept=tuple(replace(each, wake=None) for each in batch.kept))
        ),
    )


def a_wheel_that_is_not_rebuilt(patch: Patch) -> None:
    true = Shard.__init__

    def init(self, playbook, **more):
        true(self, playbook, **{**more, "wakes": {}})

    patch.setattr(Shard, "__init__", init)


# The outbox and the door


def a_door_that_looks_up_no_recall(patch: Patch) -> None:
    async def mark(self, claim, body=None, *, again=False):
        return await self._change(
            "UPDATE outbox SET stage = 'data_sent', body = coalesce(body, ?) WHERE decision = ? AND nth = ?"
            " AND stage = ?",
            (body, claim.attempt.decision, claim.nth, "data_sent" if again else "claimed"),
        )

    patch.setattr(SqliteOutbox, "mark_data_sent", mark)


def words_that_are_kept_anew(patch: Patch) -> None:
    """A repeat has the words that it is given, not those it had."""
    true = SqliteOutbox.standing

    def standing(self, claim):
        row = true(self, claim)
        return None if row is None else replace(row, body=None)

    patch.setattr(SqliteOutbox, "standing", standing)


def answers_that_are_not_reported_after_a_restart(patch: Patch) -> None:
    patch.setattr(SqliteOutbox, "unlogged", lambda self: [])


def open_claims_that_nobody_takes_up(patch: Patch) -> None:
    patch.setattr(SqliteOutbox, "open_claims", lambda self: [])


# Those who were erased


def erasure_that_leaves_attempts(patch: Patch) -> None:
    patch.setattr(erasing, "_BY_USER", [each for each in erasing._BY_USER if "outbox" not in each])


def erasure_that_leaves_decisions(patch: Patch) -> None:
    patch.setattr(erasing, "_BY_USER", [each for each in erasing._BY_USER if not each.startswith("DELETE FROM dec")])


def erasure_that_leaves_the_inbox(patch: Patch) -> None:
    patch.setattr(erasing, "_BY_USER", [each for each in erasing._BY_USER if "inbox" not in each])


def erasure_that_forgets_the_bar(patch: Patch) -> None:
    patch.setattr(keeping.SqliteKeeping, "is_barred", lambda self, channel, address: False)


def erasure_that_refuses_nobody(patch: Patch) -> None:
    patch.setattr(keeping.SqliteKeeping, "is_erased", lambda self, user: False)


def erasure_that_is_forgotten_at_a_restart(patch: Patch) -> None:
    true = keeping.SqliteKeeping.__init__

    def init(self, path, writer):
        true(self, path, writer)
        self._erased = set()

    patch.setattr(keeping.SqliteKeeping, "__init__", init)


def a_log_that_still_tells_of_the_erased(patch: Patch) -> None:
    patch.setattr("opportune.adapters.stores.reading.erasing", lambda connection: {})
