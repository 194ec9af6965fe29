"""A large request is read a little at a time, and comes to the same."""

import asyncio
import json

from opportune.adapters.sources.sifting import AT_ONCE, sift, sift_in_turns
from opportune.events.wire import Arrival


def calls(count: int) -> list[bytes]:
    """Every seventh is broken."""
    return [
        json.dumps(
            {"type": "track" if n % 7 else "trak", "userId": "ann", "event": "Seen", "messageId": f"m{n}"}
        ).encode()
        for n in range(count)
    ]


def test_others_have_their_turn_while_a_large_request_is_read() -> None:
    turns = list[bool]()

    async def story() -> None:
        reading = asyncio.ensure_future(sift_in_turns(calls(10 * AT_ONCE), Arrival(7, None, None)))
        while not reading.done():
            turns.append(True)
            await asyncio.sleep(0)

    asyncio.run(story())
    assert len(turns) >= 10


def test_what_is_read_in_turns_is_what_is_read_at_once() -> None:
    said = calls(3 * AT_ONCE + 5)
    arrival = Arrival(7, None, None)
    assert asyncio.run(sift_in_turns(said, arrival)) == sift(said, arrival)
    assert asyncio.run(sift_in_turns([], arrival)) == sift([], arrival)
