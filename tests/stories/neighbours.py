"""The playbook of the demo on a whole engine with real sockets: events, links and hooks over HTTP, mail over SMTP, push
over a signed webhook. The clock moves only when a story says so, and never while anything is under way.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.reachable import reachable
from opportune.adapters.signatures import Secrets
from opportune.adapters.sources.fetches import MOMENT
from opportune.adapters.sources.trail import USUAL
from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from opportune.events.names import TRACK_ID
from opportune.playbook.reading import playbook_from
from opportune.testing.world import instant
from opportune.units import DAY, HOUR, MINUTE
from opportune.wiring.demo.client import Client
from opportune.wiring.demo.clock import SimulatedClock, pass_by, settle
from opportune.wiring.demo.inboxes import Inboxes
from opportune.wiring.demo.letterbox import Letterbox, Mail, listening
from opportune.wiring.demo.playbook_texts import demo_texts
from opportune.wiring.demo.provider import Provider, Push, providing
from opportune.wiring.demo.returned import returned
from opportune.wiring.service import Engine, Settings, running
from opportune.wiring.why import Told, why

PATIENCE = 60
"""Seconds after which something is wrong, whatever the machine."""
NOON = "2026-06-02T12:00:00+02:00"
"""A Tuesday in Berlin."""
GONE = "gone"
"""The user whose mailbox the mail server does not have."""
_SECRETS = Secrets(["whsec_" + "c2VjcmV0c2VjcmV0" * 2])
Answer = TypeVar("Answer")


class Neighbours:
    """A shop and a news desk that share one engine, and all that has arrived from it."""

    def __init__(self, store: Path, start: str) -> None:
        self.clock = SimulatedClock(instant(start))
        self.mails: list[tuple[int, Mail]] = []
        self.pushes: list[tuple[int, Push]] = []
        self.shown: list[tuple[int, str, str]] = []
        """When, to whom, and the key of what an app has shown."""
        self._store = store
        self._runner = asyncio.Runner()
        self._stop = asyncio.Event()
        self._count = 0
        self._engine: Engine
        self._client: Client
        self._inboxes: Inboxes

    # what users do

    def knows(self, user: str, *, visitor: str = "", device: str = "", email: str = "") -> None:
        """The user logs in; with ``visitor`` it turns out to be the one who was here without a name."""
        known: dict[str, object] = {"email": email or f"{user}@example.com", "first_name": user, "email_opt_in": True}
        known["timezone"] = "Europe/Berlin"
        if device:
            known |= {"push_token": device, "push_opt_in": True}
        self._says({"type": "identify", "userId": user, "traits": known, **_visitor(visitor)})

    def moves(self, user: str, zone: str) -> None:
        """The user's clock is another one from now on."""
        self._says({"type": "identify", "userId": user, "traits": {"timezone": zone}})

    def alias(self, before: str, user: str) -> None:
        """Both ids turn out to be this user."""
        self._says({"type": "alias", "previousId": before, "userId": user})

    def does(self, user: str, event: str, *, visitor: bool = False, **properties: object) -> None:
        """One event; of a visitor the user is the anonymous id."""
        who = _visitor(user) if visitor else {"userId": user}
        self._says({"type": "track", "event": event, "properties": properties, **who})

    def is_told(self, user: str, section: str, importance: int = 1, *, visitor: bool = False) -> None:
        """The news desk publishes a story in a section that the user follows."""
        said = {"section": section, "importance": importance, "headline": f"News from {section}"}
        self.does(user, "Story Published", visitor=visitor, **said)

    def searches_help(self, user: str, times: int = 3, *, visitor: bool = False) -> None:
        """One search after the other, a minute apart."""
        for _ in range(times):
            self.does(user, "Help Searched", visitor=visitor, query="yellow leaves")
            self.passes(minutes=1)

    def opens_app(self, user: str) -> list[str]:
        """The app asks for the inbox and shows what is new; its keys."""
        return self._heard(user, self._run(self._inboxes.look(user)))

    def listens(self, user: str) -> None:
        """The app holds a stream open."""
        self._run(self._inboxes.listen(user))

    def hears(self, user: str) -> list[str]:
        """What the stream has brought since, now shown; its keys."""
        return self._heard(user, [key for _, key in self._run(self._inboxes.show_news())])

    # what mailboxes do

    def opens(self, mail: Mail, agent: str = "Mozilla/5.0 (X11; Linux x86_64) Thunderbird/140.0") -> None:
        """A program shows the pictures of the mail, and the moment passes in which others might."""
        self._run(self._client.fetch(mail.picture, agent))
        self._run(pass_by(self._engine, self.clock, MOMENT))

    def clicks(self, mail: Mail) -> None:
        """Somebody follows the first link of the mail."""
        self._run(self._client.fetch(mail.links[0], "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"))
        self._run(pass_by(self._engine, self.clock, MOMENT))

    def unsubscribes(self, mail: Mail) -> None:
        """One click in the mail program, which asks the address in the header (RFC 8058)."""
        self._run(self._client.press(mail.header.strip("<>")))

    def slows_down(self, mail: Mail) -> None:
        """The user chooses one message a week on the preference page."""
        path = urlsplit(mail.preferences).path
        page = self._run(self._client.asked("GET", path, b"", {})).body.decode()
        topics = [part.split('"')[0] for part in page.split('name="topic" value="')[1:]]
        form = "&".join(f"shown={each}&topic={each}" for each in topics)
        self._run(self._client.post(path, f"{form}&pace=1&pause=none&do=save".encode(), {}))

    def complains(self, mail: Mail) -> None:
        """The provider tells, signed, that the user called it spam."""
        said = msgspec.json.encode({"type": "complained", "decision": mail.decision})
        self._run(self._client.tell(f"spam-{mail.decision}", said, self.clock.now()))

    def sends_back(self, mail: Mail) -> None:
        """The mail server could not deliver it after all, and its report goes into the pipe."""
        self._run(self._client.hand_on(returned(mail.decision, mail.address)))

    # what can be seen

    def passes(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Time passes, and the engine does everything that falls due meanwhile."""
        self._run(pass_by(self._engine, self.clock, round(days * DAY + hours * HOUR + minutes * MINUTE)))

    def told(self, user: str, message: str, nth: int = 0) -> Told:
        """What ``opportune why`` says of the newest decision, or of the ``nth`` before it."""
        history = SqliteHistory(self._store)
        try:
            return why(history, user, message).decisions[nth]
        finally:
            history.close()

    def code(self, user: str, message: str, nth: int = 0) -> str:
        """The code that it gives."""
        return self.told(user, message, nth).code

    def noticed(self, user: str) -> list[str]:
        """What the log holds of openings and clicks, in its order."""
        history = SqliteHistory(self._store)
        try:
            events = [each for each in history.events_of(user) if isinstance(each, Event)]
            return [each.name for each in events if each.id.startswith(TRACK_ID)]
        finally:
            history.close()

    @contextmanager
    def open(self) -> Iterator["Neighbours"]:
        """The neighbours while the block runs; raises what ended the engine."""
        ready = asyncio.Event()
        with self._runner:
            self._living = self._runner.get_loop().create_task(self._live(ready))
            self._run(ready.wait())
            try:
                yield self
            finally:
                self._stop.set()
                self._runner.run(asyncio.wait_for(self._living, PATIENCE))

    async def _live(self, ready: asyncio.Event) -> None:
        now = self.clock.now
        letterbox = Letterbox(
            lambda mail: self.mails.append((now(), mail)),
            lambda address: "550 5.1.1 no such mailbox" if address.startswith(f"{GONE}@") else None,
        )
        provider = Provider(_SECRETS, now, lambda push: self.pushes.append((now(), push)))
        async with AsyncExitStack() as stack:
            mail_port = await stack.enter_async_context(listening(letterbox))
            push_port = await stack.enter_async_context(providing(provider))
            settings = Settings(
                store=self._store,
                port=0,
                write_keys=("wk",),
                admin_keys=("ak",),
                joins_known=True,
                sender=Sender("post@example.com"),
                smtp=SmtpServer("127.0.0.1", mail_port, tls="none"),
                tracking=USUAL,
                webhooks={"push": f"http://127.0.0.1:{push_port}/push"},
                webhook_secrets=_SECRETS,
                hook_secrets=_SECRETS,
                reachable=reachable([f"127.0.0.1:{push_port}"]),
            )
            texts = demo_texts()
            texts["opportune.yaml"] = texts["opportune.yaml"].replace("share: 5%", "share: 0%")
            self._engine = await stack.enter_async_context(
                running(settings, playbook_from(texts), texts, clock=self.clock)
            )
            self._client = Client(self._engine.url, write_key="wk", admin_key="ak", secrets=_SECRETS)
            self._inboxes = Inboxes(self._client, now)
            ready.set()
            await self._stop.wait()
            self._inboxes.close()
            self._client.close()

    def _says(self, call: dict[str, object]) -> None:
        self._count += 1
        self._run(self._client.send([{"messageId": f"m{self._count}"} | call], self.clock.now()))

    def _heard(self, user: str, keys: list[str]) -> list[str]:
        self.shown += [(self.clock.now(), user, key) for key in keys]
        return keys

    def _run(self, work: Coroutine[object, object, Answer]) -> Answer:
        """What the work answers once the engine has come to rest; raises what ended the engine if that comes first."""
        return self._runner.run(self._rested(work))

    async def _rested(self, work: Awaitable[Answer]) -> Answer:
        task = asyncio.ensure_future(work)
        await asyncio.wait({task, self._living}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            assert self._living.done(), "the engine does not come to rest"
            self._living.result()
        if hasattr(self, "_engine"):
            await asyncio.wait_for(settle(self._engine), PATIENCE)
            while not self._inboxes.has_heard(self._engine.store.inbox):
                await asyncio.sleep(0)
        return task.result()


def _visitor(name: str) -> dict[str, object]:
    return {"anonymousId": name} if name else {}
