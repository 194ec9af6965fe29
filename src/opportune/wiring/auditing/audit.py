"""Counts a record again, independently of what the engine remembers: from log, decisions, endings and outbox.

Four passes in order of commits put the record apart by user (twice through the log: first whose ids were joined), then
it is judged user by user. Time grows with the record, and with the square of one user's sends inside a window; memory
with the joined ids, a 256th of the record, and the violations that are kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from opportune.events.event import Erased, Event, Merged, log_clock
from opportune.journeys.memory import Memory, awake
from opportune.policies.decision import Ending
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import History
from opportune.sending.outbox import OPEN, Row
from opportune.units import Instant
from opportune.wiring.auditing import books, caps, consent, doubles, quiet
from opportune.wiring.auditing.apart import PARTS, Apart, Kept, Record
from opportune.wiring.auditing.facts import ZONES, fact_of
from opportune.wiring.auditing.found import Audit, Counted, Newest, Violation
from opportune.wiring.auditing.ruling import Ruling
from opportune.wiring.auditing.sends import Moment
from opportune.wiring.auditing.sweep import Sweep, sends_of
from opportune.wiring.backtest.groups import Links
from opportune.wiring.moved import MOVED, moved

CHECKS: Final = ("caps", "consent", "quiet", "doubles", "books")
MOST: Final = 20
MOST_OPEN: Final = 100_000
"""Open attempts that are looked at, the newest."""


def nobody(done: int, of: int) -> None:
    """Nobody looks."""


def audit(
    history: History,
    *,
    policies: Mapping[str, type[Policy]] = SHIPPED,
    most: int = MOST,
    scratch: Path | None = None,
    progress: Callable[[int, int], None] = nobody,
) -> Audit:
    """What is wrong in this record; of the violations the newest ``most`` are listed.

    While an engine runs, read inside ``standing_still``. Raises Unavailable if a playbook that the record names is not
    in the store, or the disk is full.
    """
    with Apart(scratch) as apart:
        auditor = Auditor(history, Ruling(history, policies), apart, Newest(most))
        auditor.read(progress)
        auditor.judge_attempts()
        for part in range(PARTS):
            for record in apart.records(part):
                auditor.judge(record)
            progress(PARTS + part + 1, 2 * PARTS)
    return auditor.audit()


class Auditor:
    """Reads a record, then judges it user by user."""

    def __init__(self, history: History, ruling: Ruling, apart: Apart, newest: Newest) -> None:
        self._history = history
        self._ruling = ruling
        self._apart = apart
        self._newest = newest
        self._moving = ruling.moving()
        self._cut = history.base(()).seq
        self._roots: dict[str, str] = {}
        self._found = Audit(checks={name: Counted() for name in CHECKS})
        self._clock: Instant = 0
        self._erased = 0
        self._has_moments = False

    def audit(self) -> Audit:
        """What was found."""
        found = self._found
        found.pending = found.decisions - found.ended
        found.violations = self._newest.listed()
        found.limits = list(self._limits())
        return found

    def read(self, progress: Callable[[int, int], None] = nobody) -> None:
        """Puts all that is on record apart by user."""
        self._link()
        progress(PARTS // 4, 2 * PARTS)
        self._read_log()
        progress(PARTS // 2, 2 * PARTS)
        for decision in self._history.decisions():
            self._put(decision.user, decision)
        for ending in self._history.endings():
            self._put(ending.user, ending)
        progress(PARTS, 2 * PARTS)

    def judge(self, record: Record) -> None:
        """One user, or ids that were ever joined."""
        rows = {each.id: self._history.outbox(each.id) for each in record.decisions if each.chosen is not None}
        self._judge_books(record, rows)
        self._found.users += bool(record.decisions)
        sends = sends_of(record, rows, self._ruling)
        self._found.sends += len(sends)
        if not sends:
            return
        names = {each.decision.user for each in sends} | {each.user for each in record.told}
        names |= {each.absorbed for each in record.told if isinstance(each, Merged)}
        for moment in Sweep(record.told, self._memories(names) if self._cut else {}).moments(sends, self._ruling):
            self._judge_send(moment)

    def judge_attempts(self) -> None:
        """Those that are still open, and would be begun."""
        for row in self._history.attempts(OPEN, MOST_OPEN):
            if self._history.decision(row.claim.attempt.decision) is None:
                self._note("books", books.attempt_without_decision(row))

    def _judge_send(self, moment: Moment) -> None:
        found = {
            "caps": caps.violations(moment),
            "consent": consent.violations(moment),
            "quiet": quiet.violations(moment),
            "doubles": doubles.violations(moment, self._moving),
        }
        for check, violations in found.items():
            self._found.checks[check].judged += 1
            self._note(check, violations)

    def _judge_books(self, record: Record, rows: Mapping[str, Sequence[Row]]) -> None:
        endings = _by_decision(record.endings)
        known = {each.id for each in record.decisions}
        for decision in record.decisions:
            ended, tried = endings.get(decision.id, []), rows.get(decision.id, [])
            self._found.decisions += 1
            self._has_moments = self._has_moments or decision.timing is not None
            self._found.ended += bool(ended)
            self._found.checks["books"].judged += 1
            if not ended:
                self._note("books", books.stuck(decision, tried, self._clock))
            self._note("doubles", doubles.ended_twice(decision, ended))
            self._note("doubles", doubles.answered_twice(decision, tried))
        for name in sorted(endings.keys() - known):
            self._note("books", books.without_decision(endings[name]))

    def _note(self, check: str, violations: Iterator[Violation]) -> None:
        for violation in violations:
            self._found.checks[check].found += 1
            self._newest.add(violation)

    def _link(self) -> None:
        links = Links()
        for entry in self._history.log():
            self._found.entries += 1
            self._clock = max(self._clock, log_clock(entry))
            self._erased += isinstance(entry, Erased)
            if isinstance(entry, Merged):
                links.join(entry.user, entry.absorbed)
        if self._cut:
            for absorbed, raw in self._history.base(beginning_with=MOVED).memories.items():
                for owner in (moved(raw).heir, moved(raw).holder):
                    links.join(owner, absorbed)
        self._roots = dict(links.roots())

    def _read_log(self) -> None:
        wanted = self._ruling.traits() | frozenset(ZONES)
        for entry in self._history.log():
            if isinstance(entry, Merged):
                self._put(entry.user, entry)
            elif isinstance(entry, Event):
                fact = fact_of(entry, wanted)
                if fact is not None:
                    self._put(entry.user, fact)

    def _put(self, user: str, kept: Kept) -> None:
        self._apart.put(self._roots.get(user, user), kept)

    def _memories(self, names: set[str]) -> dict[str, Memory]:
        """Of these ids at the place where the log was cut; one that was absorbed by then has that of its holder."""
        found = self._history.base(names).memories
        holders = {name: moved(raw).holder for name, raw in found.items() if raw.startswith(MOVED)}
        found |= self._history.base(set(holders.values())).memories
        own = {name: awake(raw) for name, raw in found.items() if not raw.startswith(MOVED)}
        return own | {name: own[holder] for name, holder in holders.items() if holder in own}

    def _limits(self) -> Iterator[str]:
        yield "Sends of other systems, which caps count as well, are not counted here."
        yield "Each send is judged as of when it was handed over, not what a stop did that came while it was under way."
        yield "Of fatigue the windows are counted, not whether the newest messages were noticed."
        yield "Holdouts, and how much or how little mail users have asked for, are not judged."
        if self._has_moments:
            yield "Whether the moments that send_time chose were the best is not judged; 'replay' chooses them again."
        if self._cut:
            yield "The log was cut: of what came before, memories are believed, and older decisions are not there."
        if self._erased:
            yield f"{self._erased:,} erased ids are on no record, and nothing that was sent to them."


def _by_decision(endings: list[Ending]) -> dict[str, list[Ending]]:
    found: dict[str, list[Ending]] = {}
    for ending in endings:
        found.setdefault(ending.decision, []).append(ending)
    return found
