"""What is remembered of one user, for an operator: as the engine sees it at this instant."""

from collections.abc import Iterator

from msgspec import Struct

from opportune.features.clock import zone_now, zones_known
from opportune.features.ledger import EVERY
from opportune.features.sessions import last_active, session_at
from opportune.features.traits import trait_at
from opportune.journeys.memory import Memory
from opportune.policies.compiled import Compiled
from opportune.units import Instant, Scalar
from opportune.wiring.plain_words import an, channel_of, instant_of
from opportune.wiring.presence import UNSEEN, AttentionView, Looked, Presence, attention_view, looks_said
from opportune.wiring.shard import Shard


class Word(Struct, frozen=True, rename="camel"):
    """The newest word on consent for one channel and topic; ``*`` stands for all."""

    channel: str
    topic: str
    is_given: bool
    at: Instant
    source: str
    proof: str


class Bar(Struct, frozen=True, rename="camel"):
    """Nothing is sent on this channel; ``*`` stands for all."""

    channel: str
    reason: str
    at: Instant


class ClockView(Struct, frozen=True, rename="camel"):
    """A zone that the user may be in, and what says so."""

    zone: str
    source: str
    """The trait that says it, ``timezone`` or ``context.timezone``; or ``playbook``, where nothing is known."""
    at: Instant | None
    """When it was said last; null of the playbook's."""


class OpenDecision(Struct, frozen=True, rename="camel"):
    """A decision that has not ended."""

    id: str
    state: str
    message: str
    channel: str
    variant: str
    at: Instant
    deadline: Instant
    journey: str
    key: str
    recalled: str


class RunView(Struct, frozen=True, rename="camel"):
    """A journey under way; ``step`` counts from 1."""

    journey: str
    key: str
    entry: Instant
    step: int
    since: Instant
    due: Instant | None


class UserView(Struct, frozen=True, rename="camel"):
    """One user; instants in milliseconds since 1970 UTC."""

    id: str
    is_known_as: str
    """Whose memory this is: another id if this one was merged."""
    traits: dict[str, Scalar]
    consent: list[Word]
    suppressions: list[Bar]
    zones: list[str]
    """All that the user may be in; quiet hours hold in each."""
    clocks: list[ClockView]
    """The same with what says so; waits, schedules and calendar caps go by the first."""
    last_active: Instant | None
    looked: list[Looked]
    """Opens and clicks by channel, newest instants."""
    clock_now: ClockView
    """The zone that was said last, which ``send_time`` goes by."""
    attention: AttentionView | None
    """When the user looks; null while no playbook has ``send_time``."""
    session_since: Instant | None
    """When the present session began; null outside of one."""
    sent: int
    """Messages that caps still look back to."""
    open_decisions: list[OpenDecision]
    runs: list[RunView]
    waits_for_silence: dict[str, Instant]
    """By journey: when it begins if the user stays silent."""


def user_view(shard: Shard, user: str, now: Instant, *, presence: Presence = UNSEEN) -> UserView | None:
    """What is remembered of whoever has this id now; None if nothing is. ``presence``: what the log tells beside."""
    name = shard.resolved(user)
    if name not in shard.memories:
        return None
    memory = shard.memory(name)
    return _viewed(shard.playbook_of(memory), user, memory, now, presence)


def _viewed(playbook: Compiled, user: str, memory: Memory, now: Instant, presence: Presence) -> UserView:
    profile, ledger = memory.profile, memory.ledger
    session = session_at(profile, now, playbook.idle)
    consents = sorted(ledger.consents, key=lambda word: (word.channel, word.topic, word.seq))
    pending = sorted(ledger.pending, key=lambda each: (each.at, each.id))
    return UserView(
        id=user,
        is_known_as=memory.user,
        traits={name: trait_at(profile, name, now) for name in sorted(profile.traits)},
        consent=[Word(w.channel or EVERY, w.topic or EVERY, w.is_given, w.at, w.source, w.proof) for w in consents],
        suppressions=[Bar(each.channel, each.reason, each.at) for each in ledger.suppressions],
        zones=[zone.name for zone in playbook.zones(profile, now)],
        clocks=_clocks(playbook, memory, now),
        last_active=max(filter(None, (last_active(profile), presence.active_at)), default=None),
        looked=list(presence.looked),
        clock_now=_clock_now(playbook, memory, now),
        attention=attention_view(playbook, profile.attention),
        session_since=None if session is None else session.start,
        sent=len(ledger.sent),
        open_decisions=[
            OpenDecision(
                *(each.id, each.state, each.message, each.channel, each.variant, each.at, each.deadline),
                *(each.journey, each.key, each.recalled),
            )
            for each in pending
        ],
        runs=[
            RunView(run.journey, run.key, run.entry, run.step + 1, run.since, run.due)
            for run in sorted(memory.runs, key=lambda run: (run.journey, run.key, run.entry))
        ],
        waits_for_silence={each.journey: each.due for each in memory.armed if each.kind == "silence" and each.due},
    )


def _clocks(playbook: Compiled, memory: Memory, now: Instant) -> list[ClockView]:
    known = zones_known(memory.profile, now)
    found = [ClockView(each.zone.name, each.source, each.at) for each in known]
    return found or [ClockView(playbook.zone.name, "playbook", None)]


def _clock_now(playbook: Compiled, memory: Memory, now: Instant) -> ClockView:
    known = zone_now(memory.profile, now)
    if known is None:
        return ClockView(playbook.zone.name, "playbook", None)
    return ClockView(known.zone.name, known.source, known.at)


def presence_said(view: UserView, zone: str) -> Iterator[str]:
    """When the user was last here, what they opened, where their clock is known from, and when they mostly look."""
    if view.last_active is not None:
        yield f"Last active on {instant_of(zone, view.last_active)}."
    for each in view.looked:
        for verb, at in (("opened", each.opened_at), ("clicked", each.clicked_at)):
            if at is not None:
                yield f"Last {verb} {an(channel_of(each.channel))} on {instant_of(zone, at)}."
    if view.clock_now.at is not None:
        said, source = instant_of(zone, view.clock_now.at), view.clock_now.source
        yield f"Their clock is that of {view.clock_now.zone}, as {source} said on {said}."
    if view.attention is not None:
        yield looks_said(view.attention)
