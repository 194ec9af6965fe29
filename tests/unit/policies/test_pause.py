"""What a trait may say of a pause, and what it does not say."""

import pytest

from opportune.policies.pause import paused_until
from opportune.units import Scalar

DECEMBER = 1_796_083_200_000


@pytest.mark.parametrize(
    "stated",
    [DECEMBER, float(DECEMBER), DECEMBER // 1_000, "2026-12-01", "2026-12-01T00:00Z", "2026-12-01T01:00+01:00"],
)
def test_a_pause_is_written_as_instants_are(stated: Scalar) -> None:
    assert paused_until(stated) == DECEMBER


@pytest.mark.parametrize("stated", [None, True, False, "", "soon", "01.12.2026", -1, 1e300, 10**17])
def test_what_is_no_instant_pauses_nothing(stated: Scalar) -> None:
    assert paused_until(stated) == 0
