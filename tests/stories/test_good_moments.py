"""The page of good moments: each of its journeys runs, and speaks when the page says so."""

import re
from pathlib import Path

import pytest

from opportune.testing.world import User, World
from tests.stories.moments import on_clock
from tests.stories.shop import shop

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "good-moments.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
ZONE = "America/New_York"
MESSAGES = {"hint": "useful_for: 2 days"}


def snippet(section: str) -> str:
    """The one piece of playbook in a section."""
    [text] = re.findall(r"^```yaml\n(.*?)^```", SECTIONS[section], re.DOTALL | re.MULTILINE)
    return str(text)


def told(section: str, start: str, *policies: str) -> User:
    """A user in New York, by a playbook with this journey, at this instant of her clock; it is summer."""
    world = World(shop(*policies, journeys=snippet(section), messages=MESSAGES), start=f"{start}-04:00")
    return world.user("ann", zone=ZONE)


def heard(ann: User, *, days: float = 4) -> list[str]:
    """What her clock showed at each mail of the next days."""
    ann.world.passes(days=days)
    return [on_clock(mail.at, ZONE) for mail in ann.received]


def test_two_hours_after_the_last_activity_and_not_after_the_first() -> None:
    ann = told("Two hours after the last app open", "2026-06-01T10:00")
    ann.does("Product Viewed")
    ann.world.passes(minutes=90)
    ann.does("Page Viewed")
    assert heard(ann) == ["2026-06-01 13:30"]


@pytest.mark.parametrize(
    ("start", "shows"),
    [
        ("2026-06-05T17:59", "2026-06-05 17:59"),
        ("2026-06-05T18:00", "2026-06-08 09:00"),  # a Friday evening
        ("2026-06-02T07:00", "2026-06-02 09:00"),
    ],
)
def test_between_nine_and_six_on_working_days(start: str, shows: str) -> None:
    ann = told("Between nine and six", start)
    ann.does("Invoice Opened")
    assert heard(ann) == [shows]


@pytest.mark.parametrize(
    ("start", "shows"),
    [
        ("2026-06-06T20:59", "2026-06-06 20:59"),
        ("2026-06-06T21:00", "2026-06-07 09:00"),
        ("2026-06-06T03:00", "2026-06-06 09:00"),
    ],
)
def test_the_active_hours_are_from_nine_to_nine(start: str, shows: str) -> None:
    ann = told("The active hours", start)
    ann.does("Report Ready")
    assert heard(ann) == [shows]


def test_a_day_after_the_last_activity_is_the_next_active_period() -> None:
    ann = told("The next active period", "2026-06-01T19:00")
    ann.does("Page Viewed")
    assert heard(ann) == ["2026-06-02 19:00"]


def test_what_could_not_be_said_after_a_day_is_said_after_two() -> None:
    """A cap stands against it for another half day."""
    journeys = {"next": snippet("The next active period"), "now": "journey: now\nenter: Asked\nsteps: [{send: hint}]\n"}
    cap = "frequency_cap: {at_most: 1, within: 40 hours}"
    world = World(shop(cap, journeys=journeys, messages={"hint": "useful_for: 1 hour"}), start="2026-06-01T19:00-04:00")
    ann = world.user("ann", zone=ZONE)
    ann.does("Asked")
    assert heard(ann) == ["2026-06-01 19:00", "2026-06-03 19:00"]


def test_a_cart_is_reminded_of_after_the_wait_of_its_arm() -> None:
    playbook = shop(journeys=snippet("A cart"), messages=MESSAGES)
    world = World(playbook, start="2026-06-01T10:00-04:00")
    users = [world.user(f"user-{number}", zone=ZONE) for number in range(200)]
    for user in users:
        user.does("Cart Updated", cart_id="c1")
    world.passes(days=1)
    waits = [on_clock(user.received[0].at, ZONE)[-5:] for user in users]
    counted = {wait: waits.count(wait) for wait in sorted(set(waits))}
    assert list(counted) == ["10:15", "11:00", "11:30", "13:00"]
    assert counted["11:30"] > 100 and min(counted.values()) > 5


def test_nobody_is_reminded_of_a_cart_that_was_bought() -> None:
    ann = told("A cart", "2026-06-01T10:00")
    ann.does("Cart Updated", cart_id="c1")
    ann.world.passes(minutes=10)
    ann.does("Order Completed", cart_id="c1")
    assert heard(ann) == []


def test_a_price_that_dropped_is_told_of_after_six_minutes() -> None:
    ann = told("A price that dropped", "2026-06-01T10:00")
    ann.does("Price Dropped", product_id="p1", price=80)
    assert heard(ann) == ["2026-06-01 10:06"]


def test_a_price_that_was_raised_again_is_told_to_nobody() -> None:
    ann = told("A price that dropped", "2026-06-01T10:00")
    ann.does("Price Dropped", product_id="p1", price=80)
    ann.world.passes(minutes=5)
    ann.does("Price Raised", product_id="p1")
    assert heard(ann) == []


def test_who_has_not_finished_after_two_days_is_helped() -> None:
    ann = told("An onboarding that stopped", "2026-06-01T22:00")
    ann.does("Tutorial Started")
    assert heard(ann) == ["2026-06-04 09:00"]
    ann = told("An onboarding that stopped", "2026-06-01T10:00")
    ann.does("Tutorial Started")
    ann.world.passes(hours=47)
    ann.does("Tutorial Completed")
    assert heard(ann) == []


def test_anything_else_is_said_after_two_hours() -> None:
    ann = told("Anything else", "2026-06-01T10:00")
    ann.does("Search Saved")
    assert heard(ann) == ["2026-06-01 12:00"]
    ann = told("Anything else", "2026-06-01T20:00")
    ann.does("Search Saved")
    assert heard(ann) == ["2026-06-02 09:00"]


def test_of_what_was_decided_at_night_the_best_goes_in_the_morning() -> None:
    [policy] = re.findall(r"^  - (quiet_hours: .*)$", SECTIONS["A crowded morning"], re.MULTILINE)
    names = ("cart", "news")
    journeys = {name: f"journey: {name}\nenter: Saw {name}\nsteps: [{{send: {name}}}]\n" for name in names}
    messages = {"cart": "worth: 1\nuseful_for: 2 days", "news": "worth: 2\nuseful_for: 2 days"}
    world = World(shop(policy, journeys=journeys, messages=messages), start="2026-06-01T22:00-04:00")
    ann = world.user("ann", zone=ZONE)
    for name in names:
        ann.does(f"Saw {name}")
    assert heard(ann) == ["2026-06-02 08:00"]
    assert [world.why(ann, name).code for name in names] == ["queued_out", "sent"]


def test_every_piece_of_the_page_is_tried() -> None:
    pieces = {name for name, part in SECTIONS.items() if "```yaml" in part}
    tried = set(re.findall(r'(?:told|snippet)\("([^"]+)"', Path(__file__).read_text("utf-8"))) | {"A crowded morning"}
    assert pieces == tried
