"""How an operator says how fast a channel may go."""

import pytest

from opportune.adapters.channels.inbox import Inbox
from opportune.adapters.stores.memory import MemoryStore
from opportune.sending.rate_limit import RateLimit
from opportune.wiring.pace import Pace, pace_of


@pytest.mark.parametrize(
    ("text", "channel", "pace"),
    [
        ("email=50/s", "email", Pace(50, 10, 4)),
        (" in_app=500/s,workers=16 ", "in_app", Pace(500, 10, 16)),
        ("email=1/s,burst=1,workers=1", "email", Pace(1, 1, 1)),
    ],
)
def test_a_pace_is_read_as_it_is_written(text: str, channel: str, pace: Pace) -> None:
    assert pace_of(text) == (channel, pace)


@pytest.mark.parametrize("text", ["", "email", "email=50", "email=fast/s", "email=0/s", "email=5/s,workers=0", "=5/s"])
def test_another_text_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"email=50/s|must be at least 1"):
        pace_of(text)


def test_a_lane_keeps_its_pace() -> None:
    lane = Pace(50, 20, 8).lane(Inbox(MemoryStore()))
    assert (lane.limit, lane.workers) == (RateLimit(50, 20), 8)
