"""What may stand under ``enter``, and what is said of what may not."""

import jsonschema_rs
import pytest

from opportune.errors import PlaybookError
from opportune.features.condition import compile_condition, condition
from opportune.features.local_time import WallTime
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.features.traits import state
from opportune.journeys.trigger import (
    Absence,
    Broadcast,
    Counted,
    Crossing,
    DateTrait,
    Schedule,
    Sequence,
    Silence,
    Trigger,
    Watched,
)
from opportune.playbook.json_schema import json_schemas
from opportune.playbook.yaml_nodes import loose, parse
from opportune.testing.world import instant
from opportune.units import DAY, HOUR, MINUTE, WEEK
from tests.stories.shop import shop
from tests.stories.trigger_page import SECTIONS, examples

SCHEMA = jsonschema_rs.Draft202012Validator(json_schemas()["journey"])
FEATURES = "orders: COUNT_IF(event = 'Order Completed') OVER LAST '7 days'"
SEGMENTS = "at_risk: orders < 2\n"


def journey(enter: str) -> str:
    return f"journey: cart\nenter: {enter}\nsteps:\n  - send: reminder\n"


def trigger(enter: str) -> Trigger:
    """What is read, and valid for editors."""
    read = shop(journeys=journey(enter), features=FEATURES, segments=SEGMENTS).journeys["cart"].enter
    assert is_valid(enter)
    return read


def is_valid(enter: str) -> bool:
    node = parse(journey(enter), "cart.yaml")
    assert node is not None
    return SCHEMA.is_valid(loose(node))


def complaints(enter: str) -> list[str]:
    with pytest.raises(PlaybookError) as refusal:
        shop(journeys=journey(enter), features=FEATURES, segments=SEGMENTS)
    return [line.removeprefix("journeys/journey0.yaml:2: ") for line in str(refusal.value).splitlines()]


WHERE = condition("value >= 20")


@pytest.mark.parametrize(
    ("enter", "wanted"),
    [
        ("Cart Updated", Watched("Cart Updated")),
        ("{on: Cart Updated, where: value >= 20}", Watched("Cart Updated", WHERE)),
        ("{on: A, nth: 3}", Counted("A", None, (3,))),
        ("{on: A, nth: [50, 10, 10], within: 7 days}", Counted("A", None, (10, 50), 0, WEEK)),
        ("{on: A, every: 10}", Counted("A", None, (), 10)),
        ("{on: A, without: B, within: 1 hour}", Absence(Watched("A"), (Watched("B"),), HOUR)),
        (
            "{on: A, where: value >= 20, without: [B, {on: C, where: value >= 20}], within: 1 hour}",
            Absence(Watched("A", WHERE), (Watched("B"), Watched("C", WHERE)), HOUR),
        ),
        (
            "{sequence: [A, {on: B, where: value >= 20}], within: 90 minutes}",
            Sequence((Watched("A"), Watched("B", WHERE)), 90 * MINUTE),
        ),
        ("{every: day, at: '09:00'}", Schedule(WallTime(540))),
        ("{every: monday, at: '9:00'}", Schedule(WallTime(540), frozenset({0}))),
        ("{every: [sunday, monday], at: '23:59'}", Schedule(WallTime(1439), frozenset({0, 6}))),
        ("{date: ends_on}", DateTrait("ends_on")),
        (
            "{date: ends_on, offset: -3 days, at: '10:00', repeat: yearly}",
            DateTrait("ends_on", -3 * DAY, WallTime(600), True),
        ),
        ("{inactive_for: 7 days}", Silence(WEEK)),
        ("{broadcast: '2026-11-27 10:00'}", Broadcast(instant("2026-11-27T10:00Z"), True)),
        ("{broadcast: 2026-11-27T10:00Z, over: 2 hours}", Broadcast(instant("2026-11-27T10:00Z"), False, 2 * HOUR)),
        ("{broadcast: '2026-11-27 10:00:00+01:00'}", Broadcast(instant("2026-11-27T09:00Z"), False)),
    ],
)
def test_what_is_written_is_what_is_meant(enter: str, wanted: Trigger) -> None:
    assert trigger(enter) == wanted


