"""What a decision writes down of a feature."""

import msgspec

from opportune.features.age import Age
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.policies.decision import Seen
from opportune.policies.looks import Look, seen
from opportune.units import DAY, Value
from tests.unit.policies.users import NOW

SCOPE = Scope(Profile({}, {}, [], {}), NOW)


def look(value: Value, newest: int | None = None, since: int | None = None) -> Look:
    return Look("feature", lambda scope: value, lambda scope: Age(newest, since))


def test_its_value_its_age_and_what_may_be_missing_are_written_down() -> None:
    assert seen([look(2, NOW - DAY, 7)], SCOPE) == (Seen("feature", 2, DAY, 7),)
    assert seen([look(None)], SCOPE) == (Seen("feature", None, None),)
    assert seen([look(("a", "b"), NOW)], SCOPE) == (Seen("feature", ("a", "b"), 0),)
    assert seen([], SCOPE) == ()


def test_of_a_long_text_the_beginning_is_written_down() -> None:
    assert seen([look("x" * 2_000)], SCOPE)[0].value == "x" * 1_024


def test_what_is_written_down_is_read_again() -> None:
    for value in (None, True, 2, 0.5, "a", ("a", "b"), (1, 2)):
        written = seen([look(value, NOW - 1, 3)], SCOPE)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(written), type=tuple[Seen, ...]) == written
