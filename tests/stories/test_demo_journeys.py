"""Each journey of the demo over every wire there is: what arrived, where and when, and what ``why`` says of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from opportune.testing.world import instant
from opportune.units import HOUR, MINUTE
from tests.stories.neighbours import GONE, NOON, Neighbours

pytestmark = pytest.mark.needs("smtp")
NEW_YORK = "America/New_York"
Opens = Callable[..., Neighbours]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opens]:
    with ExitStack() as stack:

        def opens(start: str = NOON) -> Neighbours:
            return stack.enter_context(Neighbours(tmp_path / "town.db", start).open())

        yield opens


# Each of these ends in one message by mail to a user who can get no push, unless something else comes in between.


def leaves_a_cart(town: Neighbours, user: str, number: int) -> None:
    town.does(user, "Cart Updated", cart_id=f"{user}-{number}", value=80)
    town.passes(minutes=46)


def is_told_a_story(town: Neighbours, user: str, number: int) -> None:
    town.is_told(user, ("harbour", "sport", "climate")[number % 3])
    town.passes(hours=4)


def stays_away(town: Neighbours, user: str, number: int) -> None:
    town.passes(days=31 if number else 0)
    town.does(user, "Order Completed", cart_id=f"old-{number}", revenue=60)
    town.passes(days=4, hours=12)


def gives_up_unseen(town: Neighbours, user: str, number: int) -> None:
    """Searches for help with a page open that shows no messages, and goes; the mail comes after the session."""
    town.passes(days=1 if number else 0)
    town.searches_help(user)
    town.passes(hours=2)


Causes = Callable[[Neighbours, str, int], None]
JOURNEYS: tuple[tuple[str, Causes], ...] = (
    ("cart_reminder", leaves_a_cart),
    ("breaking_news", is_told_a_story),
    ("win_back", stays_away),
    ("help_offer", gives_up_unseen),
)
SILENT = {"help_offer": "not_shown"} | dict.fromkeys(("cart_reminder", "breaking_news", "win_back"), "suppressed")
"""What ``why`` says of the next one where no mail may be sent; help was offered in the app, and nobody saw it."""
every_journey = pytest.mark.parametrize(("message", "causes"), JOURNEYS, ids=[each for each, _ in JOURNEYS])
every_mailing = pytest.mark.parametrize(("message", "causes"), JOURNEYS[:3], ids=[each for each, _ in JOURNEYS[:3]])


def subjects(town: Neighbours) -> list[str]:
    return [mail.subject for _, mail in town.mails]


@every_journey
def test_what_is_abandoned_brings_one_mail(opened: Opens, message: str, causes: Causes) -> None:
    town = opened()
    town.knows("ann")
    causes(town, "ann", 0)
    town.passes(hours=30)
    assert [mail.address for _, mail in town.mails] == ["ann@example.com"]
    told = town.told("ann", message)
    assert (told.state, told.code, told.channel) == ("sent", "sent", "email")
    assert told.decision.id == town.mails[0][1].decision


@every_mailing
def test_who_has_the_app_gets_a_push_instead(opened: Opens, message: str, causes: Causes) -> None:
    town = opened()
    town.knows("ann", device="device-1")
    causes(town, "ann", 0)
    town.passes(hours=30)
    assert (len(town.pushes), town.mails) == (1, [])
    assert town.pushes[0][1].address == "device-1"
    told = town.told("ann", message)
    assert (told.state, told.channel, told.decision.id) == ("sent", "push", town.pushes[0][1].decision)


# bought, came back, found help, a newer story


def test_a_purchase_in_time_leaves_no_cart_to_speak_of(opened: Opens) -> None:
    town = opened("2026-06-02T21:00:00+02:00")
    town.knows("ann")
    town.does("ann", "Cart Updated", cart_id="c1", value=80)
    town.passes(hours=2)
    assert town.told("ann", "cart_reminder").state == "pending"
    town.does("ann", "Order Completed", cart_id="c1", revenue=80)
    town.passes(hours=30)
    assert town.mails == []
    assert town.code("ann", "cart_reminder") == "exited"


def test_a_newer_story_of_the_section_takes_the_place_of_one_that_has_not_gone_out(opened: Opens) -> None:
    town = opened("2026-06-02T04:30:00+02:00")
    town.knows("ann")
    town.is_told("ann", "harbour", 3)
    town.passes(minutes=30)
    town.is_told("ann", "harbour", 1)
    town.passes(hours=6)
    assert [at for at, _ in town.mails] == [instant("2026-06-02T07:00:00+02:00")]
    assert [town.code("ann", "breaking_news", nth) for nth in (0, 1)] == ["sent", "exited"]


def test_whoever_comes_back_by_themselves_needs_no_greeting(opened: Opens) -> None:
    town = opened("2026-06-02T22:00:00+02:00")
    town.knows("ann")
    town.does("ann", "Order Completed", cart_id="old", revenue=60)
    town.passes(days=4, hours=2)
    assert town.told("ann", "win_back").state == "pending"
    town.does("ann", "Article Read", article_id="a1")
    town.passes(days=1)
    assert town.mails == []
    assert town.code("ann", "win_back") == "exited"


def test_help_that_was_found_is_offered_no_more(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    town.searches_help("ann")
    town.does("ann", "Help Found")
    town.passes(hours=3)
    assert (town.mails, town.opens_app("ann")) == ([], [])
    assert town.code("ann", "help_offer") == "exited"


# capped


def test_the_fourth_message_of_the_shop_in_a_week_is_not_said(opened: Opens) -> None:
    town = opened("2026-06-02T08:00:00+02:00")
    town.knows("ann")
    for number in range(4):
        leaves_a_cart(town, "ann", number)
        town.passes(hours=1)
    assert len(town.mails) == 3
    told = town.told("ann", "cart_reminder")
    assert (told.state, told.code, told.until) == ("not_sent", "frequency_cap", town.mails[0][0] + 7 * 24 * HOUR)


def test_breaking_news_comes_once_in_three_hours_and_the_next_one_waits(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    town.is_told("ann", "harbour")
    town.passes(minutes=30)
    town.is_told("ann", "sport")
    assert town.told("ann", "breaking_news").state == "pending"
    town.passes(hours=6)
    (first, _), (second, _) = town.mails
    assert second - first == 3 * HOUR
    assert "frequency_cap" in {each.code for each in town.told("ann", "breaking_news").decision.verdicts}


def test_while_one_story_waits_for_its_turn_there_is_no_room_for_another_section(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    for minutes, section in ((0, "harbour"), (30, "sport"), (40, "climate")):
        town.passes(minutes=minutes)
        town.is_told("ann", section)
    town.passes(hours=8)
    assert subjects(town) == ["News from harbour", "News from sport"]
    assert [town.code("ann", "breaking_news", nth) for nth in (0, 1, 2)] == ["frequency_cap", "sent", "sent"]


def test_what_is_known_by_now_is_told_when_the_turn_comes(opened: Opens) -> None:
    """The older story of the section waits for three hours to pass, and is never told."""
    town = opened()
    town.knows("ann")
    town.is_told("ann", "harbour")
    town.passes(minutes=30)
    town.is_told("ann", "sport", 1)
    town.passes(minutes=30)
    town.is_told("ann", "sport", 2)
    town.passes(hours=8)
    assert [at - town.mails[0][0] for at, _ in town.mails] == [0, 3 * HOUR]
    assert [town.code("ann", "breaking_news", nth) for nth in (0, 1, 2)] == ["sent", "exited", "sent"]


def test_a_greeting_waits_until_the_week_has_room_for_it(opened: Opens) -> None:
    town = opened("2026-06-02T08:00:00+02:00")
    town.knows("ann")
    town.does("ann", "Order Completed", cart_id="old", revenue=60)
    for number in range(3):
        leaves_a_cart(town, "ann", number)
    town.passes(days=10)
    assert len(town.mails) == 4
    assert town.mails[3][0] - town.mails[0][0] == 7 * 24 * HOUR
    assert "frequency_cap" in {each.code for each in town.told("ann", "win_back").decision.verdicts}


def test_help_is_not_offered_to_those_who_have_heard_enough_of_the_shop(opened: Opens) -> None:
    town = opened("2026-06-02T08:00:00+02:00")
    town.knows("ann")
    for number in range(3):
        leaves_a_cart(town, "ann", number)
    town.searches_help("ann")
    town.passes(hours=3)
    assert (len(town.mails), town.opens_app("ann")) == (3, [])
    assert town.code("ann", "help_offer") == "frequency_cap"


# quiet


def test_a_cart_that_is_left_at_night_is_spoken_of_in_the_morning(opened: Opens) -> None:
    town = opened("2026-06-02T21:00:00+02:00")
    town.knows("ann")
    leaves_a_cart(town, "ann", 0)
    assert town.code("ann", "cart_reminder") == "chosen"
    town.passes(hours=12)
    assert [at for at, _ in town.mails] == [instant("2026-06-03T07:00:00+02:00")]
    assert "quiet_hours" in {each.code for each in town.told("ann", "cart_reminder").decision.verdicts}


def test_news_that_would_be_old_in_the_morning_is_not_told_at_all(opened: Opens) -> None:
    town = opened("2026-06-02T23:00:00+02:00")
    town.knows("ann", device="device-1")
    town.is_told("ann", "harbour", 3)
    town.passes(hours=12)
    assert (town.mails, town.pushes) == ([], [])
    assert town.code("ann", "breaking_news") == "quiet_hours"


def test_a_greeting_that_falls_due_at_night_comes_in_the_morning(opened: Opens) -> None:
    town = opened("2026-06-02T22:00:00+02:00")
    town.knows("ann")
    stays_away(town, "ann", 0)
    assert [at for at, _ in town.mails] == [instant("2026-06-07T07:00:00+02:00")]
    assert town.code("ann", "win_back") == "sent"


def test_help_in_the_app_rings_nowhere_and_is_offered_at_night(opened: Opens) -> None:
    town = opened("2026-06-02T23:00:00+02:00")
    town.knows("ann")
    town.listens("ann")
    town.searches_help("ann")
    assert len(town.hears("ann")) == 1
    told = town.told("ann", "help_offer")
    assert (told.state, told.channel) == ("sent", "in_app")


# in session


def test_whoever_lingers_over_the_cart_is_reminded_in_the_app(opened: Opens) -> None:
    town = opened()
    town.knows("ann", device="device-1")
    town.does("ann", "Cart Updated", cart_id="c1", value=80)
    for _ in range(2):
        town.passes(minutes=20)
        town.does("ann", "Page Viewed")
    town.passes(minutes=10)
    assert len(town.opens_app("ann")) == 1
    town.passes(hours=30)
    assert (town.mails, town.pushes) == ([], [])
    told = town.told("ann", "cart_reminder")
    assert (told.state, told.channel, told.decision.id) == ("sent", "in_app", town.shown[0][2])


def test_whoever_reads_is_told_the_news_on_the_page(opened: Opens) -> None:
    town = opened()
    town.knows("ann", device="device-1")
    town.does("ann", "Article Read", article_id="a1")
    town.passes(minutes=2)
    town.is_told("ann", "harbour")
    assert len(town.opens_app("ann")) == 1
    town.passes(hours=5)
    assert (town.mails, town.pushes) == ([], [])
    assert town.told("ann", "breaking_news").channel == "in_app"


def test_help_reaches_the_open_page_at_once_and_no_mail_follows(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    town.listens("ann")
    town.searches_help("ann", 2)
    assert town.hears("ann") == []
    town.does("ann", "Help Searched", query="yellow leaves")
    asked = town.clock.now()
    assert len(town.hears("ann")) == 1
    assert town.shown[0][0] == asked
    town.passes(hours=30)
    assert town.mails == []
    told = town.told("ann", "help_offer")
    assert (told.state, told.channel) == ("sent", "in_app")


def test_help_that_nobody_saw_comes_by_mail_when_the_session_is_over(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    town.searches_help("ann")
    left = town.clock.now()
    town.passes(hours=2)
    assert [at for at, _ in town.mails] == [left - MINUTE + 30 * MINUTE]
    assert [town.code("ann", "help_offer", nth) for nth in (0, 1)] == ["sent", "not_shown"]


# unsubscribed, complained, bounced, slowed down


@every_mailing
def test_one_click_in_the_mail_program_ends_it(opened: Opens, message: str, causes: Causes) -> None:
    town = opened()
    town.knows("ann")
    causes(town, "ann", 0)
    town.unsubscribes(town.mails[0][1])
    causes(town, "ann", 1)
    town.passes(hours=30)
    assert len(town.mails) == 1
    told = town.told("ann", message)
    assert (told.state, told.code, told.until) == ("not_sent", "no_consent", None)


def test_one_click_against_mails_about_help_leaves_the_app_free_to_offer_it(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    gives_up_unseen(town, "ann", 0)
    town.unsubscribes(town.mails[0][1])
    gives_up_unseen(town, "ann", 1)
    town.passes(hours=30)
    assert len(town.mails) == 1
    assert town.code("ann", "help_offer") == "not_shown"
    town.passes(days=1)
    town.listens("ann")
    town.searches_help("ann")
    assert len(town.hears("ann")) == 1


@every_journey
def test_after_a_complaint_no_mail_comes_any_more(opened: Opens, message: str, causes: Causes) -> None:
    town = opened()
    town.knows("ann")
    causes(town, "ann", 0)
    town.complains(town.mails[0][1])
    causes(town, "ann", 1)
    town.passes(hours=30)
    assert len(town.mails) == 1
    assert town.code("ann", message) == SILENT[message]


@every_journey
def test_a_mailbox_that_is_not_there_is_asked_once(opened: Opens, message: str, causes: Causes) -> None:
    town = opened()
    town.knows(GONE)
    causes(town, GONE, 0)
    town.passes(hours=1)
    assert town.code(GONE, message) == "smtp_550"
    causes(town, GONE, 1)
    town.passes(hours=30)
    assert town.mails == []
    assert town.code(GONE, message) == SILENT[message]


@every_journey
def test_after_mail_that_came_back_none_is_sent(opened: Opens, message: str, causes: Causes) -> None:
    town = opened()
    town.knows("ann")
    causes(town, "ann", 0)
    town.sends_back(town.mails[0][1])
    causes(town, "ann", 1)
    town.passes(hours=30)
    assert len(town.mails) == 1
    assert town.code("ann", message) == SILENT[message]


def test_whoever_wants_one_message_a_week_gets_one(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    leaves_a_cart(town, "ann", 0)
    town.slows_down(town.mails[0][1])
    is_told_a_story(town, "ann", 0)
    assert len(town.mails) == 1
    assert town.code("ann", "breaking_news") == "pace"


# moved to another zone


def test_what_was_planned_for_the_morning_goes_out_where_it_is_day_still(opened: Opens) -> None:
    town = opened("2026-06-02T21:00:00+02:00")
    town.knows("ann")
    leaves_a_cart(town, "ann", 0)
    town.moves("ann", NEW_YORK)
    town.passes(hours=20)
    assert [at for at, _ in town.mails] == [instant("2026-06-02T15:46:00-04:00")]
    assert [town.code("ann", "cart_reminder", nth) for nth in (0, 1)] == ["sent", "replanned"]


def test_news_for_the_morning_is_too_old_where_it_is_night_still(opened: Opens) -> None:
    town = opened("2026-06-02T05:00:00+02:00")
    town.knows("ann")
    town.is_told("ann", "harbour", 3)
    assert town.told("ann", "breaking_news").state == "pending"
    town.moves("ann", NEW_YORK)
    town.passes(hours=20)
    assert town.mails == []
    assert town.code("ann", "breaking_news") == "quiet_hours"


def test_a_greeting_waits_for_the_morning_of_the_new_zone(opened: Opens) -> None:
    town = opened("2026-06-02T22:00:00+02:00")
    town.knows("ann")
    town.does("ann", "Order Completed", cart_id="old", revenue=60)
    town.passes(days=4, hours=8)
    town.moves("ann", NEW_YORK)
    town.passes(hours=20)
    assert [at for at, _ in town.mails] == [instant("2026-06-07T07:00:00-04:00")]
    assert [town.code("ann", "win_back", nth) for nth in (0, 1)] == ["sent", "replanned"]


# merged


def test_a_cart_filled_without_a_name_is_that_of_whoever_logs_in(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    town.does("v1", "Cart Updated", visitor=True, cart_id="c1", value=80)
    town.passes(minutes=10)
    town.knows("ann", visitor="v1")
    town.passes(hours=30)
    assert [mail.address for _, mail in town.mails] == ["ann@example.com"]
    assert town.told("ann", "cart_reminder").key == "c1"


def test_the_same_story_for_two_ids_of_one_user_is_told_once(opened: Opens) -> None:
    town = opened("2026-06-02T05:00:00+02:00")
    town.knows("ann")
    town.knows("ann-at-work", email="ann@example.com")
    for user in ("ann", "ann-at-work"):
        town.is_told(user, "harbour", 2)
        town.passes(minutes=1)
    town.alias("ann-at-work", "ann")
    town.passes(hours=20)
    assert [mail.address for _, mail in town.mails] == ["ann@example.com"]
    assert sorted(town.code("ann", "breaking_news", nth) for nth in (0, 1)) == ["exited", "sent"]


def test_two_ids_of_one_user_are_greeted_once(opened: Opens) -> None:
    town = opened("2026-06-02T22:00:00+02:00")
    town.knows("ann")
    town.knows("ann-at-work", email="ann@example.com")
    for user in ("ann", "ann-at-work"):
        town.does(user, "Order Completed", cart_id=f"old-{user}", revenue=60)
        town.passes(minutes=1)
    town.passes(days=4, hours=4)
    town.alias("ann-at-work", "ann")
    town.passes(hours=20)
    assert [mail.address for _, mail in town.mails] == ["ann@example.com"]
    assert sorted(town.code("ann", "win_back", nth) for nth in (0, 1)) == ["merged", "sent"]


def test_searches_before_and_after_the_login_count_together(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    town.searches_help("v1", 2, visitor=True)
    town.knows("ann", visitor="v1")
    town.listens("ann")
    town.searches_help("ann", 1)
    assert len(town.hears("ann")) == 1
    assert town.told("ann", "help_offer").channel == "in_app"


# what is noticed


def test_an_open_by_a_machine_is_not_taken_for_attention(opened: Opens) -> None:
    town = opened()
    town.knows("ann")
    leaves_a_cart(town, "ann", 0)
    town.opens(town.mails[0][1], agent="Mozilla/5.0")
    town.opens(town.mails[0][1])
    town.clicks(town.mails[0][1])
    assert town.noticed("ann") == ["Email Opened by Machine", "Email Opened", "Email Link Clicked"]
