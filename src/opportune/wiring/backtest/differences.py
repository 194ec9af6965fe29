"""What another playbook would have done otherwise over the same past: who gets more, less, something else, or later."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, field

from opportune.playbook.definition import Playbook
from opportune.units import DAY, HOUR, MINUTE, Instant, Millis
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.matching import NOTHING, SENT, Pair, pairs_of
from opportune.wiring.why import sentences_of

MOST_EXAMPLES: Final = 3
"""Of each kind of difference."""
BOUNDS: Final = (
    (MINUTE, "a minute"),
    (HOUR, "an hour"),
    (6 * HOUR, "6 hours"),
    (DAY, "a day"),
    (3 * DAY, "3 days"),
    (7 * DAY, "7 days"),
)
"""How far something is shifted is told up to which of these."""


class Side(Struct):
    """One of the two playbooks."""

    playbook: str
    hash: str
    decisions: int = 0
    sent: int = 0
    users_reached: int = 0


class JourneyDifference(Struct):
    """Messages of one journey; those that both sides sent at the same instant, and alike, are ``same``."""

    old: int = 0
    new: int = 0
    same: int = 0
    otherwise: int = 0
    """Another message, channel or wording for the same cause; it may be shifted, too."""
    earlier: int = 0
    later: int = 0
    only_old: int = 0
    only_new: int = 0


class CodeChange(Struct, frozen=True, order=True):
    """For so many causes the old playbook came to ``old`` and the new one to ``new``.

    Either is the code of a silence, ``sent``, ``planned`` beyond the end of the past, or ``-`` where nothing was
    decided.
    """

    journey: str
    old: str
    new: str
    count: int


class DifferenceExample(Struct, frozen=True):
    """One cause as ``why`` tells it of both sides; empty where nothing was decided."""

    what: str
    """``more``, ``fewer``, ``otherwise``, ``earlier`` or ``later``."""
    journey: str
    user: str
    old: tuple[str, ...]
    new: tuple[str, ...]


class Differences(Struct):
    """Two playbooks over one past; users are those of whom anything happened."""

    old: Side
    new: Side
    since: Instant
    until: Instant
    users: int = 0
    users_more: int = 0
    """Who get more messages of the new playbook than of the old one."""
    users_fewer: int = 0
    users_same: int = 0
    """Who get as many, and at least one, though perhaps others."""
    users_untouched: int = 0
    """Who get nothing of either."""
    users_gained: int = 0
    """Of those who get more: who got nothing before."""
    users_lost: int = 0
    """Of those who get fewer: who get nothing now."""
    by_change: dict[int, int] = field(default_factory=dict)
    """So many messages more (less than 0: fewer) -> users."""
    total: JourneyDifference = field(default_factory=JourneyDifference)
    journeys: dict[str, JourneyDifference] = field(default_factory=dict)
    shifts: dict[str, int] = field(default_factory=dict)
    """How much earlier or later, in words and in order of time -> messages."""
    codes: list[CodeChange] = field(default_factory=list)
    """The most frequent first."""
    examples: list[DifferenceExample] = field(default_factory=list)


class Compared:
    """A fold over users: the first of the two lives is by the old playbook, the second by the new one.

    Any split of users and any order come to the same. Two sends belong together if they have the same cause; see
    ``matching``.
    """

    def __init__(self, old: Playbook, new: Playbook, since: Instant, until: Instant) -> None:
        self._playbooks = old, new
        self._span = since, until
        self._users: Counter[int] = Counter()
        """By how many more they get; those who get nothing of either apart."""
        self._touched: Counter[str] = Counter()
        self._decisions = [0, 0]
        self._codes: Counter[tuple[str, str, str]] = Counter()
        self._shifts: Counter[str] = Counter()
        self._journeys = {name: JourneyDifference() for name in sorted({*old.journeys, *new.journeys})}
        self._kept: dict[str, list[Pair]] = {}

    def add(self, lived: Sequence[Lived]) -> None:
        """One user, as lived under the old playbook and under the new one."""
        old, new = lived[0], lived[1]
        self._decisions[0] += len(old.decisions)
        self._decisions[1] += len(new.decisions)
        sent = [0, 0]
        for pair in pairs_of(old, new, self._playbooks[0].messages, self._playbooks[1].messages):
            self._count(pair)
            sent[0] += pair.old is not None and pair.old.state == SENT
            sent[1] += pair.new is not None and pair.new.state == SENT
        self._touch(*sent)

    def _touch(self, old: int, new: int) -> None:
        kind = "more" if new > old else "fewer" if new < old else "same" if new else "untouched"
        self._touched[kind] += 1
        self._touched["old"] += old > 0
        self._touched["new"] += new > 0
        self._touched["gained"] += not old and new > 0
        self._touched["lost"] += old > 0 and not new
        self._users[new - old] += 1

    def _count(self, pair: Pair) -> None:
        journey = self._journeys.setdefault(pair.journey, JourneyDifference())
        before = NOTHING if pair.old is None else pair.old.state
        after = NOTHING if pair.new is None else pair.new.state
        journey.old += before == SENT
        journey.new += after == SENT
        if before != after:
            self._codes[pair.journey, before, after] += 1
        what = pair.what
        match what:
            case "more":
                journey.only_new += 1
            case "fewer":
                journey.only_old += 1
            case "otherwise":
                journey.otherwise += 1
            case "earlier":
                journey.earlier += 1
            case "later":
                journey.later += 1
            case "same":
                journey.same += 1
        if pair.shift:
            self._shifts[in_words_of(pair.shift)] += 1
        if what not in ("same", "silent"):
            self._keep(what, [pair])

    def _keep(self, what: str, more: Sequence[Pair]) -> None:
        known = self._kept.setdefault(what, [])
        if len(known) < MOST_EXAMPLES or more[0].id < known[-1].id:
            known[:] = sorted([*known, *more], key=lambda each: each.id)[:MOST_EXAMPLES]

    def merge(self, other: "Compared") -> None:
        """What was compared for other users as well."""
        self._users.update(other._users)
        self._touched.update(other._touched)
        self._codes.update(other._codes)
        self._shifts.update(other._shifts)
        self._decisions = [mine + its for mine, its in zip(self._decisions, other._decisions, strict=True)]
        for name, theirs in other._journeys.items():
            _add(self._journeys.setdefault(name, JourneyDifference()), theirs)
        for what, kept in other._kept.items():
            self._keep(what, kept)

    def differences(self, old: str, new: str) -> Differences:
        """All of it; the playbooks are called by these names."""
        sides = (self._side(place, name) for place, name in enumerate((old, new)))
        found = Differences(next(sides), next(sides), *self._span)
        found.journeys = {name: _copied(each) for name, each in sorted(self._journeys.items())}
        for each in found.journeys.values():
            _add(found.total, each)
        found.old.sent, found.new.sent = found.total.old, found.total.new
        self._write_users(found)
        shifts = [(words, self._shifts[words]) for words in _all_shifts()]
        found.shifts = {words: count for words, count in shifts if count}
        changes = [CodeChange(*names, count) for names, count in self._codes.items()]
        found.codes = sorted(changes, key=lambda each: (-each.count, each))
        found.examples = [_told(what, pair) for what in sorted(self._kept) for pair in self._kept[what]]
        return found

    def _side(self, place: int, name: str) -> Side:
        reached = self._touched[("old", "new")[place]]
        return Side(name, self._playbooks[place].hash, self._decisions[place], users_reached=reached)

    def _write_users(self, found: Differences) -> None:
        touched = self._touched
        found.users = sum(self._users.values())
        found.users_more, found.users_fewer = touched["more"], touched["fewer"]
        found.users_same, found.users_untouched = touched["same"], touched["untouched"]
        found.users_gained, found.users_lost = touched["gained"], touched["lost"]
        found.by_change = dict(sorted(self._users.items()))


def in_words_of(shift: Millis) -> str:
    """How much later (less than 0: earlier), up to the next bound: ``up to an hour later``."""
    way = "later" if shift > 0 else "earlier"
    name = next((name for bound, name in BOUNDS if abs(shift) <= bound), None)
    return f"more than {BOUNDS[-1][1]} {way}" if name is None else f"up to {name} {way}"


def _all_shifts() -> list[str]:
    """In order of time."""
    sizes = [bound for bound, _ in BOUNDS] + [BOUNDS[-1][0] + 1]
    return [in_words_of(-size) for size in reversed(sizes)] + [in_words_of(size) for size in sizes]


def _add(journey: JourneyDifference, more: JourneyDifference) -> None:
    for name in journey.__struct_fields__:
        setattr(journey, name, getattr(journey, name) + getattr(more, name))


def _copied(journey: JourneyDifference) -> JourneyDifference:
    copy = JourneyDifference()
    _add(copy, journey)
    return copy


def _told(what: str, pair: Pair) -> DifferenceExample:
    sides = [() if each is None else tuple(sentences_of(each.decision, each.ending)) for each in (pair.old, pair.new)]
    return DifferenceExample(what, pair.journey, pair.user, *sides)
