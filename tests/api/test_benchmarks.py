"""The benchmarks run and name what they promise; how fast it goes is asserted nowhere."""

from benchmarks.all import every
from benchmarks.figure import QUICK

LASTING = {
    "engine.events_per_second_per_core",
    "decide.now_us",
    "decide.slots_us",
    "memory.bytes_per_user",
    "decision.bytes",
}


def test_every_figure_has_a_name_a_spread_and_its_conditions() -> None:
    figures = list(every(QUICK))
    assert {figure.name for figure in figures} >= LASTING
    for figure in figures:
        least, most = figure.spread
        assert 0 < least <= figure.value <= most
        assert figure.unit and figure.conditions


def test_events_are_measured_at_two_densities_of_decisions() -> None:
    told = [figure.conditions for figure in every(QUICK) if figure.name == "engine.events_per_second_per_core"]
    assert ["(few)" in each for each in told] == [True, False]
