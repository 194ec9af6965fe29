"""Random features over random histories of many users: what they are live after each event, and in DuckDB there."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from opportune.adapters.history.answering import Asked, made
from opportune.adapters.history.archive import Archive, connected
from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import ConditionError
from opportune.events.event import Event, Merged
from opportune.events.names import IDENTIFIED
from opportune.features.emit import value_of_tagged
from opportune.features.expression import Happened, Read, walk
from opportune.features.feature import Feature, features_from
from opportune.features.fold import Fold, Watch, new_profile
from opportune.features.history import Setting
from opportune.features.history_query import quoted
from opportune.features.local_time import zone_named
from opportune.features.merge import merge_profiles
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.features.sessions import session_at
from opportune.features.window import InSession
from opportune.ports import Batch
from opportune.units import HOUR, SECOND, Instant, Value
from opportune.wiring.exporting import Order, export

LATENESS = 40 * SECOND
IDLE = 6 * SECOND
EVENTS = 25
"""Of one user."""
ZONE = "America/New_York"
START = 1_793_500_000_000 - 1_793_500_000_000 % HOUR
"""Hours before New York sets its clocks back."""

NUMBERS = (
    None,
    0,
    1,
    2,
    3,
    -3,
    0.1,
    2.5,
    -0.0,
    1e-7,
    5e-7,
    1.5e-6,
    2.5e-6,
    10**12,
    10**12 + 1,
    2.0**50,
    2**53 + 1,
    1e300,
)
TEXTS = ("u", "v", "U", "", "ü", "a b", "'", '"', "\\", "5", "true", "\U0001f600", "x" * 1024, "x" * 1025)
ODD = (True, False, [], ["u"], {"u": 1}, {})
ZONES = ("Europe/Rome", "Asia/Tokyo", "Asia/Kathmandu", "America/New_York", "nowhere", "europe/rome")
NAMES = ("A", "A", "B", "B", "C", IDENTIFIED, "Email Opened", "Message Sent")

ARGUMENTS = ("x", "y", "word", "x", "word", "properties.x", "cart.total", "cart.kind", "context.os.name", "x * 2 + y",
             "coalesce(x, y)", "lower(word)", "CASE WHEN word = 'u' THEN x ELSE y END", "x > 2", "event")  # fmt: skip
NUMERIC = ("x", "y", "cart.total", "x / y", "greatest(x, 0)", "CASE WHEN event = 'A' THEN x END", "local_hour(at)")
TEXTUAL = ("word", "cart.kind", "event", "upper(word)", "context.os.name")
CONDITIONS = ("event = 'A'", "event = 'B'", "event IN ('A', 'B')", "x > 2", "event = 'A' AND x > 0.5", "word LIKE 'u%'",
              "NOT (x <= 2 OR word = 'v')", "context.os.name IS NOT NULL", "event = 'Email Opened'", "flag",
              "cart.total BETWEEN 1 AND 3", "event <> 'B'", "local_hour(at) < 12", "local_weekday(at) = 1",
              "event = 'Message Sent' OR event = 'C'")  # fmt: skip
WINDOWS = ("", "", " OVER ALL", " OVER LAST '5 seconds'", " OVER LAST '13 seconds'", " OVER LAST '1 second'",
           " OVER LAST '7 seconds' OFFSET '3 seconds'", " OVER LAST '90 seconds'", " OVER SESSION", " OVER SINCE 'A'",
           " OVER LAST '0.5 seconds' OFFSET '12 seconds'",
           " OVER SINCE 'C'", " OVER SINCE 'Message Sent'")  # fmt: skip
HALF_LIVES = ("'1 second'", "'4 seconds'", "'0.3 seconds'", "'10 days'")
FORMULAS = (
    "1 - f0 / nullif(f1, 0)",
    "coalesce(f2, 0) + f0",
    "f0 > 2 AND NOT traits.plan = 'pro'",
    "traits.plan",
    "age + 1",
    "cart.kind",
    "local_hour(at) * 10 + local_weekday(at)",
    "EXISTS('A', since => '5 seconds')",
    "NOT EXISTS('B', since => '20 seconds') OR f0 = 1",
    "context.timezone",
    'traits."context.timezone"',
    "CASE WHEN f3 IS NULL THEN 'none' ELSE 'some' END",
    "f0 IN (1, 2, 3)",
    "lower(traits.plan) LIKE 'p%'",
)


@dataclass
class Reading:
    """One reading: whose, as of when, of what had arrived, for which key; and the values it had live."""

    user: str
    at: Instant
    place: int
    key: str | None
    values: dict[str, Value]


@dataclass
class Family:
    """Ids that may turn out to be one user, and what of theirs is remembered."""

    profiles: dict[str, Profile] = field(default_factory=dict)
    heirs: dict[str, str] = field(default_factory=dict)
    merged_at: Instant | None = None

    def resolved(self, name: str) -> str:
        while name in self.heirs:
            name = self.heirs[name]
        return name


def features(dice: random.Random, count: int) -> dict[str, Feature]:
    """So many aggregates, and formulas over them; texts that the language does not take are thrown again."""
    texts: dict[str, str] = {}
    while len(texts) < count:
        text = _aggregate(dice)
        if _is_taken({f"f{len(texts)}": text}):
            texts[f"f{len(texts)}"] = text
    for place, text in enumerate(dice.sample(FORMULAS, k=4)):
        if _is_taken(texts | {f"g{place}": text}):
            texts[f"g{place}"] = text
    return features_from(texts)


def _is_taken(texts: dict[str, str]) -> bool:
    try:
        features_from(texts)
    except ConditionError:
        return False
    return True


def _aggregate(dice: random.Random) -> str:
    pick = dice.choice
    word = pick(
        ("COUNT", "COUNT_IF", "SUM", "AVG", "MIN", "MAX", "LAST", "FIRST", "DISTINCT", "TOP", "SINCE", "DECAY", "HOURS")
    )
    head = {
        "COUNT": "COUNT()",
        "COUNT_IF": f"COUNT_IF({pick(CONDITIONS)})",
        "DISTINCT": f"COUNT(DISTINCT {pick(ARGUMENTS)})",
        "TOP": f"TOP({dice.randint(1, 4)}, {pick(TEXTUAL)}{_options(dice)})",
        "SINCE": f"SINCE('{pick(NAMES)}')",
        "DECAY": f"DECAY({pick(NUMERIC)}, {pick(HALF_LIVES)})",
        "HOURS": "HOURS()",
        "SUM": f"SUM({pick(NUMERIC)})",
        "AVG": f"AVG({pick(NUMERIC)})",
    }.get(word, f"{word}({pick(ARGUMENTS)})")
    narrowed = f" FILTER (WHERE {pick(CONDITIONS)})" if dice.random() < 0.4 else ""
    by = dice.choice((" BY key", " BY cart.kind")) if dice.random() < 0.15 else ""
    return head + narrowed + pick(WINDOWS) + by


def _options(dice: random.Random) -> str:
    weight = f", weight => {dice.choice(NUMERIC)}" if dice.random() < 0.5 else ""
    fading = f", half_life => {dice.choice(HALF_LIVES)}" if dice.random() < 0.4 else ""
    return weight + fading


def _properties(dice: random.Random) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in ("x", "y"):
        if dice.random() < 0.7:
            found[name] = dice.choice(NUMBERS if dice.random() < 0.9 else (*TEXTS, *ODD))
    if dice.random() < 0.6:
        found["word"] = dice.choice(TEXTS if dice.random() < 0.9 else (*NUMBERS, *ODD))
    if dice.random() < 0.5:
        found["key"] = dice.choice(("k", "l", 1, 2.5, 1.0, True, None, "", 2**53 + 1, 1e22, "x" * 1025, []))
    if dice.random() < 0.4:
        found["cart"] = {"total": dice.choice(NUMBERS), "kind": dice.choice(("k", "u", 1, None))}
    elif dice.random() < 0.3:
        found |= {"cart.total": dice.choice(NUMBERS), "cart.kind": dice.choice(("k", "l"))}
    if dice.random() < 0.3:
        found |= {"plan": dice.choice(("pro", "free", "Pro", None, 3)), "age": dice.choice((*NUMBERS, "old"))}
    if dice.random() < 0.3:
        found["flag"] = dice.choice((True, False, None, "true"))
    if dice.random() < 0.2:
        found["timezone"] = dice.choice((*ZONES, None, 7))
    return found


def _context(dice: random.Random) -> dict[str, object]:
    found: dict[str, object] = {}
    if dice.random() < 0.4:
        found["timezone"] = dice.choice((*ZONES, None, 7))
    if dice.random() < 0.2:
        found["traits"] = _properties(dice)
    if dice.random() < 0.3:
        found["os"] = dice.choice(({"name": "ios"}, {"name": None}, {"name": 3}, "ios", None))
    return found


class Living:
    """Lives the histories: what is said goes into a log, what is read live is kept to be compared."""

    def __init__(self, dice: random.Random, known: dict[str, Feature], *, is_hindsight: bool = False) -> None:
        """In hindsight everything is read at the end, as of any instant, and nothing comes too late."""
        self._dice = dice
        self.is_hindsight = is_hindsight
        self.lateness = 1_000 * HOUR if is_hindsight else LATENESS
        happened = {node.event for each in known.values() if each.formula for node in walk(each.formula.node)
                    if isinstance(node, Happened)}  # fmt: skip
        zone = zone_named(ZONE)
        assert zone is not None
        watches = [Watch(name) for name in sorted(happened)]
        self.fold = Fold(known.values(), watches=watches, lateness=self.lateness, idle=IDLE).in_zone(zone)
        self.in_session = _in_session(known)
        self.log: list[Event | Merged] = []
        self.readings: list[Reading] = []

    def family(self, number: int, events: int) -> None:
        """The events of one user, who may have had several ids, and readings after each."""
        dice, family = self._dice, Family()
        ids = [f"u{number}", f"v{number}", f"w{number}"][: dice.choice((1, 1, 2, 3))]
        clock = START + dice.randrange(12) * HOUR + dice.choice((0, 0, 500))
        step = dice.choice((SECOND, SECOND, SECOND, 500, 250, HOUR))
        for _ in range(events):
            clock += step * dice.choice((0, 0, 0, 1, 1, 2, 3, 5, 15))
            seq = len(self.log) + 1
            if len(ids) > 1 and dice.random() < 0.1:
                self._merge(family, *dice.sample(ids, 2), clock, seq)
                continue
            if dice.random() < 0.03:
                self._free(family, dice.choice(ids), clock, seq)
                continue
            user = family.resolved(dice.choice(ids))
            self._happen(family, user, clock, seq)
            if not self.is_hindsight:
                self._read(family, user, clock, seq)
        if self.is_hindsight:
            self._look_back(family, ids)

    def _look_back(self, family: Family, ids: list[str]) -> None:
        instants = [event.at for event in self.log if isinstance(event, Event) and event.user in ids]
        for name in ids:
            profile = family.profiles.get(family.resolved(name)) or new_profile()
            for instant in instants:
                for at in {instant, instant + self._dice.choice((-1, 1, 500, 5_000))}:
                    self._note(family, name, profile, at, 0)

    def _happen(self, family: Family, user: str, clock: Instant, seq: int) -> None:
        dice = self._dice
        delay = SECOND * dice.choice((0, 0, 0, 0, 0, 0, 1, 2, 5, 12, 39, 40, 41, 90))
        properties, context = _properties(dice), _context(dice)
        event = Event(
            f"e{seq}", user, dice.choice(NAMES), clock - delay, clock, seq,
            json.dumps(properties).encode(), json.dumps(context).encode(), is_history=dice.random() < 0.1,
        )  # fmt: skip
        profile = family.profiles.setdefault(user, new_profile())
        self.fold.apply(profile, event, json.loads(event.properties), json.loads(event.context), clock)
        self.log.append(event)

    def _merge(self, family: Family, one: str, other: str, clock: Instant, seq: int) -> None:
        kept, absorbed = family.resolved(one), family.resolved(other)
        if kept != absorbed:
            self.log.append(Merged(kept, absorbed, clock, seq))
            merged = merge_profiles(
                self.fold,
                family.profiles.get(kept) or new_profile(),
                family.profiles.get(absorbed) or new_profile(),
                clock,
            )
            family.profiles[kept], family.merged_at = merged, clock
            family.heirs[absorbed] = kept
            if not self.is_hindsight:
                self._read(family, kept, clock, seq)

    def _free(self, family: Family, name: str, clock: Instant, seq: int) -> None:
        """The id is its own again, and begins anew; nothing happens if nobody has it, or it has others' ids."""
        if name in family.heirs and name not in family.heirs.values():
            self.log.append(Merged(name, name, clock, seq))
            family.profiles[name] = new_profile()
            del family.heirs[name]

    def _read(self, family: Family, user: str, clock: Instant, seq: int) -> None:
        dice, profile = self._dice, family.profiles[user]
        said = self.log[-1]
        at = max(said.at, clock - LATENESS) if isinstance(said, Event) else clock
        for instant in {at, clock - dice.randrange(0, LATENESS + 1, 500), clock + dice.choice((0, 1, 4_999, 6_000))}:
            self._note(family, user, profile, instant, seq + 1)

    def _note(self, family: Family, user: str, profile: Profile, at: Instant, place: int) -> None:
        key = self._dice.choice((None, "k", "l", "1", "2.5", "true"))
        scope = Scope(profile, at, keys={"key": key, "cart.kind": key})
        values = {name: read(scope) for name, read in self.fold.readers.items() if not name.startswith("@")}
        if family.merged_at is not None and not _is_whole(profile, at, family.merged_at - self.lateness):
            values = {name: value for name, value in values.items() if name not in self.in_session}
        self.readings.append(Reading(user, at, place, key, values))


