"""What ``check`` says of the moments at which messages are proposed."""

import pytest

from opportune.playbook.check import check
from tests.stories.shop import NIGHT, shop

IN_SESSION = "in_session: {idle: 30 minutes}"
CART = "journey: cart\nenter: Cart Updated\nsteps:\n"


def warnings(*policies: str, journeys: str, reminder: str = "") -> list[str]:
    playbook = shop(*policies, journeys=journeys, messages={"reminder": reminder})
    return [each.text for each in check(playbook) if each.level == "warning"]


@pytest.mark.parametrize("wait", ["10 minutes", "{until: Order Completed, at_most: 10 minutes}"])
def test_a_wait_that_ends_within_the_session_is_as_long_as_the_session(wait: str) -> None:
    [warning] = warnings(IN_SESSION, journeys=f"{CART}  - wait: {wait}\n  - send: reminder\n")
    assert warning.startswith("'reminder' is proposed 10 minutes after entry, but goes out when the session of who")
    assert "30 minutes after the last activity" in warning


@pytest.mark.parametrize(
    ("steps", "reminder"),
    [
        ("  - wait: 30 minutes\n  - send: reminder\n", ""),
        ("  - wait: 15 minutes\n  - wait: 15 minutes\n  - send: reminder\n", ""),
        ("  - send: reminder\n", ""),
        ("  - wait: {for: 10 minutes, since: active}\n  - send: reminder\n", ""),
        ("  - wait: 10 minutes\n  - send: reminder\n", "channels: [in_app, email]"),
        ("  - wait: 10 minutes\n  - send: reminder\n", "kind: transactional"),
    ],
)
def test_a_wait_that_outlasts_it_and_a_message_that_may_go_into_it_are_right(steps: str, reminder: str) -> None:
    assert warnings(IN_SESSION, journeys=f"{CART}{steps}", reminder=reminder) == []


def test_who_enters_without_doing_anything_is_in_no_session() -> None:
    journey = "journey: quiet\nenter: {inactive_for: 1 day}\nsteps:\n  - wait: 10 minutes\n  - send: reminder\n"
    assert warnings(IN_SESSION, journeys=journey) == []
    counted = "enter: {on: Page Viewed, nth: 3}\nsteps:\n  - wait: 10 minutes\n  - send: reminder\n"
    [warning] = warnings(IN_SESSION, journeys=f"journey: pages\n{counted}")
    assert "30 minutes after the last activity" in warning
    chain = "journey: chain\nenter: {sequence: [Page Viewed, Cart Updated], within: 1 hour}\nsteps:\n"
    [warning] = warnings(IN_SESSION, journeys=f"{chain}  - wait: 10 minutes\n  - send: reminder\n")
    assert "30 minutes after the last activity" in warning
    passive = "journey: cart\nenter: Price Dropped\nsteps:\n  - wait: 10 minutes\n  - send: reminder\n"
    assert not any("session" in each for each in warnings(IN_SESSION, journeys=passive))
    assert warnings(journeys=f"{CART}  - wait: 10 minutes\n  - send: reminder\n") == []


DAILY = 'journey: cart\nenter: {every: day, at: "09:00"}\nsteps:\n'


@pytest.mark.parametrize(
    ("journey", "is_warned"),
    [
        (f'{CART}  - wait: {{between: ["08:00", "21:00"]}}\n  - send: reminder\n', False),
        (f'{CART}  - wait: {{at: "09:00"}}\n  - send: reminder\n', False),
        (f"{DAILY}  - send: reminder\n", False),
        (f'{CART}  - wait: {{between: ["08:00", "21:01"]}}\n  - send: reminder\n', True),
        (f'{CART}  - wait: {{at: "09:00"}}\n  - wait: 1 hour\n  - send: reminder\n', True),
        (f'{CART}  - wait: {{at: "09:00"}}\n  - send: reminder\n  - send: reminder\n', True),
        (f"{CART}  - send: reminder\n", True),
    ],
)
def test_what_is_proposed_by_day_alone_may_be_useful_for_less_than_the_night(journey: str, is_warned: bool) -> None:
    told = warnings(NIGHT, journeys=journey, reminder="useful_for: 2 hours")
    assert any("quiet hours last 11 hours" in each for each in told) is is_warned
