"""A real engine in a process of its own with few places to wait: begins when it hears a line, ends on SIGTERM.

Usage: engine.py FILE PORT KEY MOST_WAITING
"""

import asyncio
import signal
import sys
from pathlib import Path

from opportune.adapters.channels.mime import Sender
from opportune.playbook.reading import playbook_from
from opportune.wiring.sample import sample_texts
from opportune.wiring.service import Settings, running


async def live(store: Path, port: int, key: str, most_waiting: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = Settings(
        store=store,
        port=port,
        write_keys=(key,),
        sender=Sender("shop@example.com"),
        mail_folder=store.parent / "mails",
        most_waiting=most_waiting,
    )
    texts = sample_texts()
    async with running(settings, playbook_from(texts), texts) as engine:
        print(engine.url, flush=True)
        await stop.wait()


if __name__ == "__main__" and sys.stdin.readline():
    asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
