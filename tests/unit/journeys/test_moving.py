"""Where runs of earlier versions go."""

from opportune.journeys.journey import Journey
from opportune.journeys.moving import name_of, way
from opportune.journeys.step import Send, Wait
from opportune.journeys.trigger import Watched
from opportune.units import HOUR

STEPS = (Wait(HOUR), Send("reminder"), Wait(2 * HOUR))


def journey(labels: dict[str, int], moves: dict[str, str] | None = None) -> Journey:
    return Journey("cart", Watched("Cart Updated"), STEPS, labels=labels, moves=moves or {})


OLD = journey({"first": 0, "second": 2})


def test_a_run_goes_to_the_named_step() -> None:
    new = journey({"other": 1}, {"second": "other"})
    assert way(OLD, new, 2) == 1
    assert way(OLD, new, 0) is None
    assert way(OLD, new, 1) is None


def test_a_run_ends_where_the_new_version_says_so() -> None:
    assert way(OLD, journey({}, {"first": "end"}), 0) == "end"


def test_a_run_stays_if_the_journey_is_gone_or_has_not_changed() -> None:
    assert way(OLD, None, 0) is None
    same = journey({"first": 0, "second": 2}, {"first": "second"})
    assert way(same, journey({"first": 0, "second": 2}, {"first": "second"}), 0) is None


def test_a_step_has_the_name_that_stands_beside_it_or_none() -> None:
    assert (name_of(OLD, 2), name_of(OLD, 1)) == ("second", "")
