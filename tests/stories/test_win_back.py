"""A week of silence is a reason to say hello, once for each silence."""

from opportune.testing.world import World
from opportune.units import DAY, HOUR, MINUTE
from tests.stories.moments import imports
from tests.stories.shop import shop

WIN_BACK = """
journey: win_back
enter: {inactive_for: 7 days}
exit: [Page Viewed]
steps:
  - send: reminder
"""


def test_after_seven_days_of_silence_there_is_a_mail_and_only_one() -> None:
    world = World(shop(journeys=WIN_BACK))
    ann = world.user("ann")
    ann.does("Page Viewed")
    left = world.now
    world.passes(days=60)
    assert [mail.at for mail in ann.received] == [left + 7 * DAY]


def test_every_visit_begins_the_silence_anew() -> None:
    world = World(shop(journeys=WIN_BACK))
    ann = world.user("ann")
    for _ in range(5):
        ann.does("Page Viewed")
        world.passes(days=6)
    assert ann.received == []
    world.passes(days=1, minutes=1)
    assert len(ann.received) == 1
    ann.does("Page Viewed")
    world.passes(days=8)
    assert len(ann.received) == 2


def test_a_visit_heard_of_late_counts_from_when_it_was() -> None:
    world = World(shop(journeys=WIN_BACK))
    ann = world.user("ann")
    ann.does("Page Viewed")
    came = world.now + 5 * DAY
    world.passes(days=6)
    ann.does("Page Viewed", at=came)
    world.passes(days=20)
    assert [mail.at for mail in ann.received] == [came + 7 * DAY]


def test_opening_a_mail_or_stating_a_trait_breaks_no_silence() -> None:
    world = World(shop(journeys=WIN_BACK))
    ann = world.user("ann")
    ann.does("Page Viewed")
    left = world.now
    world.passes(days=6)
    ann.does("Email Opened")
    ann.does("Identified", plan="pro")
    world.passes(days=2)
    assert [mail.at for mail in ann.received] == [left + 7 * DAY]


def test_somebody_who_was_never_here_is_not_missed() -> None:
    world = World(shop(journeys=WIN_BACK))
    ann = world.user("ann", consents=["email"])
    imports(ann, "Page Viewed", at=world.now - DAY)
    world.passes(days=30)
    assert ann.received == []


def test_reentry_binds_silences_too() -> None:
    world = World(shop(journeys=WIN_BACK + "reentry: {cooldown: 30 days}\n"))
    ann = world.user("ann")
    for _ in range(4):
        ann.does("Page Viewed")
        world.passes(days=8)
    assert len(ann.received) == 1
    ann.does("Page Viewed")
    world.passes(days=8)
    assert len(ann.received) == 2


def test_coming_back_while_it_is_planned_calls_it_off() -> None:
    world = World(shop('quiet_hours: {from: "21:00", to: "08:00"}', journeys=WIN_BACK), start="2026-06-01T22:00Z")
    ann = world.user("ann")
    ann.does("Page Viewed")
    world.passes(days=7, hours=1)
    assert world.why(ann, "reminder").code == "planned"
    ann.does("Page Viewed")
    assert world.why(ann, "reminder").code == "exited"


def test_a_silence_that_a_new_playbook_no_longer_waits_for_starts_nothing() -> None:
    """The journey of that name is now entered by an event: the old deadline is not an entry."""
    world = World(shop(journeys=WIN_BACK))
    ann = world.user("ann")
    ann.does("Page Viewed")
    world.publish(shop(journeys=WIN_BACK.replace("{inactive_for: 7 days}", "{on: Cart Updated}")))
    world.passes(days=10)
    assert ann.received == []
    assert world.memory(ann).armed == []


def test_silences_are_counted_from_the_last_activity_of_many() -> None:
    world = World(shop(journeys=WIN_BACK.replace("7 days", "1 hour")))
    ann = world.user("ann")
    for _ in range(10):
        ann.does("Page Viewed")
        world.passes(minutes=20)
    last = world.now - 20 * MINUTE
    world.passes(hours=5)
    assert [mail.at for mail in ann.received] == [last + HOUR]