@pytest.mark.parametrize("enter", ["{when: orders < 2, rearm: orders > 3}", "{segment: at_risk}"])
def test_a_crossing_has_conditions(enter: str) -> None:
    read = trigger(enter)
    assert isinstance(read, Crossing)
    assert read.when.kind == "boolean"
    assert (read.rearm is None) == ("segment" in enter)


@pytest.mark.parametrize(("inside", "left"), [(True, False), (False, True), (None, True)])
def test_who_has_left_a_segment_is_not_in_it_whether_false_or_null(inside: bool | None, left: bool) -> None:
    read = shop(journeys=journey("{left: vip}"), segments="vip: flag = TRUE\n").journeys["cart"].enter
    assert isinstance(read, Crossing)
    profile = Profile({}, {}, [], {})
    state(profile, {"flag": inside}, at=1, seq=1, horizon=0)
    readers = {"vip": lambda scope: inside}
    assert compile_condition(read.when, readers)(Scope(profile, 2)) is left


WRONG = [
    ("{on: A, nth: 0}", "nth must be a whole number from 1 to 1000000, or a list of them, not '0'"),
    ("{on: A, nth: [1, two]}", "nth must be a whole number from 1 to 1000000, or a list of them, not 'two'"),
    ("{on: A, nth: []}", "nth names from 1 to 100 numbers, not 0"),
    ("{on: A, nth: 3, every: 2}", "enter counts with nth or with every, such as 'nth: 3' or 'every: 10'"),
    ("{on: A, nth: null}", "enter counts with nth or with every, such as 'nth: 3' or 'every: 10'"),
    ("{on: A, every: 0}", "every must be a whole number from 1 to 1000000, not '0'"),
    ("{on: A, nth: 3, without: B, within: 1 hour}", "enter counts events or waits for one that does not come"),
    ("{on: A, without: B}", "enter needs 'within', such as 'within: 7 days'"),
    ("{on: A, without: [], within: 1 hour}", "without names from 1 to 10 events, not 0"),
    ("{on: A, within: 1 hour}", "enter has no 'within'"),
    ("{sequence: [A], within: 1 hour}", "sequence names from 2 to 10 events, not 1"),
    ("{sequence: [A, B]}", "enter needs 'within', such as 'within: 7 days'"),
    ("{rearm: orders > 3}", "enter needs 'on', such as 'on: Cart Updated'"),
    ("{inactive: 7 days}", "enter has no 'inactive'; did you mean 'inactive_for'?"),
    ("{sequenc: [A, B], within: 1 hour}", "enter has no 'sequenc'; did you mean 'sequence'?"),
    ("{segments: at_risk}", "enter has no 'segments'; did you mean 'segment'?"),
    ("{event: A}", "enter needs 'on', such as 'on: Cart Updated'"),
    ("{when: null}", "enter needs 'when', such as 'when: login_drop > 0.5'"),
    ("{every: day}", "enter needs 'at', such as 'at: \"09:00\"'"),
    ("{every: null, at: '09:00'}", "enter needs 'every', such as 'every: day' or 'every: [monday, thursday]'"),
    ("{every: weekday, at: '09:00'}", "every names days such as monday, not 'weekday'"),
    ("{every: day, at: '24:00'}", "at: a wall time is written as '21:00', from 00:00 to 23:59, not '24:00'"),
    ("{date: ends_on, repeat: monthly}", "repeat must be yearly, not 'monthly'"),
    ("{date: null}", "enter needs 'date', such as 'date: trial_ends_on'"),
    ("{segment: null}", "enter needs 'segment', such as 'segment: at_risk'"),
    ("{broadcast: null}", "enter needs 'broadcast', such as 'broadcast: \"2026-11-27 10:00\"'"),
    *(
        (
            f"{{broadcast: '{text}'}}",
            'broadcast must be a day and a minute such as "2026-11-27 10:00" or "2026-11-27T10:00Z", '
            f"not '{text}'",
        )
        for text in ("tomorrow", "2026-11-27", "2026-11-27 10:00:30", "27.11.2026 10:00")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("enter", "complaint"), WRONG)
def test_what_is_wrong_in_form_is_said_and_refused_by_editors(enter: str, complaint: str) -> None:
    assert any(line.startswith(complaint) for line in complaints(enter)), complaints(enter)
    assert not is_valid(enter)


@pytest.mark.parametrize(
    ("enter", "complaint"),
    [
        ("{segment: at_rik}", "there is no segment 'at_rik'; did you mean 'at_risk'?"),
        ("{segment: orders}", "there is no segment 'orders'; "),
        ("{date: ends_on, offset: 3 days before}", "offset must be a span such as '3 days', or '-3 days' for before"),
        ("{on: A, nth: 3, where: orders > 2}", "where: an aggregate looks at the event at hand only"),
        ("{when: orders +}", "when: "),
        ("{broadcast: '2026-02-30 10:00'}", "broadcast must be a day and a minute"),
        ("{inactive_for: 1 day, on: A}", "enter has no 'inactive_for'; "),
    ],
)
def test_what_does_not_fit_is_said(enter: str, complaint: str) -> None:
    assert any(line.startswith(complaint) for line in complaints(enter)), complaints(enter)


def test_without_segments_it_is_said_where_they_are_written() -> None:
    with pytest.raises(PlaybookError, match="write 'at_risk: CONDITION' in segments"):
        shop(features=FEATURES, journeys=journey("{segment: at_risk}"))


@pytest.mark.parametrize(
    ("segments", "complaint"),
    [
        ("orders: value > 2", "segment 'orders' has the name of the feature in features.yaml:1; use another name"),
        ("many: orders + 1", "segment 'many' must be a condition such as"),
        ("many: COUNT_IF(event = 'A')", "segment 'many' must be a condition such as"),
        ("many: orders >", "many: "),
        (
            "vip: flag",
            "segment 'vip' must be a condition such as logins_7d < 2 AND plan = 'pro', not of any kind; write",
        ),
        ("Many: orders > 2", "Many: a feature's name is lowercase"),
    ],
)
def test_a_segment_is_a_condition_with_a_name_of_its_own(segments: str, complaint: str) -> None:
    with pytest.raises(PlaybookError) as refusal:
        shop(features=FEATURES, segments=segments)
    assert str(refusal.value).startswith(f"segments.yaml:1: {complaint}")


def test_segments_may_read_each_other_and_are_valid_for_editors() -> None:
    text = "both: at_risk AND vip\nvip: plan = 'pro'\nat_risk: orders < 2\n"
    assert {"both", "vip", "at_risk"} <= set(shop(features=FEATURES, segments=text).features)
    node = parse(text, "segments.yaml")
    assert node is not None
    assert jsonschema_rs.Draft202012Validator(json_schemas()["segments"]).is_valid(loose(node))


def test_the_same_trigger_has_the_same_hash_and_another_another() -> None:
    texts = ("{on: A, nth: 3}", "{on: A, nth: [3]}", "{on: A, every: 3}", "{every: day, at: '09:00'}", "{date: a}")
    hashes = [shop(journeys=journey(enter)).hash for enter in texts]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4


@pytest.mark.parametrize("section", [name for name in SECTIONS if "```yaml\njourney:" in SECTIONS[name]])
def test_examples_of_the_reference_are_valid_for_editors(section: str) -> None:
    for text in examples(section):
        node = parse(text, "cart.yaml")
        assert node is not None
        assert SCHEMA.is_valid(loose(node)), text
