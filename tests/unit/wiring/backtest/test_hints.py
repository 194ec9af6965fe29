"""What a report says is worth a look, and what it is silent about."""

import pytest

from opportune.wiring.backtest.hints import hints
from opportune.wiring.backtest.report import CapUse, Collision, JourneyFigures, Report, Unnoticed, UserReached


def report(**figures: object) -> Report:
    """A calm one, but for these."""
    calm: dict[str, object] = {
        "decisions": 120,
        "sent": 100,
        "users": 90,
        "users_reached": 80,
        "by_hour": [0] * 9 + [10] * 10 + [0] * 5,
        "by_day": {f"2026-06-{day:02}": {"cart": 10} for day in range(1, 11)},
        "most": [UserReached("ann", 2, 2, ("cart",))],
        "journeys": {"cart": JourneyFigures(120, 100, users=80, codes={"exited": 20})},
    }
    return Report("shop", "", 0, 1, **(calm | figures))  # type: ignore[arg-type]


def test_of_a_calm_report_there_is_nothing_to_say() -> None:
    assert hints(report()) == []
    assert hints(report(sent=0, by_day={}, by_hour=[0] * 24, most=[], users_reached=0)) == []


@pytest.mark.parametrize(
    ("journey", "said"),
    [
        (JourneyFigures(), "cart never came to speak: nobody entered it"),
        (
            JourneyFigures(5, codes={"no_consent": 5}),
            "never spoke, though it wanted to 5 times, each time because the user has not",
        ),
        (JourneyFigures(5, codes={"no_consent": 3, "exited": 2}), "most often because the user has not consented"),
        (JourneyFigures(5, 2, codes={"no_address": 3}), "cart is silent 60 % of the time because no address is known"),
    ],
)
def test_a_journey_that_says_little_is_named_with_the_reason(journey: JourneyFigures, said: str) -> None:
    (hint,) = hints(report(journeys={"cart": journey}))
    assert said in hint


def test_a_silence_is_told_with_what_to_ask() -> None:
    (hint,) = hints(report(journeys={"cart": JourneyFigures(5, 2, codes={"no_consent": 3})}))
    assert hint.endswith("Is consent in this past, as events or as the trait that the playbook names?")


def test_a_journey_that_only_calls_own_systems_has_spoken() -> None:
    assert hints(report(journeys={"cart": JourneyFigures(5, internal=4, codes={"exited": 1})})) == []


@pytest.mark.parametrize(
    ("cap", "said"),
    [
        (CapUse("frequency_cap 4 in 7 days", 4, fullest={1: 9, 2: 3}), "no user got more than 2 in it"),
        (CapUse("frequency_cap 4 in 7 days", 4), "no user got anything that it counts"),
        (CapUse("frequency_cap 4 in 7 days", 4, users_at_limit=3, fullest={4: 3}), "3 users came just up to it"),
        (CapUse("minimum_gap 4 hours", 1, users_at_limit=None, fullest={1: 9}), "no message was proposed so soon"),
        (CapUse("frequency_cap 4 in 7 days", 4, 9, 9, 41, {4: 41}), "51 % of those who got anything were at the limit"),
    ],
)
def test_a_cap_that_never_binds_or_binds_most_users_is_named(cap: CapUse, said: str) -> None:
    (hint,) = hints(report(caps=[cap]))
    assert said in hint


def test_a_cap_that_binds_some_is_no_news_nor_is_the_pace_of_users() -> None:
    assert (
        hints(
            report(
                caps=[
                    CapUse("cap", 4, 9, 9, 10, {4: 10}),
                    CapUse("cap", 1, 9, 6, 80, {1: 80}),
                    CapUse("pace", None, 3, 3, 3),
                ]
            )
        )
        == []
    )


def test_fatigue_of_what_nobody_could_notice_is_named_with_its_number() -> None:
    tired = CapUse("fatigue 5 in 7 days or 3 unnoticed", 5, 6, 6, 0, {3: 80}, Unnoticed(3, 5, 4, 4))
    (hint,) = hints(report(caps=[tired]))
    assert hint.startswith("fatigue 5 in 7 days or 3 unnoticed silenced 4 decisions because 3 in a row had gone unnot")
    assert "this past holds no open or click" in hint
    assert hints(report(caps=[tired], noticed=1)) == []
    crowded = CapUse("fatigue 5 in 7 days or 3 unnoticed", 5, 6, 6, 0, {3: 80}, Unnoticed(3))
    assert hints(report(caps=[crowded])) == []


def test_a_journey_that_stands_in_the_way_is_named_with_all_its_codes_together() -> None:
    pairs = [Collision("cart", "news", "outranked", 20), Collision("cart", "news", "frequency_cap", 11)]
    (hint,) = hints(report(collisions=pairs))
    assert hint == "cart was kept silent 31 times (26 % of what it wanted to say) by messages of news."
    (hint,) = hints(report(collisions=[Collision("cart", "cart", "minimum_gap", 31)]))
    assert hint.endswith("by its own earlier messages.")
    assert hints(report(collisions=[Collision("cart", "news", "outranked", 30)])) == []


def test_of_several_in_the_way_the_one_that_was_so_most_often_is_named() -> None:
    pairs = [Collision("cart", name, "outranked", count) for name, count in (("news", 40), ("sale", 50), ("push", 50))]
    (hint,) = hints(report(collisions=pairs))
    assert hint.endswith("by messages of push.")


def test_there_is_an_end_to_it() -> None:
    told = hints(report(journeys={f"journey{n}": JourneyFigures() for n in range(20)}))
    assert (len(told), told[-1]) == (13, "And 8 more of this kind.")


def test_night_rush_and_one_user_too_many_are_named() -> None:
    (hint,) = hints(report(by_hour=[0] * 6 + [3] + [10] * 9 + [7] + [0] * 7))
    assert hint == "3 messages (3.0 %) would reach users between 22:00 and 07:00 on their own clocks."
    (hint,) = hints(report(by_hour=[0] * 9 + [26] + [10] * 7 + [4] + [0] * 6))
    assert hint.endswith(
        "between 09:00 and 10:00: none of these 26 had waited for quiet hours to end; see what their journeys wait for."
    )
    nine = [0] * 9 + [26] + [10] * 7 + [4] + [0] * 6
    (hint,) = hints(report(by_hour=nine, waited_by_hour=[0] * 9 + [20] + [0] * 14))
    assert hint == (
        "26 % of all messages go out between 09:00 and 10:00: 20 of these 26 had waited for quiet hours to end."
    )
    busy = {f"2026-06-{day:02}": {"cart": 1} for day in range(1, 11)} | {"2026-06-04": {"cart": 6}}
    (hint,) = hints(report(by_day=busy))
    assert hint == "On 2026-06-04 there would be 6 messages; half of the days have 1 or fewer."
    (hint,) = hints(report(most=[UserReached("ann", 7, 9, ("cart",))]))
    assert hint == "ann would get 7 messages; those who get any get 1.2 on average."


def test_what_went_wrong_comes_first() -> None:
    told = hints(report(poisoned=3, poison=["KeyError: 'a'"], looped={"Ping": 2}, late=4))
    assert [each.split()[0] for each in told] == ["The", "Emitted", "4"]
