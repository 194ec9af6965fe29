"""Two ids turn out to be one user after one of them is done with a run, and the other is in the midst of one."""

import pytest

from opportune.testing.world import World
from tests.stories.shop import NIGHT, shop

JOURNEY = "journey: welcome\nenter: Signed Up\nreentry: {}\nsteps:\n  - wait: 1 hour\n  - send: reminder\n"


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize(("reentry", "heard"), [("once", 1), ("{cooldown: 30 days}", 1), ("while_not_active", 2)])
def test_what_re_entry_forbids_one_user_two_ids_do_not_bring_about(reentry: str, heard: int, *, is_kept: bool) -> None:
    world = World(shop(NIGHT, journeys=JOURNEY.format(reentry)))
    ann, phone = world.user("ann"), world.user("phone")
    phone.does("Signed Up")
    world.passes(hours=8)
    assert len(phone.received) == 1
    ann.does("Signed Up")  # its message waits for the morning
    world.passes(hours=2)
    world.merge(*((ann, phone) if is_kept else (phone, ann)))
    world.passes(days=2)
    assert len(ann.received) == heard
    if heard == 1:
        assert [each.code for each in world.endings.values() if each.code != "sent"] == ["merged"]
