"""Every planted fault is found: one that the simulator could not find would be a promise that nothing holds.

``python -m tests.faults.sim.planted`` says how many schedules each takes.
"""

import pytest

from tests.faults.sim.planted import FAULTS, Fault, found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_breaks_a_promise(fault: Fault) -> None:
    assert found(fault) is not None


def test_no_name_is_used_twice() -> None:
    assert len({fault.__name__ for fault in FAULTS}) == len(FAULTS)
