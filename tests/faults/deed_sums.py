"""What must be true of everything that was done beside events and mails, when every life is over."""

from bisect import bisect
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from math import log2

import apsw

from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events import names
from opportune.events.event import Event
from opportune.policies.view import LONGEST_REPEATING
from opportune.sending.outbox import Row
from opportune.wiring.replay import replay
from tests.faults.deeds import Deeds
from tests.faults.sums import Note, Sums, taken, told_of

REPORTED = {
    "delivered": names.EMAIL_DELIVERED,
    "bounced": names.EMAIL_BOUNCED,
    "complained": names.EMAIL_COMPLAINED,
}
SAID = {"shown": names.IN_APP_SHOWN, "clicked": names.IN_APP_CLICKED, "dismissed": names.IN_APP_DISMISSED}
NOTICED = {
    names.EMAIL_OPENED: "/o/",
    names.EMAIL_OPENED_BY_MACHINE: "/o/",
    names.EMAIL_CLICKED: "/c/",
    names.EMAIL_CLICKED_BY_MACHINE: "/c/",
}
MOST_COPIES = int(log2(LONGEST_REPEATING / 1_000)) + 2
"""One each time that the span since the claim has doubled, from a second on, and the first one."""
SOON = 10
"""Milliseconds by which clocks of a loop may be early, and instants are rounded."""


@dataclass
class DeedSums:
    """Everything that is compared."""

    sums: Sums
    deeds: Deeds

    def __post_init__(self) -> None:
        self.events = [entry for entry in self.sums.history.log() if isinstance(entry, Event)]
        told = [event for event in self.events if not event.id.startswith(names.RECEIPT_ID)]
        self.counts = Counter((event.name, told_of(event)) for event in told)

    def all_hold(self) -> str:
        """The totals, in one line; raises AssertionError for whatever is wrong."""
        self.reported_once()
        self.nothing_after_a_complaint()
        self.noticed_only_what_was_opened()
        self.said_once()
        self.shelves_are_whole()
        self.copies_are_whole()
        doubled = self.copies_within_bounds()
        noticed = sum(self.counts[each] for each in self.counts if each[0] in NOTICED)
        return (
            f"{len(self.deeds.reports)} reports of a provider, {self.deeds.followed} links opened ({noticed} told), "
            f"{self.deeds.read} inboxes read ({self.deeds.streams} streams), {len(self.deeds.said)} words on them, "
            f"{len(self.deeds.copies)} copies of the file, {doubled} mails come more than once as they may"
        )

    def reported_once(self) -> None:
        """What a provider told and was answered is in the log, once."""
        for report in self.deeds.reports:
            assert self.counts[REPORTED[report.what], report.key] == 1, report

    def nothing_after_a_complaint(self) -> None:
        """No mail at all whose envelope was agreed to after the answer."""
        answered: dict[str, float] = {}
        for report in self.deeds.reports:
            if report.what == "complained":
                user = self.sums.decisions[report.key].user
                answered[user] = min(report.at, answered.get(user, report.at))
        for note in self.sums.mails:
            user = self.sums.decisions[str(note["key"])].user
            assert user not in answered or float(str(note["asked"])) <= answered[user], note

    def noticed_only_what_was_opened(self) -> None:
        """Openings and clicks may be lost, but none is invented, and none is told twice for one request."""
        asked = Counter((path[:3], key) for path, key in self.deeds.asked_for)
        for (name, key), count in self.counts.items():
            if name in NOTICED:
                assert count <= asked[NOTICED[name], key], (name, key, count)

    def said_once(self) -> None:
        """What an app said and was answered is in the log once; whoever said more has shown it, too."""
        for key, word in self.deeds.said:
            assert self.counts[SAID[word], key] == 1, (key, word)
            assert self.counts[names.IN_APP_SHOWN, key] == 1, (key, word)
        assert max((count for (name, _), count in self.counts.items() if name in SAID.values()), default=1) == 1

    def shelves_are_whole(self) -> None:
        """Every in-app message that counts as sent lies in its inbox, or was dismissed there."""
        store = SqliteStore(self.sums.book.path)
        for rows in self.sums.rows.values():
            attempt = rows[-1].claim.attempt
            if attempt.channel == "in_app" and rows[-1].stage == "sent":
                item = store.inbox_item(attempt.user, attempt.decision)
                assert item is not None, attempt
                is_dismissed = (attempt.decision, "dismissed") in self.deeds.said
                assert is_dismissed == (attempt.decision not in {each.key for each in store.inbox(attempt.user)})
        store.close()

    def copies_are_whole(self) -> None:
        """A copy holds what was acknowledged before it was begun, and decides the same again."""
        for copy in self.deeds.copies:
            with apsw.Connection(str(copy.path)) as connection:
                assert connection.execute("PRAGMA integrity_check").get == "ok", copy.path
            history = SqliteHistory(copy.path)
            ids = {entry.id for entry in history.log() if isinstance(entry, Event)}
            assert set(copy.acknowledged) <= ids, copy.path
            assert replay(history).differences == []
            history.close()

    def copies_within_bounds(self) -> int:
        """How many mails that ask for it came more than once; each try followed one without an answer that counts."""
        by_key = defaultdict[str, list[Note]](list)
        for note in self.sums.mails:
            by_key[str(note["key"])].append(note)
        asking = {key: notes for key, notes in by_key.items() if self.sums.repeats(key)}
        for key in self.sums.rows:
            ending = self.sums.endings.get(key)
            if (
                ending is not None
                and self.sums.repeats(key)
                and self.sums.rows[key][0].claim.attempt.channel == "email"
            ):
                came = taken(asking.get(key, []))
                assert came or ending.outcome != "sent", key
                assert not came or ending.outcome in ("sent", "unknown"), (key, ending)
        lives = self.sums.town.ground.lives
        for key, notes in asking.items():
            assert len(notes) <= MOST_COPIES + lives, key
            for earlier, later in pairwise(notes):
                self._follows(self.sums.rows[key], earlier, later)
        return sum(len(taken(notes)) > 1 for notes in asking.values())

    def _follows(self, rows: list[Row], earlier: Note, later: Note) -> None:
        """A repeat follows a try without an answer; in one life after a pause as long as the time since the claim.

        Whoever hears that an envelope is agreed to was alive then: that tells in which life a mail was sent.
        """
        ends = self.sums.town.ground.ends
        first, second = (bisect(ends, float(str(note["asked"]))) for note in (earlier, later))
        is_same_life = first == second
        assert not is_same_life or earlier["mood"] in ("dropped", "later"), (earlier, later)
        if is_same_life and earlier["mood"] == "dropped":
            claimed = max(row.claim.attempt.at for row in rows if row.claim.attempt.at <= float(str(earlier["asked"])))
            since = float(str(earlier["at"])) - claimed
            assert float(str(later["asked"])) - claimed >= 2 * since - SOON, (earlier, later)
