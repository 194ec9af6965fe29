"""No marketing without a yes. The only place that checks consent."""

from typing import ClassVar

from msgspec import Struct

from opportune.features.ledger import CONTEXT, EVERY, Consent, Ledger
from opportune.messages.candidate import Candidate
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View


class Grant(Struct, frozen=True):
    """What grants consent on a channel when the log says nothing: ``always``, or a trait that is true."""

    channel: str
    always: bool = False
    trait: str = ""
    topics: tuple[str, ...] = (EVERY,)


class ConsentGate(Gate, frozen=True, tag="consent"):
    """The newest word on the channel and topic decides; without one, what the playbook grants; else no.

    An explicit withdrawal stands against the trait until an explicit Consent Given: identify calls repeat old traits.
    """

    grants: tuple[Grant, ...] = ()
    reads: ClassVar[tuple[str, ...]] = ("message", "channel")
    codes: ClassVar[tuple[str, ...]] = ("no_consent",)

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``no_consent``, for good: only the user can change it."""
        word = newest_word(view.ledger, candidate.channel, candidate.message.topic)
        if word is not None:
            return None if word.is_given else Reason("no_consent")
        for grant in self.grants:
            if grant.channel == candidate.channel and (
                EVERY in grant.topics or candidate.message.topic in grant.topics
            ):
                if grant.always or is_yes(view.trait(grant.trait)):
                    return None
        return Reason("no_consent")


def newest_word(ledger: Ledger, channel: str, topic: str) -> Consent | None:
    """The record that decides on this channel and topic: the newest by arrival, unless it only repeats old consent.

    Of what one event says a withdrawal counts as newer than a grant, and of words that agree the first listed. A
    context repeats what a client once knew, so its grant never lifts the newest explicit word, if that withdraws.
    """
    newest: Consent | None = None
    explicit: Consent | None = None
    for record in ledger.consents:
        if record.channel in (channel, EVERY) and record.topic in (topic, EVERY):
            newest = record if newest is None or _age(record) > _age(newest) else newest
            if record.source != CONTEXT and (explicit is None or _age(record) > _age(explicit)):
                explicit = record
    if explicit is None or newest is None:
        return newest
    return explicit if newest.source == CONTEXT and not explicit.is_given else newest


def _age(record: Consent) -> tuple[int, bool]:
    return record.seq, not record.is_given


def is_yes(value: object) -> bool:
    """Whether a trait says yes: true, 1, or one of the texts true, yes, 1 in any case."""
    return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in ("true", "yes", "1"))
