"""All memory but runs: one event folded into a user's profile and ledger.

Consent and stops count by order of arrival, whatever the event's own instant: a withdrawal that comes late still holds.
"""

from bisect import insort
from collections.abc import Mapping

import msgspec

from opportune.events.event import Event
from opportune.events.names import (
    CONSENT_GIVEN,
    CONSENT_WITHDRAWN,
    EMAIL_BOUNCED,
    EMAIL_COMPLAINED,
    ENGAGEMENTS,
    MESSAGE_SENT,
    STOPS,
    SUPPRESSED,
    UNSUBSCRIBED,
    UNSUPPRESSED,
)
from opportune.features.fold import Fold
from opportune.features.ledger import CONTEXT, EVERY, Consent, Ledger, Sent, Suppression
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.units import Instant

NOTHING: Mapping[str, object] = {}
MOST_WORDS = 128
"""Words on consent kept of one user."""
MOST_SUPPRESSIONS = 32
"""Channels suppressed for one user, before all of them are."""
CONSENT = "consent"
"""Where an event's context speaks of consent, by channel."""
_decode = msgspec.json.Decoder(dict[str, object]).decode


def decoded(raw: bytes) -> Mapping[str, object]:
    """A raw JSON object read; the edge has checked that it is one."""
    return NOTHING if raw == b"{}" else _decode(raw)


def encoded(properties: Mapping[str, object]) -> bytes:
    """The properties as the raw JSON object of an event."""
    return msgspec.json.encode(properties)


def evolve(fold: Fold, profile: Profile, ledger: Ledger, event: Event, clock: Instant) -> Scope:
    """Folds the event into profile and ledger; what conditions about it are read against.

    ``clock`` is the user's log clock with this event.
    """
    properties, context = decoded(event.properties), decoded(event.context)
    fold.apply(profile, event, properties, context, clock)
    if CONSENT in context or event.name in _FOLDS or event.name in ENGAGEMENTS:
        fold_ledger(ledger, event, properties, context)
    return Scope(profile, event.at, event.name, properties, context)


def changes_rights(scope: Scope) -> bool:
    """Whether the event at hand may have taken away the right to send."""
    stated = scope.context.get(CONSENT)
    return scope.event in STOPS or (isinstance(stated, dict) and False in stated.values())


def fold_ledger(ledger: Ledger, event: Event, properties: Mapping[str, object], context: Mapping[str, object]) -> None:
    """Consent, stops, engagement and the sends of other systems, as this event tells them."""
    stated = context.get(CONSENT)
    if isinstance(stated, dict):
        for channel in sorted(stated):
            if isinstance(stated[channel], bool):
                said = Consent(channel, EVERY, stated[channel], event.seq, event.at, CONTEXT)
                agree(ledger, said, is_history=event.is_history)
    if event.name in ENGAGEMENTS:
        _notice(ledger, event, properties)
    elif event.name in _FOLDS:
        _FOLDS[event.name](ledger, event, properties)


def forget_sent(ledger: Ledger, horizon: Instant) -> None:
    """Drops sends at or before the horizon, which no cap looks back to."""
    gone = 0
    while gone < len(ledger.sent) and ledger.sent[gone].at <= horizon:
        gone += 1
    del ledger.sent[:gone]


def agree(ledger: Ledger, consent: Consent, *, is_history: bool = False) -> None:
    """The newest word on its channel and topic, in place of the word before; explicit words and contexts' apart.

    A grant lifts no withdrawal that happened after it, however late it came; one that is history none of its own
    instant either. So a withdrawal keeps the latest instant at which the same was withdrawn and not granted since.
    Beyond the bound one withdrawal of everything, of the latest instant, takes the place of all words, if any of them
    withdraws: what cannot be remembered is not allowed.
    """
    standing = [each for each in ledger.consents if _subject(each) == _subject(consent)]
    if consent.is_given:
        since = consent.at if is_history else consent.at + 1
        seqs = [each.seq for each in ledger.consents if each.at >= since and _takes_back(each, consent)]
        consent.seq = min([consent.seq, *seqs])  # of one seq the withdrawal is newer
        if any(each.seq >= consent.seq for each in standing):
            return
    else:
        consent.at = max([consent.at, *(each.at for each in standing if not each.is_given)])
    words = [each for each in ledger.consents if _subject(each) != _subject(consent)] + [consent]
    if len(words) > MOST_WORDS:
        withdrawn = [each for each in words if not each.is_given]
        latest = max((each.at for each in withdrawn), default=0)
        words = [Consent(EVERY, EVERY, False, consent.seq, latest)] if withdrawn else words[-MOST_WORDS:]
    ledger.consents = words


