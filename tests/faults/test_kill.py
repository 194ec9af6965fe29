"""The whole engine, killed again and again while clients and a mail server go on: nothing is lost, nothing comes twice.

``OPPORTUNE_KILLS`` says how many lives end by force; ``OPPORTUNE_SEED`` which moments are chosen.
"""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, Process
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from random import Random

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.wiring.publications import Publications
from opportune.wiring.replay import replay
from opportune.wiring.restoring import restored
from opportune.wiring.shard import MOVED
from tests.unit.adapters.channels.smtp_server import Sink, serving
from tests.unit.wiring.cli.commands import COMMAND

KILLS = int(os.environ.get("OPPORTUNE_KILLS", "5"))
SEED = os.environ.get("OPPORTUNE_SEED", "1")
CLIENTS = 6
EVENTS_IN_A_LIFE = 60
PLAYBOOK = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/cart.yaml": "journey: cart\nkey: cart_id\nenter: {on: Cart Updated}\nexit: {on: Order Completed}\n"
    "steps:\n  - send: reminder\n  - wait: 1 second\n  - send: second\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nStill there. {{ unsubscribe_url }}\n",
    "messages/second.yaml": "message: second\ntopic: cart\nchannels: [email]\n",
    "messages/second.liquid": "subject: Once more\n---\nIt is late. {{ unsubscribe_url }}\n",
}


@dataclass
class Deadly(Sink):
    """A mail server that tells of each mail before it answers."""

    told: list[asyncio.Event] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        for each in self.told:
            each.set()
        return answer


@dataclass
class Town:
    """Clients that send until they are answered, and one engine after the other."""

    folder: Path
    smtp: int
    sink: Deadly
    dice: Random
    address: tuple[str, int] = ("127.0.0.1", 0)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: list[str] = field(default_factory=list)
    awaited: list[tuple[int, asyncio.Event]] = field(default_factory=list)
    lives: int = 0

    @property
    def store(self) -> Path:
        return self.folder / "town.db"

    async def begin(self) -> Process:
        """A new engine; returns once it listens."""
        process = await asyncio.create_subprocess_exec(
            *(COMMAND, "run", self.folder / "playbook", "--store", self.store, "--port", "0"),
            *("--smtp", f"127.0.0.1:{self.smtp}", "--smtp-tls", "none", "--from", "shop@shop.example"),
            env={"OPPORTUNE_WRITE_KEYS": "wk"},
            stdout=PIPE,
        )
        assert process.stdout is not None
        url = (await process.stdout.readline()).split()[-1].decode()
        self.address = ("127.0.0.1", int(url.split(":")[2].partition("/")[0]))
        self.lives += 1
        self.is_open.set()
        return process

    async def kill(self, process: Process) -> None:
        """At a moment that the dice choose: after some answers, or while some mail is not answered yet."""
        reached = asyncio.Event()
        if self.dice.random() < 0.5:
            self.awaited.append((len(self.acknowledged) + self.dice.randint(1, EVENTS_IN_A_LIFE), reached))
        else:
            self.sink.told = [reached]
            for _ in range(self.dice.randint(0, 8)):
                await reached.wait()
                reached.clear()
        await reached.wait()
        self.is_open.clear()
        process.kill()
        await process.wait()

    async def client(self, number: int, events: int) -> None:
        """Says one thing after the other, each until it is acknowledged."""
        for place in range(events):
            call = self.call(number, place)
            while not await self.said(call):
                await self.is_open.wait()
            self.acknowledged.append(str(call["messageId"]))
            for count, reached in self.awaited:
                if len(self.acknowledged) >= count:
                    reached.set()

    def call(self, number: int, place: int) -> dict[str, object]:
        user, cart = f"user-{number}-{place // 10}", f"c{number}-{place // 2}"
        told: dict[str, object] = {"messageId": f"m-{number}-{place}", "anonymousId": f"device-{number}"}
        match place % 10:
            case 0:
                said = {"type": "identify", "userId": user, "traits": {"email": f"{user}@shop.example"}}
            case 5:
                said = {"type": "track", "event": "Order Completed", "userId": user, "properties": {"cart_id": cart}}
            case 9 if number == 0:
                said = {"type": "track", "event": "Unsubscribed", "userId": user}
            case _:
                said = {"type": "track", "event": "Cart Updated", "userId": user, "properties": {"cart_id": cart}}
        return told | said

    async def said(self, call: dict[str, object]) -> bool:
        """Whether the engine answered that it has it."""
        body = json.dumps({"batch": [call], "writeKey": "wk"}).encode()
        try:
            reader, writer = await asyncio.open_connection(*self.address)
        except OSError:
            return False
        try:
            head = f"POST /v1/batch HTTP/1.1\r\nHost: town\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            return (await reader.readline()).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
        finally:
            writer.close()


