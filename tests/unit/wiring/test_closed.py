"""Stretches of moments that no message could go out in."""

from msgspec.structs import replace

from opportune.policies.decision import Decision, Verdict
from opportune.policies.timing import Slot
from opportune.units import HOUR
from opportune.wiring.closed import Closed, closed_of
from tests.unit.wiring.test_moment import DUE, SURE, chose


def with_verdicts(*verdicts: tuple[str, int, str], slots: tuple[int, ...] = ()) -> Decision:
    open_ones = tuple(Slot("email", DUE + hour * HOUR, 0, 0, 0) for hour in slots)
    told = tuple(Verdict(code, channel, DUE + hour * HOUR, code) for channel, hour, code in verdicts)
    return replace(chose(DUE), verdicts=told, timing=replace(SURE, slots=open_ones))


def test_a_night_is_one_stretch_and_what_is_open_ends_one() -> None:
    night = [("email", hour, "quiet_hours") for hour in (1, 2, 3, 6)]
    found = closed_of(with_verdicts(*night, slots=(0, 4, 5)))
    assert found == [
        Closed("email", DUE + HOUR, DUE + 3 * HOUR, ("quiet_hours",)),
        Closed("email", DUE + 6 * HOUR, DUE + 6 * HOUR, ("quiet_hours",)),
    ]


def test_each_channel_and_each_set_of_reasons_is_told_by_itself() -> None:
    found = closed_of(
        with_verdicts(("email", 1, "quiet_hours"), ("email", 1, "pace"), ("email", 2, "pace"), ("push", 2, "pace"))
    )
    assert [(each.channel, each.codes) for each in found] == [
        ("email", ("quiet_hours", "pace")), ("email", ("pace",)), ("push", ("pace",)),
    ]  # fmt: skip


def test_without_send_time_nothing_is_gathered() -> None:
    assert closed_of(replace(with_verdicts(("email", 1, "pace")), timing=None)) == []
