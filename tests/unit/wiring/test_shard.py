"""The shard: batches of any size come to the same, and an entry that fails costs only itself."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace

from opportune.events.event import Event, Input, Merged, Tick
from opportune.journeys.memory import awake
from opportune.messages.candidate import Candidate
from opportune.playbook.compiling import compiled
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import MINUTE
from opportune.wiring.shard import Shard, Turn
from tests.stories.shop import CART, shop

START = 1_767_258_000_000
NOW = """
journey: now
key: cart_id
enter: {on: Cart Updated}
steps:
  - send: reminder
"""


def shard(journeys: str = NOW) -> Shard:
    return Shard(compiled(shop(journeys=journeys)))


def happened(seq: int, user: str, name: str = "Cart Updated", properties: bytes = b"{}") -> Event:
    at = START + seq * MINUTE
    return Event(f"e{seq}", user, name, at, at, seq, properties)


def cart(seq: int, user: str, number: int) -> Event:
    return happened(seq, user, properties=b'{"cart_id": "c%d"}' % number)


def known(seq: int, user: str) -> Event:
    return happened(seq, user, "Identified", b'{"email": "%s@example.com"}' % user.encode())


def fed(subject: Shard, inputs: Sequence[Input], size: int) -> list[Turn]:
    return [subject.feed(inputs[place : place + size]) for place in range(0, len(inputs), size)]


def test_what_follows_stands_in_the_order_of_the_log() -> None:
    turn = shard().feed([known(1, "ann"), known(2, "bob"), cart(3, "ann", 1), cart(4, "bob", 1), cart(5, "ann", 2)])
    assert [decision.seq for decision in turn.decisions] == [3, 4, 5]


def test_batches_of_any_size_come_to_the_same() -> None:
    inputs: list[Input] = [known(1, "ann"), known(2, "bob"), cart(3, "ann", 1), cart(4, "bob", 1)]
    inputs += [Tick(START + 90 * MINUTE, 5), cart(95, "ann", 2), Merged("ann", "bob", START + 96 * MINUTE, 96)]
    inputs += [cart(97, "ann", 3), Tick(START + 200 * MINUTE, 98)]
    whole, single = shard(CART), shard(CART)
    in_one, one_by_one = fed(whole, inputs, len(inputs)), fed(single, inputs, 1)
    assert whole.memories == single.memories
    assert whole.wheel.first() == single.wheel.first()
    assert in_one[0].decisions == [decision for turn in one_by_one for decision in turn.decisions]
    assert in_one[0].calls == [call for turn in one_by_one for call in turn.calls]


def test_nothing_is_true_before_it_is_kept() -> None:
    subject = shard()
    turn = subject.turn([known(1, "ann")])
    assert subject.memories == {}
    subject.keep(turn)
    assert awake(subject.memories["ann"]).seq == 1


def test_an_entry_that_fails_costs_only_itself() -> None:
    broken = happened(3, "ann", "Identified", b"{broken")
    subject, spared = shard(), shard()
    turn = subject.feed([known(1, "ann"), cart(2, "ann", 1), broken, cart(4, "bob", 1), cart(5, "ann", 2)])
    spared.feed([known(1, "ann"), cart(2, "ann", 1), cart(4, "bob", 1), cart(5, "ann", 2)])
    assert [(poison.user, poison.seq) for poison in turn.poison] == [("ann", 3)]
    assert turn.poison[0].reason.startswith("DecodeError: ")
    assert [decision.seq for decision in turn.decisions] == [2, 4, 5]
    assert subject.memories == spared.memories


def test_an_entry_that_fails_takes_no_deadline_with_it() -> None:
    subject = shard(CART)
    subject.feed([cart(1, "ann", 1)])
    due = subject.wheel.first()
    subject.feed([happened(2, "ann", "Identified", b"{broken")])
    assert due is not None
    assert subject.wheel.first() == due


def test_a_late_event_is_told_with_its_place() -> None:
    late = Event("late", "ann", "Cart Updated", START, START + 5_000 * MINUTE, 7)
    assert shard().feed([cart(1, "ann", 1), late]).late == [("ann", 7)]


def test_an_absorbed_user_is_nobody_and_stands_for_another() -> None:
    subject = shard()
    subject.feed([known(1, "ann"), known(2, "bob"), Merged("ann", "bob", START + 9 * MINUTE, 9)])
    assert subject.resolved("bob") == "ann"
    assert subject.memory("bob").seq == 0
    assert Shard(subject.playbook, memories=subject.memories).resolved("bob") == "ann"


def test_a_mark_that_was_kept_already_says_the_same_when_the_log_is_folded_again() -> None:
    receipt = replace(happened(3, "bob", "Message Sent"), id="receipt-1")  # names nobody
    merged: list[Input] = [receipt, Merged("ann", "bob", START + 9 * MINUTE, 9)]
    subject = shard()
    subject.feed([known(1, "ann"), known(2, "bob"), *merged])
    again = Shard(subject.playbook, memories=subject.memories)
    again.feed(merged)
    assert again.is_known("bob")
    assert again.memories == subject.memories


class Fragile(Gate, frozen=True, tag="fragile"):
    """Breaks for whoever is marked."""

    codes: ClassVar[tuple[str, ...]] = ("fragile",)

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        if view.trait("mark") == "fragile":
            raise ZeroDivisionError("a policy did this")
        return None


FRAGILE = shop("fragile: {}", journeys=CART, kinds={**SHIPPED, "fragile": Fragile})


def fragile() -> Shard:
    return Shard(compiled(FRAGILE))


MARK = b'{"mark": "fragile", "email": "bob@example.com"}'


def test_a_merge_that_fails_leaves_both_as_they_were_and_is_tried_again_when_said_again() -> None:
    subject = fragile()
    subject.feed([known(1, "ann"), happened(2, "bob", "Identified", MARK), cart(3, "bob", 1)])
    before = dict(subject.memories)
    subject.join("bob", "ann")
    turn = subject.feed([Merged("ann", "bob", START + 60 * MINUTE, 61), known(62, "cid")])
    assert [(poison.user, poison.seq) for poison in turn.poison] == [("ann", 61)]
    assert {user: subject.memories[user] for user in before} == before
    assert subject.resolved("bob") == "bob" == subject.heir("bob")
    assert "cid" in subject.memories
    again = Shard(subject.playbook, memories=subject.memories)
    assert again.resolved("bob") == "bob"
    assert subject.feed([Merged("ann", "bob", START + 63 * MINUTE, 63)]).poison


def test_a_merge_that_failed_is_not_tried_again_by_a_start_from_later_memories() -> None:
    subject = fragile()
    subject.feed([known(1, "ann"), happened(2, "bob", "Identified", MARK), cart(3, "bob", 1)])
    turn = subject.feed([Merged("ann", "bob", START + 60 * MINUTE, 61)])
    assert turn.unmerged == [61]
    later = [known(62, "ann"), happened(63, "bob", "Identified", b'{"name": "Bob"}')]
    subject.feed(later)
    again = Shard(subject.playbook, memories=subject.memories, unmerged=turn.unmerged)
    again.feed([Merged("ann", "bob", START + 60 * MINUTE, 61), *later])
    assert again.memories == subject.memories
    assert again.resolved("bob") == "bob"


def test_what_falls_due_next_can_be_told_or_is_read_from_the_memories() -> None:
    subject = shard(CART)
    subject.feed([known(1, "ann"), cart(2, "ann", 1), known(3, "bob")])
    wakes = {user: wake for user in subject.memories if (wake := subject.wheel.wake(user)) is not None}
    assert wakes.keys() == {"ann"}
    for again in (
        Shard(subject.playbook, memories=subject.memories),
        Shard(subject.playbook, memories=subject.memories, wakes=wakes),
    ):
        assert [again.wheel.wake(user) for user in ("ann", "bob")] == [wakes["ann"], None]


def test_a_stop_is_heard_even_if_a_deadline_of_the_user_fails() -> None:
    subject = fragile()
    subject.feed([happened(1, "bob", "Identified", MARK), cart(2, "bob", 1)])
    for seq, inputs in ((60, Tick(START + 60 * MINUTE, 60)), (61, happened(61, "bob", "Unsubscribed"))):
        assert [poison.seq for poison in subject.feed([inputs]).poison] == [seq]
    again = Shard(compiled(shop(journeys=CART), [FRAGILE]), memories=subject.memories)
    turn = again.feed([Tick(START + 62 * MINUTE, 62)])
    assert turn.calls == []
    assert [decision.code for decision in turn.decisions] == ["no_consent"]
