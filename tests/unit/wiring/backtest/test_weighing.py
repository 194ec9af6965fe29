"""How much one choice on record says of another playbook's choices, where send_time chose the moment."""

from random import Random

import pytest
from msgspec.structs import replace

from opportune.policies.decision import Chosen, Decision
from opportune.policies.timing import Slot
from opportune.training.offpolicy import Logged, rate
from opportune.units import HOUR, ONE, SECOND, Micros
from opportune.wiring.backtest.weighing import logged_of
from tests.contracts.made import decision
from tests.unit.wiring.test_moment import DUE, SURE

HOURS = (DUE, DUE + HOUR, DUE + 2 * HOUR)


def chose(place: int, *chances: Micros, late: int = 0, variant: str = "default") -> Decision:
    """The slot of this place, with these chances of all three; without chances there was no send_time."""
    at = HOURS[place] + late
    slots = tuple(Slot("email", each + late, 0, 0, chance) for each, chance in zip(HOURS, chances, strict=False))
    return replace(
        decision("d1"), due=DUE, chosen=Chosen("email", variant, at), code="chosen",
        propensity=chances[place] if chances else ONE, timing=replace(SURE, slots=slots) if chances else None,
    )  # fmt: skip


def weighed(tested: Decision, record: Decision | None, *, happened: bool = True) -> Logged | None:
    return logged_of("ann", tested, record, followed=lambda at: happened)


MOSTLY_FIRST, MOSTLY_LAST = (900_000, 50_000, 50_000), (50_000, 50_000, 900_000)


def test_the_same_moment_speaks_with_both_chances() -> None:
    found = weighed(chose(0, *MOSTLY_LAST), chose(0, *MOSTLY_FIRST, late=59 * SECOND))
    assert found == Logged("ann", 900_000, 50_000, True)


def test_another_moment_speaks_with_the_chance_that_the_tested_playbook_gives_it() -> None:
    assert weighed(chose(2, *MOSTLY_LAST), chose(0, *MOSTLY_FIRST)) == Logged("ann", 900_000, 50_000, True)


def test_the_chances_of_other_picks_stay_in() -> None:
    """Half of the users are held out in the test."""
    tested = replace(chose(2, *MOSTLY_LAST), propensity=450_000)
    assert weighed(tested, chose(0, *MOSTLY_FIRST)) == Logged("ann", 900_000, 25_000, True)


def test_a_moment_that_is_not_chosen_in_the_test_speaks_for_nobody_and_is_no_gap() -> None:
    assert weighed(chose(2, 0, 0, ONE), chose(0, *MOSTLY_FIRST)) == Logged("ann", 900_000, 0, False)
    assert weighed(chose(2), chose(0, *MOSTLY_FIRST)) == Logged("ann", 900_000, 0, False)


@pytest.mark.parametrize(
    ("tested", "record"),
    [
        (chose(2, *MOSTLY_LAST), chose(0, 950_000, 50_000, 0)),  # such a send could not be on record
        (chose(2), chose(0, 950_000, 50_000, 0)),
        (chose(2, *MOSTLY_LAST), chose(0)),  # nothing was left to chance then
        (chose(2, *MOSTLY_LAST), chose(0, *MOSTLY_FIRST, variant="other")),
        (chose(2, *MOSTLY_LAST), None),
        (chose(2, *MOSTLY_LAST), replace(chose(0), chosen=None, code="held_out")),
    ],
    ids=["no chance of it", "none of what is certain", "certain", "wording", "not made", "silence"],
)
def test_what_the_record_could_not_hold_is_a_gap(tested: Decision, record: Decision | None) -> None:
    assert weighed(tested, record) is None


def test_a_tested_playbook_without_send_time_is_not_judged_by_those_for_whom_now_was_drawn() -> None:
    """Of users for whom the moment had no chance nothing is known, so they are gaps, not sends of weight nothing."""
    sends_at_once, explored = chose(0), chose(1, 0, 950_000, 50_000)
    assert weighed(sends_at_once, explored) is None


def test_what_is_estimated_is_what_the_tested_playbook_would_have_come_to() -> None:
    """5,000 users who open at a rate of their moment; three standard errors of the effective sample are 0.09."""
    dice, opened = Random(7), (0.2, 0.4, 0.6)
    logged = []
    for user in range(5_000):
        kept = dice.choices(range(3), MOSTLY_FIRST)[0]
        tested = dice.choices(range(3), MOSTLY_LAST)[0]
        happened = dice.random() < opened[kept]
        found = weighed(chose(tested, *MOSTLY_LAST), chose(kept, *MOSTLY_FIRST), happened=happened)
        assert found is not None
        logged.append(replace(found, user=str(user)))
    truth = sum(share * chance for share, chance in zip(opened, MOSTLY_LAST, strict=True)) / ONE
    value = rate(logged).value
    assert value is not None and abs(value - truth) < 0.09
