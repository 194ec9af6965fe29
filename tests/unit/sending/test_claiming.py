"""Whether a decision may still go out, where the playbook has changed since it was made."""

from dataclasses import replace

import pytest

from opportune.journeys.memory import fresh
from opportune.playbook.compiling import compiled
from opportune.policies.verbs import Reason
from opportune.sending.claiming import objection_now, values_for
from opportune.units import HOUR
from tests.stories.shop import CART, shop
from tests.unit.sending.test_receiving import NIGHTLY, NOON, NOW, PLAYBOOK, asked, the_only


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ({"reminder": ""}, None),
        ({"reminder": "channels: [push, email]"}, None),
        ({"reminder": "channels: [push]"}, Reason("withdrawn")),
        ({"other": ""}, Reason("withdrawn")),
    ],
)
def test_what_its_message_no_longer_says_on_its_channel_is_withdrawn(
    messages: dict[str, str], reason: Reason | None
) -> None:
    pending = the_only(asked(NIGHTLY, at=NOON + 11 * HOUR))
    newer = compiled(shop(journeys=CART.replace("reminder", next(iter(messages))), messages=messages))
    memory = asked(compiled(shop(journeys=NOW)))
    assert objection_now(newer, pending, newer.view(memory, NOON)) == reason


@pytest.mark.parametrize("delivery", ["once", "at_least_once"])
def test_a_claim_says_whether_the_message_is_asked_for_again_and_how_long_it_is_of_use(delivery: str) -> None:
    message = f"kind: transactional\ndelivery: {delivery}\nuseful_for: 2 hours"
    memory = asked(compiled(shop(journeys=NOW, messages={"reminder": message})))
    pending = the_only(memory)
    assert (pending.state, pending.may_repeat) == ("claimed", delivery == "at_least_once")
    assert (pending.claimed_at, pending.deadline) == (NOON, NOON + 2 * HOUR)


def test_a_list_is_told_to_a_template_as_its_members_with_commas_between_them() -> None:
    reading = replace(
        PLAYBOOK,
        readers={"liked": lambda scope: ("ferns", "palms"), "carts": lambda scope: 2, "none": lambda scope: ()},
        wanted={"reminder": frozenset({"liked", "carts", "none"})},
    )
    values = values_for(reading, "reminder", reading.view(fresh("ann"), NOON), None)
    assert values == {"carts": 2, "liked": "ferns, palms", "none": ""}
