"""One slate where gates say odd things, and instants that stand at the beginning of time."""

import pytest
from msgspec.structs import replace

from opportune.messages.candidate import Candidate
from opportune.policies.decision import Verdict
from opportune.policies.slate import Proposal, Refused, Standing, displacing, latest_until, moved
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from tests.unit.policies.test_slate import CANDIDATE, NOW, Never, Steps, Taken, planned, refused_by, view_with


class Shy(Gate, frozen=True, tag="shy"):
    """Objects to all but this, and says that nothing would help."""

    without: str

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        return None if self.without in view.without else Reason("shy")


class Closed(Gate, frozen=True, tag="closed"):
    """Objects from this instant on, for good."""

    at: int

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        return Reason("closed") if candidate.at >= self.at else None


@pytest.mark.parametrize(
    ("untils", "latest"), [([0], 0), ([5, 9, 7], 9), ([9, 5], 9), ([None, 9], None), ([9, None], None)]
)
def test_reasons_hold_until_the_latest_of_them_or_for_good(untils: list[int | None], latest: int | None) -> None:
    assert latest_until([Reason("why", until) for until in untils]) == latest


def test_nothing_gives_way_while_a_gate_says_that_nothing_would_help() -> None:
    gates = [Taken(names=("a",)), Shy(without="a")]
    assert displacing(gates, refused_by(*gates), view_with(planned("a")), worth=100, margin=0) is None


@pytest.mark.parametrize(("worth", "margin", "stands"), [(3, 500_000, False), (4, 500_000, True), (3, 499_999, True)])
def test_who_displaces_is_worth_more_than_all_that_give_way_and_the_margin(
    worth: int, margin: int, stands: bool
) -> None:
    gate, view = Taken(names=("a", "b")), view_with(planned("a"), planned("b"))
    assert (displacing([gate], refused_by(gate), view, worth=worth, margin=margin) is not None) == stands


def test_what_must_be_said_displaces_whatever_it_is_worth() -> None:
    gate, view = Taken(names=("a",)), view_with(planned("a", worth=9))
    must = replace(CANDIDATE, message=replace(CANDIDATE.message, kind="transactional"))
    found = displacing([gate], Refused(must, refused_by(gate).against), view, worth=0, margin=0)
    assert found is not None and found.displaces == ("a",)


def test_each_place_it_was_moved_to_is_written_down_once() -> None:
    gates = [Steps(free=NOW + 2), Closed(at=NOW + 2)]
    verdicts: list[Verdict] = []
    assert moved(gates, refused_by(*gates), view_with(), verdicts) == Reason("closed", None)
    assert verdicts == [
        Verdict("steps", "email", NOW + 1, "steps", NOW + 2),
        Verdict("closed", "email", NOW + 2, "closed"),
    ]
    assert moved([Never()], refused_by(Never()), view_with(), []) == Reason("never", None)


def test_a_fresh_wish_has_been_moved_nowhere_and_what_stands_is_worth_its_message() -> None:
    wish = Proposal("cart", "v1", "", 0, 0, CANDIDATE.message, NOW)
    assert (wish.rounds, wish.without, wish.kept) == (0, (), {})
    found = moved([Steps(free=NOW + 1)], refused_by(Steps(free=NOW + 1)), view_with(), [])
    assert isinstance(found, Standing)
    assert (found.extra, found.displaces) == (0, ())