def _is_whole(profile: Profile, at: Instant, known_from: Instant) -> bool:
    """Whether the session is known from its beginning: a merge knows activity inside lateness only."""
    session = session_at(profile, at, IDLE)
    return session is None or session.start > known_from + IDLE


def _in_session(known: dict[str, Feature]) -> set[str]:
    """The features that look at a session, or read one that does."""
    found: set[str] = set()
    for name, each in known.items():
        nodes = walk(each.formula.node) if each.formula is not None else ()
        reads = {node.path for node in nodes if isinstance(node, Read) and node.source == "feature"}
        if reads & found or (each.aggregate is not None and isinstance(each.aggregate.window, InSession)):
            found.add(name)
    return found


def lived(
    seed: int, *, families: int = 40, count: int = 20, is_hindsight: bool = False
) -> tuple[dict[str, Feature], "Living"]:
    """Random features, and histories for them; the same for the same seed."""
    known = features(random.Random(seed), count)
    return known, lived_with(seed, known, families=families, is_hindsight=is_hindsight)


def lived_with(seed: int, known: dict[str, Feature], *, families: int, is_hindsight: bool = False) -> "Living":
    """Random histories, the same for the same seed, with these features."""
    living = Living(random.Random(seed), known, is_hindsight=is_hindsight)
    for number in range(families):
        living.family(number, EVENTS)
    return living


