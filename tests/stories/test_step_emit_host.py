"""What runs make, on a whole engine with a file, sockets and a server of our own behind a call."""

import asyncio
import json
from pathlib import Path

from opportune.adapters.channels.mime import Sender
from opportune.adapters.reachable import reachable
from opportune.adapters.signatures import Secrets
from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.testing.world import instant
from opportune.units import HOUR
from opportune.wiring.cli import main
from opportune.wiring.demo.client import Client
from opportune.wiring.demo.clock import SimulatedClock, pass_by, settle
from opportune.wiring.service import Settings, running
from opportune.wiring.timeline import Happened, timeline
from opportune.wiring.why import why
from tests.unit.adapters.target import Scripted, serving

NOON = "2026-06-01T12:00Z"
SECRETS = Secrets(["whsec_" + "c2VjcmV0c2VjcmV0" * 2])
FILES = {
    "opportune.yaml": "zone: UTC\n",
    "journeys/cart.yaml": "journey: cart\nenter: Cart Updated\nsteps:\n  - set: {stage: \"'tried'\"}\n"
    "  - wait: 1 hour\n  - emit: Cart Given Up\n    properties: {value: value}\n",
    "journeys/rescue.yaml": "journey: rescue\nenter: {on: Cart Given Up, where: traits.stage = 'tried'}\nsteps:\n"
    "  - call: tell_shop\n",
    "messages/tell_shop.yaml": "message: tell_shop\nkind: internal\n",
    "messages/tell_shop.liquid": "{{ user }} gave up {{ value | default: 'something' }}",
}


def live(store: Path, shop: Scripted, start: str, *, says: bool) -> None:
    """An engine on this file for two hours, with our server behind the call; ``says``: ann updates her cart at once."""

    async def run() -> None:
        clock = SimulatedClock(instant(start))
        async with serving(shop) as port:
            settings = Settings(
                store=store,
                port=0,
                write_keys=("wk",),
                sender=Sender("shop@example.com"),
                webhooks={"webhook": f"http://127.0.0.1:{port}/shop"},
                webhook_secrets=SECRETS,
                reachable=reachable([f"127.0.0.1:{port}"]),
            )
            async with running(settings, playbook_from(FILES), FILES, clock=clock) as engine:
                client = Client(engine.url, write_key="wk")
                if says:
                    call = {"type": "track", "userId": "ann", "event": "Cart Updated", "messageId": "m1"}
                    await client.send([call | {"properties": {"value": 80}}], clock.now())
                await settle(engine)
                await pass_by(engine, clock, 2 * HOUR)
                client.close()

    asyncio.run(run())


def test_an_emitted_event_leads_to_a_signed_call_and_stands_in_the_log_once(tmp_path: Path) -> None:
    store, shop = tmp_path / "opportune.db", Scripted()
    live(store, shop, NOON, says=True)
    [asked] = shop.asked
    body = json.loads(asked.body)
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert SECRETS.fault(headers, asked.body, instant(NOON) + HOUR) is None
    assert (body["data"]["message"], body["data"]["channel"], body["data"]["user"]) == ("tell_shop", "webhook", "ann")
    assert body["data"]["text"] == "ann gave up 80"
    history = SqliteHistory(store)
    try:
        made = [each for each in history.log() if isinstance(each, Event) and each.id.startswith("emit-")]
        assert [(each.name, each.properties) for each in made] == [
            ("Identified", b'{"stage":"tried"}'),
            ("Cart Given Up", b'{"value":80}'),
        ]
        assert [(each.state, each.address) for each in why(history, "ann", "tell_shop").decisions] == [("sent", "ann")]
    finally:
        history.close()


def test_after_a_restart_nothing_is_made_or_called_twice(tmp_path: Path) -> None:
    store, shop = tmp_path / "opportune.db", Scripted()
    live(store, shop, NOON, says=True)
    live(store, shop, "2026-06-01T18:00Z", says=False)
    assert len(shop.asked) == 1
    assert main(["replay", "--store", str(store)]) == 0


def test_the_timeline_of_a_user_tells_of_what_was_made(tmp_path: Path) -> None:
    store, shop = tmp_path / "opportune.db", Scripted()
    live(store, shop, NOON, says=True)
    history = SqliteHistory(store)
    try:
        page = timeline(history, "ann", None, 20)
        assert page is not None
        told = [each.name for each in page.entries if isinstance(each, Happened)]
    finally:
        history.close()
    assert told == ["Message Sent", "Cart Given Up", "Identified", "Cart Updated"]
