"""From definitions to what the engine runs on: folds, conditions and the decide function generated once."""

from collections.abc import Iterable, Mapping, Sequence

from opportune.errors import PlaybookError
from opportune.events.names import ENGAGEMENTS
from opportune.features.age import ages_of
from opportune.features.attention_model import DEFAULT
from opportune.features.changes import Changes
from opportune.features.condition import Expression, reads
from opportune.features.fold import Fold, PlainFold, Watch
from opportune.features.local_time import zone_named
from opportune.features.scope import Readers
from opportune.journeys.expressions import expressions_of
from opportune.journeys.plan import Plan, Plans, Value, value_of
from opportune.journeys.step import Wait, WaitUntil
from opportune.journeys.trigger import Silence
from opportune.messages.template import PROVIDED, names_read
from opportune.playbook.definition import Playbook
from opportune.playbook.looking import looks_of
from opportune.policies.compiled import Compiled
from opportune.policies.consent import Grant
from opportune.policies.in_session import InSession
from opportune.policies.pipeline import Pipeline, Snapshots
from opportune.policies.send_time import SendTime
from opportune.units import MINUTE, WEEK, Millis

IDLE: Millis = 30 * MINUTE
"""A session's end after the last activity, where no policy says otherwise."""
SHORTEST_LEDGER: Millis = WEEK
"""Sends are remembered at least this long, whatever the caps."""


def compiled(playbook: Playbook, earlier: Sequence[Playbook] = (), *, is_plain: bool = False) -> Compiled:
    """The playbook ready to run, with the journeys and messages of earlier versions that people are still in (R6).

    Policies, consent and settings are the newest ones'. ``is_plain``: nothing generated, every definition read again at
    each step; slow, and the oracle of the other form.
    """
    zone = zone_named(playbook.zone)
    if zone is None:
        raise PlaybookError(
            f"opportune.yaml: zone {playbook.zone!r} is not in tzdata; a zone is named like 'Europe/Berlin'"
        )
    versions = [*(each for each in earlier if each.hash != playbook.hash), playbook]
    fold = (PlainFold if is_plain else Fold)(
        [feature for each in versions for feature in each.remembered],
        watches=[watch for each in versions for watch in _watched(each)],
        lateness=playbook.lateness,
        idle=idle_of(playbook),
        keeps_sessions=any(_needs_sessions(each) for each in versions),
    ).in_zone(zone)
    fold = fold.attending(any(isinstance(policy, SendTime) for policy in playbook.policies))
    readers = {each.hash: fold.readers_for(each.features.values()) for each in versions}
    changes = {each.hash: Changes(each.features, idle=fold.idle, zone=zone) for each in versions}
    worths = {
        name: value for each in versions for name, value in _worths(each, readers[each.hash], is_plain=is_plain).items()
    }
    return Compiled(
        hash=playbook.hash,
        salt=playbook.salt,
        zone=zone,
        lateness=playbook.lateness,
        idle=fold.idle,
        ledger_span=max([SHORTEST_LEDGER, *(each.looks_back for each in playbook.policies)]),
        fold=fold,
        readers=readers[playbook.hash],
        ages=ages_of(playbook.features.values(), idle=fold.idle),
        looks=looks_of(versions, fold, readers),
        plans=Plans(
            _plans(playbook, readers[playbook.hash], changes[playbook.hash], is_plain=is_plain),
            [
                plan
                for each in versions[:-1]
                for plan in _plans(each, readers[each.hash], changes[each.hash], is_plain=is_plain)
            ],
        ),
        messages={name: message for each in versions for name, message in each.messages.items()},
        wanted={name: _wanted(each, name) for each in versions for name in each.messages},
        pipeline=_pipeline(playbook, worths, is_plain=is_plain),
    )


def idle_of(playbook: Playbook) -> Millis:
    """How long after the last activity a session ends."""
    return next((each.idle for each in playbook.policies if isinstance(each, InSession)), IDLE)


def _pipeline(playbook: Playbook, worths: Mapping[str, Value], *, is_plain: bool) -> Pipeline:
    """The newest policies and consent grants."""
    grants = [
        Grant(channel, grant.always, grant.trait or "", grant.topics) for channel, grant in playbook.consents.items()
    ]
    return Pipeline(
        playbook.policies,
        grants=grants,
        worths=worths,
        snapshots=Snapshots(playbook.attention or DEFAULT, playbook.capacity),
        is_plain=is_plain,
    )


def _plans(playbook: Playbook, readers: Readers, changes: Changes, *, is_plain: bool) -> list[Plan]:
    return [
        Plan(journey, version=playbook.hash, readers=readers, changes=changes, is_plain=is_plain)
        for journey in playbook.journeys.values()
    ]


def _worths(playbook: Playbook, readers: Readers, *, is_plain: bool) -> dict[str, Value]:
    return {
        name: value_of(message.worth, readers, is_plain=is_plain)
        for name, message in playbook.messages.items()
        if message.worth is not None
    }


def _wanted(playbook: Playbook, message: str) -> frozenset[str]:
    """What the message's templates read and the host does not give."""
    read = [names_read(words) for (name, _), words in playbook.templates.items() if name == message]
    return frozenset().union(*read) - PROVIDED


def _watched(playbook: Playbook) -> Iterable[Watch]:
    """Events whose instants must be kept: those EXISTS asks for, and those of untils without a condition.

    The instants of an until with one are kept where the condition is asked.
    """
    for expression in _conditions(playbook):
        yield from (Watch(name) for name in sorted(reads(expression).events))
    for journey in playbook.journeys.values():
        for step in journey.steps:
            if isinstance(step, WaitUntil) and step.condition is None:
                by = "decision" if step.event in ENGAGEMENTS else journey.key
                yield Watch(step.event, (by,) if by else ())


def _conditions(playbook: Playbook) -> Iterable[Expression]:
    yield from (each.formula for each in playbook.features.values() if each.formula is not None)
    yield from (each.worth for each in playbook.messages.values() if each.worth is not None)
    for journey in playbook.journeys.values():
        yield from (expression for _, expression in expressions_of(journey))


def _needs_sessions(playbook: Playbook) -> bool:
    return any(isinstance(each, InSession) for each in playbook.policies) or any(
        isinstance(journey.enter, Silence)
        or any(isinstance(step, Wait) and step.counted_from == "active" for step in journey.steps)
        for journey in playbook.journeys.values()
    )
