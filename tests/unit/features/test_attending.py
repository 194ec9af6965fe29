"""When a user looked, of events whose clock went wrong."""

from collections.abc import Mapping

import pytest

from opportune.events.event import Event
from opportune.events.names import EMAIL_OPENED
from opportune.features.attention import check_ins, new_attention, open_sent, opens_of
from opportune.features.fold import Fold, PlainFold, new_profile
from opportune.features.profile import Profile
from opportune.units import DAY, HOUR, MINUTE, Instant

NOW: Instant = 20_000 * DAY
LAST_OF_9999: Instant = 253_402_300_799_999
OPENED = {"by": "human", "after": HOUR}


@pytest.fixture(params=[Fold, PlainFold])
def fold(request: pytest.FixtureRequest) -> Fold:
    kind: type[Fold] = request.param
    return kind([], watches=[], lateness=3 * DAY, idle=30 * MINUTE).attending(True)


def told(fold: Fold, *events: tuple[str, Instant, Instant], properties: Mapping[str, object] = OPENED) -> Profile:
    """The profile after events by name, when they are said to have happened, and when they arrived."""
    profile, clock = new_profile(), 0
    for seq, (name, at, received_at) in enumerate(events):
        clock = max(clock, received_at)
        fold.apply(profile, Event(f"e{seq}", "ann", name, at, received_at, seq), properties, {}, clock)
    return profile


@pytest.mark.parametrize("name", ["Viewed", EMAIL_OPENED])
@pytest.mark.parametrize("ahead", [DAY + 1, 3_650 * DAY, LAST_OF_9999 - NOW])
def test_a_clock_that_is_ahead_changes_nothing_of_what_is_known(fold: Fold, name: str, ahead: int) -> None:
    visits = [("Viewed", NOW - each * HOUR, NOW) for each in range(5, 0, -1)]
    known = told(fold, *visits).attention
    assert known is not None and check_ins(known) == 5
    assert told(fold, *visits, (name, NOW + ahead, NOW)).attention == known


def test_a_day_ahead_is_believed(fold: Fold) -> None:
    known = told(fold, ("Viewed", NOW + DAY, NOW)).attention
    assert known is not None and check_ins(known) == 1


def test_what_arrives_as_late_as_9999_is_entered_as_far_as_it_can_be_kept(fold: Fold) -> None:
    known = told(fold, ("Viewed", LAST_OF_9999 - DAY, LAST_OF_9999), (EMAIL_OPENED, LAST_OF_9999, LAST_OF_9999))
    assert known.attention is not None and check_ins(known.attention) == 1
    assert list(opens_of(known.attention)) == []


def test_a_send_is_kept_up_to_the_hour_that_its_bits_hold() -> None:
    attention, most = new_attention(), (1 << 26) - 1
    open_sent(attention, most + 1, 0, (most + 1) * HOUR)
    assert (attention.opened, attention.opens) == (0, b"")
    open_sent(attention, most + 1, HOUR, (most + 1) * HOUR)
    assert list(opens_of(attention)) == [(most, 1)]
