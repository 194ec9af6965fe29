"""Those who talk to the engine: clients that repeat what was not acknowledged, users who unsubscribe, imports."""

import asyncio
import json
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeAlias

from tests.faults.book import Book
from tests.faults.deeds import Deeds
from tests.faults.killing import SECRETS, Ground, milliseconds
from tests.unit.wiring.cli.commands import COMMAND

CLIENTS = 6
CALLS_IN_A_LIFE = 60
IMPORTED_ROWS = 3_000
Call: TypeAlias = dict[str, object]
PLAYBOOK = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always, webhook: always, in_app: always}\n",
    "journeys/cart.yaml": "journey: cart\nkey: cart_id\nenter: {on: Cart Updated}\nexit: {on: Order Completed}\n"
    "steps:\n  - send: reminder\n  - wait: 1 second\n  - send: second\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nStill there. {{ unsubscribe_url }}\n",
    "messages/second.yaml": "message: second\ntopic: cart\nchannels: [email]\nuseful_for: 2 seconds\n",
    "messages/second.liquid": "subject: Once more\n---\nIt is late. {{ unsubscribe_url }}\n",
    "journeys/paid.yaml": "journey: paid\nkey: cart_id\nenter: {on: Order Completed}\nsteps:\n  - send: paid\n",
    "messages/paid.yaml": "message: paid\ntopic: orders\nkind: transactional\nchannels: [email]\n",
    "messages/paid.liquid": "subject: Thank you\n---\nIt is on its way.\n",
    "journeys/help.yaml": "journey: help\nkey: search\nenter: {on: Help Searched}\n"
    "steps:\n  - send: answer\n  - wait: 1 second\n  - send: note\n",
    "messages/answer.yaml": "message: answer\ntopic: help\nchannels: [webhook]\n",
    "messages/answer.liquid": "subject: Help\n---\nLook here.\n",
    "messages/note.yaml": "message: note\ntopic: help\nchannels: [in_app]\n",
    "messages/note.liquid": "subject: Help\n---\nDid it help?\n",
}


KILLED = PLAYBOOK | {
    "messages/reminder.liquid": "subject: Your cart\n---\nStill there. {{ unsubscribe_url }}\n--- html\n"
    '<p>Still <a href="https://shop.example/cart">there</a>. <a href="{{ unsubscribe_url }}">Stop</a></p>\n',
    "messages/paid.yaml": f"{PLAYBOOK['messages/paid.yaml']}delivery: at_least_once\n",
}
"""The same, with links to follow, and with messages that may come twice rather than not at all."""


@dataclass(frozen=True)
class Stopped:
    """A stop that was answered: by which link, when, and in which life."""

    key: str
    """Of the mail whose link it was."""
    at: float
    life: int


