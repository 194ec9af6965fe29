"""What a policy must say for itself, and what comes of one that does not keep to its verb."""

from collections.abc import Sequence

import pytest

from opportune.features.ledger import Ledger
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.slate import pick_between
from opportune.policies.verbs import Expand, Gate, Group, Pick, Score
from opportune.policies.view import View
from opportune.units import Micros

MESSAGE = Message("reminder", ("email",), "cart")
CANDIDATE = Candidate(MESSAGE, "email", 1_000, 2_000)
VIEW = View(1_000, "ann", "salt", Ledger([], [], [], []), Scope(Profile({}, {}, [], {}), 1_000), (), None)
GROUPS = [Group("a", 1, CANDIDATE), Group("b", 2, CANDIDATE)]


class Halves(Pick, frozen=True, tag="halves"):
    """Draws one of two; ``short``: so much is missing to certainty."""

    short: Micros = 0

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        return {"a": 0, "b": 1_000_000 - self.short}

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        return ("salt",)


def test_a_verb_alone_answers_nothing() -> None:
    class Bare(Expand, Gate, Score, Pick, frozen=True, tag="bare"):
        pass

    policy = Bare()
    for answer in (
        lambda: policy.expanded(CANDIDATE, VIEW),
        lambda: policy.objection(CANDIDATE, VIEW),
        lambda: policy.worth(CANDIDATE, VIEW),
        lambda: policy.chances(GROUPS, VIEW),
        lambda: policy.names(CANDIDATE, VIEW),
    ):
        with pytest.raises(NotImplementedError):
            answer()
    assert (policy.name, policy.looks_back, policy.closes(CANDIDATE, VIEW)) == ("bare", 0, None)


def test_a_group_without_a_chance_is_never_drawn() -> None:
    assert pick_between(Halves(), GROUPS, VIEW) == ("b", 1_000_000)


def test_chances_that_do_not_sum_to_one_are_our_own_fault() -> None:
    with pytest.raises(AssertionError, match="halves: chances sum to less than 1_000_000"):
        pick_between(Halves(short=1_000_000), GROUPS, VIEW)
