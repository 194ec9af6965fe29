"""Instants as stories write them."""

from datetime import UTC, datetime

import pytest

from opportune.errors import StoryError
from opportune.testing import World, instant
from opportune.testing.world import MONDAY_NOON
from tests.stories.shop import shop


def test_the_same_instant_may_be_written_in_many_ways() -> None:
    said = ("2026-06-01T14:00+02:00", "2026-06-01T12:00Z", datetime(2026, 6, 1, 12, tzinfo=UTC), MONDAY_NOON)
    assert {instant(each) for each in said} == {MONDAY_NOON}


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ("2026-06-01T12:00", "2026-06-01T12:00: says no zone; write it with an offset or Z"),
        (datetime(2026, 6, 1, 12), "2026-06-01 12:00:00: says no zone"),
        ("noon", "an instant is written 2026-06-02T09:00.02:00, not 'noon'"),
    ],
)
def test_what_is_another_instant_elsewhere_is_refused(said: str, refusal: str) -> None:
    with pytest.raises(StoryError, match=refusal):
        instant(said)


def test_time_never_goes_back() -> None:
    world = World(shop())
    with pytest.raises(StoryError, match="passes: time goes on only, not by -60000 ms; begin another world"):
        world.passes(minutes=-1)
    said = r"until: it is Mon 1 Jun 2026, 12:00 \(UTC\) already, and Mon 1 Jun 2026, 11:00 \(UTC\) is over"
    with pytest.raises(StoryError, match=said):
        world.until("2026-06-01T11:00Z")
