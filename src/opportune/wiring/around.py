"""What is at hand beside one decision, so that more can be told of it: its user's others, and its playbook."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from opportune.messages.message import Message
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Decision, Ending, Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.stale import Stale
from opportune.policies.verbs import Policy


class Around(Struct, frozen=True):
    """Everything may be missing; what cannot be said exactly without it is then not said."""

    decisions: Sequence[Decision] = ()
    """Of the same user, this one too, in any order; a few may be missing."""
    endings: Mapping[str, Ending] = {}
    """By id of the decision, of all that have ended."""
    playbook: Playbook | None = None
    """The one that decided."""

    def others(self, decision: Decision) -> Iterator[Decision]:
        """The others that are known."""
        return (each for each in self.decisions if each.id != decision.id)

    def message(self, decision: Decision) -> Message | None:
        """What it was about, as the playbook defines it."""
        return None if self.playbook is None else self.playbook.messages.get(decision.message)

    def may_be_marketing(self, decision: Decision) -> bool:
        """Whether it may have had rivals; only what is no marketing is decided alone."""
        message = self.message(decision)
        return message is None or message.kind == "marketing"

    def is_marketing(self, decision: Decision) -> bool:
        """Whether it is sure to be."""
        return self.message(decision) is not None and self.may_be_marketing(decision)

    @property
    def unit(self) -> str:
        """What worth is counted in; empty where that is not known, or it is a bare number."""
        return "" if self.playbook is None else self.playbook.value


NOTHING_AROUND = Around()
"""Nothing but the decision is known."""


def settings_behind(decision: Decision, verdicts: Sequence[Verdict], around: Around) -> list[Policy | None]:
    """The policy of the playbook that each of these verdicts came from; None where that is not sure.

    The verdicts are of one channel and instant. Of several policies of one name those can have objected whose limit is
    stricter than what was needed; they speak in the order of the playbook.
    """
    found: list[Policy | None] = [None] * len(verdicts)
    message, playbook = around.message(decision), around.playbook
    if message is None or playbook is None:
        return found
    for name in sorted({each.policy for each in verdicts}):
        places = [place for place, each in enumerate(verdicts) if each.policy == name]
        spoken = [verdicts[place] for place in places]
        bound = [
            each
            for each in playbook.policies
            if each.name == name
            and each.binds(message, spoken[0].channel)
            and any(_may_object(each, verdict) for verdict in spoken)
        ]
        if len(bound) == len(places):
            for place, policy in zip(places, bound, strict=True):
                found[place] = policy
    return found


def _may_object(policy: Policy, verdict: Verdict) -> bool:
    """Whether its limit is stricter than what would have let the candidate pass."""
    if verdict.needs is None:
        return True
    match policy:
        case FrequencyCap() | Fatigue():
            return policy.at_most < verdict.needs
        case MinimumGap():
            return policy.span > verdict.needs
        case Stale():
            return policy.older_than < verdict.needs
        case _:
            return True
