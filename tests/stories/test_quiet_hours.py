"""Nothing while users sleep, on their own clocks, in every night of the year."""

import pytest

from opportune.testing.world import World, instant
from opportune.units import SECOND
from tests.stories.moments import does_in_context, on_clock
from tests.stories.shop import CART, NIGHT, shop

NOW = CART.replace("  - wait: 45 minutes\n", "")
LONG = {"reminder": "useful_for: 2 days"}


def first_send(zone: str, start: str, night: str = NIGHT) -> str:
    """What the user's clock shows when the mail of a cart left at ``start`` goes out."""
    world = World(shop(night, journeys=NOW, messages=LONG), start=start)
    ann = world.user("ann", zone=zone)
    ann.does("Cart Updated")
    world.passes(days=3)
    [mail] = ann.received
    return on_clock(mail.at, zone)


def test_in_the_evening_the_mail_waits_for_the_morning() -> None:
    world = World(shop(NIGHT), start="2026-06-01T22:00+02:00")
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    world.passes(hours=1)
    story = world.why(ann, "reminder")
    assert story.code == "planned"
    assert story.until == instant("2026-06-02T08:00+02:00")
    assert [verdict.code for verdict in story.decision.verdicts] == ["quiet_hours"]
    world.passes(days=1)
    assert [mail.at for mail in ann.received] == [instant("2026-06-02T08:00+02:00")]


def test_what_will_be_useless_by_morning_is_not_said_and_why_names_the_morning() -> None:
    world = World(shop(NIGHT, messages={"reminder": "useful_for: 2 hours"}), start="2026-06-01T22:00+02:00")
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    world.passes(days=2)
    story = world.why(ann, "reminder")
    assert (story.code, story.until) == ("quiet_hours", instant("2026-06-02T08:00+02:00"))
    assert ann.received == []


@pytest.mark.parametrize(
    ("start", "shows"),
    [
        ("2026-06-01T20:59:58+02:00", "2026-06-01 20:59"),
        ("2026-06-01T21:00+02:00", "2026-06-02 08:00"),
        ("2026-06-02T07:59:59+02:00", "2026-06-02 08:00"),
        ("2026-06-02T08:00+02:00", "2026-06-02 08:00"),
    ],
)
def test_quiet_hours_are_half_open_and_wrap_midnight(start: str, shows: str) -> None:
    assert first_send("Europe/Berlin", start) == shows


@pytest.mark.parametrize(
    ("zone", "start", "night", "shows"),
    [
        ("America/New_York", "2026-03-08T01:30-05:00", NIGHT, "2026-03-08 08:00"),  # the short night
        ("America/New_York", "2026-11-01T00:30-04:00", NIGHT, "2026-11-01 08:00"),  # the long night
        ("Europe/Berlin", "2026-03-29T00:30+01:00", NIGHT, "2026-03-29 08:00"),
        ("Europe/Berlin", "2026-10-24T23:00+02:00", NIGHT, "2026-10-25 08:00"),
        ("Australia/Lord_Howe", "2026-04-05T00:30+11:00", NIGHT, "2026-04-05 08:00"),  # half an hour back
        ("Australia/Lord_Howe", "2026-10-04T00:30+10:30", NIGHT, "2026-10-04 08:00"),  # half an hour ahead
        # the end of the window does not exist: the far side of the gap is outside
        ("Europe/Berlin", "2026-03-29T01:00+01:00", 'quiet_hours: {from: "00:00", to: "02:30"}', "2026-03-29 03:00"),
        # the end comes twice: quiet lasts through both passes of what it covers, and is over at the first 02:30
        ("Europe/Berlin", "2026-10-25T01:00+02:00", 'quiet_hours: {from: "00:00", to: "02:30"}', "2026-10-25 02:30"),
    ],
)
def test_nights_in_which_clocks_change_end_when_the_clock_says_so(
    zone: str, start: str, night: str, shows: str
) -> None:
    assert first_send(zone, start, night) == shows


def test_in_the_repeated_hour_it_is_quiet_again() -> None:
    """At 02:30 for the first time it is not quiet; at the second 02:10 it is."""
    night = 'quiet_hours: {from: "00:00", to: "02:30"}'
    assert first_send("Europe/Berlin", "2026-10-25T02:45+02:00", night) == "2026-10-25 02:45"
    world = World(shop(night, journeys=NOW), start="2026-10-25T02:10+01:00")
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").until == instant("2026-10-25T02:30+01:00")


def test_it_must_be_day_in_every_zone_the_user_may_be_in() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T10:00+02:00")
    ann = world.user("ann", zone="Europe/Berlin")
    does_in_context(ann, "Cart Updated", {"timezone": "America/New_York"})
    world.passes(days=1)
    [mail] = ann.received
    assert on_clock(mail.at, "America/New_York") == "2026-06-01 08:00"


def test_of_zones_that_are_never_awake_together_none_is_woken() -> None:
    world = World(
        shop('quiet_hours: {from: "20:00", to: "10:00"}', journeys=NOW, messages=LONG), start="2026-06-01T12:00Z"
    )
    ann = world.user("ann", zone="America/New_York")
    does_in_context(ann, "Cart Updated", {"timezone": "Asia/Tokyo"})
    world.passes(days=3)
    assert ann.received == []


def test_a_user_without_a_zone_lives_by_the_clock_of_the_playbook() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T22:00Z")
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").until == instant("2026-06-02T08:00Z")


def test_a_zone_that_is_none_is_no_zone() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T22:00Z")
    ann = world.user("ann", timezone="Atlantis/Capital")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").until == instant("2026-06-02T08:00Z")


