"""What the reverse index forgets by and by, and how much it holds."""

import pytest

from opportune.events.announcement import publication
from opportune.events.event import Event
from opportune.events.item import Item
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.units import DAY
from opportune.wiring import item_index
from opportune.wiring.item_index import ItemIndex
from opportune.wiring.shard import Shard
from tests.unit.wiring.item_scene import FILES, NOW

PLAYBOOK = playbook_from(FILES)
NEWS = publication(Item("new", category="shoes", published=NOW), NOW)


class Kept:
    """A shard and its index; each user views something."""

    def __init__(self) -> None:
        self.shard = Shard(compiled(PLAYBOOK))
        self.index = ItemIndex(self.shard)
        self.index.build_now(PLAYBOOK.items)
        self.seq = 0

    def views(self, user: str, category: str, at: int) -> None:
        self.seq += 1
        said = b'{"product_id": "p%d", "category": "%s"}' % (self.seq, category.encode())
        entry = Event(f"e{self.seq}", user, "Product Viewed", at, at, self.seq, said)
        turn = self.shard.feed([entry])
        self.index.watch([entry], turn)


def test_what_nobody_did_for_twice_as_long_as_ties_look_back_has_left() -> None:
    kept = Kept()
    kept.views("ann", "shoes", NOW)
    kept.views("bob", "hats", NOW + 31 * DAY)
    assert set(kept.index.candidates(NEWS)) == {"ann"}
    kept.views("bob", "hats", NOW + 62 * DAY)
    assert set(kept.index.candidates(NEWS)) == set()
    assert kept.index.pairs == 4


def test_what_is_done_again_stays() -> None:
    kept = Kept()
    for days in range(0, 200, 20):
        kept.views("ann", "shoes", NOW + days * DAY)
        assert set(kept.index.candidates(NEWS)) == {"ann"}


def test_of_very_many_texts_a_part_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    for number in range(100):
        kept.views(f"u{number}", f"c{number}", NOW)
    assert kept.index.pairs == 200
    monkeypatch.setattr(item_index, "COUNTED", 10)
    assert kept.index.pairs == 200


def test_without_items_nothing_is_kept() -> None:
    shard = Shard(compiled(PLAYBOOK))
    index = ItemIndex(shard)
    index.build_now(None)
    turn = shard.feed([entry := Event("e", "ann", "Product Viewed", NOW, NOW, 1, b'{"category": "shoes"}')])
    index.watch([entry], turn)
    assert (index.pairs, list(index.candidates(NEWS)), index.concerns("ann", NEWS)) == (0, [], False)