def _takes_back(word: Consent, grant: Consent) -> bool:
    """Whether this word withdraws something that the grant allows."""
    is_on_channel = word.channel == grant.channel or EVERY in (word.channel, grant.channel)
    is_on_topic = word.topic == grant.topic or EVERY in (word.topic, grant.topic)
    return not word.is_given and is_on_channel and is_on_topic


def _subject(consent: Consent) -> tuple[str, str, bool]:
    return consent.channel, consent.topic, consent.source == CONTEXT


def suppress(ledger: Ledger, suppression: Suppression) -> None:
    """Never send on this channel; the first reason stays, with the newest instant. Beyond the bound: never at all."""
    for each in ledger.suppressions:
        if each.channel == suppression.channel:
            each.at = max(each.at, suppression.at)
            return
    ledger.suppressions.append(suppression)
    if len(ledger.suppressions) > MOST_SUPPRESSIONS:
        ledger.suppressions = [Suppression(EVERY, suppression.reason, suppression.at)]


def _consent(ledger: Ledger, event: Event, properties: Mapping[str, object]) -> None:
    default = "email" if event.name == UNSUBSCRIBED else EVERY
    agree(
        ledger,
        Consent(
            channel=_text(properties, "channel", default),
            topic=_text(properties, "topic", EVERY),
            is_given=event.name == CONSENT_GIVEN,
            seq=event.seq,
            at=event.at,
            source=_text(properties, "source", ""),
            proof=_text(properties, "proof", ""),
        ),
        is_history=event.is_history,
    )


def _suppression(ledger: Ledger, event: Event, properties: Mapping[str, object]) -> None:
    if event.name == EMAIL_BOUNCED and _text(properties, "type", "hard") != "hard":
        return
    channel = _text(properties, "channel", EVERY) if event.name == SUPPRESSED else "email"
    reason = {EMAIL_BOUNCED: "bounced", EMAIL_COMPLAINED: "complained"}.get(event.name, "")
    suppress(ledger, Suppression(channel, reason or _text(properties, "reason", "asked"), event.at))


def _unsuppression(ledger: Ledger, event: Event, properties: Mapping[str, object]) -> None:
    channel = _text(properties, "channel", EVERY)
    ledger.suppressions = [
        each
        for each in ledger.suppressions
        if channel not in (each.channel, EVERY) or (event.is_history and each.at >= event.at)
    ]


def _sent_by_others(ledger: Ledger, event: Event, properties: Mapping[str, object]) -> None:
    if "decision" in properties:
        return
    sent = Sent(
        at=event.at,
        id="",
        message=_text(properties, "message", ""),
        channel=_text(properties, "channel", "email"),
        topic=_text(properties, "topic", ""),
        counts=_text(properties, "kind", "marketing") != "transactional",
    )
    insort(ledger.sent, sent, key=lambda each: (each.at, each.id))


def _notice(ledger: Ledger, event: Event, properties: Mapping[str, object]) -> None:
    """Marks the message the event names as noticed; without a name, the newest one on its channel."""
    decision, channel = properties.get("decision"), ENGAGEMENTS[event.name]
    for sent in reversed(ledger.sent):
        if sent.id == decision if decision is not None else (sent.channel == channel and sent.at <= event.at):
            sent.is_noticed = True
            return


def _text(properties: Mapping[str, object], name: str, default: str) -> str:
    value = properties.get(name)
    return value if isinstance(value, str) and value else default


_FOLDS = {
    CONSENT_GIVEN: _consent,
    CONSENT_WITHDRAWN: _consent,
    UNSUBSCRIBED: _consent,
    SUPPRESSED: _suppression,
    EMAIL_BOUNCED: _suppression,
    EMAIL_COMPLAINED: _suppression,
    UNSUPPRESSED: _unsuppression,
    MESSAGE_SENT: _sent_by_others,
}
