"""One call of a provider, told apart into events and what could not be used."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec import Raw, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from opportune.adapters.sources.hooks_events import event_of
from opportune.adapters.sources.hooks_mail import told_by
from opportune.adapters.sources.hooks_told import Told
from opportune.adapters.sources.http_answer import Refusal
from opportune.errors import EventError
from opportune.events.event import Event
from opportune.events.strict_json import decoded
from opportune.policies.decision import Decision
from opportune.ports import DeadLetter
from opportune.units import Instant

MOST_TOLD: Final = 1_000
"""Things told in one call."""
_one: Final = Decoder(Told)
_several: Final = Decoder(list[Raw])
Found: TypeAlias = Sequence[Told | EventError]


class Heard(Struct):
    """What one call comes to; dead letters hold neither users nor addresses, for erasing would not find them."""

    events: list[Event]
    refusals: list[Refusal]
    dead: list[DeadLetter]


def hear(found: Found, decision_of: Callable[[str], Decision | None], *, key: str, now: Instant) -> Heard:
    """The events of one call, with ids ``key-0``, ``key-1`` and so on; what cannot be used costs only itself."""
    heard = Heard([], [], [])
    for place, told in enumerate(found):
        try:
            if isinstance(told, EventError):
                raise told
            decision = decision_of(told.named) if told.named else None
            heard.events.append(event_of(told, decision, key=f"{key}-{place}", now=now))
        except EventError as error:
            left = b"" if isinstance(told, EventError) else _without_user(told)
            heard.refusals.append(Refusal(place, error.code, str(error)))
            heard.dead.append(DeadLetter(now, error.code, str(error), left))
    return heard


async def told_in_mail(body: bytes) -> Found:
    """What the mail tells: at most one thing. It is read beside the loop, for a large mail takes a while."""
    try:
        told = await asyncio.to_thread(told_by, body)
    except EventError as error:
        return [error]
    return [] if told is None else [told]


async def told_in_calls(body: bytes) -> Found:
    """What the JSON tells, one thing or a list of them.

    Raises EventError if it cannot be read. Of a list one thing that says what we do not know costs only itself.
    """
    if not body.lstrip().startswith(b"["):
        return [decoded(body, _one)]
    every = decoded(body, _several)
    if len(every) > MOST_TOLD:
        raise EventError("too_many_calls", f"at most {MOST_TOLD} things are told in one call, not {len(every)}")
    return [_read(each) for each in every]


def _read(raw: Raw) -> Told | EventError:
    try:
        return decoded(bytes(raw), _one)
    except EventError as error:
        return error


def _without_user(told: Told) -> bytes:
    return msgspec.json.encode(replace(told, user="", reason="", url="", message_id=told.named))
