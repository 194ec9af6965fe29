"""Mail comes back, or is called spam: whoever it was for gets no more of it, and ``why`` says so."""

import asyncio
import json
import socket
import urllib.request
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.signatures import Secrets
from opportune.adapters.sources.hooks import Desk, hooks_app
from opportune.adapters.sources.hooks_trust import Trust
from opportune.adapters.sources.keys import Keys
from opportune.adapters.sources.peers import Guesses
from opportune.adapters.stores.reading import SqliteHistory
from opportune.playbook.reading import playbook_from
from opportune.testing.world import instant
from opportune.units import HOUR
from opportune.wiring.demo.clock import SimulatedClock, pass_by
from opportune.wiring.demo.letterbox import Letterbox, Mail, listening
from opportune.wiring.sample import sample_texts
from opportune.wiring.service import Engine, Server, Settings, running
from opportune.wiring.why import why
from tests.unit.adapters.sources.reports import DECISION, FAILED, complaint, delivery_report

pytestmark = pytest.mark.needs("smtp")
NOON = "2026-06-02T12:00:00+02:00"
SECRETS = Secrets(["whsec_" + "c2VjcmV0c2VjcmV0" * 2])
DELAYED = ("Action: delayed", "Status: 4.4.1")
FULL = ("Action: failed", "Status: 5.2.2")


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}


class Shop:
    """A running engine with a mail server, and a face for those who tell what became of the mail."""

    def __init__(self, store: Path, engine: Engine, clock: SimulatedClock, mails: list[Mail], hooks: str) -> None:
        self.mails = mails
        self.clock = clock
        self._engine = engine
        self._store = store
        self._hooks = hooks

    async def says(self, kind: str, **call: object) -> None:
        body = json.dumps({"type": kind, "userId": "ann", **call}).encode()
        headers = {"content-type": "application/json", **basic("wk")}
        assert await posted(f"{self._engine.url}/v1/{kind}", body, headers) == 200

    async def leaves_a_cart(self, cart: str) -> None:
        await self.says("track", event="Cart Updated", properties={"cart_id": cart, "value": 80})
        await self.waits(hours=24)

    async def waits(self, *, hours: int) -> None:
        await pass_by(self._engine, self.clock, hours * HOUR)

    async def receives_mail(self, raw: bytes) -> int:
        """As a mail server's pipe would hand it on: ``curl --user KEY: --data-binary @-``."""
        named = raw.replace(DECISION.encode(), self.mails[-1].decision.encode())
        return await posted(f"{self._hooks}/hooks/mail", named, basic("ak"))

    async def is_told(self, said: dict[str, str], id: str = "m1") -> int:
        body = json.dumps({"decision": self.mails[-1].decision, **said}).encode()
        headers = {name.decode(): value.decode() for name, value in SECRETS.signed(id, body, self.clock.now())}
        return await posted(f"{self._hooks}/hooks/events", body, headers)

    def code(self) -> str:
        history = SqliteHistory(self._store)
        try:
            return why(history, "ann", "cart_reminder").decisions[0].code
        finally:
            history.close()


async def posted(url: str, body: bytes, headers: dict[str, str]) -> int:
    def post() -> int:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
            return int(answer.status)

    return await asyncio.to_thread(post)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Shop]:
    mails, clock, texts, store = list[Mail](), SimulatedClock(instant(NOON)), sample_texts(), folder / "shop.db"
    async with listening(Letterbox(mails.append)) as port:
        settings = Settings(
            store=store,
            port=0,
            write_keys=("wk",),
            sender=Sender("shop@example.com"),
            smtp=SmtpServer("127.0.0.1", port, tls="none"),
        )
        async with running(settings, playbook_from(texts), texts, clock=clock) as engine:
            trust = Trust(Keys.of_texts(write=["wk"], admin=["ak"]), SECRETS, Guesses(clock.now))
            desk = Desk(accept=engine.host.accept, decision=engine.host.store.decision, trust=trust, now=clock.now)
            async with serving(desk) as hooks:
                yield Shop(store, engine, clock, mails, hooks)


@asynccontextmanager
async def serving(desk: Desk) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(hooks_app(desk), log_config=None, lifespan="off", access_log=False), listener)
    work = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await work
        listener.close()


def story(folder: Path, happens: Callable[[Shop], Awaitable[object]]) -> list[str]:
    """Ann gets a mail, then something happens, then she leaves another cart; the codes of both carts."""
    codes = []

    async def told() -> None:
        async with opened(folder) as shop:
            traits = {"email": "ann@example.com", "timezone": "Europe/Berlin", "email_opt_in": True}
            await shop.says("identify", traits=traits)
            await shop.leaves_a_cart("c1")
            assert len(shop.mails) == 1
            codes.append(shop.code())
            await happens(shop)
            await shop.leaves_a_cart("c2")
            codes.append(shop.code())
            assert len(shop.mails) == codes.count("sent")

    asyncio.run(told())
    return codes


def test_after_mail_that_came_back_the_next_journey_is_silent(tmp_path: Path) -> None:
    async def happens(shop: Shop) -> None:
        assert await shop.receives_mail(delivery_report(FAILED)) == 200

    assert story(tmp_path, happens) == ["sent", "suppressed"]


def test_after_a_complaint_the_next_journey_is_silent(tmp_path: Path) -> None:
    async def happens(shop: Shop) -> None:
        assert await shop.receives_mail(complaint()) == 200

    assert story(tmp_path, happens) == ["sent", "suppressed"]


@pytest.mark.parametrize(
    "said",
    [{"type": "bounced", "status": "5.1.1"}, {"type": "complained"}, {"type": "failed", "bounce": "hard"}],
    ids=lambda said: said["type"],
)
def test_what_the_provider_tells_days_later_silences_the_next_journey_too(tmp_path: Path, said: dict[str, str]) -> None:
    async def happens(shop: Shop) -> None:
        await shop.waits(hours=72)
        assert await shop.is_told(said) == 200

    assert story(tmp_path, happens) == ["sent", "suppressed"]


def test_one_who_unsubscribes_at_the_provider_has_withdrawn(tmp_path: Path) -> None:
    async def happens(shop: Shop) -> None:
        assert await shop.is_told({"type": "unsubscribed"}) == 200

    assert story(tmp_path, happens) == ["sent", "no_consent"]


def test_a_delivery_that_is_told_late_or_twice_changes_nothing(tmp_path: Path) -> None:
    async def happens(shop: Shop) -> None:
        for id, type in (("m1", "opened"), ("m2", "delivered"), ("m3", "sent"), ("m4", "delivered")):
            assert await shop.is_told({"type": type}, id) == 200

    assert story(tmp_path, happens) == ["sent", "sent"]


@pytest.mark.parametrize("report", [DELAYED, FULL], ids=["delayed", "full"])
def test_after_a_mailbox_that_was_full_or_slow_the_next_mail_goes_out(tmp_path: Path, report: tuple[str, ...]) -> None:
    async def happens(shop: Shop) -> None:
        assert await shop.receives_mail(delivery_report(report)) == 200

    assert story(tmp_path, happens) == ["sent", "sent"]


def test_a_report_about_somebody_elses_mail_changes_nothing(tmp_path: Path) -> None:
    async def happens(shop: Shop) -> None:
        other = delivery_report(FAILED).replace(DECISION.encode(), b"ab" * 16)
        assert await shop.receives_mail(other) == 200

    assert story(tmp_path, happens) == ["sent", "sent"]
