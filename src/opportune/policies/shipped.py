"""The policies a playbook may name without installing anything."""

from opportune.policies.arbitration import Arbitration
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.holdout import Holdout
from opportune.policies.hours import Hours
from opportune.policies.in_session import InSession
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.send_time import SendTime
from opportune.policies.stale import Stale
from opportune.policies.verbs import Policy

SHIPPED: dict[str, type[Policy]] = {
    str(policy.__struct_config__.tag): policy
    for policy in (
        Arbitration,
        Fatigue,
        FrequencyCap,
        Holdout,
        Hours,
        InSession,
        MinimumGap,
        QuietHours,
        SendTime,
        Stale,
    )
}
"""By name. Consent, suppression, address, deadline, worth, channel and wording are in every playbook."""
