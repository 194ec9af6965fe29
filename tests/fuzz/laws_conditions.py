"""Conditions, features, spans, zones and instants: read or refused in words, and what is read means one thing."""

import re
from binascii import crc32
from datetime import datetime

from opportune.errors import ConditionError, EventError, UnitError
from opportune.events.event import Event
from opportune.events.instants import instant_of
from opportune.features.clock import CLOCK
from opportune.features.condition import (
    Expression,
    Kind,
    Scope,
    compile_condition,
    compile_falsehood,
    compile_value,
    condition,
    explain,
    expression,
    interpret,
    number,
    reads,
    sql_of,
)
from opportune.features.feature import Feature, features_from
from opportune.features.fold import Fold, PlainFold, new_profile
from opportune.features.local_time import local, next_outside, offset_at, resolve, wall_time, zone_named, zone_names
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Reader
from opportune.units import DAY, HOUR, MINUTE, MOST_SPAN, ONE, Instant, Value, in_words, share_of, span_of
from tests.fuzz import grown_sql
from tests.fuzz.choices import Choices

FEATURES: dict[str, Kind] = {
    "orders_90d": "number",
    "avg_order": "number",
    "plan": "text",
    "is_new": "boolean",
    "liked": "list",
}
VALUES: tuple[object, ...] = (
    20, None, "a", True, 0, -1.5, "", "20", False, 2**63 - 1, -(2**63), 2**63, 1e308, 5e-324, float("nan"),
    float("inf"),
    "blue sky", "É", {"b": {"c": 1}}, [1], "it's", 2**200, "Cart Updated",
)  # fmt: skip
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
NOW: Instant = 1_795_298_880_000


def instant(raw: bytes) -> None:
    """An instant in a body: milliseconds, or ``bad_instant``; what another reader of ISO 8601 reads alike."""
    text = raw.decode("utf-8", "replace")
    for value in (text, *_as_numbers(text)):
        try:
            at = instant_of(value, "timestamp")
        except EventError as error:
            assert error.code == "bad_instant" and str(error).startswith("timestamp: ") and len(str(error)) < 300
            continue
        assert type(at) is int
        assert instant_of(value, "sentAt") == at
        if isinstance(value, str):
            _assert_read_alike(value, at)


def _as_numbers(text: str) -> tuple[int | float, ...]:
    try:
        return (int(text[:30]), float(text[:30]))
    except ValueError:
        return ()


def _assert_read_alike(text: str, at: Instant) -> None:
    read = datetime.fromisoformat(text if len(text) <= 10 or _OFFSET.search(text, 16) else f"{text}Z")
    day = datetime.fromisoformat("1970-01-01T00:00:00Z")
    passed = (read if read.tzinfo else read.replace(tzinfo=day.tzinfo)) - day
    assert passed.days * DAY + passed.seconds * 1_000 + passed.microseconds // 1_000 == at


def zone(raw: bytes) -> None:
    """Names of zones, wall times, spans and shares: a value in its bounds, none, or a ``UnitError``."""
    text = raw.decode("utf-8", "replace")
    found = zone_named(text)
    assert (found is not None) is (text in zone_names())
    if found is not None:
        for at in (0, NOW, NOW + len(raw) * DAY, -62_135_510_400_000, 253_402_300_799_999):
            day, minutes, weekday = local(found, at)
            assert 0 <= minutes < 1_440 and 0 <= weekday < 7 and abs(offset_at(found, at)) <= DAY
            assert resolve(found, day, minutes) <= at + 3 * HOUR
    for read, least, most in ((span_of, 1, MOST_SPAN), (share_of, 0, ONE)):
        try:
            value = read(text)
        except UnitError as error:
            assert str(error)
        else:
            assert type(value) is int and least <= value <= most
            assert read is share_of or value % 1_000 or span_of(in_words(value)) == value
    try:
        wall = wall_time(text)
    except UnitError as error:
        assert str(error)
    else:
        assert wall_time(str(wall)) == wall
        free = next_outside(wall, wall_time("12:00"), NOW, [found] if found else [])
        assert free is None or NOW <= free <= NOW + 2 * DAY


def condition_text(raw: bytes) -> None:
    """A condition as an author may write it."""
    _condition(raw.decode("utf-8", "replace"))


def condition_grown(raw: bytes) -> None:
    """A condition grown from the grammar."""
    _condition(grown_sql.boolean(Choices(raw)))


