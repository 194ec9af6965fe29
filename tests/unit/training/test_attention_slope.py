"""Where opens are all that is seen, the gate opens only if what users' own hours promised was kept."""

import numpy as np
import pytest

from opportune.features.attention_model import DEFAULT
from opportune.testing import AttentionWorld
from opportune.testing.attention_habits import HABITS
from opportune.testing.attention_lives import EVENLY, MOSTLY_AT_TEN, Sending
from opportune.training.attention_fit import Kinds, fit, learned
from opportune.training.attention_slope import edge_of, gate_by_opens
from opportune.training.histories import histories_of


@pytest.mark.parametrize(("habits", "is_open"), [("families", True), ("two_peaks", True), ("flat", False)])
@pytest.mark.parametrize("sending", [MOSTLY_AT_TEN, EVENLY])
def test_the_gate_opens_where_users_differ_and_nowhere_else(habits: str, is_open: bool, sending: Sending) -> None:
    world = AttentionWorld(users=700, seed=5, habits=HABITS[habits], sending=sending, has_visits=False)
    edge = edge_of(world.histories, world.end)
    known = learned(world.histories, edge, DEFAULT, Kinds(2))
    found = gate_by_opens(world.histories, known, edge, world.end)
    assert found is not None
    assert (found.sureness < 1) is is_open


def test_favours_to_those_who_open_more_open_no_gate() -> None:
    """A log that misleads: who opens more is written to in the evening, though no hour is better than another."""
    sending = Sending(hours=MOSTLY_AT_TEN.hours, favour=20.0)
    world = AttentionWorld(users=700, seed=6, habits=HABITS["flat"], sending=sending, has_visits=False)
    assert fit(world.histories, name="flat", until=world.end).sureness == 2


def test_of_too_few_sends_nothing_is_said() -> None:
    world = AttentionWorld(users=30, seed=5, has_visits=False)
    edge = edge_of(world.histories, world.end)
    assert gate_by_opens(world.histories, DEFAULT, edge, world.end) is None
    nothing = histories_of((), (np.zeros(0, np.int64), np.zeros(0, np.int64)))
    assert edge_of(nothing, 7) == 7
