"""A message finds its moment: what is known of a user, what closes an hour, and what a user who moves changes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from opportune.playbook.definition import Playbook
from opportune.policies.timing import Timing
from opportune.testing.user import User
from opportune.testing.world import World
from opportune.units import DAY, MINUTE, Instant
from tests.stories.moments import does_in_context, on_clock
from tests.stories.shop import NIGHT, shop

BERLIN, TOKYO, NEW_YORK = "Europe/Berlin", "Asia/Tokyo", "America/New_York"
JOURNEY = "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: reminder\n"
SURE = "send_time: {control: 0%, explore: 0%, spread: none}"
"""Without draws, so that a story can tell the hour."""
MONDAY = "2026-06-01T00:00+02:00"


def a_shop(*policies: str, message: str = "", send_time: str = SURE) -> Playbook:
    """A shop that pushes: who looks an hour later has mostly overlooked it."""
    return shop(send_time, *policies, journeys=JOURNEY, messages={"reminder": f"channels: [push]\n{message}"})


def there(day: str, shows: str, zone: str) -> Instant:
    """The instant at which this zone's clock shows this on that day, by an independent library."""
    return round(datetime.fromisoformat(f"{day}T{shows}").replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000)


def visits(user: User, shows: str, *, days: int, zone: str = BERLIN) -> None:
    """The user comes on so many days, today first, when the clock of where they are shows this."""
    for _ in range(days):
        at = there(on_clock(user.world.now, zone)[:10], shows, zone)
        user.world.until(at if at >= user.world.now else there(on_clock(user.world.now + DAY, zone)[:10], shows, zone))
        does_in_context(user, "Page Viewed", {"timezone": zone})
        user.world.passes(minutes=1)
    user.world.until(there(on_clock(user.world.now, zone)[:10], "23:59", zone))


def asked(user: User) -> Timing:
    """What the newest decision goes back to, once the user has left a cart."""
    user.does("Cart Updated")
    return newest(user.world)


def newest(world: World) -> Timing:
    timing = world.decisions[-1].timing
    assert timing is not None
    return timing


def hour_heard(user: User, zone: str = BERLIN) -> str:
    """At which hour of their clock the newest message reached the user, within two days."""
    user.world.passes(days=2)
    return on_clock(user.received[-1].at, zone)[11:]


def test_of_a_new_user_nothing_is_known_so_the_baseline_it_is() -> None:
    world = World(a_shop(), start="2026-06-01T09:30+02:00")
    ann = world.user("ann", zone=BERLIN, push_token="p")
    timing = asked(ann)
    assert (timing.basis, timing.because, timing.check_ins, timing.baseline_hour) == (
        "baseline",
        "too_little_known",
        1,
        18,
    )
    assert hour_heard(ann) == "18:00"


def test_who_comes_every_morning_is_written_to_then() -> None:
    world = World(a_shop(), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "07:10", days=21)
    timing = asked(ann)
    assert (timing.basis, timing.because) == ("learned", "sure_gain")
    assert (timing.zone, timing.zone_source) == (BERLIN, "context.timezone")
    assert on_clock(timing.best, BERLIN)[11:] == hour_heard(ann) == "07:00"
    assert timing.gain > timing.deviation > 0


def test_a_night_owl_is_written_to_at_the_best_hour_that_is_not_quiet() -> None:
    world = World(a_shop(NIGHT), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "21:30", days=21)
    timing = asked(ann)
    assert all("08:00" <= on_clock(each.at, BERLIN)[11:] < "21:00" for each in timing.slots)
    assert hour_heard(ann) == "20:00"


def test_what_is_useless_by_then_does_not_wait_for_the_best_hour() -> None:
    world = World(a_shop(message="useful_for: 3 hours"), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "07:10", days=21)
    world.until("2026-06-22T12:00+02:00")
    timing = asked(ann)
    assert [on_clock(each.at, BERLIN)[11:] for each in timing.slots] == ["12:00", "13:00", "14:00"]


def test_what_loses_its_worth_goes_sooner() -> None:
    heard = []
    for message in ("useful_for: 1 day", "useful_for: 1 day\nhalf_life: 2 hours"):
        world = World(a_shop(message=message), start=MONDAY)
        ann = world.user("ann", zone=BERLIN, push_token="p")
        visits(ann, "12:10", days=14)
        visits(ann, "18:10", days=14)
        world.until("2026-06-29T11:00+02:00")
        asked(ann)
        heard.append(hour_heard(ann))
    assert heard == ["18:00", "11:00"]


def test_users_of_the_control_always_have_the_baseline() -> None:
    world = World(a_shop(send_time="send_time: {control: 100%, spread: none}"), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "07:10", days=21)
    timing = asked(ann)
    assert (timing.arm, timing.because) == ("control", "control")
    assert hour_heard(ann) == "18:00"
    assert on_clock(timing.best, BERLIN)[11:] == "07:00", "what it would have been is on record"


def test_who_moves_is_written_to_on_the_new_clock_from_the_first_event_on() -> None:
    world = World(a_shop(message="useful_for: 36 hours"), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "07:10", days=21)
    asked(ann)
    world.until("2026-06-22T02:00+02:00")  # nine o'clock in Tokyo
    does_in_context(ann, "Page Viewed", {"timezone": TOKYO})
    assert hour_heard(ann, TOKYO) == "07:00"