def differences(known: dict[str, Feature], living: Living) -> Iterator[tuple[str, Reading, Value, Value]]:
    """Feature, reading, value live, value in DuckDB, wherever the two are not the same."""
    store = MemoryStore()
    store.commit_now(Batch(inputs=tuple(living.log)))
    setting = Setting(idle=IDLE, lateness=living.lateness, zone=ZONE, is_hindsight=living.is_hindsight)
    with TemporaryDirectory() as folder, connected() as connection:
        connection.execute("SET threads = 1")
        for what in ("events", "merges"):
            export(store, Order(what, "parquet"), Path(folder))
        points = Path(folder) / "points.ndjson"
        with points.open("w", encoding="utf-8") as file:
            for each in living.readings:
                said = {"user": each.user, "at": each.at, "seq": each.place, "key": each.key, "cart.kind": each.key}
                file.write(json.dumps(said) + "\n")
        shape = {name: kind for name, kind in _POINTS.items() if name != "seq" or not living.is_hindsight}
        table = connection.read_json(str(points), format="newline_delimited", columns=shape)
        archive = Archive(connection, Path(folder))
        made(archive, Asked(archive, table, "points"), known, list(known), setting)
        columns = ", ".join(quoted(name) for name in known)
        rows = connection.execute(f'SELECT {columns} FROM answer ORDER BY "@point"').fetchall()
    assert len(rows) == len(living.readings)
    for read, row in zip(living.readings, rows, strict=True):
        for (name, feature), raw in zip(known.items(), row, strict=True):
            if name in read.values:
                value = _value(feature, raw)
                if not _is_same(read.values[name], value):
                    yield name, read, read.values[name], value


_POINTS = {"user": "VARCHAR", "at": "BIGINT", "seq": "BIGINT", "key": "VARCHAR", "cart.kind": "VARCHAR"}


def _value(feature: Feature, raw: object) -> Value:
    if isinstance(raw, list):
        return tuple(value_of_tagged(each) for each in raw)  # type: ignore[misc]
    return value_of_tagged(raw) if feature.kind == "unknown" else raw  # type: ignore[arg-type, return-value]


def _is_same(one: Value, two: Value) -> bool:
    return one == two and isinstance(one, bool) == isinstance(two, bool)
