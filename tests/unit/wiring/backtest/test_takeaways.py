"""Each sentence says what its figures say."""

import pytest
from msgspec import structs

from opportune.wiring.backtest import takeaways
from opportune.wiring.backtest.report import CapUse, Collision, JourneyFigures, Report, Unnoticed

NONE = Report("shop", "5f", 0, 0)


def report(**figures: object) -> Report:
    return structs.replace(NONE, **figures)


def week(*days: int) -> list[list[int]]:
    return [[0] * 9 + [count] + [0] * 14 for count in days]


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "0%"),
        (3, 3, "100%"),
        (1, 2, "50%"),
        (1, 30, "3.3%"),
        (1, 9_999, "under 0.1%"),
        (9_998, 9_999, "over 99%"),
    ],
)
def test_a_share_never_says_all_or_nothing_of_less(part: int, whole: int, said: str) -> None:
    assert takeaways.share(part, whole) == said


def test_the_headline_says_how_many_to_whom() -> None:
    assert takeaways.of_report(report(sent=6220, users_reached=1204, users=3000)) == (
        "6,220 messages to 1,204 of 3,000 users"
    )
    assert takeaways.of_report(report(users=3)) == "nothing to any of 3 users"


def test_the_fullest_day_is_told_against_the_usual_one() -> None:
    days = {"2026-06-01": {"cart": 2}, "2026-06-02": {"cart": 5, "tips": 4}, "2026-06-03": {"cart": 3}}
    assert takeaways.of_days(report(by_day=days)) == (
        "Tue 2 Jun is the fullest day, with 9 messages; half of the days with any have 3 or fewer."
    )
    assert (
        takeaways.of_days(report(by_day={"2026-06-02": {"cart": 1}}))
        == "All 1 message would have gone out on Tue 2 Jun."
    )


def test_the_journey_that_speaks_most_is_told() -> None:
    journeys = {"tips": JourneyFigures(sent=1), "cart": JourneyFigures(sent=3), "idle": JourneyFigures()}
    assert takeaways.of_journeys(report(journeys=journeys, sent=4)) == "cart speaks most: 3 of 4 messages (75%)."
    assert takeaways.of_journeys(report(journeys={"cart": JourneyFigures(sent=3)}, sent=3)) == (
        "All 3 messages come from cart."
    )


def test_the_fullest_hour_and_the_longest_still_stretch_are_told_around_midnight() -> None:
    hours = [0] * 8 + [1] * 13 + [0] * 3
    hours[17] = 5
    assert takeaways.of_hours(report(by_hour=hours)) == (
        "Most go out between 17:00 and 18:00: 5 of 17; none from 21:00 to 08:00."
    )
    waited = [0] * 17 + [3] + [0] * 6
    assert takeaways.of_hours(report(by_hour=hours, waited_by_hour=waited)) == (
        "Most go out between 17:00 and 18:00: 5 of 17, 3 of which had waited for quiet hours to end; "
        "none from 21:00 to 08:00."
    )
    assert takeaways.of_hours(report(by_hour=[1] * 24)).endswith("no hour of the day is without.")


def test_the_weekday_with_the_most_is_told() -> None:
    assert takeaways.of_weekdays(report(by_weekday_hour=week(9, 1204, 3, 3, 3, 2, 3))) == (
        "Tuesday has the most sends: 1,204 of 1,227; Saturday has the fewest: 2."
    )
    assert takeaways.of_weekdays(report(by_weekday_hour=week(*[4] * 7))) == "Every weekday has as many: 4."


def test_the_channel_that_carries_most_is_told() -> None:
    assert takeaways.of_channels(report(by_channel={"email": 3, "in_app": 5})) == (
        "Most go out by in-app message: 5 of 8 messages (62%)."
    )
    assert takeaways.of_channels(report(by_channel={"email": 3, "push": 0})) == "All 3 messages go out by email."
    days = {"2026-06-01": {"email": 1, "push": 1}, "2026-06-02": {"email": 1}}
    assert takeaways.of_channel_days(report(by_day_channel=days)) == (
        "On 1 of the 2 days with messages they go out on more than one channel."
    )


def test_the_reason_that_silences_most_is_told_in_words() -> None:
    assert takeaways.of_silences(report(codes={"outranked": 2, "held_out": 1})) == (
        "The most frequent of 3 silences: another message to this user was worth more (2)."
    )
    assert takeaways.of_silences(NONE) == "Nothing that was proposed ended in silence."


def test_the_cap_that_settles_most_is_told() -> None:
    caps = [CapUse("minimum_gap 4 hours", 1, 90, 3, None), CapUse("frequency_cap 4 in 7 days", 4, 14, 7, 0)]
    assert takeaways.of_caps(report(caps=caps)) == (
        "frequency_cap 4 in 7 days settled the most decisions: 7; no user had all that it allows."
    )
    assert takeaways.of_caps(report(caps=caps[:1])) == (
        "minimum_gap 4 hours settled the most decisions: 3; it objected to 90 decisions at first."
    )
    assert takeaways.of_caps(report(caps=[CapUse("pace", 2)])) == "No cap kept anything from going."
    assert takeaways.of_caps(report(caps=[CapUse("pace", 2, 3)])) == (
        "Caps settled nothing; pace objected to 3 decisions at first."
    )
    tired = CapUse("fatigue 5 in 7 days or 3 unnoticed", 5, 90, 83, 0, unnoticed=Unnoticed(3, 85, 80, 40))
    assert takeaways.of_caps(report(caps=[tired])) == (
        "fatigue 5 in 7 days or 3 unnoticed settled the most decisions: 83; "
        "80 of them because 3 in a row had gone unnoticed."
    )
    assert takeaways.of_caps(NONE) == "The playbook has no cap."


def test_who_gives_way_to_whom_is_told_over_all_codes() -> None:
    found = [Collision("tips", "cart", "outranked", 3), Collision("tips", "cart", "fatigue", 3)]
    assert takeaways.of_collisions(found) == "tips most often gives way to cart: 6 of 6 collisions."
    assert takeaways.of_collisions([]) == "No journey kept another from speaking."


def test_a_journey_in_its_own_way_does_not_hide_the_others() -> None:
    own = Collision("cart", "cart", "fatigue", 9)
    assert takeaways.of_collisions([own]) == "cart most often stands in its own way: 9 of 9 collisions."
    assert takeaways.of_collisions([own, Collision("tips", "cart", "fatigue", 2)]) == (
        "cart most often stands in its own way (9 of 11 collisions); "
        "of two journeys, tips gives way to cart most often: 2."
    )


def test_what_users_get_is_told_for_the_middle_and_the_most() -> None:
    assert takeaways.of_sends(report(sends_per_user={0: 99, 1: 10, 2: 6, 3: 3, 9: 1})) == (
        "Half of the users who are reached get 1 message; one in ten gets at least 3; the most is 9."
    )
    assert takeaways.of_sends(report(sends_per_user={2: 5})) == "Each user who is reached gets 2 messages."
    assert takeaways.of_sends(report(sends_per_user={2: 5, 4: 1})) == (
        "Half of the users who are reached get 2 messages or fewer; the most is 4."
    )


@pytest.mark.parametrize(
    "says",
    [takeaways.of_days, takeaways.of_journeys, takeaways.of_hours, takeaways.of_weekdays, takeaways.of_channels,
     takeaways.of_channel_days, takeaways.of_sends],
)  # fmt: skip
def test_where_nothing_was_sent_each_says_so(says: object) -> None:
    assert callable(says)
    assert says(NONE) == "Nothing would have been sent."
