"""How many sends each journey had in each hour, and what they ended in: few rows, written with each commit."""

from typing import Final

import apsw

from opportune.ports import Erasure
from opportune.sending.tally import Stopped, Tallied, Tally

_ADD: Final = """
INSERT INTO tallies (journey, channel, hour, sends, complaints, unsubscribes) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (journey, channel, hour) DO UPDATE SET sends = sends + excluded.sends,
complaints = complaints + excluded.complaints, unsubscribes = unsubscribes + excluded.unsubscribes
"""
_GONE: Final = "DELETE FROM stopped WHERE decision IN (SELECT id FROM decisions WHERE user = ?)"


def write_tallied(connection: apsw.Connection, tallied: Tallied) -> None:
    """Adds what was counted; a journey that is counted anew has lost what was counted before."""
    connection.executemany("DELETE FROM tallies WHERE journey = ?", [(name,) for name, _ in tallied.anew])
    connection.executemany("REPLACE INTO tallied_since (journey, at) VALUES (?, ?)", tallied.anew)
    if tallied.forget is not None:
        connection.execute("DELETE FROM tallies WHERE hour < ?", (tallied.forget,))
        connection.execute("DELETE FROM stopped WHERE hour < ?", (tallied.forget,))
    connection.executemany(
        _ADD,
        [(each.journey, each.channel, each.hour, each.sends, each.complaints, each.unsubscribes)
         for each in tallied.tallies],
    )  # fmt: skip
    connection.executemany(
        "INSERT OR IGNORE INTO stopped (decision, what, hour) VALUES (?, ?, ?)",
        [(each.decision, each.what, each.hour) for each in tallied.stopped],
    )


def tallied_in(connection: apsw.Connection) -> Tallied:
    """All that is counted, in order of journeys, channels and hours."""
    tallies = connection.execute("SELECT * FROM tallies ORDER BY journey, channel, hour")
    stopped = connection.execute("SELECT decision, what, hour FROM stopped ORDER BY hour, decision, what")
    since = connection.execute("SELECT journey, at FROM tallied_since ORDER BY journey")
    return Tallied(
        tuple(Tally(*row) for row in tallies),
        tuple(Stopped(*row) for row in stopped),
        tuple((journey, at) for journey, at in since),
    )


def forget_stopped(connection: apsw.Connection, erasure: Erasure) -> None:
    """No row names a decision about these users any more; the counts, which name nobody, stay."""
    connection.executemany(_GONE, [(name,) for name in erasure.names])
