"""Whether this machine, this file and this mail server are fit to run an engine: looked at, nothing changed or sent."""

import asyncio
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from aiosmtplib import SMTPException
from msgspec import Struct

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer, connected
from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.secret import secret_path
from opportune.errors import Rejected, Retryable, Unavailable
from opportune.units import MINUTE, SECOND, Millis
from opportune.wiring.restoring import clock_of

LEAST_FREE: Final = 2 * 1024**3
"""Bytes beside the file below which a warning is due; a tenth of it is an error."""
SLOW_SYNC: Final[Millis] = 50
"""Median of one durable write above which senders of events wait noticeably."""
SYNCS: Final = 15
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""The rights of everybody but the owner of a file."""
_PATIENCE: Final[Millis] = 10 * SECOND


class Finding(Struct, frozen=True):
    """One thing that was looked at: how it is, and what would make it right."""

    level: Literal["ok", "note", "warning", "error"]
    about: str
    said: str
    remedy: str = ""


def store(path: Path) -> Iterator[Finding]:
    """The file: readable by us alone, of this version, its log clock not ahead of the machine's."""
    if not path.exists():
        yield Finding("note", "store", f"{path} is not there yet", "'opportune run' makes it")
        return
    try:
        history = SqliteHistory(path)
    except Unavailable as refusal:
        yield Finding("error", "store", str(refusal))
        return
    last = history.last_seq()
    newest = clock_of(history)
    history.close()
    yield Finding("ok", "store", f"{path}: {last:,} log entries, {path.stat().st_size / 1e6:,.1f} MB")
    for each in (path, secret_path(path)):
        if each.exists() and each.stat().st_mode & OTHERS:
            yield Finding("warning", "store", f"{each}: others on this machine may read it", f"chmod 600 {each}")
    ahead = newest - SystemClock().now()
    if ahead > MINUTE:
        said = f"the log was written {ahead // MINUTE:,} minutes in the future: deadlines wait until the clock is there"
        yield Finding("error", "clock", said, "set this machine's clock right; the log's clock never goes back")


def disk(folder: Path) -> Iterator[Finding]:
    """Room beside the file, and how long one durable write takes there."""
    free = shutil.disk_usage(folder).free
    level: Literal["ok", "warning", "error"] = (
        "ok" if free >= LEAST_FREE else "warning" if free >= LEAST_FREE // 10 else "error"
    )
    remedy = "" if level == "ok" else "make room: an engine that cannot write stops"
    yield Finding(level, "disk", f"{free / 1e9:,.1f} GB free in {folder}", remedy)
    try:
        took = sorted(_syncs(folder))
    except OSError as refusal:
        yield Finding("error", "disk", f"{folder}: {refusal.strerror}", "make the folder writable")
        return
    median, worst = took[SYNCS // 2], took[-1]
    said = f"a durable write takes {median:.1f} ms (worst of {SYNCS}: {worst:.1f})"
    if median > SLOW_SYNC:
        yield Finding("warning", "disk", said, "a disk of its own, or one with a safe write cache, answers sooner")
    else:
        yield Finding("ok", "disk", said)


def clocks() -> Iterator[Finding]:
    """This machine's clock: that it goes, forward and at the pace of the one that cannot be set."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.05)
    drift = abs((time.time() - wall) - (time.monotonic() - steady))
    said = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    if drift > 0.02:
        yield Finding("warning", "clock", f"{said}; it is being set right now", "let it settle, then look again")
    else:
        yield Finding("ok", "clock", f"{said}; compare it with a clock you trust")


def zones() -> Iterator[Finding]:
    """The zones in use are those of the pinned package, and they can be read."""
    names = files("tzdata").joinpath("zones").read_text().split()
    broken = [name for name in names if not _is_readable(name)]
    if broken:
        yield Finding("error", "zones", f"{len(broken)} zones cannot be read", "install the package tzdata again")
    else:
        yield Finding("ok", "zones", f"tzdata {version('tzdata')}, {len(names)} zones")


async def smtp(server: SmtpServer, sender: Sender) -> list[Finding]:
    """The mail server: reachable, protected as asked, logged in to, and willing to take mail from the sender."""
    place = f"{server.host}:{server.port}"
    try:
        session = await asyncio.wait_for(connected(server), _PATIENCE / SECOND)
    except (Retryable, Rejected, TimeoutError, OSError) as refusal:
        reason = str(refusal) or f"no answer within {_PATIENCE // SECOND} seconds"
        return [Finding("error", "smtp", f"{place}: {reason}", "look at --smtp, --smtp-tls and the login")]
    found = [Finding("ok", "smtp", f"{place}: connected ({server.tls}){', logged in' if server.username else ''}")]
    if server.tls == "none":
        found.append(Finding("warning", "smtp", "mail travels unprotected", "take --smtp-tls starttls or tls"))
    if server.username is None:
        found.append(Finding("note", "smtp", "no login is used", "OPPORTUNE_SMTP_USERNAME and _PASSWORD set one"))
    try:
        await session.smtp.mail(sender.address)
        await session.smtp.rset()
        found.append(Finding("ok", "smtp", "the server takes mail from the sender"))
    except SMTPException as refusal:
        found.append(Finding("error", "smtp", f"the sender is refused: {refusal}", "look at --from"))
    finally:
        session.smtp.close()
    return found


def _syncs(folder: Path) -> Iterator[float]:
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".opportune-doctor-") as file:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            file.write(b"x" * 4_096)
            file.flush()
            os.fsync(file.fileno())
            yield (time.perf_counter() - begun) * SECOND


def _is_readable(name: str) -> bool:
    try:
        with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
            ZoneInfo.from_file(file, name)
    except (OSError, ValueError):
        return False
    return True
