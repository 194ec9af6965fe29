"""Users who travel, and zone rules that change, while something waits for the user's own clock."""

import msgspec
import pytest

from opportune.events.event import Published
from opportune.journeys.memory import Memory
from opportune.playbook.compiling import compiled
from opportune.sending.publishing import take_up
from opportune.testing.world import World, instant
from opportune.units import HOUR, Instant
from tests.stories.moments import does_in_context, on_clock
from tests.stories.shop import NIGHT, shop

NEW_YORK, TOKYO, BERLIN = "America/New_York", "Asia/Tokyo", "Europe/Berlin"


def waiting(wait: str) -> str:
    return f"journey: cart\nenter: {{on: Cart Updated}}\nsteps:\n  - wait: {wait}\n  - send: reminder\n"


def heard(wait: str, left: str, zone: str, *, moved: str, to: str) -> str:
    """When the mail goes out by the clock of the new zone; the cart was left, and the user moved, at these instants."""
    world = World(shop(journeys=waiting(wait)), start=left)
    ann = world.user("ann", zone=zone)
    ann.does("Cart Updated")
    world.until(moved)
    ann.does("Identified", timezone=to)
    world.passes(days=9)
    [mail] = ann.received
    return on_clock(mail.at, to)


@pytest.mark.parametrize(
    ("wait", "left", "zone", "moved", "to", "shows"),
    [
        # west: nine o'clock comes later
        ('{at: "09:00"}', "2026-06-01T20:00+02:00", BERLIN, "2026-06-01T23:00+02:00", NEW_YORK, "2026-06-02 09:00"),
        # west, and nine o'clock of the day before has yet to come there
        ('{at: "09:00"}', "2026-06-01T10:00+09:00", TOKYO, "2026-06-01T12:00+09:00", NEW_YORK, "2026-06-01 09:00"),
        # east: nine o'clock comes sooner
        ('{at: "09:00"}', "2026-06-01T20:00-04:00", NEW_YORK, "2026-06-01T22:00-04:00", BERLIN, "2026-06-02 09:00"),
        # east, and nine o'clock has passed there: the next one, not the afternoon
        ('{at: "09:00"}', "2026-06-01T20:00-04:00", NEW_YORK, "2026-06-02T04:00-04:00", TOKYO, "2026-06-03 09:00"),
        # monday morning has passed in Tokyo
        (
            *('{at: "09:00", on: [monday]}', "2026-06-05T12:00-04:00", NEW_YORK),
            *("2026-06-08T02:00-04:00", TOKYO, "2026-06-15 09:00"),
        ),
        # inside the window of the new clock: at once
        ("{between: active}", "2026-06-01T22:00-04:00", NEW_YORK, "2026-06-02T06:00-04:00", BERLIN, "2026-06-02 12:00"),
        # its window is over there: the next one
        ("{between: active}", "2026-06-01T22:00-04:00", NEW_YORK, "2026-06-02T08:30-04:00", TOKYO, "2026-06-03 09:00"),
        ("{on: [saturday]}", "2026-06-03T15:00-04:00", NEW_YORK, "2026-06-05T12:00-04:00", TOKYO, "2026-06-06 01:00"),
    ],
)
def test_a_wait_for_the_users_clock_is_for_the_clock_of_where_they_are(
    wait: str, left: str, zone: str, moved: str, to: str, shows: str
) -> None:
    assert heard(wait, left, zone, moved=moved, to=to) == shows


def test_a_wait_for_a_span_does_not_care_where_the_user_is() -> None:
    assert heard("3 hours", "2026-06-01T20:00-04:00", NEW_YORK, moved="2026-06-01T21:00-04:00", to=TOKYO) == (
        "2026-06-02 12:00"
    )


def test_a_wait_for_a_day_is_for_the_day_of_where_the_user_is() -> None:
    world = World(
        shop(journeys=waiting('{date: flies_on, offset: -1 days, at: "09:00"}')), start="2026-06-01T12:00-04:00"
    )
    ann, ben = (world.user(name, zone=NEW_YORK, flies_on="2026-06-05") for name in ("ann", "ben"))
    for user in (ann, ben):
        user.does("Cart Updated")
    world.until("2026-06-02T12:00-04:00")
    ann.does("Identified", timezone=BERLIN)
    world.until("2026-06-04T04:00-04:00")
    ben.does("Identified", timezone=BERLIN)
    world.passes(days=5)
    assert [on_clock(mail.at, BERLIN) for mail in ann.received] == ["2026-06-04 09:00"]
    assert [on_clock(mail.at, BERLIN) for mail in ben.received] == ["2026-06-04 10:00"]  # it was over: at once


