"""Everything that takes part while a play runs, and how one simulated minute is played."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from random import Random
from typing import Final
from urllib.parse import urlsplit

import msgspec

from opportune.adapters.sources.fetches import MOMENT
from opportune.ports import InboxItem
from opportune.wiring.demo.client import Client
from opportune.wiring.demo.clock import SimulatedClock, pass_until, settle
from opportune.wiring.demo.deed import Act, Deed
from opportune.wiring.demo.desk import Desk
from opportune.wiring.demo.inboxes import Inboxes
from opportune.wiring.demo.letterbox import Letterbox
from opportune.wiring.demo.mailbox import Mailboxes
from opportune.wiring.demo.provider import Provider
from opportune.wiring.demo.returned import returned
from opportune.wiring.demo.shop import Shop
from opportune.wiring.service import Engine

SLOWER: Final = b"pace=2&pause=none&do=save"
"""What a user who has had too many chooses: two a week; topics are left as they are."""


class Stage:
    """The engine, its clock, and all that users, programs and providers do."""

    shop: Shop
    desk: Desk
    letterbox: Letterbox
    provider: Provider

    def __init__(self, engine: Engine, clock: SimulatedClock, client: Client, mailboxes: Mailboxes) -> None:
        """Who else takes part is set before the play begins."""
        self.engine, self.clock, self.client = engine, clock, client
        self.agenda: list[Deed] = []
        self.inboxes = Inboxes(client, clock.now)
        self._mailboxes = mailboxes
        self._acts: Mapping[Act, Callable[[Deed], Awaitable[None]]] = {
            "look": self._look,
            "listen": lambda deed: self.inboxes.listen(deed.user),
            "hang_up": self._hang_up,
            "fetch": lambda deed: client.fetch(deed.body.decode(), deed.name),
            "press": lambda deed: client.press(deed.body.decode()),
            "choose": self._choose,
            "complain": self._complain,
            "return": lambda deed: client.hand_on(returned(deed.body.decode(), deed.name)),
        }

    def plan(self, deeds: Iterable[Deed]) -> None:
        """What is to come; deeds of the past are left out."""
        for deed in deeds:
            if deed.at >= self.clock.now():
                heappush(self.agenda, deed)

    async def act(self) -> None:
        """The next minute at which anybody does something."""
        at = self.agenda[0].at
        await pass_until(self.engine, self.clock, at)
        deeds = []
        while self.agenda and self.agenda[0].at == at:
            deeds.append(heappop(self.agenda))
        opening = [each for each in deeds if each.act == "listen"]
        others = [each for each in deeds if each.act not in ("call", "listen")]
        await self._done(opening)
        await self.send([each for each in deeds if each.act == "call"])
        await self._done(others)
        if any(each.act == "fetch" for each in others):
            await pass_until(self.engine, self.clock, at + MOMENT)

    async def send(self, deeds: Sequence[Deed]) -> None:
        """These events in one batch; then whoever has the app open is shown what came into the inbox."""
        if deeds:
            await self.client.send([each.call() for each in deeds], self.clock.now())
            await settle(self.engine)
        await self._show_news()

    def close(self) -> None:
        """Lets go of all connections."""
        self.inboxes.close()
        self.client.close()

    async def _done(self, deeds: Sequence[Deed]) -> None:
        """Each user's in their order, different users' at the same time."""
        by_user: dict[str, list[Deed]] = {}
        for each in deeds:
            by_user.setdefault(each.user, []).append(each)
        if by_user:
            await asyncio.gather(*map(self._in_order, by_user.values()))
            await settle(self.engine)

    async def _in_order(self, deeds: Sequence[Deed]) -> None:
        for each in deeds:
            await self._acts[each.act](each)

    async def _show_news(self) -> None:
        if not self.inboxes.streams:
            return
        while not self.inboxes.has_heard(self._useful):
            await asyncio.sleep(0)
        for user, key in await self.inboxes.show_news():
            await self._followed(user, key)
        await settle(self.engine)

    async def _look(self, deed: Deed) -> None:
        for key in await self.inboxes.look(deed.user):
            await self._followed(deed.user, key)

    async def _hang_up(self, deed: Deed) -> None:
        self.inboxes.hang_up(deed.user)

    async def _followed(self, user: str, key: str) -> None:
        """Some follow what they are shown."""
        if Random(key).random() < 0.5:
            await self.inboxes.say(user, key, "clicked")
            self.plan(self._mailboxes.after_in_app(user, key, self.clock.now()))

    async def _choose(self, deed: Deed) -> None:
        await self.client.post(urlsplit(deed.body.decode()).path, SLOWER, {})

    async def _complain(self, deed: Deed) -> None:
        said = msgspec.json.encode({"type": "complained", "decision": deed.body.decode()})
        await self.client.tell(deed.id, said, self.clock.now())

    def _useful(self, user: str) -> list[InboxItem]:
        now = self.clock.now()
        shelf = self.engine.store.inbox(user)
        return [each for each in shelf if each.expires_at is None or now < each.expires_at]
