"""Why a user got a message, or did not: what a store holds about it, first in sentences, then with every verdict."""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.events.event import Event
from opportune.journeys.memory import Memory
from opportune.journeys.parting import is_awaited
from opportune.journeys.run import Armed
from opportune.playbook.problems import meant
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision, Ending, Outcome
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import History
from opportune.units import Instant
from opportune.wiring.obstacles import Obstacle, delays, nearest, obstacles
from opportune.wiring.one_user import linked, shard_of
from opportune.wiring.plain_words import channel_of, instant_of, looked_at, reason_of, zone_said
from opportune.wiring.replay import day_of
from opportune.wiring.shard import Shard

State: TypeAlias = Outcome | Literal["pending"]
MOST_LOOKED_THROUGH = 1_000
"""How many of a user's newest decisions are looked through for one message."""


class Told(Struct, frozen=True):
    """One decision and how it ended."""

    sentences: list[str]
    message: str
    journey: str
    key: str
    state: State
    code: str
    """How it ended, of a silence for the channel that came nearest; while pending, how it was decided."""
    channel: str | None
    variant: str | None
    address: str | None
    at: Instant
    """When it ended; while pending, when it will go out."""
    until: Instant | None
    """The first instant at which the reason for silence might be gone: of the channel that came nearest."""
    obstacles: list[Obstacle]
    """What stood against each channel, where gates settled a silence."""
    zone: str
    decision: Decision


class Waiting(Struct, frozen=True):
    """A journey that may still come to speak."""

    sentence: str
    journey: str
    key: str
    next: Instant | None


class Account(Struct, frozen=True):
    """All there is to say: newest decision first; where nothing was decided, what is being waited for."""

    user: str
    names: list[str]
    """All ids of this user, sorted."""
    message: str | None
    sentence: str
    decisions: list[Told]
    waiting: list[Waiting]


def why(
    history: History,
    user: str,
    message: str | None = None,
    *,
    most: int = 5,
    policies: Mapping[str, type[Policy]] = SHIPPED,
) -> Account:
    """The user's newest decisions, about this message if one is named."""
    names = sorted(linked(history, user))
    found = [each for name in names for each in history.decisions_of(name, MOST_LOOKED_THROUGH)]
    about = [each for each in found if message in (None, each.message)]
    newest = sorted(about, key=lambda each: (each.seq, each.due), reverse=True)[:most]
    told = [told_of(history, each) for each in newest]
    summary = _summary(history, names, message, told)
    if told:
        return Account(user, names, message, summary, told, [])
    shard = shard_of(history, user, policies=policies)
    return Account(user, names, message, summary + _unknown(message, shard.playbook), [], _waiting(shard, user))


def told_of(history: History, decision: Decision) -> Told:
    """One decision, with its ending and its last attempt."""
    ending, rows = history.ending(decision.id), history.outbox(decision.id)
    chosen = decision.chosen
    address = rows[-1].claim.attempt.address if rows else None
    return Told(
        sentences=sentences_of(decision, ending, address),
        message=decision.message,
        journey=decision.journey,
        key=decision.key,
        state=ending.outcome if ending else "pending",
        code=_code(decision, ending),
        channel=chosen.channel if chosen else None,
        variant=chosen.variant if chosen else None,
        address=address,
        at=ending.at if ending else chosen.at if chosen else decision.due,
        until=_until(decision, ending),
        obstacles=obstacles(decision) if nearest(decision) else [],
        zone=decision.zone,
        decision=decision,
    )


def sentences_of(decision: Decision, ending: Ending | None, address: str | None = None) -> list[str]:
    """What became of one decision and how it came about, in plain words; ``ending``: None while it is open."""
    return list(_sentences(decision, ending, address))


def _sentences(decision: Decision, ending: Ending | None, address: str | None) -> Iterator[str]:
    """What, when and where, or why not and the next instant; then how it came to be considered."""
    chosen, zone = decision.chosen, decision.zone
    if chosen is None:
        yield from _silence(decision)
    else:
        where = f"{_an(channel_of(chosen.channel))}{f' to {address}' if address else ''} (wording {chosen.variant!r})"
        yield _fate(decision, ending, where, is_begun=address is not None)
        if chosen.at > decision.due:
            reasons = " and ".join(f"{reason_of(code)} ({code})" for code in delays(decision))
            because = f", because {reasons}" if reasons else ""
            yield f"It was decided for {instant_of(zone, chosen.at)}, not at once{because}."
    run = f"journey {decision.journey}" + (f" ({decision.key})" if decision.key else "")
    yield f"{run[0].upper()}{run[1:]} proposed it on {instant_of(zone, decision.due)}."
    if decision.zone_source and any(verdict.policy == "quiet_hours" for verdict in decision.verdicts):
        yield f"The clock is that of {zone}: {zone_said(decision)}."
    yield from (f"It looked at {looked_at(each, zone)}." for each in decision.features)


def _fate(decision: Decision, ending: Ending | None, where: str, *, is_begun: bool) -> str:
    name, chosen, zone = decision.message, decision.chosen, decision.zone
    assert chosen is not None
    if ending is None and is_begun:
        return f"{name} was handed over as {where} on {instant_of(zone, chosen.at)}; it is not yet answered or seen."
    if ending is None:
        return f"{name} will go out as {where} on {instant_of(zone, chosen.at)}, unless something ends it before."
    at = instant_of(zone, ending.at)
    match ending.outcome:
        case "sent":
            return f"{name} was sent as {where} on {at}."
        case "unknown":
            return f"{name} may have been sent as {where} on {at}: no answer came, and it is not tried again."
        case "not_sent" | "expired":
            return f"{name} was chosen as {where}, and was not sent: {reason_of(ending.code)} ({ending.code}), on {at}."


