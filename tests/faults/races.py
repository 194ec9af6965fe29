"""Users who stop their messages at the very moment at which one goes out, over and over, on the real process.

What is compared, for each race: the instant at which the kernel got the last byte of the answer to the stop (an HTTP
200 for a POST to the link of a mail), and the instant at which it got the byte that commits the provider: the SMTP
command DATA, or the last byte of a call to a webhook. Both are sent by the engine and stamped by the kernel of the same
machine, so there is no slack: a call may begin before the answer, or never.
"""

import asyncio
import json
import re
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal, TypeAlias

from opportune.adapters.sources.unsubscribe import Links, Subject
from tests.faults.pausing import pause
from tests.faults.stamped import Asking, Listener, Nanos, Stamped

Mood: TypeAlias = Literal["envelope", "later", "held", "sent", "call", "erase"]
"""How a race is run. ``envelope``: both are let go at about the time at which the provider agrees to the envelope;
``later``: the stop follows the event by a span; ``held``: the provider agrees when the stop was answered; ``sent``: the
stop comes when the mail was committed; ``call``: as ``later``, with a webhook; ``erase``: as ``envelope``, but the user
is erased, which stops the message as well."""
MOODS: Final[dict[Mood, int]] = {"envelope": 55, "erase": 3, "later": 10, "held": 3, "sent": 3, "call": 26}
"""Of a hundred races."""
CLOSE: Final = 2_000_000
"""Nanoseconds between the answer and the call, or the question whether it may begin: a race is close within these."""
RACERS: Final = 8
SPREAD: Final = 0.004
"""Seconds by which a stop comes earlier or later than where as many are won as lost."""
STEP: Final = 0.0001
"""Seconds by which that place moves with each race."""
PLAYBOOK: Final = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always, webhook: always}\n",
    "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: reminder\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nStill there. {{ unsubscribe_url }}\n",
    "journeys/help.yaml": "journey: help\nenter: {on: Help Searched}\nsteps:\n  - send: answer\n",
    "messages/answer.yaml": "message: answer\ntopic: cart\nchannels: [webhook]\n",
    "messages/answer.liquid": "subject: Help\n---\nLook here.\n",
}


@dataclass
class Race:
    """One user, one message, one stop."""

    user: str
    mood: Mood
    agreed: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """When the envelope was asked for."""
    may_agree: asyncio.Event = field(default_factory=asyncio.Event)
    began: Nanos | None = None
    """When the byte that commits came."""
    came: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    asked: Nanos | None = None
    """When the engine had said everything but that byte."""
    stopping: Nanos = 0
    """When the stop was posted."""
    answered: Nanos = 0
    """When the answer to the stop came."""

    @property
    def is_broken(self) -> bool:
        """Whether the call began after the answer was there."""
        return self.began is not None and self.began > self.answered

    @property
    def is_joined(self) -> bool:
        """Whether the call began, or was held back from beginning, while the stop was under way."""
        door = self.asked if self.began is None else self.began
        return door is not None and self.stopping < door < self.answered

    @property
    def is_close(self) -> bool:
        """Whether the call began, or asked whether it may, at about the instant of the answer."""
        if self.began is not None:
            return self.answered - self.began < CLOSE
        return self.asked is not None and abs(self.asked - self.answered) < CLOSE


class MailSink:
    """A mail server that agrees to an envelope when its race says so."""

    def __init__(self, races: dict[str, Race]) -> None:
        self.races = races
        self._listener = Listener(self._take)
        self.port = self._listener.port

    def close(self) -> None:
        """Takes no more."""
        self._listener.close()

    def _take(self, connection: socket.socket) -> None:
        dialogue = MailDialogue(self.races)
        dialogue.line = Stamped(connection, dialogue.heard)
        dialogue.line.send(b"220 sink.example\r\n")


class MailDialogue:
    """One connection of it."""

    line: Stamped

    def __init__(self, races: dict[str, Race]) -> None:
        self._races = races
        self._race: Race | None = None
        self._found = b""
        self._is_mail = False

    def heard(self, part: bytes, at: Nanos) -> None:
        """More of what the sender says."""
        self._found += part
        end = b"\r\n.\r\n" if self._is_mail else b"\r\n"
        while end in self._found:
            said, _, self._found = self._found.partition(end)
            self._answer(said, at)
            end = b"\r\n.\r\n" if self._is_mail else b"\r\n"

    def _answer(self, said: bytes, at: Nanos) -> None:
        if self._is_mail:
            self._is_mail = False
            self.line.send(b"250 taken\r\n")
            return
        match said[:4].upper():
            case b"RCPT":
                self._race = self._races[said.partition(b"<")[2].partition(b"@")[0].decode()]
                self._race.agreed.set_result(None)
                self._agreeing = asyncio.ensure_future(self._agree(self._race))
            case b"DATA":
                assert self._race is not None
                began(self._race, at)
                self._is_mail = True
                self.line.send(b"354 go on\r\n")
            case b"QUIT":
                self.line.send(b"221 bye\r\n")
            case _:
                self.line.send(b"250 fine\r\n")

    async def _agree(self, race: Race) -> None:
        await race.may_agree.wait()
        race.asked = now()
        self.line.send(b"250 fine\r\n")


