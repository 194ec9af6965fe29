"""Whose an entry is: every receipt and every stop finds the memory it is about."""

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.alias import WITH_IDENTIFY, Alias
from opportune.events.event import Event, Merged
from opportune.events.names import ATTEMPT_LAPSED, IDENTIFIED, UNSUBSCRIBED
from opportune.playbook.compiling import compiled
from opportune.units import DAY
from opportune.wiring.intake import Intake
from opportune.wiring.shard import Shard
from tests.stories.shop import shop

NOW = 1_780_315_200_000


def happened(id: str, user: str = "ann", name: str = "Cart Updated") -> Event:
    return Event(id, user, name, NOW, NOW, is_anonymous=user == "device")


def joined(user: str, previous: str) -> Alias:
    return Alias(f"alias:{user}:{previous}", previous, user, NOW, NOW)


def test_a_receipt_and_a_stop_go_to_whoever_remembers_the_message_though_the_device_is_anothers() -> None:
    shard = Shard(compiled(shop()))
    intake = Intake(MemoryStore(), shard)

    def take(read: Event | Alias) -> list[Event | Merged]:
        entries = list(intake.entered(read, NOW))
        shard.feed(entries)
        return entries

    take(happened("e1", "device"))
    take(joined("ann", "device"))
    take(joined("bob", "device"))
    again = Shard(shard.playbook, memories=shard.memories)
    for known in (shard, again):
        intake = Intake(MemoryStore(), known)
        said = [
            *intake.entered(happened(f"receipt-d{id(known)}-1", "device", ATTEMPT_LAPSED), NOW),
            *intake.entered(happened(f"unsubscribe-{id(known)}", "device", UNSUBSCRIBED), NOW),
            *intake.entered(happened(f"e{id(known)}", "device"), NOW),
        ]
        assert [each.user for each in said] == ["ann", "ann", "bob"]


def test_an_id_that_was_joined_to_another_first_follows_it_and_not_what_becomes_of_the_name() -> None:
    shard = Shard(compiled(shop()))
    intake = Intake(MemoryStore(), shard)
    for user, previous in (("bob", "device"), ("ann", "bob"), ("cid", "bob")):
        shard.feed(list(intake.entered(joined(user, previous), NOW)))
    assert (shard.resolved("device"), shard.resolved("bob"), shard.heir("bob")) == ("ann", "cid", "ann")


def test_a_receipt_is_never_history_however_long_the_engine_was_off() -> None:
    intake = Intake(MemoryStore(), Shard(compiled(shop())))
    late = NOW + 9 * DAY
    (receipt,) = intake.entered(happened("receipt-d1-1", name=ATTEMPT_LAPSED), late)
    (other,) = intake.entered(happened("e1"), late)
    assert isinstance(receipt, Event)
    assert isinstance(other, Event)
    assert (receipt.is_history, other.is_history) == (False, True)


def test_an_identify_call_that_comes_once_more_gives_no_device_back() -> None:
    shard = Shard(compiled(shop()))
    intake = Intake(MemoryStore(), shard)
    for user in ("ann", "bob", "ann"):
        identified = happened(f"i-{user}", user, IDENTIFIED)
        for read in (Alias(f"{WITH_IDENTIFY}{identified.id}", "device", user, NOW, NOW), identified):
            shard.feed(list(intake.entered(read, NOW)))
    assert shard.resolved("device") == "bob"