async def lived(folder: Path, sink: Deadly) -> Town:
    """Some lives that end by force, and a last one that ends well."""
    async with serving(sink) as smtp:
        town = Town(folder, smtp, sink, Random(SEED))
        each = KILLS * EVENTS_IN_A_LIFE // CLIENTS
        clients = [asyncio.create_task(town.client(number, each)) for number in range(CLIENTS)]
        everybody = asyncio.gather(*clients)
        for _ in range(KILLS):
            process = await town.begin()
            killing = asyncio.create_task(town.kill(process))
            await asyncio.wait([killing, everybody], return_when=asyncio.FIRST_COMPLETED)
            if not killing.done():  # all is said: this life is killed where it is
                killing.cancel()
                process.kill()
                await process.wait()
        process = await town.begin()
        await everybody
        process.terminate()
        await process.communicate()
        assert process.returncode == 0
    return town


@pytest.mark.needs("smtp")
def test_killed_at_random_moments_it_loses_nothing_and_sends_nothing_twice(tmp_path: Path) -> None:
    for name, text in PLAYBOOK.items():
        path = tmp_path / "playbook" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    sink = Deadly()
    town = asyncio.run(lived(tmp_path, sink))
    history = SqliteHistory(town.store)
    logged = Counter(entry.id for entry in history.log() if isinstance(entry, Event))
    assert town.lives == KILLS + 1
    assert {id for id, count in logged.items() if count > 1} == set()
    assert set(town.acknowledged) <= logged.keys()
    assert len(town.acknowledged) == KILLS * EVENTS_IN_A_LIFE // CLIENTS * CLIENTS
    sent = Counter(str(message_from_bytes(mail)["Message-ID"]).strip("<>").partition("@")[0] for mail in sink.mails)
    assert {id for id, count in sent.items() if count > 1} == set()
    causes = Counter(
        (each.user, each.journey, each.key, each.entry, each.step)
        for id in sent
        if (each := history.decision(id)) is not None
    )
    assert sum(causes.values()) == len(sent) > KILLS
    assert set(causes.values()) == {1}, "at most one message for one cause"
    assert replay(history).differences == []
    history.close()
    books_balance(town.store, set(sent))


def books_balance(path: Path, sent: set[str]) -> None:
    """Every decision has ended or is pending; what was accepted is known as sent, unknown, or not yet answered."""
    store = SqliteStore(path)
    shard = restored(store, Publications(store)).shard
    living = [shard.memory(user) for user, raw in shard.memories.items() if raw[:1] != MOVED]
    pending = [each.id for memory in living for each in memory.ledger.pending]
    ended = {each.decision: each.outcome for each in store.endings()}
    assert sorted([*pending, *ended]) == sorted(each.id for each in store.decisions())
    assert {id for id, outcome in ended.items() if outcome == "sent"} <= sent
    assert {ended.get(id) for id in sent} <= {"sent", "unknown", None}
    claimed = {each.id for memory in living for each in memory.ledger.pending if each.state == "claimed"}
    open_or_unlogged = {row.claim.attempt.decision for row in [*store.open_claims(), *store.unlogged()]}
    assert claimed == open_or_unlogged, "each claim is still with the dispatcher"
    store.close()
