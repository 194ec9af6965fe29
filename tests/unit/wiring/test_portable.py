"""The document about one user holds all that was planted for them, and nothing of anybody else."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.adapters.stores.secret import secret_of
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Erased, Merged
from opportune.messages.template import Rendered
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch, DeadLetter, Erasure, InboxItem, Store
from opportune.testing import World
from opportune.units import HOUR
from opportune.wiring.portable import FORM, Portable, portable
from opportune.wiring.portable_file import portable_from

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: {trait: agreed}}\npolicies:\n"
    "  - frequency_cap: {at_most: 1, within: 7 days}\n",
    "features.yaml": "carts: COUNT_IF(event = 'Cart Updated') OVER LAST '90 days'\n",
    "journeys/cart.yaml": "journey: cart\nkey: cart_id\nenter: {on: Cart Updated}\ngoal: {on: Order Completed, within: "
    "3 days, value: revenue}\nsteps:\n  - wait: 45 minutes\n  - send: reminder\n  - wait: 30 days\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\nworth: carts\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nIt waits. {{ unsubscribe_url }}\n",
}


def live(world: World, name: str) -> None:
    """The same life for anybody, with the name in everything that can hold it."""
    user = world.user(name, zone="Asia/Tokyo", agreed=True, first_name=f"name-of-{name}")
    user.does("Consent Given", channel="push", source=f"form-of-{name}", proof=f"proof-of-{name}")
    user.does("Suppressed", channel="sms", reason=f"reason-of-{name}")
    for cart in ("first", "second"):
        user.does("Cart Updated", cart_id=f"{cart}-cart-of-{name}", value=80)
        world.passes(hours=1)
    user.opens("reminder")
    user.does("Order Completed", revenue=80, note=f"note-of-{name}")


def planted(name: str) -> set[str]:
    mail, push = f"{name}@example.com", f"proof-of-{name}"
    of_name = {f"{what}-of-{name}" for what in ("name", "form", "reason", "first-cart", "second-cart", "note")}
    return {mail, push, *of_name, f"shown-to-{name}", f"refused-of-{name}", f"device-of-{name}", f"seen-by-{name}"}


def fill(store: Store) -> World:
    """Ann and Ben with a device each that was theirs from the start, and a tablet that went from Ann to Ben."""
    playbook = playbook_from(FILES)
    world = World(playbook)
    world.publish(playbook)
    for name in ("ann", "ben"):
        device = world.known(f"device-of-{name}")
        device.does("Page Viewed", path=f"seen-by-{name}")
        live(world, name)
        world.merge(world.known(name), device)
    tablet = world.known("tablet")
    tablet.does("Page Viewed", path="seen-by-ann-on-a-tablet")
    world.feed([Merged("ann", "tablet", world.now, next(world._seq))])
    world.passes(hours=1)
    world.feed([Merged("ben", "tablet", world.now, next(world._seq))])
    dead = [
        DeadLetter(world.now, "bad_name", "name", f'{{"userId":"{name}","event":"","x":"refused-of-{name}"}}'.encode())
        for name in ("ann", "ben")
    ]
    both = DeadLetter(world.now, "bad_name", "name", b'[{"userId":"ann"},{"userId":"ben","x":"refused-of-ben"}]')
    store.keep_publication(playbook.hash, FILES)
    store.commit_now(
        Batch(
            inputs=tuple(world.log),
            decisions=tuple(world.decisions),
            endings=tuple(world.endings.values()),
            goals=tuple(world.goals),
            calls=tuple(world.attempts),
            dead=(*dead, both),
        )
    )
    for name in ("ann", "ben"):
        words = Rendered("", f"shown-to-{name}", "")
        asyncio.run(store.keep(InboxItem(f"key-{name}", name, world.now, words, expires_at=world.now + HOUR)))
    return world


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = MemoryStore()
    fill(store)
    return store


def text_of(document: Portable) -> str:
    return msgspec.json.encode(document).decode()


def test_all_that_was_planted_for_a_user_is_there_and_nothing_of_another(store: Store) -> None:
    ann, ben = text_of(portable(store, "ann")), text_of(portable(store, "ben"))
    for name, text, other in (("ann", ann, "ben"), ("ben", ben, "ann")):
        assert {word for word in planted(name) if word not in text} == set()
        assert {word for word in planted(other) if word in text} == set()
    assert "seen-by-ann-on-a-tablet" in ann
    assert "seen-by-ann-on-a-tablet" not in ben


def test_the_document_holds_each_kind_of_thing(store: Store) -> None:
    ann = portable(store, "ann")
    assert (ann.form, ann.user, ann.is_erased, ann.ids) == (FORM, "ann", False, ["ann", "device-of-ann", "tablet"])
    assert ann.sentence == f"All that is kept about ann: {len(ann.events)} events and 2 decisions."
    assert ann.known is not None
    assert [(each.channel, each.source, each.proof) for each in ann.known.consent] == [
        ("push", "form-of-ann", "proof-of-ann")
    ]
    assert [(each.channel, each.reason) for each in ann.known.suppressions] == [("sms", "reason-of-ann")]
    assert ann.known.traits["first_name"] == "name-of-ann"
    assert ann.features == {"carts": 2}
    assert [each["ending"]["code"] for each in ann.decisions] == ["sent", "frequency_cap"]
    assert ann.decisions[0]["attempts"][0]["claim"]["attempt"]["address"] == "ann@example.com"
    assert ann.decisions[1]["verdicts"] and ann.decisions[1]["sentences"]
    assert [each["journey"] for each in ann.goals] == ["cart"]
    assert [each["rendered"]["text"] for each in ann.inbox] == ["shown-to-ann"]
    assert len(ann.refused) == 1
    assert [(each.user, each.absorbed) for each in ann.joins] == [("ann", "device-of-ann"), ("ann", "tablet")]
    assert ann.remembered is not None and ann.remembered["ledger"]["sent"][0]["isNoticed"]


def test_events_come_once_each_in_the_order_of_the_log(store: Store) -> None:
    events = portable(store, "ann").events
    assert [each.seq for each in events] == sorted({each.seq for each in events})
    assert [each.name for each in events][:4] == ["Page Viewed", "Identified", "Consent Given", "Suppressed"]


def test_any_id_of_the_user_asks_for_the_same(store: Store) -> None:
    ann, device, tablet = (portable(store, name) for name in ("ann", "device-of-ann", "tablet"))
    assert (device.ids, device.events, device.decisions) == (ann.ids, ann.events, ann.decisions)
    assert tablet.ids == portable(store, "ben").ids == ["ben", "device-of-ben"]


def test_of_nobody_it_says_that_nothing_is_kept(store: Store) -> None:
    nobody = portable(store, "nobody")
    assert nobody.sentence == "Nothing is kept about nobody."
    assert (nobody.events, nobody.decisions, nobody.ids, nobody.known, nobody.remembered) == ([], [], [], None, None)
    assert portable(MemoryStore(), "nobody").sentence == "Nothing is kept about nobody."


def test_a_file_gives_the_same_document_and_after_erase_an_empty_one(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "shop.db"
    file = SqliteStore(path)
    fill(file)
    assert text_of(portable_from(file, path, "ann")) == text_of(portable(store, "ann"))
    names = ("ann", "device-of-ann", "tablet")
    file.erase_now([Erasure(names, names)], now=1, seq=file.last_seq() + 1)
    file.rewriter.finish()
    for name in ("ann", "device-of-ann"):
        gone = portable_from(file, path, name)
        assert gone.is_erased
        assert gone.sentence.startswith(f"{name} was erased; all that is left is a keyed hash of the id")
        assert (gone.events, gone.decisions, gone.inbox, gone.refused, gone.known) == ([], [], [], [], None)
        assert {word for word in planted("ann") - {name} if word in text_of(gone)} == set()
    assert {word for word in planted("ben") if word not in text_of(portable_from(file, path, "ben"))} == set()
    file.close()


def test_a_tombstone_is_a_keyed_hash_that_only_the_secret_of_the_file_leads_to(tmp_path: Path) -> None:
    tokens = list[str]()
    for name in ("one.db", "other.db"):
        store = SqliteStore(tmp_path / name)
        store.erase_now([Erasure(("ann-4711",), ("ann-4711",))], now=1, seq=1)
        (entry,) = [each for each in store.log() if isinstance(each, Erased)]
        tokens.append(entry.token)
        assert store.is_erased("ann-4711") and not store.is_erased("ann-4712")
        assert portable_from(store, tmp_path / name, "ann-4711").is_erased
        store.rewriter.finish()
        store.close()
        assert b"ann-4711" not in (tmp_path / name).read_bytes()
    assert tokens[0] != tokens[1], "the same id under another secret is another token"
    assert all(len(token) == 32 and int(token, 16) for token in tokens)
    assert secret_of(tmp_path / "one.db") != secret_of(tmp_path / "other.db")
