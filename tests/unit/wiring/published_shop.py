"""A running engine of a shop that things are published on: real file, real sockets, the real clock."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from opportune.adapters.channels.mime import Sender
from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.wiring.replay import replay
from opportune.wiring.service import Engine, Settings, running

CART = """
journey: cart
key: cart_id
enter: {on: Cart Updated}
exit: {on: Order Completed}
steps:
  - name: long_wait
    wait: 2 hours
  - name: ask
    send: reminder
"""
AT_ONCE = """
journey: cart
key: cart_id
enter: {on: Cart Updated}
exit: {on: Order Completed}
moves: {long_wait: ask}
steps:
  - name: ask
    send: reminder
"""


def files(cart: str = CART, *, features: str = "", channel: str = "in_app") -> dict[str, str]:
    """The shop's playbook with this journey."""
    found = {
        "opportune.yaml": f"zone: UTC\nconsent: {{{channel}: always}}\n",
        "journeys/cart.yaml": cart,
        "messages/reminder.yaml": f"message: reminder\ntopic: cart\nchannels: [{channel}]\n",
        "messages/reminder.liquid": "subject: Your cart\n---\nIt waits.\n",
    }
    return found | ({"features.yaml": features} if features else {})


@asynccontextmanager
async def open_shop(path: Path, texts: Mapping[str, str] | None = None) -> AsyncIterator[Engine]:
    """The engine while the block runs; its keys are ``wk`` and ``ak``."""
    texts = texts or files()
    settings = Settings(store=path, port=0, write_keys=("wk",), admin_keys=("ak",), sender=Sender("shop@example.com"))
    async with running(settings, playbook_from(texts), texts) as engine:
        yield engine


async def does(engine: Engine, users: Iterable[str], name: str, **properties: object) -> None:
    """Each of these does it now, once."""
    now = SystemClock().now()
    body = json.dumps(properties).encode()
    events = [Event(f"{user}-{name}-{properties}", user, name, now, now, properties=body) for user in users]
    await engine.host.accept(events, ())


async def asked(
    engine: Engine, method: str, path: str, body: object = None, *, key: str = "ak"
) -> tuple[int, dict[str, Any]]:
    """Status and answer."""

    def ask() -> tuple[int, dict[str, Any]]:
        call = urllib.request.Request(
            engine.url + path,
            None if method == "GET" else json.dumps(body or {}).encode(),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(call) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    return await asyncio.to_thread(ask)


def differences(path: Path) -> list[object]:
    """What is not the same when the log is decided again."""
    history = SqliteHistory(path)
    try:
        return list(replay(history).differences)
    finally:
        history.close()
