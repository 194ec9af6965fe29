"""An engine that is published on while it runs, killed before each thing that this does to the disk; then started.

Usage: publishing_child.py FOLDER SHARE SHARES. Prints a line of JSON for each kill: what the next start found. Forks,
so that modules are read once.
"""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

from opportune.adapters.channels.mime import Sender
from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.wiring.replay import replay
from opportune.wiring.service import Engine, Settings, running
from tests.faults.starting_child import Disk, Fate
from tests.unit.wiring.published_shop import AT_ONCE, CART, files

USERS = [f"u{number}" for number in range(4)]
FEATURES = "carts: COUNT_IF(event = 'Cart Updated') OVER LAST '7 days'\n"
TEXTS = files(AT_ONCE, features=FEATURES)


def settings_of(path: Path) -> Settings:
    return Settings(store=path, port=0, write_keys=("wk",), sender=Sender("shop@shop.example"))


async def made(path: Path) -> None:
    """A file with users who wait."""
    async with running(settings_of(path), playbook_from(files(CART)), files(CART)) as engine:
        now = SystemClock().now()
        body = b'{"cart_id": "c"}'
        events = [Event(f"e-{each}", each, "Cart Updated", now, now, properties=body) for each in USERS]
        await engine.host.accept(events, ())


async def published(path: Path, fate: Fate, last: int) -> None:
    """The engine runs, and is published on; fate counts while that is done."""
    async with running(settings_of(path), playbook_from(files(CART)), files(CART)) as engine:
        fate.done, fate.last = 0, last
        playbook = await engine.publisher.read(TEXTS)
        await engine.publisher.publish(playbook, TEXTS)
        os._exit(0)


async def found(path: Path) -> dict[str, object]:
    """What the next start finds, with the folder of before."""
    async with running(settings_of(path), playbook_from(files(CART)), files(CART)) as engine:
        return told(engine, path)


def told(engine: Engine, path: Path) -> dict[str, object]:
    history = SqliteHistory(path)
    try:
        differences = len(replay(history).differences)
    finally:
        history.close()
    shard = engine.host.shard
    memories = [shard.memory(user) for user in USERS]
    return {
        "is_new": shard.playbook.hash == playbook_from(TEXTS).hash,
        "listed": len(engine.store.published()),
        "decided": sorted(each.user for each in engine.store.decisions()),
        "waiting": sorted(each.user for each in memories if any(run.due for run in each.runs)),
        "counted": sorted(each.user for each in memories if each.profile.series),
        "differences": differences,
    }


def forked(path: Path, last: int) -> bool:
    """Whether the life that published came to its end."""
    child = os.fork()
    if child == 0:
        fate = Fate(None)
        disk = Disk(fate)
        sys.addaudithook(fate.audit)
        asyncio.run(published(path, fate, last))
        disk.unregister()
        os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def main(folder: Path, share: int, shares: int) -> None:
    first = folder / "first" / "shop.db"
    first.parent.mkdir(parents=True)
    asyncio.run(made(first))
    last, is_over = share - shares + 1, False
    while not is_over:
        last += shares
        path = folder / str(last) / "shop.db"
        path.parent.mkdir()
        for name in ("shop.db", "shop.db.secret"):
            if first.with_name(name).exists():
                shutil.copyfile(first.with_name(name), path.with_name(name))
        is_over = forked(path, last)
        print(json.dumps({"before": last, **asyncio.run(found(path))}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
