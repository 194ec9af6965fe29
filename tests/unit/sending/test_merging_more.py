"""What the one user is after a merge: what both stated, were sent and did."""

from opportune.features.ledger import Sent, Suppression
from opportune.features.profile import Session, Stated
from opportune.features.traits import trait_at
from opportune.units import DAY
from tests.unit.sending.test_merging import NOON, known, merged


def test_the_profile_is_that_of_both() -> None:
    kept, absorbed = known("ann"), known("device")
    kept.profile.traits, absorbed.profile.traits = {"name": [Stated(1, 1, "Ann")]}, {"tier": [Stated(2, 2, "gold")]}
    kept.profile.sessions, absorbed.profile.sessions = [Session(NOON - 2, NOON - 1)], [Session(NOON - 3, NOON - 3)]
    merged(kept, absorbed)
    assert [trait_at(kept.profile, name, NOON) for name in ("name", "tier")] == ["Ann", "gold"]
    assert kept.profile.sessions == [Session(NOON - 3, NOON - 1)]


def test_the_sends_of_both_stand_by_instant_and_then_by_name() -> None:
    kept, absorbed = known("ann"), known("device")
    sends = [Sent(NOON - 3, "d3", "m", "email", "cart", True), Sent(NOON - 2, "d1", "m", "email", "cart", True)]
    kept.ledger.sent, absorbed.ledger.sent = sends, [Sent(NOON - 2, "d0", "m", "email", "cart", True)]
    merged(kept, absorbed)
    assert [each.id for each in kept.ledger.sent] == ["d3", "d0", "d1"]


def test_of_two_suppressions_of_a_channel_the_later_stays() -> None:
    kept, absorbed = known("ann"), known("device")
    kept.ledger.suppressions = [Suppression("email", "asked", NOON - DAY)]
    absorbed.ledger.suppressions = [Suppression("email", "spam", NOON - 1), Suppression("sms", "spam", 4)]
    merged(kept, absorbed)
    assert [(each.channel, each.at) for each in kept.ledger.suppressions] == [("email", NOON - 1), ("sms", 4)]
