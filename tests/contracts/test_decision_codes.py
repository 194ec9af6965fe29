"""A decision is found by the code that is shown of it, whatever stood against it and however it ended."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opportune.policies.decision import Chosen, Decision, Ending, Verdict
from opportune.ports import Batch, Store
from opportune.wiring.told import told_of
from tests.contracts.made import NOW, decision, ending

CODES = ("frequency_cap", "quiet_hours", "no_address", "outranked", "sent", "exited", "chosen")

verdicts = st.builds(
    Verdict,
    policy=st.just("policy"),
    channel=st.sampled_from(["", "email", "push", "in_app"]),
    at=st.sampled_from([NOW, NOW + 5]),
    code=st.sampled_from(CODES[:4]),
    until=st.sampled_from([None, NOW + 5, NOW + 9]),
)
decisions = st.builds(
    lambda code, chosen, said: replace(decision(), code=code, chosen=chosen, verdicts=tuple(said)),
    st.sampled_from(CODES),
    st.sampled_from([None, Chosen("email", "", NOW + 5)]),
    st.lists(verdicts, max_size=4),
)
endings = st.none() | st.sampled_from(CODES).map(lambda code: replace(ending(), code=code))
found = st.lists(st.tuples(decisions, endings), max_size=5)


@pytest.mark.parametrize("is_at_once", [True, False], ids=["ended at once", "ended later"])
def test_the_code_that_is_shown_is_the_code_that_finds_a_decision(store: Store, is_at_once: bool) -> None:
    numbers = count()

    @given(found)
    def law(found: list[tuple[Decision, Ending | None]]) -> None:
        journey = f"j{next(numbers)}"
        named = [(f"{journey} d{nth}", *each) for nth, each in enumerate(found)]
        made = tuple(replace(each, id=name, journey=journey) for name, each, _ in named)
        ended = tuple(replace(each, decision=name) for name, _, each in named if each is not None)
        parts = [Batch(decisions=made, endings=ended)] if is_at_once else [Batch(decisions=made), Batch(endings=ended)]
        for part in parts:
            store.commit_now(part)
        shown = {each.id: told_of(store, each).code for each in made}
        for code in CODES:
            assert {each.id for each in store.decisions_where(journey, code)} == {
                name for name, told in shown.items() if told == code
            }

    law()