def _condition(text: str) -> None:
    for read, wanted in ((condition, "boolean"), (number, "number"), (expression, None)):
        try:
            found = read(text, features=FEATURES, allows_event=wanted is None)
        except ConditionError as error:
            assert 0 <= error.position <= max(len(text) - 1, 0), error.position
            assert str(error)
            continue
        assert wanted in (None, found.kind, "unknown" if wanted == "number" else None)
        try:
            again = read(sql_of(found.node), features=FEATURES, allows_event=wanted is None)
        except ConditionError as error:
            # it has brackets that the author left out, or a quoted name with a dot in it stands there as two
            assert any(each in str(error) for each in ("nested", "at most", "unknown beginning")), error
            again = found
        _assert_means_one_thing(found, again, is_condition=wanted == "boolean")


def _assert_means_one_thing(read: Expression, again: Expression, *, is_condition: bool) -> None:
    """Generated code says what the plain form says, in every world; so does its text, read again."""
    reads(read)
    for count in range(4):
        scope, known = world(read.text, count)
        plain = interpret(read, scope, known)
        assert repr(compile_value(read, known)(scope)) == repr(plain)
        assert repr(interpret(again, scope, known)) == repr(plain)
        if is_condition:
            assert plain is None or isinstance(plain, bool)
            assert compile_condition(read, known)(scope) is (plain is True)
            assert compile_falsehood(read, known)(scope) is (plain is False)
            assert (explain(read, scope, known) == "TRUE") is (plain is True)


def world(text: str, count: int) -> tuple[Scope, dict[str, Reader]]:
    """Something to ask an expression about; another one for each count, the same for the same text."""
    names = ("value", "city", "is_new", "plan", "x", "x y", "ip", "a", "date", "end", "user", "VALUE", "b", "2nd")
    said = {name: VALUES[(crc32(f"{name}{count}{text}".encode()) >> 3) % len(VALUES)] for name in names}
    plain = {
        name: value for name, value in said.items() if value is None or isinstance(value, bool | int | float | str)
    }
    traits = {name: [Stated(NOW - HOUR, 1, value), Stated(NOW + count, 2, None)] for name, value in plain.items()}  # type: ignore[arg-type]
    lasts = {"Cart Updated": [NOW - 3 * DAY, NOW - MINUTE], "a": [NOW]} if count % 2 else {}
    profile = Profile(traits=traits if count else {}, series={}, sessions=[], lasts=lasts)
    entry = None if count == 2 else NOW - HOUR
    scope = Scope(profile, NOW, "Cart Updated", {} if count == 1 else said, said, entry)
    kinds: dict[Kind, Value] = {"number": (3, 0.5, None, -0.0)[count], "text": "a", "boolean": count == 1}
    kinds["list"] = (None, (), ("a", "É"), (20, 0))[count]
    known = {name: (lambda scope, value=kinds[kind]: value) for name, kind in FEATURES.items()}
    return scope, {**known, CLOCK: lambda scope: scope.at}


def features_text(raw: bytes) -> None:
    """A file of features: a name and a text on each line."""
    lines = raw.decode("utf-8", "replace").split("\n")[:8]
    _features({name.strip(): text for name, colon, text in (line.partition(":") for line in lines) if colon})


def features_grown(raw: bytes) -> None:
    """Features grown from the grammar; formulas read the ones before them, and themselves."""
    choices = Choices(raw)
    names = ("orders_90d", "avg_order", "plan", "x")
    _features({name: grown_sql.feature(choices) for name in names[: 1 + choices.below(4)]})


def _features(texts: dict[str, str]) -> None:
    try:
        features = features_from(texts)
    except ConditionError as error:
        assert str(error).partition(":")[0] in texts and error.position >= 0, error
        return
    _assert_remembers(list(features.values()))


def _assert_remembers(features: list[Feature]) -> None:
    """The generated fold keeps what the plain one keeps, and both are read alike."""
    folds = [kind(features, watches=(), lateness=3 * DAY, idle=30 * MINUTE) for kind in (Fold, PlainFold)]
    profiles = [new_profile(), new_profile()]
    for place, name in enumerate(("Order Completed", "Logged In", "A", "Order Completed", "Cart Updated")):
        said = {"value": VALUES[place], "revenue": VALUES[-place], "city": VALUES[place + 2], "x": VALUES[place + 9]}
        event = Event(str(place), "ann", name, NOW + place * HOUR, NOW + place * HOUR, seq=place + 1)
        for fold, profile in zip(folds, profiles, strict=True):
            fold.apply(profile, event, said, {}, event.received_at)
    assert profiles[0] == profiles[1]
    for at in (NOW, NOW + 2 * HOUR, NOW + 5 * HOUR, NOW + 90 * DAY):
        made, plain = (
            {name: repr(read(Scope(profile, at, keys={"city": VALUES[2]}))) for name, read in fold.readers.items()}
            for fold, profile in zip(folds, profiles, strict=True)
        )
        assert made == plain
