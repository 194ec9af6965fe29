"""The reverse index finds exactly those whose memories say that an item concerns them, whatever has happened."""

from collections.abc import Coroutine, Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.events.announcement import Announcement, announced, publication
from opportune.events.event import Event, Input, Merged
from opportune.events.item import Item
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.ports import Erasure
from opportune.units import DAY, HOUR
from opportune.wiring.glimpse import groups_in
from opportune.wiring.item_index import ItemIndex
from opportune.wiring.shard import Shard
from tests.unit.wiring.item_scene import FILES, NOW

PLAYBOOK = playbook_from(
    FILES | {"items.yaml": FILES["items.yaml"] + "  - {event: Read, property: tag, item: tags, within: 10 days}\n"}
)
USERS = ("ann", "bob", "cid", "dan", "eve")
ITEMS = ("p1", "p2")
TEXTS = ("shoes", "hats")
did = st.fixed_dictionaries(
    {
        "what": st.sampled_from(["Product Viewed", "Product Added", "Read", "Order Completed"]),
        "user": st.sampled_from(USERS),
        "product_id": st.sampled_from([*ITEMS, None, 7]),
        "category": st.sampled_from([*TEXTS, None]),
        "tag": st.sampled_from([*TEXTS, ["a"]]),
        "late": st.sampled_from([0, HOUR, 12 * DAY, 40 * DAY]),
        "passes": st.sampled_from([0, 0, HOUR, 9 * DAY, 35 * DAY]),
    }
)
merges = st.tuples(st.just("merge"), st.sampled_from(USERS), st.sampled_from(USERS))
erases = st.tuples(st.just("erase"), st.sampled_from(USERS))
turns = st.lists(st.one_of(did, did, did, merges, erases, st.sampled_from(["again", "begin"])), max_size=40)


class Town:
    """A shard and its index, kept as a host does."""

    def __init__(self) -> None:
        self.shard = Shard(compiled(PLAYBOOK))
        self.index = ItemIndex(self.shard)
        self.index.build_now(PLAYBOOK.items)
        self.now, self.seq = NOW, 0
        self.building: Coroutine[object, None, None] | None = None

    def lives(self, deeds: Sequence[object]) -> None:
        for deed in deeds:
            self.builds_on()
            match deed:
                case dict():
                    self.does(deed)
                case ("merge", str(user), str(absorbed)):
                    user, absorbed = self.shard.resolved(user), self.shard.resolved(absorbed)
                    if user != absorbed:
                        self.shard.join(absorbed, user)
                        self.feeds(Merged(user, absorbed, self.now, self.following()))
                case ("erase", str(user)):
                    erasure = Erasure((user,), (user,))
                    if self.shard.resolved(user) == user and self.shard.related(user) == [user]:
                        self.shard.forget(erasure)
                        self.index.forget(erasure)
                case "begin" if self.building is None:
                    self.building = self.index.build(PLAYBOOK.items, at_once=1)
                case _ if self.building is None:
                    self.index.build_now(PLAYBOOK.items)
        while self.building is not None:
            self.builds_on()

    def builds_on(self) -> None:
        """One piece of the index, while everything else goes on."""
        try:
            if self.building is not None:
                self.building.send(None)
        except StopIteration:
            self.building = None

    def does(self, deed: dict[str, object]) -> None:
        passes, late = deed["passes"], deed["late"]
        assert isinstance(passes, int) and isinstance(late, int)
        self.now += passes
        said = {name: deed[name] for name in ("product_id", "category", "tag")}
        user = self.shard.resolved(str(deed["user"]))
        seq = self.following()
        event = Event(f"e{seq}", user, str(deed["what"]), self.now - late, self.now, seq, msgspec.json.encode(said))
        self.feeds(event)

    def feeds(self, entry: Input) -> None:
        turn = self.shard.turn([entry])
        assert not turn.poison
        self.shard.keep(turn)
        self.index.watch([entry], turn)

    def following(self) -> int:
        self.seq += 1
        return self.seq

    def concerned(self, said: Announcement) -> set[str]:
        """By a look at every memory."""
        assert PLAYBOOK.items is not None
        keys = [tie.key for tie in PLAYBOOK.items.ties]
        memories = self.shard.memories.items()
        return {user for user, raw in memories if PLAYBOOK.items.concern(groups_in(raw, keys), said)}


def news(now: int) -> list[Announcement]:
    drops = [each for name in (*ITEMS, "7") for each in announced(Item(name, price=2), Item(name, price=1), now)]
    return [
        *drops,
        *(publication(Item("new", category=text, published=now), now) for text in TEXTS),
        publication(Item("new", tags=TEXTS, published=now), now),
    ]


@settings(max_examples=300, deadline=None)
@given(turns)
def test_the_index_finds_whom_a_look_at_all_memories_finds(deeds: list[object]) -> None:
    town = Town()
    town.lives(deeds)
    for said in news(town.now):
        assert town.index.concerned(said) == town.concerned(said)


def test_the_law_can_fail() -> None:
    town = Town()
    town.does({"what": "Product Viewed", "user": "ann", "product_id": "p1", "category": None, "tag": None, "late": 0,
               "passes": 0})  # fmt: skip
    (said,) = announced(Item("p1", price=2), Item("p1", price=1), town.now)
    assert town.index.concerned(said) == {"ann"}
    town.index.forget(Erasure(("ann",), ("ann",)))
    assert town.index.concerned(said) == set() != town.concerned(said)
