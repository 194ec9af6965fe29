"""Every planted fault is found: one that is not would be a promise that nothing holds.

``python -m tests.faults.sim.planted`` says how many schedules each takes, from many starting points.
"""

import pytest

from tests.faults.ledger import PAGE, kept
from tests.faults.sim import planted_rules
from tests.faults.sim.planted import FAULTS, FIRST, SELDOM, Fault, found
from tests.laws.test_oracle_finds_faults import FAULTS as TRIED_BY_LAWS
from tests.laws.test_oracle_finds_faults import worlds_to_find

FROM_WORLD = {"merges_in_which_the_newest_word_wins": 1_150, "stops_ordered_by_what_clients_clocks_say": 1_100}
"""Where to begin with faults that the first worlds happen not to meet."""
LIVED_THROUGH = [fault for fault in FAULTS if fault not in SELDOM and fault not in TRIED_BY_LAWS]


@pytest.mark.parametrize("fault", LIVED_THROUGH, ids=lambda fault: fault.__name__)
def test_a_planted_fault_breaks_a_promise_in_some_schedule(fault: Fault) -> None:
    assert found(fault, FIRST.get(fault.__name__, 0)) is not None


@pytest.mark.parametrize(
    "fault",
    [each for each in SELDOM if each is not planted_rules.entries_taken_twice],
    ids=lambda fault: fault.__name__,
)
def test_a_planted_fault_that_few_lives_meet_breaks_a_promise_in_some_world(fault: Fault) -> None:
    assert worlds_to_find(fault, FROM_WORLD.get(fault.__name__, 0)) is not None


def test_at_least_forty_faults_are_of_hosts_stores_and_dispatchers() -> None:
    assert len({fault.__name__ for fault in FAULTS}) == len(FAULTS)
    others = {"tests.faults.sim.planted_kinds", "tests.faults.sim.planted_rules"}
    assert sum(fault.__module__ not in others and fault not in TRIED_BY_LAWS for fault in FAULTS) >= 40


def test_the_ledger_and_the_page_say_how_many_faults_there_are() -> None:
    assert kept()["planted"] == {"planted": len(FAULTS), "found": len(FAULTS)}
    assert f"\n{len(FAULTS)} in the engine (" in PAGE.read_text()
