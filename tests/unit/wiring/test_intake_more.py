"""Who is refused, what an entry says, and which aliases change nothing."""

import asyncio
import json

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.alias import WITH_IDENTIFY, Alias
from opportune.events.event import Event, Merged
from opportune.events.names import MESSAGE_SENT, UNSUBSCRIBED
from opportune.features.ledger import Sent
from opportune.journeys.memory import at_rest, fresh
from opportune.playbook.compiling import compiled
from opportune.ports import DEDUPE_HORIZON, Batch, Erasure
from opportune.wiring.intake import Intake, not_joined
from opportune.wiring.shard import Shard
from tests.contracts.made import event as logged
from tests.stories.shop import shop

NOW = 1_780_315_200_000
PLAYBOOK = compiled(shop())


class Scene:
    """An intake over a store and a shard of its own."""

    def __init__(self, memories: dict[str, bytes] | None = None) -> None:
        self.store, self.shard = MemoryStore(), Shard(PLAYBOOK, memories=memories)
        self.intake = Intake(self.store, self.shard)

    def take(self, *reads: Event | Alias) -> list[Event | Merged]:
        entries = [entry for each in reads for entry in self.intake.entered(each, NOW)]
        self.shard.feed(entries)
        return entries

    def erase(self, *refused: str) -> None:
        """From now on these ids are refused, until they are heard of again."""
        asyncio.run(self.store.erase([Erasure((), refused)], now=NOW, seq=self.intake.following()))


def happened(id: str, user: str = "ann", *, at: int = NOW, is_anonymous: bool = False) -> Event:
    return Event(id, user, "Cart Updated", at, at, is_anonymous=is_anonymous)


def alias(user: str, previous: str) -> Alias:
    return Alias(f"said:{user}:{previous}", previous, user, NOW, NOW)


def identify(id: str, user: str, device: str) -> tuple[Alias, Event]:
    return Alias(f"{WITH_IDENTIFY}{id}", device, user, NOW, NOW), happened(id, user)


def test_entries_follow_each_other_from_the_end_of_the_log_on() -> None:
    store = MemoryStore()
    store.commit_now(Batch(inputs=(logged(41),)))
    intake = Intake(store, Shard(PLAYBOOK))
    seqs = [entry.seq for n in range(3) for entry in intake.entered(happened(f"n{n}"), NOW)]
    assert seqs == [42, 43, 44]


def test_nothing_happened_later_than_it_was_heard_of() -> None:
    scene = Scene()
    entries = scene.take(happened("e1", at=NOW + 1), happened("e2", at=NOW - 1))
    assert [(each.at, each.received_at) for each in entries if isinstance(each, Event)] == [(NOW, NOW), (NOW - 1, NOW)]


def test_what_happened_longer_ago_than_ids_are_known_is_history() -> None:
    scene = Scene()
    ago = (0, DEDUPE_HORIZON, DEDUPE_HORIZON + 1)
    entries = scene.take(*(happened(f"e{span}", at=NOW - span) for span in ago))
    assert [each.is_history for each in entries if isinstance(each, Event)] == [False, False, True]


def test_of_an_erased_user_nothing_is_taken_until_they_are_heard_of_again() -> None:
    scene = Scene()
    scene.erase("ann")
    assert scene.intake.is_refused(happened("e1", "ann"))
    assert not scene.intake.is_refused(happened("e2", "bob"))
    scene.take(happened("e1", "ann"))
    assert not scene.intake.is_refused(happened("e3", "ann"))


@pytest.mark.parametrize(
    ("user", "previous", "is_refused"), [("ann", "x", True), ("x", "ann", True), ("x", "y", False)]
)
def test_an_alias_is_refused_if_either_of_its_ids_was_erased(user: str, previous: str, is_refused: bool) -> None:
    scene = Scene()
    scene.erase("ann")
    assert scene.intake.is_refused(alias(user, previous)) == is_refused


def test_an_erased_id_that_another_user_has_is_refused_where_it_is_said_as_a_user_and_theirs_where_it_is_not() -> None:
    scene = Scene()
    scene.take(happened("e1", "bob"), alias("bob", "device"))
    scene.erase("device")
    assert scene.intake.is_refused(happened("e2", "device"))
    assert not scene.intake.is_refused(happened("e2", "device", is_anonymous=True))
    assert scene.intake.is_refused(alias("device", "y"))
    assert not scene.intake.is_refused(alias("x", "device"))


