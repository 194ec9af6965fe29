"""What lies in the file: every form of it says the same again, and damage is told as such, whatever it is."""

import json
from functools import cache
from typing import Final

from msgspec import msgpack

from opportune.adapters.stores.codec import Form, pack, unpack, users_of
from opportune.engine import react
from opportune.errors import Unavailable
from opportune.events.event import Erased, Event, Input, Merged, Published, Tick
from opportune.journeys.memory import Memory, at_rest, awake, before, fresh
from opportune.policies.decision import Decision, Ending, GoalReached
from opportune.ports import DeadLetter
from opportune.sending.attempt import Attempt
from opportune.units import DAY, MINUTE, Instant
from opportune.wiring.moved import moved
from tests.fuzz.choices import Choices
from tests.fuzz.laws_events import PLAYBOOK

NOW: Final[Instant] = 1_795_298_880_000
_FORMS: Final = tuple(map(Form, (Decision, Ending, GoalReached, DeadLetter, Attempt, dict[str, str])))


@cache
def _lived() -> bytes:
    """The memory of somebody who has been through a good deal."""
    memory = fresh("ann")
    for seq, (name, said) in enumerate(
        (
            (
                "Identified",
                {"email": "ann@example.com", "email_opt_in": True, "timezone": "Europe/Berlin", "name": "Ann"},
            ),
            ("Cart Updated", {"cart_id": "c1", "value": 80}),
            ("Order Completed", {"revenue": 20.5, "cart_id": "c2"}),
            ("Cart Updated", {"cart_id": "c3", "value": 30}),
            ("Consent Withdrawn", {"channel": "sms", "topic": "news"}),
        ),
        1,
    ):
        at = NOW + seq * 50 * MINUTE
        react(PLAYBOOK, memory, Event(f"e{seq}", "ann", name, at, at, seq, json.dumps(said).encode()))
    assert memory.runs and memory.ledger.pending
    return at_rest(memory)


def memory(raw: bytes) -> None:
    """A memory of which some bytes are others: read as something that can go on, or told to be damaged."""
    choices, whole = Choices(raw), bytearray(_lived())
    for _ in range(choices.below(4)):
        whole[choices.below(len(whole))] = choices.below(256)
    for each in (bytes(whole), bytes(whole[: choices.below(len(whole))]), raw, b"\1" + raw, b"\0" + raw):
        _assert_told(each)


def _assert_told(raw: bytes) -> None:
    try:
        found = awake(raw)
    except Unavailable:
        return
    assert isinstance(found, Memory)
    rested = at_rest(found)
    assert at_rest(awake(rested)) == rested and before(rested) == found.before


def log_row(raw: bytes) -> None:
    """A row of the log, or any other form of the file."""
    choices = Choices(raw)
    entries: list[Input] = []
    for _ in range(choices.below(4)):
        seq, at = choices.below(1_000), NOW - choices.below(60_000) * DAY
        entries.append(
            choices.one(
                (
                    Event(choices.text(), choices.text(), choices.text(), at, at, seq, b"{}", b"{}", None, -at),
                    Tick(at, seq), Merged(choices.text(), "b", at, seq), Published(choices.text(), at, seq),
                    Erased("t", at, seq),
                )
            )
        )  # fmt: skip
    blob = pack(entries)
    assert unpack(blob) == tuple(entries)
    assert all(isinstance(user, str) for entry in entries for user in users_of(entry))
    damaged = bytearray(blob)
    damaged[choices.below(len(blob))] ^= 1 + choices.below(255)
    for each in (bytes(damaged), raw):
        try:
            unpack(each)
        except Unavailable:
            pass
    for form in _FORMS:
        try:
            msgpack.encode(form.decode(raw))
        except Unavailable:
            pass
    try:
        moved(raw)
    except Unavailable:
        pass