def test_a_zone_that_was_stated_long_ago_gives_way_to_where_the_user_is_now() -> None:
    world = World(a_shop(), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "07:10", days=10)
    visits(ann, "07:10", days=10, zone=NEW_YORK)
    timing = asked(ann)
    assert (timing.zone, timing.zone_source) == (NEW_YORK, "context.timezone")
    assert hour_heard(ann, NEW_YORK) == "07:00"


@pytest.mark.parametrize("monday", ["2026-03-02", "2026-10-05"])
def test_the_hour_stays_that_of_the_wall_when_clocks_change(monday: str) -> None:
    """Clocks change in Berlin on 29 March and on 25 October."""
    world = World(a_shop(), start=there(monday, "00:00", BERLIN))
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "07:10", days=26)
    asked(ann)
    first = hour_heard(ann)
    visits(ann, "07:10", days=3)
    asked(ann)
    assert [first, hour_heard(ann)] == ["07:00", "07:00"]


def test_a_machine_that_opens_at_once_teaches_nothing() -> None:
    """A privacy proxy opens whatever comes, within a minute; that is marked, and nobody has looked."""
    world = World(a_shop(), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    for _ in range(10):
        timing = asked(ann)
        world.passes(days=1)
        ann.does("Push Opened", decision=ann.received[-1].decision, by="machine", after=20_000)
        ann.does("Email Opened by Machine", decision=ann.received[-1].decision, by="machine", after=20_000)
    assert timing.opens == 0


def test_who_only_opens_is_known_by_when_they_could_have() -> None:
    """All that goes out goes out in the evening, and is opened at six in the morning: that is when this user looks."""
    journey = "journey: news\nenter: {on: Story Published}\nreentry: always\nsteps:\n  - send: reminder\n"
    world = World(shop(SURE, journeys=journey, messages={"reminder": "channels: [push]"}), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    for day in range(1, 25):
        world.until(there(f"2026-06-{day:02}", "17:30", BERLIN))
        ann.does("Story Published")
        if not ann.received:
            world.passes(hours=1)
        world.until(there(f"2026-06-{day + 1:02}", "06:50", BERLIN))
        ann.opens("reminder")
    ann.does("Story Published")
    timing = newest(world)
    assert (timing.check_ins, timing.basis) == (0, "learned")
    assert timing.opens >= 15
    assert on_clock(timing.best, BERLIN)[11:13] == "06"


def test_two_ids_of_one_user_know_together_what_each_of_them_knew() -> None:
    world = World(a_shop(), start=MONDAY)
    ann, anonymous = world.user("ann", zone=BERLIN, push_token="p"), world.user("a1")
    visits(anonymous, "07:10", days=10)
    visits(ann, "07:20", days=10)
    world.merge(ann, anonymous)
    assert asked(ann).check_ins == 21
    assert hour_heard(ann) == "07:00"


def test_a_playbook_that_begins_to_ask_knows_what_was_done_before() -> None:
    world = World(shop(journeys=JOURNEY), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "07:10", days=21)
    assert world.memory(ann).profile.attention is None
    world.publish(a_shop())
    assert asked(ann).because == "sure_gain"
    assert hour_heard(ann) == "07:00"


def test_one_hour_is_spread_over_its_minutes_and_each_user_has_their_own() -> None:
    world = World(a_shop(send_time="send_time: {control: 0%, explore: 0%}"), start="2026-06-01T09:30+02:00")
    users = [world.user(f"user{number}", zone=BERLIN, push_token="p") for number in range(40)]
    for user in users:
        user.does("Cart Updated")
    world.passes(days=1)
    minutes = [user.received[0].at - there("2026-06-01", "18:00", BERLIN) for user in users]
    assert all(0 <= each < 30 * MINUTE for each in minutes)
    assert len({each // MINUTE for each in minutes}) > 15


def test_what_is_drawn_among_the_best_is_drawn_the_same_when_it_is_planned_anew() -> None:
    world = World(a_shop(NIGHT, send_time="send_time: {control: 0%, explore: 100%, spread: none}"), start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "12:10", days=21)
    ann.does("Cart Updated")
    planned = world.decisions[-1].chosen
    ann.says(timezone=TOKYO)
    ann.says(timezone=BERLIN, push_token="p")
    assert world.decisions[-1].chosen == planned


def test_hours_are_compared_on_the_channel_that_comes_first_in_the_message() -> None:
    """Of push it is known better when it is noticed; that makes it no better than the mail that its author prefers."""
    playbook = shop(SURE, journeys=JOURNEY, messages={"reminder": "channels: [email, push]"})
    world = World(playbook, start=MONDAY)
    ann = world.user("ann", zone=BERLIN, push_token="p")
    visits(ann, "18:10", days=21)
    timing = asked(ann)
    assert timing.channel == "email"
    assert {each.channel for each in timing.slots if each.chance} == {"email"}
    assert {each.channel for each in timing.slots} == {"email", "push"}


@pytest.mark.parametrize("control", ["0%", "100%"])
def test_what_is_soon_worth_nothing_does_not_wait_for_the_baseline_either(control: str) -> None:
    playbook = a_shop(message="half_life: 10 minutes", send_time=f"send_time: {{control: {control}, explore: 100%}}")
    world = World(playbook, start="2026-06-01T10:00+02:00")
    ann = world.user("ann", zone=BERLIN, push_token="p")
    timing = asked(ann)
    assert timing.baseline == world.now
    assert {each.at for each in timing.slots if each.chance} == {world.now}
