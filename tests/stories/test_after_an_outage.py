"""An engine that comes back: after an outage with another playbook, or on a copy of its file."""

import json
import shutil
from base64 import b64encode
from pathlib import Path
from urllib.request import Request, urlopen

from opportune.adapters.stores.reading import SqliteHistory
from opportune.wiring.replay import replay
from tests.stories.town import KEY, Town

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nkey: cart_id\n"
    "steps:\n  - wait: 45 minutes\n  - send: first\n",
    "messages/first.yaml": "message: first\ntopic: cart\nchannels: [email]\n",
    "messages/first.liquid": "subject: Your cart\n---\nIt waits. {{ unsubscribe_url }}\n",
}
OTHER = {**FILES, "messages/first.liquid": "subject: Your new cart\n---\nIt waits. {{ unsubscribe_url }}\n"}


def leaves_a_cart(town: Town, user: str) -> None:
    calls = [
        {"type": "identify", "userId": user, "traits": {"email": f"{user}@example.com"}},
        {"type": "track", "userId": user, "event": "Cart Updated", "properties": {"cart_id": "c"}},
    ]
    said = {
        "authorization": f"Basic {b64encode(f'{KEY}:'.encode()).decode()}",
        "content-type": "application/json",
    }
    with urlopen(Request(f"{town.url}/v1/batch", json.dumps({"batch": calls}).encode(), said)) as answer:
        assert answer.status == 200


def differences(path: Path) -> int:
    history = SqliteHistory(path)
    found = replay(history)
    history.close()
    return len(found.differences)


def test_what_fell_due_before_another_playbook_was_published_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with Town(path, FILES, "2026-06-01 12:00Z").open() as town:
        leaves_a_cart(town, "ann")
    with Town(path, OTHER, "2026-06-01 14:00Z").open() as town:
        town.passes(minutes=5)
        assert len(town.mails) == 1
    assert differences(path) == 0


def test_an_engine_on_a_copy_sends_nothing_and_says_why(tmp_path: Path) -> None:
    path, copy = tmp_path / "shop.db", tmp_path / "copy.db"
    with Town(path, FILES, "2026-06-01 12:00Z").open() as town:
        leaves_a_cart(town, "ann")
    shutil.copyfile(path, copy)
    with Town(copy, FILES, "2026-06-01 14:00Z").open() as town:
        leaves_a_cart(town, "ben")
        town.passes(hours=1)
        assert town.mails == []
        (told,) = town.why("ann", "first").decisions
        assert told.state == "unknown"
    assert differences(copy) == 0
