"""One slate at its edges: chances that fall on a half, channels that are liked differently, the last move there is."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from opportune.features.ledger import Ledger, Pending
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies import slate
from opportune.policies.arbitration import Arbitration
from opportune.policies.channel_choice import ChannelChoice
from opportune.policies.decision import Verdict
from opportune.policies.slate import (
    MOST_ROUNDS,
    Proposal,
    Refused,
    Standing,
    Weighed,
    displacing,
    joint,
    moved,
    objections,
    outcomes,
    pick_between,
)
from opportune.policies.variants import Variants
from opportune.policies.verbs import SILENCE, Gate, Group, Pick, Reason
from opportune.policies.view import View
from opportune.units import ONE, Micros

NOW = 1_000
MESSAGE = Message("reminder", ("email", "push"), "cart")
CANDIDATE = Candidate(MESSAGE, "email", NOW, 100_000)
PICKS = (Arbitration(), ChannelChoice(), Variants())


def view_with(*pending: Pending) -> View:
    return View(NOW, "ann", "salt", Ledger([], list(pending), [], []), Scope(Profile({}, {}, [], {}), NOW), (), None)


VIEW = view_with()


def planned(name: str, *, worth: Micros = 1, at: int = 5_000) -> Pending:
    return Pending(
        id=name, at=at, state="planned", message="other", channel="email", topic="cart", variant="", counts=True,
        is_marketing=True, worth=worth, journey="other", key="", entry=0, step=0, deadline=50_000,
    )  # fmt: skip


def weighed(
    name: str, *, worth: Micros = 1, stands: Sequence[tuple[str, int, Micros]] = (("email", NOW, 0),)
) -> Weighed:
    message = replace(MESSAGE, name=name)
    standing = [Standing(Candidate(message, channel, at, 100_000), (), extra) for channel, at, extra in stands]
    return Weighed(Proposal("j", "v", "", 0, 0, message, 100_000), worth, standing, [], Reason("night", 7))


class Steps(Gate, frozen=True, tag="steps"):
    """Objects before ``free``, and each time names the next instant only."""

    free: int
    reads = ("at",)

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        return Reason("steps", candidate.at + 1) if candidate.at < self.free else None


class Taken(Gate, frozen=True, tag="taken"):
    """Objects as long as so many of these are planned; it can only name some of them."""

    names: tuple[str, ...]
    most: int = 0
    code: str = "taken"

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        left = tuple(each for each in self.names if each not in view.without)
        return Reason(self.code, None, left) if len(left) > self.most else None


class Never(Gate, frozen=True, tag="never"):
    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        return Reason("never")


class Fixed(Pick, frozen=True, tag="fixed"):
    share: Micros

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        return {"a": self.share, "b": ONE - self.share}

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        return ("salt",)


def refused_by(*gates: Gate) -> Refused:
    return Refused(CANDIDATE, objections(gates, CANDIDATE, VIEW))


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [(500_000, 1, 0), (500_000, 3, 2), (500_000, 5, 2), (500_000, 7, 4), (1, 500_001, 1), (1, 499_999, 0), (ONE, 7, 7)],
)
def test_a_half_goes_to_the_even_neighbour(first: Micros, second: Micros, both: Micros) -> None:
    assert joint(first, second) == both


@pytest.mark.parametrize(("drawn", "name"), [(0, "a"), (299_999, "a"), (300_000, "b"), (999_999, "b")])
def test_a_draw_falls_into_the_stretch_of_its_chance(drawn: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slate, "draw", lambda *names: drawn)
    share = 300_000 if name == "a" else 700_000
    assert pick_between(Fixed(share=300_000), [Group("a", 1, CANDIDATE)], VIEW) == (name, share)


@pytest.mark.parametrize("free", [NOW + MOST_ROUNDS, NOW + MOST_ROUNDS + 1])
def test_it_is_moved_eight_times_and_no_more(free: int) -> None:
    verdicts: list[Verdict] = []
    gate = Steps(free=free)
    found = moved([gate], refused_by(gate), VIEW, verdicts)
    if free == NOW + MOST_ROUNDS:
        assert found == Standing(replace(CANDIDATE, at=free))
    else:
        assert found == Reason("steps", NOW + MOST_ROUNDS + 1)
    later = min(free, NOW + MOST_ROUNDS + 1)
    assert [each.at for each in verdicts] == list(range(NOW + 1, later)), (
        "what was said at first is written down already"
    )
    assert verdicts[0] == Verdict("steps", "email", NOW + 1, "steps", NOW + 2)


@pytest.mark.parametrize(("deadline", "stands"), [(NOW + 4, True), (NOW + 3, False)])
def test_it_is_not_moved_to_its_deadline(deadline: int, stands: bool) -> None:
    gate = Steps(free=NOW + 3)
    refused = refused_by(gate)
    refused = Refused(replace(refused.candidate, deadline=deadline), refused.against)
    assert isinstance(moved([gate], refused, VIEW, []), Standing) == stands


def test_a_gate_that_never_opens_ends_the_moving_and_the_first_gate_says_why() -> None:
    gates = [Steps(free=NOW + 3), Never()]
    assert moved(gates, refused_by(*gates), VIEW, []) == Reason("steps", None)


def test_of_equal_worth_the_later_gives_way_and_then_the_first_by_name() -> None:
    pending = [planned("c"), planned("b", at=6_000), planned("a", at=6_000), planned("d", worth=2, at=9_000)]
    gate = Taken(names=("a", "b", "c", "d"), most=2)
    found = displacing([gate], refused_by(gate), view_with(*pending), worth=100, margin=0)
    assert found == Standing(CANDIDATE, ("a", "b"))


def test_nothing_gives_way_where_one_gate_of_two_would_still_object() -> None:
    gates = [Taken(names=("a",)), Never()]
    refused = refused_by(*gates)
    assert not refused.may_displace
    assert displacing(gates, refused, view_with(planned("a")), worth=100, margin=0) is None


def test_all_gates_that_name_somebody_may_be_opened() -> None:
    gates = [Taken(names=("a",)), Taken(names=("b",), code="other")]
    refused = refused_by(*gates)
    assert refused.may_displace
    found = displacing(gates, refused, view_with(planned("a", worth=2), planned("b")), worth=100, margin=0)
    assert found == Standing(CANDIDATE, ("b", "a"))


def test_a_rival_is_worth_what_its_best_candidate_is() -> None:
    """The first is worth 1 and 2 more on its second channel; the second is worth 2."""
    rivals = [weighed("a", stands=[("email", NOW, 0), ("push", NOW, 2)]), weighed("b", worth=2)]
    first, second = outcomes(PICKS, rivals, VIEW)
    assert (first.code, first.worth) == ("chosen", 3)
    assert first.chosen is not None and first.chosen.channel == "push"
    assert (second.code, second.worth) == ("outranked", 2)


def test_a_loser_shows_the_worth_of_its_best_candidate() -> None:
    rivals = [weighed("a", worth=5), weighed("b", stands=[("email", NOW, -1), ("push", NOW, 2)])]
    assert [each.worth for each in outcomes(PICKS, rivals, VIEW)] == [5, 3]


def test_of_one_rivals_candidates_the_earlier_stands_for_it_at_equal_worth() -> None:
    rivals = [
        weighed("b", stands=[("email", NOW + 9, 0), ("push", NOW, 0)]),
        weighed("a", stands=[("email", NOW + 5, 0)]),
    ]
    assert [each.code for each in outcomes(PICKS, rivals, VIEW)] == ["chosen", "outranked"]


@pytest.mark.parametrize(("worth", "code"), [(1, "outranked"), (0, "not_worth_it"), (-1, "not_worth_it")])
def test_a_loser_that_is_worth_nothing_hears_that(worth: Micros, code: str) -> None:
    _, loser = outcomes(PICKS, [weighed("a", worth=5), weighed("b", worth=worth)], VIEW)
    assert (loser.code, loser.until) == (code, None)


def test_what_fell_before_any_pick_says_why_and_until_when_and_takes_no_part() -> None:
    fallen, winner = outcomes(PICKS, [weighed("a", worth=9, stands=()), weighed("b")], VIEW)
    assert (fallen.code, fallen.until, fallen.worth, fallen.propensity) == ("night", 7, 9, ONE)
    assert winner.code == "chosen"


class Worthy(Pick, frozen=True, tag="worthy"):
    """Speaks only if the best of the slate is worth so much; says with how great a chance."""

    least: Micros
    between = "slate"
    codes = ("poor",)

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        (group,) = groups
        return {group.name if group.worth >= self.least else SILENCE: 250_000}

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize(("least", "codes"), [(5, ["outranked", "chosen"]), (6, ["poor", "poor"])])
def test_a_pick_over_the_slate_sees_the_best_of_it(least: Micros, codes: list[str]) -> None:
    found = outcomes([Worthy(least=least), *PICKS], [weighed("a"), weighed("b", worth=5)], VIEW)
    assert [each.code for each in found] == codes
    assert {each.propensity for each in found} == {250_000}


def test_one_candidate_is_not_picked_and_a_wording_is() -> None:
    """A pick between candidates with chances of its own bears on nothing where there is one."""

    class Unsure(Pick, frozen=True, tag="unsure"):
        def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
            return {groups[-1].name: 400_000}

        def names(self, best: Candidate, view: View) -> tuple[str, ...]:
            return ()

    (alone,) = outcomes([Unsure(), Arbitration(), Variants()], [weighed("a")], VIEW)
    assert (alone.propensity, alone.chosen and alone.chosen.variant) == (ONE, "default")
    (two,) = outcomes([Unsure()], [weighed("a", stands=[("email", NOW, 0), ("push", NOW, 0)])], VIEW)
    assert (two.propensity, two.chosen and two.chosen.channel, two.chosen and two.chosen.variant) == (
        400_000,
        "push",
        "",
    )


class Worthless(Pick, frozen=True, tag="worthless"):
    """Would pick the first; binds marketing only, as picks do."""

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        return {groups[0].name: ONE}

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        return ()


def test_a_pick_that_does_not_bind_is_passed_over_and_the_next_is_not() -> None:
    must = weighed("a", stands=[("email", NOW, 0), ("push", NOW, 1)])
    must.proposal = replace(must.proposal, message=replace(must.proposal.message, kind="transactional"))
    (found,) = outcomes([Worthless(), ChannelChoice()], [must], VIEW)
    assert found.chosen is not None and found.chosen.channel == "push"


def test_the_first_channel_wins_all_ties_and_the_earlier_instant_others() -> None:
    groups = [Group("a", 1, CANDIDATE), Group("b", 1, CANDIDATE), Group("c", 1, replace(CANDIDATE, at=NOW - 1))]
    assert ChannelChoice().chances(groups[:2], VIEW) == {"a": ONE}
    assert ChannelChoice().chances(groups, VIEW) == {"c": ONE}
    assert ChannelChoice().chances(groups[::-1], VIEW) == {"c": ONE}
    assert ChannelChoice().names(CANDIDATE, VIEW) == Arbitration().names(CANDIDATE, VIEW) == ()


def test_the_margin_is_a_fifth_unless_it_is_said() -> None:
    assert Arbitration().displace_margin == 200_000