def _silence(decision: Decision) -> Iterator[str]:
    """Why nothing was said: on each channel if gates settled it, nearest first; else by the pick that did."""
    near = nearest(decision)
    if near is None:
        yield f"{decision.message} was not sent: {reason_of(decision.code)} ({decision.code})."
        yield _next(decision.zone, decision.until)
        return
    yield f"{decision.message} was not sent: {reason_of(near.code)} ({near.code})."
    yield _next(decision.zone, near.until)
    for each in obstacles(decision):
        if each.channel != near.channel or len(each.codes) > 1:
            reasons = "; ".join(reason_of(code) for code in each.codes)
            yield f"  Not as {_an(channel_of(each.channel))}: {reasons}."


def _next(zone: str, until: Instant | None) -> str:
    if until is None:
        return "That does not change by itself."
    return f"That might be different from {instant_of(zone, until)} on."


def _code(decision: Decision, ending: Ending | None) -> str:
    """The same that the first sentence gives."""
    near = nearest(decision)
    return near.code if near is not None else ending.code if ending is not None else decision.code


def _until(decision: Decision, ending: Ending | None) -> Instant | None:
    if ending is not None and ending.until is not None:
        return ending.until
    near = nearest(decision)
    return decision.until if near is None else near.until


def _an(word: str) -> str:
    return f"{'an' if word[0] in 'aeiouS' else 'a'} {word}"


def _summary(history: History, names: list[str], message: str | None, told: list[Told]) -> str:
    user, what = " = ".join(names), f" about {message}" if message else ""
    if told:
        return f"{user}: {len(told)} decision{'' if len(told) == 1 else 's'}{what}, newest first.{_gone(history)}"
    events = [entry for name in names for entry in history.events_of(name) if isinstance(entry, Event)]
    gone, ever = _gone(history), "" if _gone(history) else "ever "
    if not events:
        return f"{user}: nothing was {ever}decided{what}, and this store holds no event of this user.{gone}"
    newest = max(events, key=lambda event: event.seq)
    counted = f"{len(events):,} event{'' if len(events) == 1 else 's'}"
    return f"{user}: nothing was {ever}decided{what}. The store holds {counted}, the newest is {newest.name!r}.{gone}"


def _gone(history: History) -> str:
    """That not everything is here any more; empty if it is."""
    cut = history.base(()).now
    return f" What was over by {day_of(cut)} has left this file." if cut else ""


def _unknown(message: str | None, playbook: Compiled) -> str:
    """What a mistyped name was probably meant to be; empty if there is such a message, or none was named."""
    if message is None or message in playbook.messages:
        return ""
    return f" The playbook has no message {message!r}; {meant(message, playbook.messages)}"


def _waiting(shard: Shard, user: str) -> list[Waiting]:
    """The runs under way and the silences that are being waited for, by the log folded again for this user alone."""
    memory = shard.memory(user)
    playbook = shard.playbook_of(memory)
    zone = playbook.zones(memory.profile, memory.clock)[0].name
    found = [*_runs(playbook, memory, zone), *_armed(playbook, memory, zone)]
    others = sorted(playbook.plans.newest.keys() - {each.journey for each in found})
    return found + [Waiting(f"Journey {name} is not under way for this user.", name, "", None) for name in others]


def _runs(playbook: Compiled, memory: Memory, zone: str) -> Iterator[Waiting]:
    for run in sorted(memory.runs, key=lambda run: (run.journey, run.key, run.entry)):
        name = run.journey + (f" ({run.key})" if run.key else "")
        plan = playbook.plans.of(run)
        labels = {} if plan is None else {place: label for label, place in plan.journey.labels.items()}
        where = f"is at step {labels.get(run.step, run.step + 1)}"
        moves = f" and goes on at the latest on {instant_of(zone, run.due)}" if run.due is not None else ""
        said = f"Journey {name} began on {instant_of(zone, run.entry)}, {where}{moves}."
        yield Waiting(said, run.journey, run.key, run.due)


def _armed(playbook: Compiled, memory: Memory, zone: str) -> Iterator[Waiting]:
    for armed in sorted(memory.armed, key=lambda each: (each.journey, each.key, each.place, each.at)):
        hope = _hope(armed, zone) if is_awaited(playbook.plans, armed) else None
        if hope is not None:
            name = armed.journey + (f" ({armed.key})" if armed.key else "")
            yield Waiting(f"Journey {name} {hope}.", armed.journey, armed.key, armed.due)


def _hope(armed: Armed, zone: str) -> str | None:
    """What becomes of the trigger, and when; None if that is only told by events to come."""
    due = None if armed.due is None else instant_of(zone, armed.due)
    match armed.kind:
        case "crossing":
            when = "true again" if armed.place else "true"
            early = "" if due is None else f"; time alone may change it, on {due} at the earliest"
            return f"begins when its condition becomes {when}{early}"
        case "silence" if due is not None:
            return f"begins on {due} if the user stays silent until then"
        case "absence" if due is not None:
            return f"begins on {due} if what it goes without has not happened by then"
        case "schedule" | "date" | "broadcast" if due is not None:
            return f"is to begin on {due}, if its condition is true then"
        case _:
            return None