class CallSink:
    """A webhook's target."""

    def __init__(self, races: dict[str, Race]) -> None:
        self.races = races
        self._listener = Listener(self._take)
        self.port = self._listener.port

    def close(self) -> None:
        """Takes no more."""
        self._listener.close()

    def _take(self, connection: socket.socket) -> None:
        found = b""

        def heard(part: bytes, at: Nanos) -> None:
            nonlocal found
            found += part
            head, _, body = found.partition(b"\r\n\r\n")
            stated = re.search(rb"content-length: (\d+)", head.lower())
            if stated is None or len(body) < int(stated[1]) - 1:
                return
            user = re.search(rb'"user":"([^"]+)"', body)
            assert user is not None, found
            race = self.races[user[1].decode()]
            if len(body) == int(stated[1]) - 1:
                race.asked = at
            else:
                began(race, at)
                found = b""
                line.send(b"HTTP/1.1 200 fine\r\ncontent-length: 0\r\n\r\n")

        line = Stamped(connection, heard)


def began(race: Race, at: Nanos) -> None:
    """The call of this race has come to the byte that commits."""
    assert race.began is None, f"{race.user} got two messages"
    race.began = at
    race.came.set_result(None)


def now() -> Nanos:
    """The clock of the stamps."""
    return time.time_ns()


@dataclass
class Course:
    """Where the races are run: one engine, and what it talks to."""

    port: int
    links: Links
    races: dict[str, Race]
    dice: Random
    numbers: "asyncio.Queue[int]" = field(default_factory=asyncio.Queue)
    spans: dict[Mood, float] = field(
        default_factory=lambda: {"envelope": -0.004, "erase": -0.004, "later": 0.02, "call": 0.02}
    )
    """Seconds, by mood, from where the message was let go (or its event told) to the stop: kept where half are won."""

    async def racer(self) -> None:
        """Runs one race after the other until none is left."""
        telling, stopping = Asking(self.port), Asking(self.port)
        while not self.numbers.empty():
            (mood,) = self.dice.choices(list(MOODS), list(MOODS.values()))
            race = Race(f"racer-{self.numbers.get_nowait()}", mood)
            self.races[race.user] = race
            await self.run(race, telling, stopping)
        telling.close()
        stopping.close()

    async def run(self, race: Race, telling: Asking, stopping: Asking) -> None:
        """One race, until the stop is answered; what comes of the message may still come."""
        channel = "webhook" if race.mood == "call" else "email"
        link = "/" + self.links.url(Subject(race.user, channel, "cart")).split("/", 3)[3]
        told = telling.post("POST", "/v1/batch", json.dumps({"batch": calls(race)}).encode())
        if race.mood in ("later", "call"):
            race.may_agree.set()
            await pause(max(0.0, self.spans[race.mood] + self.dice.uniform(-SPREAD, SPREAD)))
        else:
            await race.agreed
        is_swept = race.mood in ("envelope", "erase")
        ahead = self.dice.uniform(-SPREAD, SPREAD) - self.spans[race.mood] if is_swept else 0.0
        if race.mood == "sent":
            race.may_agree.set()
            await race.came
        elif ahead < 0:
            race.may_agree.set()
            await pause(-ahead)
        race.stopping = now()
        if race.mood == "erase":
            stopped = stopping.post("DELETE", f"/v1/users/{race.user}", key="ak")
        else:
            stopped = stopping.post("POST", link)
        if ahead > 0:
            await pause(ahead)
            race.may_agree.set()
        status, race.answered = await stopped
        assert status == 200
        if race.mood == "held":
            await pause(self.dice.uniform(0, 0.001))
        race.may_agree.set()
        if race.mood in self.spans:
            self.spans[race.mood] += STEP if race.began is None else -STEP
        assert (await told)[0] == 200


def calls(race: Race) -> list[dict[str, object]]:
    """Who the user is, and what brings the message about."""
    event = "Help Searched" if race.mood == "call" else "Cart Updated"
    return [
        {"type": "identify", "userId": race.user, "traits": {"email": f"{race.user}@shop.example"}},
        {"type": "track", "userId": race.user, "event": event, "messageId": f"m-{race.user}", "properties": {}},
    ]


def summed(races: list[Race]) -> dict[str, int]:
    """How many there were, how they ended, and how close they were."""
    found = Counter(
        races=len(races),
        by_erasure=sum(race.mood == "erase" for race in races),
        while_the_stop_was_under_way=sum(race.is_joined for race in races),
        within_two_ms_of_the_answer=sum(race.is_close for race in races),
        began_before_the_answer=sum(race.began is not None for race in races),
        held_back=sum(race.began is None for race in races),
        held_back_at_the_door=sum(race.began is None and race.asked is not None for race in races),
        began_after_the_answer=sum(race.is_broken for race in races),
    )
    return dict(found)
