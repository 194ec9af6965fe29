"""Whoever drops a candidate says why in a word that is listed beside its class."""

import pytest

from opportune.features.ledger import Suppression
from opportune.features.local_time import WallTime
from opportune.policies.consent import ConsentGate
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.pace import PaceGate
from opportune.policies.pause import PausedGate
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.suppression import SuppressionGate
from opportune.policies.verbs import Gate
from opportune.units import DAY
from tests.unit.policies.users import NOW, candidate, sent, view

STRICT: dict[str, Gate] = {
    "frequency_cap": FrequencyCap(at_most=1, within=DAY),
    "minimum_gap": MinimumGap(span=DAY),
    "fatigue": Fatigue(at_most=1, within=DAY),
    "pace": PaceGate(),
    "quiet_hours": QuietHours(start=WallTime(0), end=WallTime(1439)),
    "no_consent": ConsentGate(),
    "suppressed": SuppressionGate(),
    "paused": PausedGate(),
}


@pytest.mark.parametrize("code", STRICT)
def test_a_gate_objects_with_the_code_that_it_lists(code: str) -> None:
    wishes = {"messages_per_week": 1, "messages_paused_until": NOW + DAY}
    user = view(sent(NOW - 1), Suppression("*", "asked", NOW), traits=wishes)
    reason = STRICT[code].objection(candidate(), user)
    assert reason is not None
    assert (reason.code, type(STRICT[code]).codes) == (code, (code,))