def test_only_the_first_zone_counts_for_a_wait() -> None:
    """What the user stated stands before where an event came from."""
    world = World(shop(journeys=waiting('{at: "09:00"}')), start="2026-06-01T20:00+02:00")
    ann = world.user("ann", zone=BERLIN)
    ann.does("Cart Updated")
    does_in_context(ann, "Page Viewed", {"timezone": NEW_YORK})
    world.passes(days=2)
    assert [on_clock(mail.at, BERLIN) for mail in ann.received] == ["2026-06-02 09:00"]


def test_a_zone_that_is_heard_of_too_late_moves_nothing() -> None:
    world = World(shop(journeys=waiting('{at: "09:00"}')), start="2026-06-01T20:00+02:00")
    ann = world.user("ann", zone=BERLIN)
    world.passes(days=4)
    ann.does("Cart Updated")
    ann.does("Identified", at="2026-06-01T21:00+02:00", timezone=NEW_YORK)
    world.passes(days=2)
    assert [on_clock(mail.at, BERLIN) for mail in ann.received] == ["2026-06-06 09:00"]


def test_two_ids_that_are_one_user_wait_for_the_clock_of_both() -> None:
    world = World(shop(journeys=waiting('{at: "09:00"}')), start="2026-06-01T20:00Z")
    visitor = world.user("visitor")
    visitor.does("Cart Updated")
    ann = world.user("ann", zone=NEW_YORK)
    world.merge(ann, visitor)
    world.passes(days=2)
    assert [on_clock(mail.at, NEW_YORK) for mail in ann.received] == ["2026-06-02 09:00"]


# What begins by a clock

DAILY = 'journey: daily\nenter: {every: day, at: "09:00"}\nsteps:\n  - send: reminder\n'
MONDAYS = 'journey: mondays\nenter: {every: [monday], at: "02:00"}\nsteps:\n  - send: reminder\n'
GREETING = 'journey: greeting\nenter: {broadcast: "2026-06-03 09:00", to: "TRUE"}\nsteps:\n  - send: reminder\n'
TRIAL = 'journey: trial\nenter: {date: trial_ends_on, offset: -3 days, at: "10:00"}\nsteps:\n  - send: reminder\n'


def begun(journey: str, *moves: tuple[str, str], until: str, start: str = "2026-06-01T12:00Z") -> list[str]:
    """What the clock of the last zone shows at each mail; each move is an instant and where to."""
    world = World(shop(journeys=journey), start=start)
    ann = world.user("ann", zone=NEW_YORK, trial_ends_on="2026-06-06")
    for at, zone in moves:
        world.until(at)
        ann.does("Identified", timezone=zone)
    world.until(until)
    return [on_clock(mail.at, moves[-1][1]) for mail in ann.received]


def test_who_flies_west_after_nine_is_not_greeted_again_on_the_same_day() -> None:
    moved = "2026-06-02T09:30-04:00", "America/Los_Angeles"
    assert begun(DAILY, moved, until="2026-06-04T00:00-07:00") == [
        *("2026-06-01 06:00", "2026-06-02 06:00"),  # nine in New York
        "2026-06-03 09:00",
    ]


def test_who_flies_east_past_nine_is_greeted_at_the_next_nine() -> None:
    moved = "2026-06-02T08:00-04:00", TOKYO
    assert begun(DAILY, moved, until="2026-06-04T00:00+09:00") == ["2026-06-01 22:00", "2026-06-03 09:00"]


def test_a_week_has_one_monday_for_who_flies_over_the_date_line() -> None:
    moved = "2026-06-08T03:00-04:00", "Pacific/Honolulu"
    assert begun(MONDAYS, moved, until="2026-06-16T00:00-10:00") == ["2026-06-07 20:00", "2026-06-15 02:00"]


