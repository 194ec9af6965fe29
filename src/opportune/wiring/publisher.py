"""Publishes on a running engine: tells what would change, folds beside it what is asked for anew, and has it done."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from opportune.errors import EventError, OpportuneError, PlaybookError
from opportune.events.event import Published
from opportune.features.local_time import zones_version
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.ports import Erasure
from opportune.units import ONE, Instant, Micros
from opportune.wiring.beside import Beside
from opportune.wiring.change import Change, is_nothing_new, playbook_before, said_after
from opportune.wiring.embedded import Host
from opportune.wiring.in_flight import Census
from opportune.wiring.in_force import InForce, in_force, is_among
from opportune.wiring.preview import Preview, preview_of
from opportune.wiring.publications import Publications

SLICE: Final = 500
"""Users who are counted before others get a turn."""
_log: Final = logging.getLogger("opportune.publisher")


class Publication(Struct, frozen=True, rename="camel", kw_only=True):
    """One publication."""

    seq: int
    """Its place in the log; 0 for one of a file of an earlier release."""
    at: Instant
    playbook: str
    share: float
    """Of the users; ``stable`` decides for the others."""
    stable: str
    paused: Sequence[str]


class Publisher:
    """One publication after the other. Raises EventError with what is wrong with a wish; nothing has changed then."""

    def __init__(
        self, host: Host, publications: Publications, path: Path, *, channels: Callable[[], Collection[str]]
    ) -> None:
        """``path`` is the engine's file; ``channels`` are those that it can speak on."""
        self._host = host
        self._publications = publications
        self._path = path
        self._channels = channels
        self._turn = asyncio.Lock()
        self._beside: Beside | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.watchers: list[Callable[[Playbook], None]] = []
        """Each is told of the playbook that is in force from now on."""
        host.forgetters.append(self._forget)

    def current(self) -> Publication:
        """What is in force."""
        return told_of(self._host.shard.in_force.said)

    def listed(self) -> list[Publication]:
        """All publications, newest first; the first is in force."""
        before = self._host.shard.in_force.said
        known = self._host.store.published()
        newest = [] if known and known[-1] == before else [before]
        return [told_of(each) for each in (*newest, *reversed(known))]

    async def read(self, files: Mapping[str, str]) -> Playbook:
        """The playbook of these files; raises EventError ``bad_playbook`` or ``unknown_channel``."""
        try:
            playbook = await asyncio.to_thread(playbook_from, files, policies=self._publications.policies)
        except PlaybookError as error:
            raise EventError("bad_playbook", str(error)) from None
        self._look_at_channels(playbook)
        return playbook

    async def preview(self, playbook: Playbook, share: Micros = ONE) -> Preview:
        """What publishing it would change."""
        self._publications.know(playbook)
        before, last = self._host.shard.in_force.said, self._host.store.last_seq()
        said = said_after(Change(playbook.hash, share), before, now=0, seq=0, zones=zones_version())
        asked = await asyncio.to_thread(self._publications.asked_anew, playbook)
        compiled = (await asyncio.to_thread(self._publications.standing, said)).playbook

        def is_concerned(bucket: str) -> bool:
            return is_among(compiled, bucket, said.share)

        census = Census(is_concerned if said.share < ONE else lambda bucket: True)
        memories = self._host.shard.memories
        users = list(memories)
        for start in range(0, len(users), SLICE):
            census.take(memories[user] for user in users[start : start + SLICE] if user in memories)
            await asyncio.sleep(0)
        names = {*self._publications.living, playbook.hash, before.playbook}
        versions = {name: self._publications.playbook(name) for name in sorted(names)}
        return preview_of(said, before, versions, census, (asked, last))

    async def publish(self, playbook: Playbook, files: Mapping[str, str], share: Micros = ONE) -> Publication:
        """Puts it in force, for all or for a share of the users; returns when that is durable."""
        async with self._turn:
            await asyncio.to_thread(self._publications.keep, playbook, files)
            return await self._published(Change(playbook.hash, share))

    def target(self, playbook: str = "") -> Playbook:
        """What a rollback goes back to: the playbook with this hash, else the one before.

        Raises EventError ``unknown_playbook``, ``nothing_before`` or ``unknown_channel``.
        """
        name = playbook or playbook_before(self._host.shard.in_force.said, self._host.store.published())
        if name not in self._publications.living:
            raise EventError("unknown_playbook", f"playbook: {name!r} was never published; see 'publications'")
        self._look_at_channels(self._publications.playbook(name))
        return self._publications.playbook(name)

    async def roll_back(self, playbook: str = "") -> Publication:
        """Puts an earlier playbook in force for all; returns when that is durable."""
        async with self._turn:
            return await self._published(Change(self.target(playbook).hash))

    async def pause(self, journey: str) -> Publication:
        """From now on nobody enters this journey and nothing is said in it."""
        if journey not in self._journeys():
            raise EventError("unknown_journey", f"no playbook that was published has a journey {journey!r}")
        return await self._changed(Change(pause=journey))

    def pause_soon(self, journeys: Iterable[str]) -> None:
        """Pauses them as soon as may be; where that fails it is written down."""
        for journey in journeys:
            task = asyncio.ensure_future(self._paused(journey))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _paused(self, journey: str) -> None:
        try:
            await self.pause(journey)
        except OpportuneError as error:
            _log.error("journey %r could not be paused: %s", journey, error)

    async def resume(self, journey: str) -> Publication:
        """From now on this journey goes on."""
        if journey not in self._host.shard.in_force.said.paused:
            raise EventError("unknown_journey", f"journey {journey!r} is not paused")
        return await self._changed(Change(resume=journey))

    def close(self) -> None:
        """Folds no more."""
        if self._beside is not None:
            self._beside.stop()

    def _look_at_channels(self, playbook: Playbook) -> None:
        known = _spoken(self._publications.playbook(self._host.shard.playbook.hash)) | set(self._channels())
        if missing := sorted(_spoken(playbook) - known):
            reason = f"this engine was started without a way to speak {', '.join(missing)}"
            raise EventError("unknown_channel", f"{reason}; start it anew with one")

    def _journeys(self) -> set[str]:
        return {name for each in self._publications.living for name in self._publications.playbook(each).journeys}

    async def _published(self, change: Change) -> Publication:
        """Prepares what takes long while the engine works, and has the host do the rest."""
        asked = await asyncio.to_thread(self._publications.asked_anew, self._publications.playbook(change.playbook))
        try:
            said = said_after(change, self._host.shard.in_force.said, now=0, seq=0, zones="")
            standing = await asyncio.to_thread(self._publications.standing, said)
            if asked is not None:
                self._beside = Beside(self._path, asked)
                await asyncio.to_thread(self._beside.fold)
            return await self._changed(change, standing=standing, beside=self._beside)
        finally:
            self._beside = None

    async def _changed(
        self, change: Change, *, standing: InForce | None = None, beside: Beside | None = None
    ) -> Publication:
        async def prepare(before: Published, now: Instant, seq: int) -> InForce | None:
            said = said_after(change, before, now=now, seq=seq, zones=zones_version())
            if is_nothing_new(said, before):
                return None
            if beside is not None:
                users = self._host.shard.memories.keys()
                await asyncio.to_thread(beside.finish, self._host.store, seq=seq, now=now, users=users)
            ready = standing or self._host.shard.in_force
            known = {each.hash: each for each in (ready.stable, ready.playbook)}
            if {said.playbook, said.stable} - {""} <= known.keys():
                return in_force(said, known.__getitem__)
            return self._publications.standing(said)

        said = await self._host.publish(prepare)
        for watcher in self.watchers:
            watcher(self._publications.playbook(said.playbook))
        return told_of(said)

    def _forget(self, erasure: Erasure) -> None:
        if self._beside is not None:
            self._beside.forget(erasure.names)


def _spoken(playbook: Playbook) -> set[str]:
    """The channels of its messages."""
    return {channel for message in playbook.messages.values() for channel in message.channels}


def told_of(said: Published) -> Publication:
    """As it is shown."""
    return Publication(
        seq=said.seq,
        at=said.now,
        playbook=said.playbook,
        share=said.share / ONE,
        stable=said.stable,
        paused=said.paused,
    )
