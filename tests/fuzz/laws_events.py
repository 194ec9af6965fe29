"""Bodies with events: each call an event, or a refusal with a code of the reference; what is taken, the engine takes.

One bad call costs only itself, so nothing but an ``EventError`` may leave the readers; and what was taken is in the log
for good, so nothing at all may leave the engine that reads it.
"""

import asyncio
import gzip
import json
from typing import Final

from msgspec import json as written_json
from msgspec import msgpack
from msgspec.structs import replace

from opportune.adapters.sources.cutting import without_keys
from opportune.adapters.sources.http import PATHS, Ingest
from opportune.adapters.sources.http_limits import Limits
from opportune.adapters.sources.keys import Keys
from opportune.adapters.sources.sifting import sift
from opportune.adapters.stores.codec import pack, unpack, user_set
from opportune.adapters.stores.letters import stated_ids
from opportune.engine import react
from opportune.errors import EventError
from opportune.events.alias import Alias
from opportune.events.batch import DEFAULT, Bounds, unpacked
from opportune.events.event import Event, Merged, Tick
from opportune.events.schema import Violations
from opportune.events.wire import KINDS, Arrival, Kind, Read
from opportune.features.scope import Scope
from opportune.journeys.memory import Memory, at_rest, awake, fresh
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.ports import DeadLetter, Taken
from opportune.sending.merging import merge
from opportune.units import DAY, Instant
from tests.fuzz import odd
from tests.fuzz.choices import Choices
from tests.fuzz.documented import CODES
from tests.unit.playbook.files import FILES

NOW: Final[Instant] = 1_795_298_880_000
WIDE: Final = {
    **FILES,
    "features.yaml": FILES["features.yaml"]
    + """total: SUM(value) OVER LAST '30 days'
all_time: SUM(revenue)
mean: AVG(value)
newest: LAST(value)
words: LAST(properties.name) FILTER (WHERE event IN ('Cart Updated', 'Order Completed')) OVER LAST '7 days'
away: SINCE('Logged In')
seen: COUNT_IF(value > 10 OR city LIKE 'b%') OVER LAST '2 days'
ratio: (total + 1) / nullif(orders, 0) * 1e300
""",
}
PLAYBOOK: Final = compiled(playbook_from(WIDE))
_KINDS: Final[tuple[Kind | None, ...]] = (None, *KINDS)


def body(raw: bytes) -> None:
    """A body as it stands; of a batch, or of one call on each path."""
    _taken(raw, None)
    _taken(raw, KINDS[len(raw) % len(KINDS)])


def call(raw: bytes) -> None:
    """Calls grown from choices, alone or in a batch."""
    choices = Choices(raw)
    kind = choices.one(_KINDS)
    calls = [odd.call(choices) for _ in range(1 + choices.below(3))]
    tree: odd.Json = calls[0] if kind is not None else {"batch": [*calls], "sentAt": choices.one((None, *odd.NUMBERS))}
    _taken(odd.written(tree, choices), kind)


def _taken(raw: bytes, kind: Kind | None) -> None:
    letter = DeadLetter(NOW, "not_json", "", without_keys(raw))
    assert without_keys(letter.body) == letter.body
    assert all(isinstance(each, str) for each in stated_ids(letter))
    try:
        delivery = unpacked(raw, DEFAULT, is_batch=kind is None)
    except EventError as error:
        _assert_documented(error)
        return
    try:
        sifted = sift(delivery.calls, Arrival(NOW, delivery.sent_at, kind))
    except EventError as error:  # what a batch says of when it was sent is not of one call alone
        _assert_documented(error)
        return
    for refusal in sifted.rejected:
        assert refusal.code in CODES and refusal.message, refusal
    for dead in sifted.dead:
        assert msgpack.decode(msgpack.encode(dead), type=DeadLetter) == dead
    assert len(sifted.rejected) + sifted.accepted == len(delivery.calls)
    again = sift(delivery.calls, Arrival(NOW, delivery.sent_at, kind))
    assert again.reads == sifted.reads and again.rejected == sifted.rejected
    written_json.encode(sifted.answer((), is_batch=kind is None))
    Violations().note(sifted.reads)
    _lived(sifted.reads)


def _assert_documented(error: EventError) -> None:
    assert error.code in CODES, error.code
    assert str(error)


def _lived(reads: list[Read]) -> None:
    """The engine takes everything that the edge took, and what it remembers survives being written down."""
    events = [read for read in reads if isinstance(read, Event)]
    assert unpack(pack(events)) == tuple(events)
    assert len(user_set(events)) % 8 == 0
    memories: dict[str, Memory] = {}
    for seq, event in enumerate(events, 1):
        _assert_sound(event)
        memory = memories.get(event.user) or fresh(event.user)
        react(PLAYBOOK, memory, replace(event, seq=seq))
        memories[event.user] = _rested(memory)
    for memory in memories.values():
        react(PLAYBOOK, memory, Tick(NOW + 2 * DAY, len(events) + 1))
        _rested(memory)
        for read in PLAYBOOK.readers.values():
            written_json.encode(read(Scope(memory.profile, NOW + 2 * DAY)))
    for read in reads:
        if isinstance(read, Alias):
            assert read.user != read.previous
    if len(memories) == 2:
        first, second = memories.values()
        merge(PLAYBOOK, first, second, Merged(first.user, second.user, NOW + 3 * DAY, len(events) + 2))
        _rested(first)


def _rested(memory: Memory) -> Memory:
    raw = at_rest(memory)
    found = awake(raw)
    assert at_rest(found) == raw
    return found


def _assert_sound(event: Event) -> None:
    assert 0 <= event.at <= event.received_at == NOW
    assert event.id and event.user and event.name and len(event.id.encode()) <= 600
    for each in (event.properties, event.context):
        assert isinstance(json.loads(each), dict)


class _Host:
    """Takes all that is brought."""

    async def __call__(self, reads: list[Read], dead: list[DeadLetter]) -> Taken:
        """Nothing was known."""
        return Taken()


_INGEST: Final = Ingest(
    _Host(), keys=Keys.of_texts(write=["wk"]), now=lambda: NOW, limits=Limits(bounds=Bounds(body_bytes=200_000))
)
_HEADERS: Final = (b"authorization", b"content-type", b"content-encoding", b"content-length", b"x-other")
_PATHS: Final = tuple(PATHS)


def request(raw: bytes) -> None:
    """A request: a byte for the path, a few for how the body is packed, lines of headers, and the body."""
    choices = Choices(raw)
    kind, packing = PATHS[choices.one(_PATHS)], choices.below(6)
    head, _, rest = choices.rest().partition(b"\n\n")
    headers = {b"authorization": b"Bearer wk"}
    for line in head.split(b"\n")[:6]:
        name, colon, value = line.partition(b":")
        if colon:
            headers[_HEADERS[len(name) % len(_HEADERS)] if packing % 2 else name] = value.strip()
    if packing >= 4:
        rest = gzip.compress(rest * (1 + 2_000 * (packing == 5)), mtime=0)
        headers[b"content-encoding"] = b"gzip"
    told = asyncio.run(_INGEST.told(kind, headers, rest))
    assert told is not None
    status, said, _ = told
    assert status in (200, 400, 401, 403, 413, 415), status
    assert status == 200 or said.code in CODES, said
    written_json.encode(said)