def test_an_id_that_another_user_has_and_that_was_not_erased_is_not_refused() -> None:
    scene = Scene()
    scene.take(happened("e1", "bob"), alias("bob", "device"))
    assert not scene.intake.is_refused(happened("e2", "device"))
    assert not scene.intake.is_refused(alias("device", "nobody"))


def remembering(user: str, decision: str, *, before: str = "") -> bytes:
    """A memory with one message that was sent; ``before``: whose anonymous id this user was until now."""
    memory = fresh(user)
    memory.ledger.sent.append(Sent(NOW, decision, "reminder", "email", "cart", True))
    if before:
        memory.before = NOW, before
    return at_rest(memory)


def receipt(decision: str) -> Event:
    properties = json.dumps({"decision": decision}).encode()
    return Event(f"receipt-{decision}-1", "victim", MESSAGE_SENT, NOW, NOW, properties=properties)


def test_a_receipt_goes_to_the_one_who_remembers_the_message_though_the_id_is_a_users_own_now() -> None:
    mine, theirs = remembering("victim", "d1", before="attacker"), remembering("attacker", "d2")
    scene = Scene({"victim": mine, "attacker": theirs})
    assert [(each.user, each.seq) for each in scene.take(receipt("d1"), receipt("d2"), receipt("d3"))] == [
        ("victim", 1),
        ("attacker", 2),
        ("victim", 3),
    ]


def test_a_receipt_of_a_message_that_both_remember_is_heard_by_the_user_alone() -> None:
    scene = Scene({each: remembering(each, "d1", before=of) for each, of in (("victim", "attacker"), ("attacker", ""))})
    assert [each.user for each in scene.take(receipt("d1"))] == ["victim"]


def test_a_stop_that_is_meant_by_both_has_its_own_id_for_the_user_and_another_for_the_one_before() -> None:
    scene = Scene({"victim": remembering("victim", "d1", before="attacker"), "attacker": remembering("attacker", "d2")})
    stop = Event("unsubscribe-1", "victim", UNSUBSCRIBED, NOW, NOW)
    entries = [(each.user, each.id) for each in scene.take(stop) if isinstance(each, Event)]
    assert entries == [("victim", "unsubscribe-1"), ("attacker", "unsubscribe-1-before")]


def test_saying_again_that_a_device_is_a_users_changes_nothing() -> None:
    scene = Scene()
    scene.take(*identify("i1", "ann", "device"))
    again = scene.take(*identify("i2", "ann", "device"), alias("ann", "device"))
    assert [(type(each), each.user) for each in again] == [(Event, "ann")]


def test_an_alias_the_other_way_round_changes_nothing() -> None:
    scene = Scene()
    scene.take(alias("ann", "device"))
    assert scene.take(alias("device", "ann")) == []
    assert scene.shard.resolved("device") == "ann"


def test_an_alias_that_names_a_claimed_id_as_its_user_frees_it_and_gives_it_the_other() -> None:
    scene = Scene()
    scene.take(happened("e1", "ann"), alias("ann", "device"))
    entries = scene.take(alias("device", "phone"))
    assert entries == [Merged("device", "device", NOW, 3), Merged("device", "phone", NOW, 4)]
    assert [scene.shard.resolved(each) for each in ("device", "phone")] == ["device", "device"]


def test_whoever_an_identify_call_names_is_known_before_its_entry_is_kept() -> None:
    """An alias in the same batch must not absorb them."""
    scene = Scene()
    said, _ = identify("i1", "ann", "device")
    assert scene.take(said, alias("attacker", "ann")) == [Merged("ann", "device", NOW, 1)]
    assert [each.previous for each in scene.intake.not_joined()] == ["ann"]


def test_an_alias_that_was_not_carried_out_is_kept_as_a_call_that_an_operator_can_import() -> None:
    letter = not_joined(alias("attacker", "victim"), NOW)
    assert (letter.at, letter.code) == (NOW, "known_user")
    assert json.loads(letter.body) == {"type": "alias", "previousId": "victim", "userId": "attacker"}
    assert "'victim' is a known user" in letter.reason
    assert "opportune import" in letter.reason
