"""What an operator may ask of a running engine by HTTP, and where each answer comes from.

Memories are asked of the host; everything else is read from the file by a connection of its own in a thread, a few at
a time, so that a slow question delays no event.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct

from opportune.adapters.sources.asking import Asking
from opportune.adapters.sources.inbox_hub import Hub
from opportune.adapters.sources.redriving import Redriven, redrive
from opportune.adapters.stores.dead_letters import DeadLetters
from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Overloaded
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import Clock, DeadLetter, History
from opportune.units import Instant
from opportune.wiring.answering import answered
from opportune.wiring.embedded import Host
from opportune.wiring.looking import Looking
from opportune.wiring.naming import camel as camel
from opportune.wiring.naming import named as named
from opportune.wiring.portable import portable
from opportune.wiring.presence import presence_of
from opportune.wiring.timeline import timeline
from opportune.wiring.user_view import user_view
from opportune.wiring.why import why_decision

AT_ONCE: Final = 2
MOST_WAITING: Final = 20
Answer = TypeVar("Answer")


class Letter(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One dead letter; bytes that are no text are shown as the sign for such."""

    at: Instant
    code: str
    reason: str
    body: str
    kind: str = ""


class Reader:
    """Reads the engine's file for those who ask; raises Overloaded if too many wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def ask(self, question: Callable[[History], Answer]) -> Answer:
        """The answer to this question, as of one instant."""
        if self._waiting >= MOST_WAITING:
            raise Overloaded(f"{self._waiting} questions are waiting; ask again in a second")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(self._answer, question)
        finally:
            self._waiting -= 1

    def _answer(self, question: Callable[[History], Answer]) -> Answer:
        history = SqliteHistory(self._path)
        try:
            with history.standing_still():
                return question(history)
        finally:
            history.close()


def asking_of(
    host: Host, path: Path, hub: Hub, *, clock: Clock, policies: Mapping[str, type[Policy]] = SHIPPED
) -> Asking:
    """What can be asked of this engine, whose file is at ``path``."""
    reader = Reader(path)

    async def user(name: str) -> object:
        presence = await reader.ask(lambda history: presence_of(history, name))
        return user_view(host.shard, name, clock.now(), presence=presence)

    async def letters(limit: int) -> Sequence[Letter]:
        return await reader.ask(lambda history: [_letter(each) for each in history.dead_letters(limit)])

    async def redriven(after: int) -> Redriven:
        async with turn:
            box = DeadLetters(path)
            try:
                return await redrive(box, lambda reads: host.accept(reads, ()), after)
            finally:
                box.close()

    async def erase(name: str) -> None:
        hub.changed(*(await host.erase(name)).names)

    turn, looking = asyncio.Lock(), Looking(policies)
    return Asking(
        user=user,
        timeline=lambda name, before, limit: reader.ask(lambda history: timeline(history, name, before, limit)),
        export=lambda name: reader.ask(
            lambda history: portable(history, name, looking=looking, is_erased=host.store.is_erased)
        ),
        decision=lambda name: reader.ask(lambda history: named(why_decision(history, name, looking=looking))),
        why=lambda question: reader.ask(lambda history: named(answered(history, question, looking))),
        dead_letters=letters,
        redrive=redriven,
        erase=erase,
    )


def _letter(letter: DeadLetter) -> Letter:
    body = letter.body.decode("utf-8", "replace")
    return Letter(letter.at, letter.code, letter.reason, body, letter.kind)
