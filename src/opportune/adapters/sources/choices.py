"""What a user can choose about messages, how it stands, and what a choice comes to as events."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from opportune.adapters.sources.unsubscribe import Subject
from opportune.draws import hash_of
from opportune.events.event import Event
from opportune.events.names import CHOICE_ID, CONSENT_GIVEN, CONSENT_WITHDRAWN, IDENTIFIED
from opportune.features.ledger import EVERY
from opportune.features.local_time import Zone, local, resolve
from opportune.features.traits import PACE_TRAIT, PAUSE_TRAIT
from opportune.journeys.memory import Memory
from opportune.messages.candidate import Candidate
from opportune.policies.compiled import Compiled
from opportune.policies.consent import ConsentGate
from opportune.policies.pace import most_a_week
from opportune.policies.pause import paused_until
from opportune.units import DAY, WEEK, Instant

SOURCE: Final = "preference_page"
PACES: Final = (None, 4, 2, 1)
"""The limits a week that are offered; None: no limit."""
MONTH: Final = 30 * DAY
FURTHEST: Final = 2 * 366 * DAY
"""A pause may end so much later."""
_DAY_ZERO: Final = date(1970, 1, 1)
Pause: TypeAlias = Literal["as_it_is", "none", "week", "month", "date"]


class Choices(Struct, frozen=True):
    """How it stands with one user on one channel."""

    topics: dict[str, bool]
    """Every topic of marketing the playbook has on this channel, by name, and whether the user gets it."""
    pace: int | None
    paused_until: Instant | None
    zone: Zone
    is_suppressed: bool = False
    """Whether nothing is sent there whatever is chosen: the address bounced, or a complaint came from it."""

    def day(self, at: Instant) -> date:
        """The user's calendar day at this instant."""
        return _DAY_ZERO + timedelta(days=local(self.zone, at)[0])


class Wanted(Struct, frozen=True):
    """What the user chose; what is None, or not among the topics, stays as it is."""

    topics: Mapping[str, bool] = {}
    pace: tuple[int | None] | None = None
    pause: Pause = "as_it_is"
    until: date | None = None
    stops_all: bool = False


def choices_of(playbook: Compiled, memory: Memory, channel: str, now: Instant) -> Choices:
    """How it stands as of now."""
    view = playbook.view(memory, max(now, memory.clock))
    gate = next(each for each in playbook.pipeline.gates if isinstance(each, ConsentGate))
    offered = [each for each in playbook.messages.values() if each.kind == "marketing" and channel in each.channels]
    topics = {
        each.topic: gate.objection(Candidate(each, channel, view.now, view.now + 1), view) is None
        for each in sorted(offered, key=lambda message: message.topic)
    }
    until = paused_until(view.trait(PAUSE_TRAIT))
    stopped = any(each.channel in (channel, EVERY) for each in memory.ledger.suppressions)
    return Choices(
        topics, most_a_week(view.trait(PACE_TRAIT)), until if until > view.now else None, view.zones[0], stopped
    )


def events_of(subject: Subject, wanted: Wanted, before: Choices, *, proof: str, now: Instant) -> list[Event]:
    """What the choice changes, and nothing else; raises ValueError, in words for the user, for a day that cannot be."""
    told: list[tuple[str, dict[str, object]]] = []
    words = {"channel": subject.channel, "source": SOURCE, "proof": proof}
    words |= {"decision": subject.decision} if subject.decision else {}
    if wanted.stops_all:
        told.append((CONSENT_WITHDRAWN, dict(words)))
    else:
        for topic, is_wanted in wanted.topics.items():
            if before.topics.get(topic, is_wanted) is not is_wanted:
                told.append((CONSENT_GIVEN if is_wanted else CONSENT_WITHDRAWN, {**words, "topic": topic}))
        traits: dict[str, object] = {}
        if wanted.pace is not None and wanted.pace[0] != before.pace:
            traits[PACE_TRAIT] = wanted.pace[0]
        end = pause_of(wanted, before, now)
        if end != before.paused_until:
            traits[PAUSE_TRAIT] = end
        told += [(IDENTIFIED, traits)] if traits else []
    return [_event(subject, name, msgspec.json.encode(said), now) for name, said in told]


def _event(subject: Subject, name: str, properties: bytes, now: Instant) -> Event:
    id = f"{CHOICE_ID}{hash_of(subject.user, subject.channel, name, properties.hex(), now).hex()}"
    return Event(id=id, user=subject.user, name=name, at=now, received_at=now, properties=properties)


def pause_of(wanted: Wanted, before: Choices, now: Instant) -> Instant | None:
    """When the pause ends: a chosen day ends it as it begins, on the user's own clock."""
    match wanted.pause:
        case "as_it_is":
            return before.paused_until
        case "none":
            return None
        case "week":
            return now + WEEK
        case "month":
            return now + MONTH
        case "date":
            if wanted.until is None:
                raise ValueError("Please name the day on which the pause ends.")
            end = resolve(before.zone, (wanted.until - _DAY_ZERO).days, 0)
            if not now < end <= now + FURTHEST:
                raise ValueError("Please name a day after today, and within two years.")
            return end
