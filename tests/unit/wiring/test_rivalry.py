"""To whom a decision lost, and what else was proposed."""

import pytest

from opportune.policies.decision import Decision, Ending
from opportune.units import DAY, ONE
from opportune.wiring.rivalry import considered, rivals_said
from tests.contracts.made import NOW
from tests.unit.wiring.around_ann import around, sent, silent, won

LOST = silent(code="outranked", worth=ONE)
WINNER = won("d1", worth=1_800_000)


def said(lost: Decision, ending: Ending | None, *others: Decision, endings: tuple[Ending, ...] = ()) -> list[str]:
    return list(rivals_said(lost, ending, around(lost, *others, endings=endings)))


def test_it_lost_by_the_difference_in_worth() -> None:
    assert said(LOST, None, WINNER) == [
        "It lost to news of journey cart by 0.80 EUR: that was worth 1.80 EUR, this one 1.00 EUR."
    ]


def test_of_the_same_worth_the_order_decides() -> None:
    (sentence,) = said(LOST, None, won("d1", worth=ONE))
    assert sentence.startswith("It lost to news of journey cart, worth as much, 1.00 EUR")


@pytest.mark.parametrize(
    "others",
    [
        (),
        (WINNER, won("d2", worth=3 * ONE)),
        (won("d1", worth=ONE // 2),),
        (won("d1", "code", worth=3 * ONE),),
        (won("d1", due=NOW - 1),),
    ],
)
def test_where_more_than_one_or_none_can_have_won_nobody_is_named(others: tuple[Decision, ...]) -> None:
    assert not any(each.startswith("It lost") for each in said(LOST, None, *others))


def test_what_displaced_it_is_named() -> None:
    planned, rival = won("lost", "cart_reminder", due=NOW - DAY, at=NOW + DAY, worth=ONE), won("d1", due=NOW)
    displaced = Ending("lost", "ann", "not_sent", "displaced", NOW)
    assert said(planned, displaced, rival) == [
        "Its place went to news of journey cart, worth 2.00 EUR; this one was worth 1.00 EUR."
    ]


def test_what_went_at_the_end_of_quiet_hours_instead_is_named() -> None:
    waited, rival = won("lost", due=NOW - 2, at=NOW, worth=ONE), won("d1", "cart_reminder", due=NOW - 1, at=NOW)
    other = won("d2", due=NOW - 3, at=NOW)
    out = Ending("lost", "ann", "not_sent", "queued_out", NOW)
    endings = (sent(rival, NOW + 1), Ending("d2", "ann", "not_sent", "queued_out", NOW))
    assert said(waited, out, rival, other, endings=endings)[0].startswith("Its place went to cart_reminder")


def test_what_else_was_proposed_is_listed_the_most_worth_first() -> None:
    small = silent(code="not_worth_it", worth=-ONE, id="d2")
    assert [each.decision for each in considered(WINNER, around(WINNER, small, LOST))] == ["lost", "d2"]
    assert said(WINNER, None, small, LOST) == [
        "Also proposed at that instant: cart_reminder (worth 1.00 EUR: outranked), "
        "cart_reminder (worth -1.00 EUR: not_worth_it)."
    ]
