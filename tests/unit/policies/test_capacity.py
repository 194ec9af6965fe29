"""No hour gets more than it has room for, and everybody knows for themselves which hours let them in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.features.ledger import Ledger
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.capacity import CapacityGate, gate_of, lot_of
from opportune.policies.planned import Capacity, Opening, Plan, faults
from opportune.policies.verbs import Reason
from opportune.policies.view import View
from opportune.units import HOUR, MINUTE, ONE, Instant
from tests.laws.slates import named_zone

SIX: Instant = 1_780_336_800_000
"""2026-06-01T18:00Z."""
NEWS = Message(name="news", channels=("email", "push"), topic="news", useful_for=12 * HOUR)


def view_of(bucket: str) -> View:
    return View(
        SIX, bucket, "salt", Ledger([], [], [], []), Scope(Profile({}, {}, [], {}), SIX), (named_zone("UTC"),), None
    )


def gate(**shares: int) -> CapacityGate:
    """Mail's shares by hour, such as ``six=500_000``."""
    names = {"six": "2026-06-01T18:00Z", "seven": "2026-06-01T19:00Z", "eight": "2026-06-01T20:00Z"}
    hours = {names[name]: Opening(share) for name, share in shares.items()}
    return gate_of(Capacity((Plan("first", "news", {"email": hours}),)))


def asked(gate: CapacityGate, at: Instant, bucket: str = "ann") -> Reason | None:
    return gate.objection(Candidate(NEWS, "email", at, SIX + 12 * HOUR), view_of(bucket))


def test_an_hour_lets_in_whose_lot_lies_below_its_share() -> None:
    lot = lot_of("first", "ann", "salt")
    assert asked(gate(six=lot + 1), SIX) is None
    assert asked(gate(six=lot), SIX) == Reason("over_capacity", SIX + HOUR)


def test_until_is_the_next_hour_that_lets_the_user_in() -> None:
    shut = gate(six=0, seven=0, eight=ONE)
    assert asked(shut, SIX + 5 * MINUTE) == Reason("over_capacity", SIX + 2 * HOUR)
    assert asked(gate(six=0, seven=0, eight=0), SIX) == Reason("over_capacity", SIX + 3 * HOUR)


def test_an_hour_or_a_channel_that_is_not_planned_lets_everybody_in() -> None:
    shut = gate(six=0)
    assert asked(shut, SIX - 1) is None
    assert asked(shut, SIX + HOUR) is None
    assert shut.binds(NEWS, "email")
    assert not shut.binds(NEWS, "push")
    assert not shut.binds(Message(name="other", channels=("email",), topic="news", useful_for=HOUR), "email")


def test_who_comes_last_in_one_plan_need_not_come_last_in_the_next() -> None:
    lots = {lot_of(plan, "ann", "salt") for plan in ("first", "second", "third")}
    assert len(lots) == 3


def test_an_attempt_begins_before_an_hour_that_does_not_let_it_in() -> None:
    candidate = Candidate(NEWS, "email", SIX + 59 * MINUTE, SIX + 12 * HOUR)
    assert gate(six=ONE, seven=0).closes(candidate, view_of("ann")) == SIX + HOUR
    assert gate(six=ONE, seven=ONE).closes(candidate, view_of("ann")) is None


@given(
    st.lists(st.sampled_from([0, 300_000, 600_000, ONE]), min_size=3, max_size=3),
    st.sampled_from(["ann", "bob", "cid", "dan"]),
    st.lists(st.integers(0, 4 * HOUR), min_size=1, max_size=6),
)
def test_the_answer_stays_as_long_as_it_says(shares: list[int], bucket: str, after: list[int]) -> None:
    known = gate(six=shares[0], seven=shares[1], eight=shares[2])
    view = view_of(bucket)
    for start in after:
        first = Candidate(NEWS, "email", SIX + start, SIX + 12 * HOUR)
        reason = known.objection(first, view)
        stays = known.stays(reason, first, view)
        assert stays is not None
        for at in range(first.at, stays, 20 * MINUTE):
            assert known.objection(Candidate(NEWS, "email", at, SIX + 12 * HOUR), view) == reason
        if reason is not None:
            assert asked(known, reason.until or 0, bucket) is None


@pytest.mark.parametrize(
    ("hour", "share", "said"),
    [
        ("2026-06-01T18:30Z", ONE, "an hour is written like '2026-06-01T17:00Z'"),
        ("six", ONE, "an hour is written like '2026-06-01T17:00Z'"),
        ("2026-06-01T18:00Z", ONE + 1, "share: must be from 0 to 1000000, not 1000001"),
    ],
)
def test_a_snapshot_says_what_is_wrong_with_it(hour: str, share: int, said: str) -> None:
    [fault] = faults(Capacity((Plan("first", "news", {"email": {hour: Opening(share)}}),)))
    assert fault.startswith(f"plans[0].hours.email.{hour}") and fault.endswith(said)


def test_a_sound_snapshot_has_no_faults() -> None:
    assert faults(Capacity((Plan("first", "news", {"email": {"2026-06-01T18:00Z": Opening(5, 7)}}),))) == []
