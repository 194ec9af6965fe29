"""What must be true of the file and of all that the provider got, when every life is over."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import msgspec

from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.events.names import STOP_ID
from opportune.policies.decision import Decision
from opportune.policies.view import LONGEST_REPEATING
from opportune.sending.attempt import Attempt
from opportune.sending.outbox import Row
from opportune.units import Instant
from opportune.wiring.moved import MOVED
from opportune.wiring.publications import Publications
from opportune.wiring.replay import replay
from opportune.wiring.restoring import restored
from tests.faults.book import Book
from tests.faults.town import Town

Note = dict[str, object]
TAKEN = ("taken", "dropped", "slow")


@dataclass
class Sums:
    """Everything that is compared, read once."""

    town: Town
    book: Book
    history: SqliteHistory

    def __post_init__(self) -> None:
        ground = self.town.ground
        self.mails = [note for note in ground.notes if note["kind"] == "mail"]
        self.calls = [note for note in ground.notes if note["kind"] == "call"]
        self.rows = defaultdict[str, list[Row]](list)
        for row in self.history.outbox():
            self.rows[row.claim.attempt.decision].append(row)
        self.endings = {each.decision: each for each in self.history.endings()}
        self.decisions = {each.id: each for each in self.history.decisions()}

    def all_hold(self) -> str:
        """The totals, in one line; raises AssertionError for whatever is wrong."""
        self.book.at_the_end(self.history, self.town.acknowledged)
        self.imported_once()
        self.one_for_each_cause("email", [note for note in taken(self.mails) if not self.repeats(str(note["key"]))])
        self.one_for_each_cause("webhook", [note for note in taken(self.calls) if not note["is_repeat"]])
        self.repeats_are_the_same()
        self.unknown_only_if_unanswered()
        self.nothing_outside_its_claim()
        self.nothing_after_a_stop()
        found = replay(self.history)
        assert found.differences == []
        self.books_balance()
        outcomes = Counter(ending.outcome for ending in self.endings.values())
        repeats = sum(bool(note["is_repeat"]) for note in self.calls)
        return (
            f"{self.book.kills} kills: {len(self.town.acknowledged)} events acknowledged, "
            f"{self.town.imported} imported, {self.town.retries} repeated requests, "
            f"{len(taken(self.mails))} mails of {len(self.mails)} handed over, {len(self.town.stops)} stops, "
            f"{len(taken(self.calls)) - repeats} calls and {repeats} repeats of them, "
            f"{len(self.book.in_flight)} in flight at a kill; {dict(sorted(outcomes.items()))}"
        )

    def figures(self) -> dict[str, int]:
        """What is summed over all runs, once all holds."""
        endings = Counter(ending.outcome for ending in self.endings.values())
        return {
            "kills": self.book.kills,
            "acknowledged": len(self.town.acknowledged),
            "imported": self.town.imported,
            "mails": len(taken(self.mails)),
            "calls": sum(not note["is_repeat"] for note in taken(self.calls)),
            "repeated_calls": sum(bool(note["is_repeat"]) for note in self.calls),
            "stops": len(self.town.stops),
            "in_flight": len(self.book.in_flight),
            "unknown": endings["unknown"],
            "lost_acknowledged": len(self.book.lost(self.town.acknowledged)),
            "doubled": sum(count - 1 for count in self.once().values()),
        }

    def once(self) -> Counter[str]:
        """How often each message came that may come once."""
        fresh = [note for note in taken(self.calls) if not note["is_repeat"]]
        mails = [note for note in taken(self.mails) if not self.repeats(str(note["key"]))]
        return Counter(str(note["key"]) for note in mails + fresh)

    def repeats(self, key: str) -> bool:
        """Whether this message may come more than once, for so it asks."""
        return self.rows[key][0].claim.attempt.delivery == "at_least_once"

    def imported_once(self) -> None:
        rows = Counter(
            entry.properties
            for entry in self.history.log()
            if isinstance(entry, Event) and entry.name == "Product Viewed"
        )
        assert len(rows) == self.town.imported
        assert max(rows.values(), default=1) == 1

    def one_for_each_cause(self, channel: str, notes: list[Note]) -> None:
        """At most one message for one decision, and one decision for one journey, run and step."""
        keys = Counter(str(note["key"]) for note in notes)
        assert {key: count for key, count in keys.items() if count > 1} == {}, channel
        causes = Counter(cause(self.decisions[key]) for key in keys)
        assert {each: count for each, count in causes.items() if count > 1} == {}, channel
        assert all(self.rows[key][0].claim.attempt.channel == channel for key in keys)
        sent = {id for id, ending in self.endings.items() if ending.outcome == "sent"}
        ours = {id for id in sent if id in self.rows and self.rows[id][0].claim.attempt.channel == channel}
        ours -= {id for id in ours if channel == "email" and self.repeats(id)}
        assert ours <= keys.keys(), f"{channel}: {ours - keys.keys()} count as sent and are not"
        for key in keys:
            ending = self.endings.get(key)
            stage = self.rows[key][-1].stage
            assert (stage if ending is None else ending.outcome) in ("sent", "unknown", "data_sent"), (key, ending)

    def repeats_are_the_same(self) -> None:
        """What follows a call that had no answer is that very call again; after a clear 503 it may be another day's."""
        unanswered: dict[object, object] = {}
        for note in self.calls:
            key, body = note["key"], note["body"]
            assert unanswered.get(key, body) == body, note
            if note["mood"] in ("dropped", "forgotten"):
                unanswered[key] = body

    def unknown_only_if_unanswered(self) -> None:
        """No more is unknown than was in flight at a kill, or than what the provider did not answer."""
        unanswered = {str(note["key"]) for note in self.mails + self.calls if note["mood"] in ("dropped", "forgotten")}
        unknown = {id for id, ending in self.endings.items() if ending.outcome == "unknown"}
        assert unknown <= self.book.in_flight | unanswered, unknown - self.book.in_flight - unanswered
        for id in self.book.in_flight:
            rows = self.rows[id]
            if rows[0].claim.attempt.channel == "email" and not self.repeats(id):
                assert "unknown" in [row.stage for row in rows], (id, rows)
        for id in unknown:
            row = self.rows[id][-1]
            if row.claim.attempt.channel == "webhook":
                assert row.recalled or (row.at or 0) >= row.claim.attempt.expires, f"may still be asked again: {row}"

    def nothing_outside_its_claim(self) -> None:
        """Each mail's envelope was agreed to after its claim and before ``expires``, or while it may be repeated."""
        for note in self.mails:
            spans = [(each.at, until(each)) for each in (row.claim.attempt for row in self.rows[str(note["key"])])]
            asked = float(str(note["asked"]))
            assert any(at <= asked < expires for at, expires in spans), (note, spans)

    def nothing_after_a_stop(self) -> None:
        """No claim after a stop, nor a mail whose envelope was agreed to after the stop was answered."""
        stopped: dict[tuple[str, str], int] = {}
        for entry in self.history.log():
            if isinstance(entry, Event) and entry.id.startswith(STOP_ID):
                stopped.setdefault((entry.user, "cart"), entry.received_at)
        assert len(stopped) <= len(self.town.stops)
        for rows in self.rows.values():
            for row in rows:
                attempt = row.claim.attempt
                since = stopped.get((attempt.user, attempt.topic))
                assert since is None or attempt.at <= since or attempt.channel != "email", row
        answered: dict[str, float] = {}
        for stop in self.town.stops:
            user = self.decisions[stop.key].user
            assert (user, "cart") in stopped
            answered[user] = min(stop.at, answered.get(user, stop.at))
        for note in self.mails:
            decision = self.decisions[str(note["key"])]
            if decision.user in answered and self.rows[decision.id][0].claim.attempt.topic == "cart":
                assert float(str(note["asked"])) <= answered[decision.user], (note, decision)

    def books_balance(self) -> None:
        """Every decision has ended or is pending, and each open claim is still with the dispatcher."""
        store = SqliteStore(self.book.path)
        shard = restored(store, Publications(store)).shard
        living = [shard.memory(user) for user, raw in shard.memories.items() if raw[:1] != MOVED]
        pending = {each.id: each.state for memory in living for each in memory.ledger.pending}
        assert sorted([*pending, *self.endings]) == sorted(self.decisions)
        claimed = {id for id, state in pending.items() if state == "claimed"}
        with_dispatcher = {row.claim.attempt.decision for row in [*store.open_claims(), *store.unlogged()]}
        assert claimed == with_dispatcher
        store.close()


def until(attempt: Attempt) -> Instant:
    """The instant from which no try may begin."""
    if attempt.delivery == "once":
        return attempt.expires
    return min(attempt.at + LONGEST_REPEATING, attempt.deadline or attempt.at + LONGEST_REPEATING)


def told_of(event: Event) -> str:
    """The decision that an event is about; nothing if it names none."""
    return str(msgspec.json.decode(event.properties).get("decision", ""))


def taken(notes: list[Note]) -> list[Note]:
    """Those that the provider took, whatever it answered."""
    return [note for note in notes if note["mood"] in TAKEN]


def cause(decision: Decision) -> tuple[object, ...]:
    """What a user may get at most one message for."""
    return decision.user, decision.journey, decision.key, decision.entry, decision.step
