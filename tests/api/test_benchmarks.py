"""The benchmarks run and name what they promise; how fast it goes is asserted nowhere."""

import pytest

from benchmarks.__main__ import renewed
from benchmarks.all import every
from benchmarks.figure import QUICK, Figure

LASTING = {
    "engine.events_per_second_per_core",
    "decide.now_us",
    "decide.slots_us",
    "memory.bytes_per_user",
    "decision.bytes",
    "ingest.single_per_second",
    "ingest.single_p99_ms",
    "ingest.batched_events_per_second",
    "decide.p99_ms",
    "deadlines.lateness_p99_ms",
    "restart.seconds",
    "dedupe.mb_per_million",
    "smtp.mails_per_second",
    "fanout.users_per_second",
    "waits.bytes",
    "waits.cancel_us",
    "waits.lateness_p99_ms",
    "why.p99_ms",
    "backtest.events_per_second",
    "backtest.peak_mb",
}


@pytest.fixture(scope="module")
def figures() -> list[Figure]:
    return list(every(QUICK))


def test_every_figure_has_a_name_a_spread_and_its_conditions(figures: list[Figure]) -> None:
    assert {figure.name for figure in figures} >= LASTING
    for figure in figures:
        least, most = figure.spread
        assert 0 < least <= figure.value <= most
        assert figure.unit and figure.conditions


def test_events_are_measured_at_two_densities_of_decisions(figures: list[Figure]) -> None:
    told = [figure.conditions for figure in figures if figure.name == "engine.events_per_second_per_core"]
    assert ["(few)" in each for each in told] == [True, False]


def test_figures_of_one_part_take_the_place_of_those_of_the_same_name() -> None:
    old, beside = Figure("decide.now_us", 9.0, "us", (9.0, 9.0), "then"), Figure("fold.us", 5.0, "us", (5.0, 5.0), "")
    new, more = Figure("decide.now_us", 8.0, "us", (8.0, 8.0), "now"), Figure("new.us", 1.0, "us", (1.0, 1.0), "")
    assert renewed([old, beside], [new, new, more]) == [new, new, beside, more]
