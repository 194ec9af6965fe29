"""The publications of a file, one by one: they stay where the log is cut."""

from collections.abc import Sequence
from typing import Final

import apsw
from msgspec import msgpack

from opportune.adapters.stores.codec import Form
from opportune.events.event import Input, Published

_encoder: Final = msgpack.Encoder()
_published: Final = Form(Published)


def write_published(connection: apsw.Connection, inputs: Sequence[Input]) -> None:
    """Keeps those among these inputs."""
    rows = [(entry.seq, _encoder.encode(entry)) for entry in inputs if isinstance(entry, Published)]
    connection.executemany("INSERT INTO published (seq, body) VALUES (?, ?)", rows)


def published_in(connection: apsw.Connection) -> list[Published]:
    """All of them, in order; of a file of an earlier release only those since."""
    rows = connection.execute("SELECT body FROM published ORDER BY seq")
    return [_published.decode(body) for (body,) in rows]
