"""The inbox shelf, on every store: what is useless, what is taken away, and what a merge makes of it."""

import asyncio

from opportune.events.event import Merged
from opportune.messages.template import Rendered
from opportune.ports import Batch, InboxItem, Store
from tests.contracts.made import NOW

HELLO = Rendered("Hi", "Your cart", "")


def item(key: str, user: str = "ann", *, expires_at: int | None = None) -> InboxItem:
    return InboxItem(key, user, NOW, HELLO, expires_at=expires_at)


def keep(store: Store, *items: InboxItem) -> None:
    async def kept() -> None:
        for each in items:
            await store.keep(each)

    asyncio.run(kept())


def test_when_an_item_becomes_useless_is_kept(store: Store) -> None:
    keep(store, item("d1", expires_at=NOW + 5))
    assert store.inbox("ann") == [item("d1", expires_at=NOW + 5)]


def test_an_item_is_found_by_its_user_and_key_even_after_it_was_dismissed(store: Store) -> None:
    keep(store, item("d1"))
    asyncio.run(store.mark_dismissed("ann", "d1", NOW + 1))
    found = store.inbox_item("ann", "d1")
    assert found is not None and found.dismissed_at == NOW + 1
    assert store.inbox_item("bob", "d1") is None
    assert store.inbox_item("ann", "d2") is None


def test_the_useless_are_told_oldest_first_and_an_item_without_end_never_is(store: Store) -> None:
    keep(store, item("a", expires_at=NOW + 3), item("b", expires_at=NOW + 1), item("c"), item("d", expires_at=NOW + 4))
    assert [each.key for each in store.expired(NOW + 3, 10)] == ["b", "a"]
    assert [each.key for each in store.expired(NOW + 3, 1)] == ["b"]
    assert store.expired(NOW, 10) == []


def test_what_is_removed_is_gone_and_nothing_else(store: Store) -> None:
    keep(store, item("a"), item("b"), item("a", "bob"))
    asyncio.run(store.remove([item("a")]))
    assert [each.key for each in store.inbox("ann")] == ["b"]
    assert [each.key for each in store.inbox("bob")] == ["a"]


def test_what_an_absorbed_id_had_is_its_heirs(store: Store) -> None:
    keep(store, item("a", "anonymous", expires_at=NOW + 9), item("b", "ann"))
    store.commit_now(Batch(inputs=(Merged("ann", "anonymous", NOW, 1),)))
    assert store.inbox("anonymous") == []
    assert sorted(each.key for each in store.inbox("ann")) == ["a", "b"]