@dataclass
class Town:
    """What its people have said, and what they were answered."""

    ground: Ground
    dice: Random
    acknowledged: list[str] = field(default_factory=list)
    stops: list[Stopped] = field(default_factory=list)
    imported: int = 0
    retries: int = 0
    is_over: bool = False
    _allowed: int = 0
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: set[asyncio.Task[None]] = field(default_factory=set)

    def allow(self) -> None:
        """Clients may say a little more."""
        self._allowed += CALLS_IN_A_LIFE
        self._more.set()

    async def client(self, number: int) -> None:
        """Says one thing after the other, alone or in batches, each until it is acknowledged; some of it twice."""
        place = 0
        while not self.is_over:
            if self._allowed <= 0:
                self._more.clear()
                await self._more.wait()
                continue
            size = 1 if number % 2 else self.dice.randint(1, 5)
            calls = [self.call(number, place + n) for n in range(size)]
            self._allowed -= size
            place += size
            for _ in range(2 if self.dice.random() < 0.1 else 1):
                await self.say(calls, alone=bool(number % 2))
            for call in calls:
                self.acknowledged.append(str(call["messageId"]))
                self.ground.told("acknowledged")

    async def say(self, calls: list[Call], *, alone: bool) -> None:
        """Returns when it is acknowledged, all of it."""
        if alone:
            (call,) = calls
            _, again = await self.ground.insist("POST", f"/v1/{call['type']}", json.dumps(call).encode())
        else:
            answer, again = await self.ground.insist("POST", "/v1/batch", json.dumps({"batch": calls}).encode())
            said = json.loads(answer)
            assert (said["accepted"], said["rejected"]) == (len(calls), []), said
        self.retries += again

    def call(self, number: int, place: int) -> Call:
        """The same for the same place: who repeats it says nothing new."""
        user, cart = f"user-{number}-{place // 10}", f"c{number}-{place // 2}"
        told: Call = {"messageId": f"m-{number}-{place}", "anonymousId": f"device-{number}", "userId": user}
        match place % 10:
            case 0:
                said = {"type": "identify", "traits": {"email": f"{user}@shop.example"}}
            case 5:
                said = {"type": "track", "event": "Order Completed", "properties": {"cart_id": cart}}
            case 7:
                said = {"type": "track", "event": "Help Searched", "properties": {"search": f"s{place}"}}
            case _:
                said = {"type": "track", "event": "Cart Updated", "properties": {"cart_id": cart}}
        return told | said

    def note(self, note: Call) -> None:
        """Of those who get mail with a link in it some follow it."""
        stop = str(note.get("stop") or "")
        if stop and note["mood"] not in ("later", "never") and self.dice.random() < 0.06 and not self.is_over:
            path = stop.removeprefix(f"http://127.0.0.1:{self.ground.port}")
            task = asyncio.create_task(self.unsubscribe(str(note["key"]), path))
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)

    async def unsubscribe(self, key: str, path: str) -> None:
        """Presses the button until the page says that it is done."""
        await self.ground.insist("POST", path)
        self.stops.append(Stopped(key, milliseconds(), self.ground.lives))
        self.ground.told("stopped")

    async def imports(self, files: int) -> None:
        """Brings files in by the command, each until it says that it is done."""
        for number in range(files):
            path = self.ground.folder / f"past-{number}.ndjson"
            path.write_text("".join(past(number, row) for row in range(IMPORTED_ROWS)))
            while not await self.brought(path):
                self.retries += 1
            self.imported += IMPORTED_ROWS

    async def brought(self, path: Path) -> bool:
        await self.ground.is_open.wait()
        process = await asyncio.create_subprocess_exec(
            *(COMMAND, "import", path, "--url", f"http://127.0.0.1:{self.ground.port}", "--history", "--json"),
            env=SECRETS,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )
        said, complaint = await process.communicate()
        assert process.returncode in (0, 3), (process.returncode, said, complaint)
        return process.returncode == 0

    async def silent(self) -> None:
        """Returns when all that anybody has begun to say is acknowledged."""
        self.is_over = True
        self._more.set()
        while self._stopping:
            await asyncio.wait(self._stopping)


def past(file: int, row: int) -> str:
    """One line of a file to import."""
    told = {"event": "Product Viewed", "userId": f"user-{row % 6}-{file}", "timestamp": "2026-01-01T10:00:00Z"}
    return json.dumps(told | {"properties": {"file": file, "row": row}}) + "\n"


async def lived(ground: Ground, book: Book, kills: int) -> tuple[Town, Deeds]:
    """So many lives that end by force, and a last one that ends well, when all is said."""
    town = Town(ground, Random(ground.dice.random()))
    deeds = Deeds(ground, Random(ground.dice.random()), town.acknowledged)
    ground.heard += [town.note, deeds.note]
    people = [asyncio.create_task(town.client(number)) for number in range(CLIENTS)]
    people += [asyncio.create_task(each) for each in (town.imports(2), deeds.copier(kills))]

    async def silent() -> None:
        await town.silent()
        await deeds.silent()
        await asyncio.gather(*people)

    async with asyncio.timeout(60 + 12 * kills):
        for _ in range(kills):
            town.allow()
            killing = asyncio.create_task(ground.lived())  # whoever complains meanwhile is heard at once
            while not killing.done():
                await asyncio.wait([killing, *people], return_when=asyncio.FIRST_COMPLETED)
                for each in [each for each in people if each.done()]:
                    people.remove(each)
                    await each
                deeds.look()
            await killing
            book.after_kill(town.acknowledged)
        await ground.last(silent)
    return town, deeds
