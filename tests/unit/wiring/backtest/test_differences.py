"""Who gets more, fewer, something else or the same at another instant, counted by head."""

import pytest

from opportune.units import DAY, HOUR, MINUTE
from opportune.wiring.backtest.differences import CodeChange, Compared, Differences, JourneyDifference, in_words_of
from tests.stories.shop import shop
from tests.unit.wiring.backtest.pasts import END, START, lived, says

JOURNEYS = {"cart": says("cart"), "news": says("news")}
MESSAGES = {"cart": "", "news": ""}
ONE = shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=JOURNEYS, messages=MESSAGES)
TWO = shop("frequency_cap: {at_most: 2, within: 7 days}", journeys=JOURNEYS, messages=MESSAGES)
LESS = shop(journeys=says("news"), messages={"news": ""})


def compared(old, new, *pasts: tuple[tuple[float, str], ...]) -> Differences:  # type: ignore[no-untyped-def]
    found = Compared(old, new, START, END)
    for number, happened in enumerate(pasts):
        found.add([lived(each, *happened, user=f"u{number}") for each in (old, new)])
    return found.differences("old", "new")


PASTS = (
    ((0, "Cart"), (1, "News"), (2, "Cart")),
    ((0, "Cart"),),
    (),
    ((0, "News"), (1, "Cart")),
)


def test_users_are_counted_by_how_many_messages_more_they_get() -> None:
    found = compared(ONE, TWO, *PASTS)
    assert (found.users, found.users_more, found.users_fewer, found.users_same, found.users_untouched) == (
        4,
        2,
        0,
        1,
        1,
    )
    assert (found.by_change, found.users_gained, found.users_lost) == ({0: 2, 1: 2}, 0, 0)
    assert (found.old.sent, found.new.sent, found.old.users_reached, found.new.users_reached) == (3, 5, 3, 3)
    assert (found.old.decisions, found.new.decisions, found.old.hash, found.new.hash) == (6, 6, ONE.hash, TWO.hash)


def test_who_gets_nothing_any_more_is_lost_and_who_got_nothing_is_gained() -> None:
    found = compared(ONE, LESS, *PASTS)
    assert (found.users_lost, found.users_gained, found.users_fewer) == (1, 0, 1)
    found = compared(LESS, ONE, *PASTS)
    assert (found.users_lost, found.users_gained, found.users_more) == (0, 1, 1)


def test_messages_are_counted_by_journey_also_if_only_one_playbook_has_it() -> None:
    found = compared(ONE, LESS, *PASTS)
    assert found.journeys == {
        "cart": JourneyDifference(old=2, only_old=2),
        "news": JourneyDifference(old=1, new=2, same=1, only_new=1),
    }
    assert found.total == JourneyDifference(old=3, new=2, same=1, only_old=2, only_new=1)


def test_codes_that_changed_are_counted_the_most_frequent_first() -> None:
    assert compared(ONE, TWO, *PASTS).codes == [
        CodeChange("cart", "frequency_cap", "sent", 1),
        CodeChange("news", "frequency_cap", "sent", 1),
    ]
    assert compared(ONE, LESS, *PASTS).codes == [
        CodeChange("cart", "frequency_cap", "-", 2),
        CodeChange("cart", "sent", "-", 2),
        CodeChange("news", "frequency_cap", "sent", 1),
    ]


def test_an_example_tells_both_sides() -> None:
    (first, _) = compared(ONE, TWO, *PASTS).examples
    assert (first.what, first.user in ("u0", "u3")) == ("more", True)
    assert "frequency cap" in first.old[0]
    assert "was sent" in first.new[0]
    assert all(each.new == () for each in compared(ONE, LESS, *PASTS).examples if each.journey == "cart")


def test_at_most_three_examples_of_a_kind_are_kept() -> None:
    assert len(compared(ONE, TWO, *(PASTS[3] for _ in range(9))).examples) == 3


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        (1, "up to a minute later"),
        (MINUTE, "up to a minute later"),
        (MINUTE + 1, "up to an hour later"),
        (-6 * HOUR, "up to 6 hours earlier"),
        (3 * DAY, "up to 3 days later"),
        (7 * DAY, "up to 7 days later"),
        (7 * DAY + 1, "more than 7 days later"),
        (-30 * DAY, "more than 7 days earlier"),
    ],
)
def test_shifts_are_told_up_to_a_bound(shift: int, words: str) -> None:
    assert in_words_of(shift) == words


def test_shifts_stand_in_order_of_time() -> None:
    waits = [
        shop(
            journeys={
                "cart": says("cart").replace("steps:", f"steps:\n  - wait: {cart} hours"),
                "news": says("news").replace("steps:", f"steps:\n  - wait: {news} minutes"),
            },
            messages=MESSAGES,
        )
        for cart, news in ((3, 1), (1, 55))
    ]
    found = compared(*waits, PASTS[0], PASTS[1])
    assert list(found.shifts.items()) == [("up to 6 hours earlier", 3), ("up to an hour later", 1)]
