"""What ``opportune erase`` does: to a file that no engine runs on, or through an engine that does."""

import os
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.wiring.cli.progress import Progress
from opportune.wiring.cli.store import there
from opportune.wiring.erasing import erasure_of
from opportune.wiring.installed import installed
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import restored


def erase_here(path: Path, user: str) -> tuple[list[str], bool]:
    """The ids that were forgotten, and whether anything was known of them; nothing of them is left in the file.

    Raises Unavailable if an engine has it.
    """
    there(path)
    try:
        store = SqliteStore(path)
    except Unavailable as refusal:
        raise Unavailable(f"{refusal}; or let the engine do it: --url http://127.0.0.1:8080") from None
    try:
        start = restored(store, Publications(store, policies=installed()))
        now = max(SystemClock().now(), start.clock)
        erasure = erasure_of(start.shard, user, now)
        is_known = any(name in start.shard.memories for name in erasure.names)
        store.erase_now([erasure], now=now, seq=store.last_seq() + 1)
        store.rewriter.finish(Progress("overwriting"))
    finally:
        store.close()
    return list(erasure.names), is_known


def readmit(path: Path, user: str) -> bool:
    """Whether this id was refused until now."""
    there(path)
    store = SqliteStore(path)
    try:
        return store.readmit_now(user)
    finally:
        store.close()


def erase_there(url: str, user: str) -> None:
    """Asks a running engine; raises Unavailable with what it answered if it did not."""
    place = f"{url.rstrip('/')}/v1/users/{quote(user, safe='')}"
    key = os.environ.get("OPPORTUNE_ADMIN_KEY")
    try:
        request = Request(place, method="DELETE", headers={"Authorization": f"Bearer {key}"} if key else {})
        with urlopen(request, timeout=60):
            pass
    except HTTPError as refusal:
        remedy = "; OPPORTUNE_ADMIN_KEY must be an admin key of it" if refusal.code in (401, 403) else ""
        raise Unavailable(f"{url}: answered {refusal.code} {refusal.reason}{remedy}") from refusal
    except (URLError, HTTPException, OSError, ValueError) as refusal:
        raise Unavailable(f"{url}: cannot be asked ({refusal}); --url names a running engine") from refusal
