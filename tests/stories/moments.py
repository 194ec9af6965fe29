"""How stories speak of instants and of entries that clients send with a context."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from opportune.testing.world import User, instant
from opportune.units import SECOND, Instant


def on_clock(at: Instant, zone: str) -> str:
    """What calendar and clock show there, such as ``2026-06-01 08:00``; by an independent library."""
    return datetime.fromtimestamp(at / SECOND, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def does_in_context(
    user: User, name: str, context: dict[str, object], *, at: str | None = None, **properties: object
) -> None:
    """The user does this now, and the client says this of where and how."""
    when = None if at is None else instant(at)
    event = user.world.event(user.name, name, properties, at=when)
    user.world.feed([msgspec.structs.replace(event, context=msgspec.json.encode(context))])


def imports(user: User, name: str, *, at: str | Instant, **properties: object) -> None:
    """This stands in history that is imported now."""
    event = user.world.event(user.name, name, properties, at=instant(at))
    user.world.feed([msgspec.structs.replace(event, is_history=True)])