def test_whoever_travels_west_before_the_morning_is_not_woken() -> None:
    world = World(shop(NIGHT, messages=LONG), start="2026-06-01T22:00+02:00")
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    world.passes(hours=9)
    ann.does("Identified", timezone="America/New_York")
    [first, second] = world.decisions
    assert (world.endings[first.id].outcome, world.endings[first.id].code) == ("not_sent", "replanned")
    assert second.zone == "America/New_York"
    world.passes(days=1)
    [mail] = ann.received
    assert on_clock(mail.at, "America/New_York") == "2026-06-02 08:00"
    assert mail.decision == second.id


def test_whoever_travels_east_before_the_morning_hears_it_in_the_new_morning() -> None:
    world = World(shop(NIGHT, messages=LONG), start="2026-06-01T22:00-04:00")
    ann = world.user("ann", zone="America/New_York")
    ann.does("Cart Updated")
    world.passes(hours=2)
    ann.does("Identified", timezone="Europe/Berlin")
    world.passes(days=1)
    [mail] = ann.received
    assert on_clock(mail.at, "Europe/Berlin") == "2026-06-02 08:00"


def test_whoever_lands_where_it_is_day_hears_it_at_once() -> None:
    world = World(shop(NIGHT, messages=LONG), start="2026-06-01T22:00-04:00")
    ann = world.user("ann", zone="America/New_York")
    ann.does("Cart Updated")
    world.passes(hours=6)
    ann.does("Identified", timezone="Europe/Berlin")
    world.passes(seconds=2)
    assert [on_clock(mail.at, "Europe/Berlin") for mail in ann.received] == ["2026-06-02 10:00"]


def test_whoever_buys_where_they_have_landed_is_reminded_of_nothing() -> None:
    """The event that tells of the zone ends the run as well."""
    world = World(shop(NIGHT, messages=LONG), start="2026-06-01T22:00-04:00")
    ann = world.user("ann", zone="America/New_York")
    ann.does("Cart Updated")
    world.passes(hours=6)
    does_in_context(ann, "Order Completed", {"timezone": "Europe/Berlin", "traits": {"timezone": "Europe/Berlin"}})
    world.passes(days=2)
    assert world.why(ann, "reminder").code == "exited"
    assert (ann.received, len(world.decisions)) == ([], 1)


def test_a_zone_with_the_same_night_changes_nothing() -> None:
    world = World(shop(NIGHT, messages=LONG), start="2026-06-01T22:00+02:00")
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    world.passes(hours=2)
    ann.does("Identified", timezone="Europe/Madrid")
    assert world.why(ann, "reminder").code == "planned"
    world.passes(days=1)
    assert (len(world.decisions), len(ann.received)) == (1, 1)


def test_what_is_useless_by_the_new_morning_ends_with_what_stands_against_it() -> None:
    world = World(shop(NIGHT, messages={"reminder": "useful_for: 12 hours"}), start="2026-06-01T22:00+02:00")
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    world.passes(hours=9)
    ann.does("Identified", timezone="America/Los_Angeles")
    story = world.why(ann, "reminder")
    assert (story.code, story.ending and story.ending.until) == ("quiet_hours", instant("2026-06-02T08:00-07:00"))


def test_a_user_whose_devices_disagree_is_planned_for_at_most_five_times() -> None:
    """Then the decision stays where it is; what stands against it there moves it on."""
    world = World(shop(NIGHT, messages=LONG), start="2026-06-01T22:00+02:00")
    ann = world.user("ann")
    does_in_context(ann, "Cart Updated", {"timezone": "Europe/Berlin"})
    world.passes(hours=1)
    for number in range(13):
        does_in_context(ann, "Page Viewed", {"timezone": ("Atlantic/Azores", "Europe/Berlin")[number % 2]})
    assert len(world.decisions) == 5
    world.passes(days=1)
    codes = [world.endings[each.id].code for each in world.decisions]
    assert codes == [*("replanned",) * 4, "quiet_hours", "sent"]
    assert [on_clock(mail.at, "Atlantic/Azores") for mail in ann.received] == ["2026-06-02 08:00"]


def test_an_attempt_must_begin_before_the_night_does() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T20:59:30+02:00", answers=lambda attempt: "none")
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    [attempt] = world.attempts
    assert attempt.expires == instant("2026-06-01T21:00+02:00")


def test_an_attempt_that_lapsed_into_the_night_waits_for_the_morning() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T20:59:30+02:00", delay=45 * SECOND)
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    world.passes(days=1)
    [mail] = ann.received
    assert on_clock(mail.at, "Europe/Berlin") == "2026-06-02 08:00"


def test_the_night_binds_only_the_channels_it_names() -> None:
    night = 'quiet_hours: {from: "21:00", to: "08:00", channels: [sms, push]}'
    messages = {"reminder": "channels: [push, email]"}
    world = World(shop(night, journeys=NOW, messages=messages), start="2026-06-01T22:00Z")
    ann = world.user("ann", push_token="p")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [mail.channel for mail in ann.received] == ["email"]


def test_what_must_be_said_is_said_at_night() -> None:
    world = World(shop(NIGHT, journeys=NOW, messages={"reminder": "kind: transactional"}), start="2026-06-01T23:00Z")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_two_windows_are_both_kept() -> None:
    noon = 'quiet_hours: {from: "08:00", to: "09:30"}'
    world = World(shop(NIGHT, noon, journeys=NOW), start="2026-06-01T22:00Z")
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").until == instant("2026-06-02T09:30Z")
