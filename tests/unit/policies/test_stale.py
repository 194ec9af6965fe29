"""What is too old to rest a message on."""

import pytest

from opportune.features.age import Age
from opportune.messages.message import Message
from opportune.policies.stale import Stale
from opportune.policies.view import View
from opportune.units import DAY, HOUR, Instant
from tests.unit.policies.users import NOW, candidate, view

GATE = Stale(features=("logins",), older_than=2 * DAY)


def knowing(**newest: Instant | None) -> View:
    """A user of whose features these are the newest events."""
    user = view()
    user.ages = {name: lambda scope, at=at: Age(at, None) for name, at in newest.items()}
    return user


@pytest.mark.parametrize(("ago", "is_stale"), [(0, False), (2 * DAY, False), (2 * DAY + 1, True)])
def test_an_event_exactly_so_long_ago_is_new_enough(ago: int, is_stale: bool) -> None:
    reason = GATE.objection(candidate(), knowing(logins=NOW - ago))
    assert (reason is not None) == is_stale
    assert reason is None or (reason.code, reason.until, reason.blockers) == ("stale", None, ())


def test_where_nothing_is_known_it_is_stale() -> None:
    assert GATE.objection(candidate(), knowing(logins=None)) is not None
    assert GATE.objection(candidate(), knowing()) is not None


def test_it_would_have_to_bear_the_oldest_of_its_features() -> None:
    both = Stale(features=("logins", "views"), older_than=HOUR)
    reason = both.objection(candidate(), knowing(logins=NOW - 2 * HOUR, views=NOW - DAY))
    assert reason is not None
    assert reason.needs == DAY
    unknown = both.objection(candidate(), knowing(logins=NOW - 2 * HOUR))
    assert unknown is not None
    assert unknown.needs is None


def test_each_feature_must_be_new_enough() -> None:
    both = Stale(features=("logins", "views"), older_than=HOUR)
    assert both.objection(candidate(), knowing(logins=NOW, views=NOW)) is None
    assert both.objection(candidate(), knowing(logins=NOW, views=NOW - DAY)) is not None


def test_it_is_judged_as_of_the_instant_of_deciding() -> None:
    later, user = candidate(NOW + 9 * DAY), knowing(logins=NOW)
    assert GATE.objection(later, user) is None
    assert GATE.stays(None, later, user) is None


def test_it_binds_marketing_or_the_messages_named() -> None:
    offer, code = Message("offer", ("email",), "cart"), Message("code", ("email",), "cart", "transactional")
    narrow = Stale(features=("logins",), older_than=DAY, messages=("code",))
    assert [GATE.binds(each, "email") for each in (offer, code)] == [True, False]
    assert [narrow.binds(each, "email") for each in (offer, code)] == [False, True]
