"""A playbook's policies put in order once, with straight-line code for the first look at each message.

Gates and scores never cross a pick (R9): all of them read fields that are open before the first pick, so the order is
expand, gates, scores, then picks in the order of the playbook.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from opportune.errors import PlaybookError
from opportune.features.attention_model import DEFAULT, AttentionModel
from opportune.journeys.plan import Value
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.address import AddressGate
from opportune.policies.alone import can_pick_alone, outcome_alone
from opportune.policies.arbitration import Arbitration
from opportune.policies.capacity import gate_of
from opportune.policies.channel_choice import ChannelChoice
from opportune.policies.channels import Channels
from opportune.policies.consent import ConsentGate, Grant
from opportune.policies.deadline import DeadlineGate
from opportune.policies.decision import Verdict
from opportune.policies.generated import Stand, can_generate, generated_stand
from opportune.policies.in_session import InSession
from opportune.policies.obstacles import SITUATIONAL
from opportune.policies.pace import PaceGate
from opportune.policies.pause import PausedGate
from opportune.policies.planned import Capacity
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.send_time import SendTime
from opportune.policies.slate import (
    Decided,
    Proposal,
    Refused,
    Standing,
    Weighed,
    displacing,
    moved,
    objections,
    outcomes,
    verdicts_of,
)
from opportune.policies.suppression import SuppressionGate
from opportune.policies.variants import Variants
from opportune.policies.verbs import Expand, Gate, Pick, Policy, Reason, Score
from opportune.policies.view import View
from opportune.policies.worth import Worth
from opportune.units import MINUTE, Instant, Micros, Millis

CLAIM: Millis = MINUTE
"""How long a claimed attempt may wait for its dispatcher."""
OPEN_FIELDS = ("message", "channel", "at")
"""The fields of a candidate that expands open before the first pick; the wording is chosen after the last."""
UNREACHABLE = Reason("unreachable")
"""No channel of the message is left to try."""


class Snapshots(Struct, frozen=True):
    """What was trained or planned for all users, and is read like a setting."""

    attention: AttentionModel = DEFAULT
    capacity: Capacity | None = None


NOTHING_LEARNED = Snapshots()


class Pipeline:
    """The compiled policies of one playbook: they decide slates and judge single candidates again."""

    def __init__(
        self,
        policies: Sequence[Policy],
        *,
        grants: Sequence[Grant] = (),
        worths: Mapping[str, Value] | None = None,
        snapshots: Snapshots = NOTHING_LEARNED,
        is_plain: bool = False,
    ) -> None:
        named = list(policies)
        if not any(isinstance(each, Arbitration) for each in named):
            named.append(Arbitration())
        named = [part for each in named for part in _parts(each, snapshots.attention, worths or {})]
        everything: list[Policy] = [
            *(Channels(), SuppressionGate(), ConsentGate(tuple(grants)), PausedGate(), PaceGate()),
            *(AddressGate(), DeadlineGate(), *([] if snapshots.capacity is None else [gate_of(snapshots.capacity)])),
            *(*named, Worth(worths or {}), ChannelChoice(), Variants()),
        ]
        self.expands = [each for each in everything if isinstance(each, Expand)]
        self.gates = [each for each in everything if isinstance(each, Gate)]
        self.scores = [each for each in everything if isinstance(each, Score)]
        self.picks = [each for each in everything if isinstance(each, Pick)]
        self._broad = [each for each in self.scores if each.reads == ("message",)]
        self._fine = [each for each in self.scores if each.reads != ("message",)]
        self._check_fields()
        self.rights = [each for each in self.gates if isinstance(each, (SuppressionGate, ConsentGate))]
        """The gates a stop is about."""
        self.margin = next(each.displace_margin for each in named if isinstance(each, Arbitration))
        self.session = next((each for each in named if isinstance(each, InSession)), None)
        self.nights = [each for each in named if isinstance(each, QuietHours) and each.at_end != "all"]
        """Quiet hours at whose end not everything goes that has waited for it."""
        self._stands: dict[str, tuple[Message, Stand]] = {}
        self._is_plain = is_plain or bool(self.nights) or not can_generate(self.expands)
        self._picks_alone = not is_plain and can_pick_alone(self.picks)

    def _check_fields(self) -> None:
        """Raises PlaybookError for a policy that reads what is not open yet (R9), or has no words for its silences."""
        needed = {"slate": 1, "proposals": 2}
        for pick in self.picks:
            if len(pick.codes) < needed.get(pick.between, 0):
                said = f"policy {pick.name} picks between {pick.between} and names {len(pick.codes)} codes"
                raise PlaybookError(f"{said}; it must name {needed[pick.between]}")
        reading: list[Gate | Score] = [*self.gates, *self.scores]
        for policy in reading:
            for field in policy.reads:
                if field not in OPEN_FIELDS:
                    raise PlaybookError(
                        f"policy {policy.name} reads {field!r}; gates and scores read {', '.join(OPEN_FIELDS)}"
                    )

    def decide(self, proposals: Sequence[Proposal], view: View) -> list[Decided]:
        """An outcome for each of these proposals of one kind: transactional ones singly, marketing ones as rivals."""
        weighed = [self.weigh(each, view) for each in proposals]
        if self._picks_alone and len(weighed) == 1:
            return [outcome_alone(self.picks, weighed[0], view)]
        kind = proposals[0].message
        picks = [pick for pick in self.picks if pick.binds(kind, "")]
        return outcomes(picks, weighed, view)

    def weigh(self, proposal: Proposal, view: View) -> Weighed:
        """What stands of one proposal: as it is, else by displacing, else at a later instant."""
        message = proposal.message
        view = view.for_run(proposal.kept, proposal.entry)
        verdicts: list[Verdict] = []
        unplaced = Candidate(message, "", view.now, proposal.deadline)
        worth = 0
        for score in self._broad:
            worth += score.worth(unplaced, view)
        stands = self._first_look(proposal, view, verdicts)
        fallen = UNREACHABLE
        if not stands:
            firsts = [
                Candidate(message, channel, view.now, proposal.deadline)
                for channel in message.channels
                if channel not in proposal.without
            ]
            gates = self.gates
            refused = [Refused(each, objections(gates, each, view)) for each in firsts]
            found = (
                displacing(gates, each, view, worth=self.worth(each.candidate, view), margin=self.margin)
                for each in refused
                if each.may_displace
            )
            stands = [each for each in found if each is not None]
            asked = [] if stands else [moved(gates, each, view, verdicts) for each in refused]
            stands = stands or [each for each in asked if isinstance(each, Standing)]
            fallen = telling(refused, asked)
        if self._fine:
            stands = [Standing(each.candidate, each.displaces, self._extra(each.candidate, view)) for each in stands]
        return Weighed(proposal, worth, stands, verdicts, fallen)

    def worth(self, candidate: Candidate, view: View) -> Micros:
        """The sum of all scores, in whole millionths."""
        return sum(score.worth(candidate, view) for score in self.scores)

    def _extra(self, candidate: Candidate, view: View) -> Micros:
        """What scores that read more than the message add."""
        return sum(score.worth(candidate, view) for score in self._fine)

    def judge(self, candidate: Candidate, view: View) -> list[tuple[Gate, Reason]]:
        """All gates on one candidate again: who objects."""
        return objections(self.gates, candidate, view)

    def is_refused(self, candidate: Candidate, view: View) -> Reason | None:
        """Whether the user has taken away the right to send this: the first reason."""
        against = objections(self.rights, candidate, view)
        return against[0][1] if against else None

    def expires(self, candidate: Candidate, view: View) -> Instant:
        """When an attempt claimed now must have begun: in a minute, or sooner if a gate is sure to close."""
        closing = [
            gate.closes(candidate, view) for gate in self.gates if gate.binds(candidate.message, candidate.channel)
        ]
        return min([candidate.at + CLAIM, *(each for each in closing if each is not None)])

    def _first_look(self, proposal: Proposal, view: View, verdicts: list[Verdict]) -> list[Standing]:
        """The candidates at the instants the expands propose that no gate objects to."""
        if self._is_plain or proposal.without:
            return plain_look(self, proposal, view, verdicts)
        message = proposal.message
        known = self._stands.get(message.name)
        if known is None or known[0] is not message:  # a newer wording, perhaps with other channels
            known = self._stands[message.name] = message, generated_stand(message, self.expands, self.gates)
        return known[1](message, proposal.deadline, view, verdicts)


def _parts(policy: Policy, attention: AttentionModel, worths: Mapping[str, Value]) -> tuple[Policy, ...]:
    """What decides for a policy of the playbook: itself, unless it is one of several parts."""
    return policy.parts(attention, worths) if isinstance(policy, SendTime) else (policy,)


def plain_look(pipeline: Pipeline, proposal: Proposal, view: View, verdicts: list[Verdict]) -> list[Standing]:
    """The first look in plain form: every candidate of every expand asked by every gate."""
    slate = [Candidate(proposal.message, "", view.now, proposal.deadline)]
    for expand in (each for each in pipeline.expands if each.binds(proposal.message, "")):
        slate = [finer for each in slate for finer in expand.expanded(each, view)]
    stands = []
    for candidate in slate:
        if candidate.channel in proposal.without:
            continue
        against = objections(pipeline.gates, candidate, view)
        verdicts.extend(verdicts_of(against, candidate))
        if not against:
            stands.append(Standing(candidate))
    return stands


def telling(refused: Sequence[Refused], asked: Sequence[Standing | Reason]) -> Reason:
    """Why nothing was said: the reason of the first channel that was there to be used, else of the first."""
    reasons = [each for each in asked if isinstance(each, Reason)]
    there = [
        reason
        for each, reason in zip(refused, reasons, strict=False)
        if all(why.code not in SITUATIONAL for _, why in each.against)
    ]
    return next(iter(there or reasons), UNREACHABLE)
