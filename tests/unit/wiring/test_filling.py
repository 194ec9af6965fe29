"""What had used up a limit is named only where it is known exactly."""

import pytest
from msgspec.structs import replace

from opportune.policies.decision import Ending, Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.verbs import Policy
from opportune.units import DAY, HOUR, WEEK
from opportune.wiring.around import NOTHING_AROUND
from opportune.wiring.filling import counted, filling
from tests.contracts.made import NOW
from tests.unit.wiring.around_ann import around, sent, silent, won

WEEKLY = FrequencyCap(at_most=1, within=WEEK)
FIRST, SECOND = won("d1", due=NOW - 2 * DAY), won("d2", "code", due=NOW - HOUR)
PLANNED = won("d3", due=NOW - HOUR, at=NOW + 3 * HOUR)
ENDINGS = (sent(FIRST, NOW - 2 * DAY + 1), sent(SECOND, NOW - HOUR))


def verdict(policy: str, needs: int | None) -> Verdict:
    return Verdict(policy, "email", NOW, policy, None, needs)


@pytest.mark.parametrize(
    ("policy", "said", "named"),
    [
        (
            FrequencyCap(at_most=1, within=WEEK),
            verdict("frequency_cap", 3),
            ["news on Sat 19", "news planned for Mon 21"],
        ),
        (FrequencyCap(at_most=1, within=WEEK), verdict("frequency_cap", 4), []),
        (FrequencyCap(at_most=1, within="day"), verdict("frequency_cap", 2), ["news planned for Mon 21"]),
        (FrequencyCap(at_most=1, within=WEEK, topics=("cart",)), verdict("frequency_cap", 2), []),
        (Fatigue(at_most=1, within=DAY), verdict("fatigue", 3), ["code on Mon 21", "news planned for Mon 21"]),
        (MinimumGap(span=4 * HOUR), verdict("minimum_gap", 3 * HOUR), ["news planned for Mon 21"]),
        (MinimumGap(span=4 * HOUR), verdict("minimum_gap", None), []),
        (None, verdict("pace", 3), ["news on Sat 19", "news planned for Mon 21"]),
        (None, verdict("frequency_cap", 3), []),
    ],
)
def test_as_many_as_the_gate_counted_are_named(policy: Policy | None, said: Verdict, named: list[str]) -> None:
    lost = silent(said)
    known = around(lost, FIRST, SECOND, PLANNED, endings=ENDINGS)
    found = filling(lost, said, policy, known)
    assert [each[: len(start)] for each, start in zip(found, named, strict=True)] == named


def test_what_was_not_sent_or_is_internal_or_came_later_does_not_count() -> None:
    lost = silent(verdict("frequency_cap", 2))
    ping, refused, later = won("d4", "ping", due=NOW - HOUR), won("d5", due=NOW - HOUR), won("d6", due=NOW + 1)
    ended = Ending("d5", "ann", "not_sent", "exited", NOW - 1)
    assert counted(lost, around(lost, ping, refused, later, endings=(ended,)), since=0) == []


def test_what_was_under_way_may_have_arrived_a_little_later() -> None:
    lost = silent(verdict("frequency_cap", 2))
    under_way = won("d4", due=NOW - 1)
    (found,) = counted(lost, around(lost, under_way), since=0) or []
    assert found.earliest < NOW < found.at


def test_a_message_that_the_playbook_does_not_have_leaves_it_open() -> None:
    lost = silent(verdict("frequency_cap", 2))
    strange = replace(FIRST, message="gone")
    assert counted(lost, around(lost, strange), since=0) is None
    assert filling(lost, verdict("pace", 2), None, NOTHING_AROUND) == []
