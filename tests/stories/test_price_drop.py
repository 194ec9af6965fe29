"""From a price that falls to a mail, through the whole engine: who looked at the item hears of it, once."""

import asyncio
import json
from pathlib import Path

from opportune.adapters.channels.mime import Sender
from opportune.adapters.clock import SystemClock
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.wiring.service import Settings, running
from tests.unit.wiring.item_scene import FILES


def did(id: str, user: str, name: str, **said: object) -> Event:
    now = SystemClock().now()
    return Event(id, user, name, now, now, properties=json.dumps(said).encode())


def test_whoever_looked_at_it_gets_one_mail(tmp_path: Path) -> None:
    mails = tmp_path / "mails"
    settings = Settings(
        store=tmp_path / "s.db", port=0, write_keys=("wk",), sender=Sender("shop@example.com"), mail_folder=mails
    )

    async def lived() -> None:
        async with running(settings, playbook_from(FILES), FILES) as engine:
            events = [
                did("1", "ann", "Identified", email="ann@example.com"),
                did("2", "bob", "Identified", email="bob@example.com"),
                did("3", "ann", "Product Viewed", product_id="p1"),
                did("4", "bob", "Product Viewed", product_id="p2"),
            ]
            await engine.host.accept(events, ())
            catalogue = engine.fan_out.catalogue
            await catalogue.take([{"id": "p1", "price": 100, "name": "Boot"}, {"id": "p2", "price": 100}])
            await catalogue.take([{"id": "p1", "price": 80}, {"id": "p2", "price": 99}])
            while engine.store.announcements() or not engine.dispatcher.is_settled or not list(mails.glob("*")):
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(lived(), 60))
    (mail,) = [each.read_text() for each in mails.glob("*")]
    assert "ann@example.com" in mail and "Boot" in mail and "Now 80." in mail