@pytest.mark.parametrize(
    ("journey", "moved", "to", "shows"),
    [
        (GREETING, "2026-06-02T20:00-04:00", BERLIN, "2026-06-03 09:00"),
        (GREETING, "2026-06-03T04:00-04:00", BERLIN, "2026-06-03 10:00"),  # it has passed there: at once
        (GREETING, "2026-06-03T10:00-04:00", "Pacific/Honolulu", "2026-06-03 03:00"),  # it was said in New York
        (TRIAL, "2026-06-02T20:00-04:00", BERLIN, "2026-06-03 10:00"),
        (TRIAL, "2026-06-03T06:00-04:00", BERLIN, "2026-06-03 12:00"),
        (TRIAL, "2026-06-03T11:00-04:00", "Pacific/Honolulu", "2026-06-03 04:00"),
    ],
)
def test_what_comes_but_once_comes_once_wherever_the_user_is(journey: str, moved: str, to: str, shows: str) -> None:
    assert begun(journey, (moved, to), until="2026-06-06T00:00Z") == [shows]


# Other rules


def by_older_rules(world: World, shift: int) -> Memory:
    """What would be remembered of ann if her clock had been believed to be ``shift`` ahead of where it is."""
    memory = world.memory(world.user("ann", zone=BERLIN))
    for run in memory.runs:
        run.due = None if run.due is None else run.due - shift
    for pending in memory.ledger.pending:
        pending.at -= shift
    return memory


def published(world: World, memory: Memory, *, before: str, zones: str) -> tuple[list[Instant], list[str]]:
    """The dues there are after a publication with these rules, and how what was planned has ended."""
    said = Published(world.playbook.hash, world.now, 99, zones=zones)
    out = take_up(compiled(world.playbook), memory, said, msgspec.structs.replace(said, zones=before))
    dues = [run.due for run in memory.runs if run.due is not None] + [each.at for each in memory.ledger.pending]
    return dues, [ending.code for ending in out.endings]


def a_wait() -> World:
    world = World(shop(journeys=waiting('{at: "09:00"}')), start="2026-06-01T22:00+02:00")
    world.user("ann", zone=BERLIN).does("Cart Updated")
    return world


def a_plan() -> World:
    immediately = "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: reminder\n"
    messages = {"reminder": "useful_for: 2 days"}
    world = World(shop(NIGHT, journeys=immediately, messages=messages), start="2026-06-01T22:00+02:00")
    world.user("ann", zone=BERLIN).does("Cart Updated")
    return world


@pytest.mark.parametrize("shift", [-HOUR, HOUR])
def test_a_publication_with_other_zone_rules_plans_everything_by_them(shift: int) -> None:
    nine, eight = instant("2026-06-02T09:00+02:00"), instant("2026-06-02T08:00+02:00")
    world = a_wait()
    assert published(world, by_older_rules(world, shift), before="2026.1", zones="2026.2") == ([nine], [])
    world = a_plan()
    assert published(world, by_older_rules(world, shift), before="2026.1", zones="2026.2") == ([eight], ["replanned"])


def test_a_publication_with_the_same_zone_rules_plans_nothing_anew() -> None:
    for world in (a_wait(), a_plan()):
        memory = by_older_rules(world, HOUR)
        dues = [run.due for run in memory.runs if run.due is not None] + [each.at for each in memory.ledger.pending]
        assert published(world, memory, before="2026.1", zones="2026.1") == (dues, [])


def test_rules_that_leave_a_users_zone_as_it_was_change_nothing() -> None:
    nine, eight = instant("2026-06-02T09:00+02:00"), instant("2026-06-02T08:00+02:00")
    world = a_wait()
    assert published(world, by_older_rules(world, 0), before="2026.1", zones="2026.2") == ([nine], [])
    world = a_plan()
    assert published(world, by_older_rules(world, 0), before="2026.1", zones="2026.2") == ([eight], [])


def test_a_world_that_publishes_with_other_rules_goes_on_as_before() -> None:
    world = a_plan()
    world.publish(world.playbook, zones="2099.1")
    world.passes(days=1)
    assert [each.chosen and each.chosen.at for each in world.decisions] == [instant("2026-06-02T08:00+02:00")]
    assert [ending.code for ending in world.endings.values()] == ["sent"]
