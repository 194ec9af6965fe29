"""What an objection needs is exact: with that limit the gate has none, with the next stricter one it has."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opportune.features.profile import Stated
from opportune.features.traits import PACE_TRAIT
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.pace import PaceGate
from opportune.policies.verbs import Gate
from opportune.policies.view import View
from opportune.units import DAY, Instant
from tests.laws.slates import CHANNELS, NOW, caps, fatigues, gaps, near, views

MESSAGE = Message("message", CHANNELS, "news", useful_for=9 * DAY)
ANY_LIMIT = 1_000


def objects(gate: Gate, at: Instant, view: View) -> bool:
    return gate.objection(Candidate(MESSAGE, "email", at, NOW + 9 * DAY), view) is not None


def needed(gate: Gate, at: Instant, view: View) -> int | None:
    reason = gate.objection(Candidate(MESSAGE, "email", at, NOW + 9 * DAY), view)
    return None if reason is None else reason.needs


@given(caps, views(), near)
def test_a_cap_needs_the_least_number_with_which_it_would_let_it_pass(
    cap: FrequencyCap, view: View, at: Instant
) -> None:
    """By rolling windows and by the calendar, ahead as well as back."""
    least = needed(cap, at, view)
    if least is None:
        assert not objects(cap, at, view)
    else:
        assert not objects(replace(cap, at_most=least), at, view)
        assert least - 1 >= cap.at_most
        assert objects(replace(cap, at_most=least - 1), at, view)


@given(gaps, views(), near)
def test_a_gap_needs_the_longest_span_with_which_it_would_let_it_pass(gap: MinimumGap, view: View, at: Instant) -> None:
    longest = needed(gap, at, view)
    if longest is not None:
        assert not objects(replace(gap, span=longest), at, view)
        assert objects(replace(gap, span=longest + 1), at, view)
    elif objects(gap, at, view):
        assert objects(replace(gap, span=1), at, view)


@given(fatigues, views(), near)
def test_fatigue_needs_so_many_unless_it_is_about_what_was_ignored(gate: Fatigue, view: View, at: Instant) -> None:
    least = needed(gate, at, view)
    if least is not None:
        assert not objects(replace(gate, at_most=least), at, view)
        assert objects(replace(gate, at_most=least - 1), at, view)
    elif objects(gate, at, view):
        assert objects(replace(gate, at_most=ANY_LIMIT), at, view)


@given(views(), near, st.integers(0, 3))
def test_a_pace_needs_the_least_wish_with_which_it_would_let_it_pass(view: View, at: Instant, wish: int) -> None:
    def wishing(most: int) -> View:
        view.scope.profile.traits[PACE_TRAIT] = [Stated(NOW - 9 * DAY, 9, most)]
        return view

    least = needed(PaceGate(), at, wishing(wish))
    if least is None:
        assert not objects(PaceGate(), at, wishing(wish))
    else:
        assert not objects(PaceGate(), at, wishing(least))
        assert objects(PaceGate(), at, wishing(least - 1))
