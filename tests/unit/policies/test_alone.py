"""One proposal without rivals: the short way comes to what the long way does, also where a draw meets its share."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from opportune.draws import draw
from opportune.policies.alone import can_pick_alone, outcome_alone
from opportune.policies.arbitration import Arbitration
from opportune.policies.channel_choice import ChannelChoice
from opportune.policies.decision import Chosen
from opportune.policies.holdout import Holdout
from opportune.policies.slate import Decided, Standing, Weighed, outcomes
from opportune.policies.variants import Variants
from opportune.policies.verbs import Pick
from opportune.units import ONE, Micros
from tests.unit.policies.test_slate import NOW, PICKS, VIEW, weighed


class Bolder(Arbitration, frozen=True, tag="bolder"):
    """An arbitration that may mean something else."""


def alone(picks: Sequence[Pick], wish: Weighed) -> Decided:
    """The outcome the short way, which must be that of the long way."""
    found = outcome_alone(picks, wish, VIEW)
    assert [found] == outcomes(picks, [wish], VIEW)
    return found


def test_only_the_picks_that_are_shipped_are_picked_alone() -> None:
    assert can_pick_alone([Holdout(share=1), *PICKS])
    for others in ([*PICKS, Bolder()], [Bolder(), *PICKS], [Bolder()]):
        assert not can_pick_alone(others)


def test_of_two_candidates_the_one_that_is_worth_more_stands() -> None:
    found = alone(PICKS, weighed("a", stands=[("email", NOW, 0), ("push", NOW, 2)]))
    assert found.chosen == Chosen("push", "default", NOW)
    assert (found.code, found.until, found.worth, found.propensity) == ("chosen", None, 3, ONE)


def test_of_two_worth_the_same_the_earlier_stands_and_then_the_first() -> None:
    found = alone(PICKS, weighed("a", stands=[("email", NOW + 9, 0), ("push", NOW, 0), ("sms", NOW, 0)]))
    assert found.chosen == Chosen("push", "default", NOW)


@pytest.mark.parametrize(("more", "is_out"), [(0, False), (1, True)])
def test_a_draw_that_meets_the_share_is_not_held_out(more: int, is_out: bool) -> None:
    share: Micros = draw(*Holdout(share=0).names(weighed("a").stands[0].candidate, VIEW)) + more
    found = alone([Holdout(share=share), *PICKS], weighed("a"))
    assert (found.code, found.propensity) == (("held_out", share) if is_out else ("chosen", ONE - share))


@pytest.mark.parametrize(("worth", "code"), [(1, "chosen"), (0, "not_worth_it"), (-1, "not_worth_it")])
def test_what_is_worth_no_more_than_silence_is_not_said(worth: Micros, code: str) -> None:
    found = alone(PICKS, weighed("a", worth=worth))
    assert (found.code, found.worth, found.propensity) == (code, worth, ONE)


def test_what_must_be_said_is_neither_held_out_nor_weighed() -> None:
    wish = weighed("a", worth=0)
    wish.proposal = replace(wish.proposal, message=replace(wish.proposal.message, kind="transactional"))
    found = outcome_alone([Holdout(share=ONE), *PICKS], wish, VIEW)
    assert found.chosen == Chosen("email", "default", NOW)


@pytest.mark.parametrize(
    ("variants", "first", "others"),
    [(("cold", "warm"), 500_000, 500_000), (("cold", "mild", "warm"), 333_334, 333_333)],
)
def test_a_wording_is_drawn_with_its_chance_and_what_gives_way_is_told(
    variants: tuple[str, ...], first: Micros, others: Micros
) -> None:
    wish = weighed("a")
    message = replace(wish.proposal.message, variants=variants)
    wish.proposal = replace(wish.proposal, message=message)
    wish.stands = [Standing(replace(wish.stands[0].candidate, message=message), ("d1",), 4)]
    found = alone([Arbitration(), ChannelChoice(), Variants()], wish)
    assert found.chosen is not None and found.chosen.variant in variants
    assert found.propensity == (first if found.chosen.variant == "cold" else others)
    assert (found.displaces, found.worth) == (("d1",), 5)


def test_what_fell_says_why_and_until_when() -> None:
    found = alone([Holdout(share=ONE), *PICKS], weighed("a", stands=()))
    assert (found.code, found.until, found.chosen, found.propensity) == ("night", 7, None, ONE)
