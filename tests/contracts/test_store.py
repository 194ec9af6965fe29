"""What every store promises; one suite for the file and for plain memory."""

import asyncio

import msgspec
import pytest
from msgspec.structs import replace

from opportune.events.event import Event, Merged, Published, Tick
from opportune.messages.template import Rendered
from opportune.policies.decision import Chosen, GoalReached
from opportune.ports import Base, Batch, DeadLetter, Erasure, InboxItem, Kept, Mark, Snapshot, Store
from opportune.sending.attempt import Recall
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt, event_of
from opportune.sending.tally import Stopped, Tallied, Tally
from tests.contracts.made import NOW, attempt, decision, ending, event

SENT = Receipt("sent", "accepted")


def claimed(store: Store, name: str = "d1") -> Claim:
    (claim,) = store.commit_now(Batch(calls=(attempt(name),)))
    return claim


def test_the_log_gives_back_every_kind_of_input_in_order(store: Store) -> None:
    inputs = (event(1), Tick(NOW + 1, 2), Merged("ann", "anon-1", NOW + 2, 3), Published("p2", NOW + 3, 5))
    store.commit_now(Batch(inputs=inputs[:2]))
    store.commit_now(Batch(inputs=inputs[2:]))
    assert tuple(store.log()) == inputs
    assert tuple(store.log(2)) == inputs[2:]
    assert tuple(store.log(1)) == inputs[1:]
    assert tuple(store.log(5)) == ()
    assert store.last_seq() == 5


def test_a_log_that_was_not_cut_begins_with_nothing(store: Store) -> None:
    store.commit_now(Batch(inputs=(event(1),), decisions=(decision("d1"), decision("d2")), endings=(ending("d1"),)))
    store.commit_now(Batch(kept=(Kept("ann", b"1"),), mark=Mark(1, "p1", is_base=True)))
    assert store.base() == store.base(["ann"]) == store.base(beginning_with=b"1") == Base()
    assert [each.id for each in store.decisions(1)] == ["d2"]
    assert (len(list(store.endings(0))), list(store.endings(1))) == (1, [])
    assert [entry.seq for entry in store.log()] == [1]


def test_every_publication_is_told_in_order_with_all_it_says(store: Store) -> None:
    canary = Published("p2", NOW + 3, 5, share=100_000, stable="p1", paused=("cart",), zones="2026a")
    store.commit_now(Batch(inputs=(Published("p1", NOW, 1), event(2))))
    store.commit_now(Batch(inputs=(canary,)))
    assert store.published() == [Published("p1", NOW, 1), canary]
    assert list(store.log(2)) == [canary]


def test_rows_of_a_publication_are_given_back_for_whom_they_are_asked(store: Store) -> None:
    store.keep_backfill(3, [("ann", b"1"), ("bob", b"2")])
    store.keep_backfill(3, [("cleo", b"3"), ("ann", b"4")])
    store.keep_backfill(5, [("ann", b"5")])
    assert dict(store.backfilled(3, ["ann", "cleo", "dan"])) == {"ann": b"4", "cleo": b"3"}
    assert dict(store.backfilled(3, {f"u{n}" for n in range(2_000)} | {"bob"})) == {"bob": b"2"}
    assert dict(store.backfilled(5, ["ann", "bob"])) == {"ann": b"5"}
    assert list(store.backfilled(4, ["ann"])) == []


def test_no_row_tells_of_an_erased_user(store: Store) -> None:
    store.commit_now(Batch(inputs=(event(1),)))
    store.keep_backfill(2, [("ann", b"1"), ("bob", b"2")])
    asyncio.run(store.erase([Erasure(("ann",), ("ann",))], now=NOW, seq=2))
    assert list(store.backfilled(2, ["ann", "bob"])) == [("bob", b"2")]


def test_what_was_tallied_adds_up_and_a_second_stop_of_a_decision_is_none(store: Store) -> None:
    first = Tallied((Tally("cart", "email", 7, 2), Tally("cart", "sms", 7, 1)), (Stopped("d1", "complaints", 7),))
    store.commit_now(Batch(tallied=first))
    store.commit_now(Batch(tallied=Tallied((Tally("cart", "email", 7, 1, 1, 2),), (Stopped("d1", "complaints", 8),))))
    assert store.tallied() == Tallied(
        (Tally("cart", "email", 7, 3, 1, 2), Tally("cart", "sms", 7, 1)), (Stopped("d1", "complaints", 7),)
    )


def test_a_journey_that_is_counted_anew_begins_with_what_the_same_commit_adds(store: Store) -> None:
    store.commit_now(Batch(tallied=Tallied((Tally("cart", "email", 7, 2), Tally("news", "email", 7, 1)))))
    store.commit_now(Batch(tallied=Tallied((Tally("cart", "email", 7, 1),), anew=(("cart", NOW),))))
    assert store.tallied() == Tallied(
        (Tally("cart", "email", 7, 1), Tally("news", "email", 7, 1)), (), (("cart", NOW),)
    )


def test_what_was_tallied_of_hours_that_are_over_is_forgotten(store: Store) -> None:
    counted = Tallied((Tally("cart", "email", 7, 2), Tally("cart", "email", 8, 1)), (Stopped("d1", "unsubscribes", 7),))
    store.commit_now(Batch(tallied=counted))
    store.commit_now(Batch(tallied=Tallied(forget=8)))
    assert store.tallied() == Tallied((Tally("cart", "email", 8, 1),))


def test_no_stop_names_a_decision_about_an_erased_user(store: Store) -> None:
    counted = Tallied(
        (Tally("cart", "email", 7, 2, 2),), (Stopped("d1", "complaints", 7), Stopped("d2", "complaints", 7))
    )
    store.commit_now(Batch(inputs=(event(1),), decisions=(decision("d1"), decision("d2", "bob")), tallied=counted))
    asyncio.run(store.erase([Erasure(("ann",), ("ann",))], now=NOW, seq=2))
    assert store.tallied() == Tallied(counted.tallies, (Stopped("d2", "complaints", 7),))


def test_an_empty_store_has_nothing(store: Store) -> None:
    assert store.last_seq() == 0
    assert list(store.log()) == [] == list(store.decisions()) == store.outbox() == store.open_claims()
    assert store.restore() == Snapshot()
    assert store.tallied() == Tallied()
    assert store.offset("orders.csv") == 0
    assert store.decision("d1") is None is store.ending("d1")
    assert store.publication("p1") is None
    assert store.commit_now(Batch()) == ()


def test_a_seq_that_does_not_rise_is_refused_and_nothing_is_kept(store: Store) -> None:
    store.commit_now(Batch(inputs=(event(3),)))
    with pytest.raises(ValueError, match="seq must rise: 3 follows 3"):
        store.commit_now(Batch(inputs=(event(3, id="other"),), decisions=(decision(),)))
    with pytest.raises(ValueError, match="seq must rise: 4 follows 5"):
        store.commit_now(Batch(inputs=(event(5), event(4)), decisions=(decision(),)))
    assert [entry.seq for entry in store.log()] == [3]
    assert store.decision("d1") is None


def test_a_decision_that_ends_twice_keeps_nothing_of_the_batch(store: Store) -> None:
    store.commit_now(Batch(inputs=(event(1),), decisions=(decision(),), endings=(ending(),)))
    with pytest.raises(ValueError, match="comes or ends once"):
        store.commit_now(Batch(inputs=(event(2),), endings=(ending(),), dead=(DeadLetter(NOW, "c", "r", b""),)))
    with pytest.raises(ValueError, match="comes or ends once"):
        store.commit_now(Batch(inputs=(event(2),), decisions=(decision(),), calls=(attempt(),)))
    assert store.last_seq() == 1
    assert store.dead_letters() == []
    assert store.outbox() == []


def test_decisions_endings_goals_and_dead_letters_can_be_read(store: Store) -> None:
    goal = GoalReached("ann", "cart", "c1", NOW, NOW + 5, 80_000_000)
    dead = [DeadLetter(NOW, "bad_json", f"no {n}", b"{oops") for n in range(3)]
    first, second = decision("d1", seq=1), decision("d2", seq=2)
    store.commit_now(
        Batch(
            inputs=(event(1), event(2)),
            decisions=(first, second, decision("d3", "bob", seq=2)),
            endings=(ending(),),
            goals=(goal,),
            dead=tuple(dead),
        )
    )
    assert store.decision("d1") == first
    assert store.ending("d1") == ending()
    assert store.ending("d2") is None
    assert store.decisions_of("ann") == [second, first]
    assert store.decisions_of("ann", 1) == [second]
    assert [each.id for each in store.decisions()] == ["d1", "d2", "d3"]
    assert list(store.endings()) == [ending()]
    assert list(store.goals()) == [goal]
    assert store.dead_letters(2) == [dead[2], dead[1]]


def test_decisions_are_found_by_journey_code_and_time_newest_first(store: Store) -> None:
    first, second, third = decision("d1"), decision("d2", seq=2), decision("d3", "bob", seq=3)
    made = [replace(first, due=NOW), replace(second, due=NOW + 2, journey="news"), replace(third, due=NOW + 1)]
    open_one = replace(decision("d4", seq=4), due=NOW + 1, code="chosen", chosen=Chosen("email", "", NOW + 9))
    ended = [ending(each.id, each.user) for each in made]
    store.commit_now(Batch(decisions=(*made, open_one), endings=tuple(ended)))
    assert store.decisions_where() == [made[1], open_one, made[2], made[0]]
    assert store.decisions_where("cart") == [open_one, made[2], made[0]]
    assert store.decisions_where("cart", limit=1) == [open_one]
    assert store.decisions_where("cart", "no_consent") == [made[2], made[0]]
    assert store.decisions_where(code="no_consent", since=NOW + 1) == [made[1], made[2]]
    assert store.decisions_where(since=NOW, until=NOW + 1) == [made[0]]
    assert store.decisions_where("nothing") == store.decisions_where(code="nothing") == []
    store.commit_now(Batch(endings=(replace(ending("d4"), outcome="sent", code="sent"),)))
    assert store.decisions_where("cart", "sent") == [open_one]
    assert store.decisions_where(code="chosen") == []


def test_no_decision_is_found_about_an_erased_user(store: Store) -> None:
    batch = (decision("d1"), decision("d2", "bob", seq=2))
    store.commit_now(Batch(decisions=batch, endings=(ending("d1"), ending("d2", "bob"))))
    asyncio.run(store.erase([Erasure(("ann",), ("ann",))], now=NOW, seq=9))
    assert store.decisions_where("cart", "no_consent") == store.decisions_where() == [batch[1]]


def test_events_of_a_user_are_found_with_its_merges_and_without_others(store: Store) -> None:
    merge = Merged("ann", "anon-1", NOW, 4)
    store.commit_now(Batch(inputs=(event(1), event(2, "bob"))))
    store.commit_now(Batch(inputs=(event(3, "bob"), merge)))
    store.commit_now(Batch(inputs=(event(5), Tick(NOW, 6))))
    assert list(store.events_of("ann")) == [event(1), merge, event(5)]
    assert list(store.events_of("anon-1")) == [merge]
    assert list(store.events_of("nobody")) == []


def test_an_id_is_new_once(store: Store) -> None:
    assert not store.is_known("e1")
    assert store.admit(event(1))
    assert store.is_known("e1")
    assert not store.admit(event(2, "bob", id="e1"))
    store.commit_now(Batch(inputs=(event(1),)))
    assert store.is_known("e1")
    assert not store.admit(event(3, id="e1"))
    assert not store.is_known("e3")
    assert store.admit(event(3))


def test_a_commit_that_fails_gives_its_ids_back(store: Store) -> None:
    store.commit_now(Batch(inputs=(event(9),)))
    assert store.admit(event(1))
    with pytest.raises(ValueError):
        store.commit_now(Batch(inputs=(event(1),)))
    assert store.admit(event(1))


def test_a_commit_makes_known_what_was_never_asked(store: Store) -> None:
    store.commit_now(Batch(inputs=(event(1),)))
    assert not store.admit(event(2, id="e1"))


def test_a_snapshot_adds_replaces_and_removes(store: Store) -> None:
    store.commit_now(Batch(kept=(Kept("ann", b"1", 7), Kept("bob", b"2", 8)), mark=Mark(4, "p1", ("p1",))))
    store.commit_now(Batch(kept=(Kept("ann", b"3"), Kept("bob", None))))
    assert store.restore() == Snapshot(4, "p1", ("p1",), memories={"ann": b"3"})
    store.commit_now(Batch(kept=(Kept("cid", b"\x00\xff", 9),), mark=Mark(9, "p2", ("p1", "p2"))))
    assert store.restore() == Snapshot(
        9, "p2", ("p1", "p2"), memories={"ann": b"3", "cid": b"\x00\xff"}, wakes={"cid": 9}
    )


def test_failed_merges_are_known_until_the_snapshot_is_past_them(store: Store) -> None:
    store.commit_now(Batch(unmerged=(3, 5)))
    store.commit_now(Batch(unmerged=(8,)))
    assert store.restore().unmerged == {3, 5, 8}
    store.commit_now(Batch(mark=Mark(5, "p1"), unmerged=(9,)))
    assert store.restore().unmerged == {8, 9}


def test_a_batch_that_is_refused_keeps_no_memory_and_no_offset(store: Store) -> None:
    store.commit_now(Batch(inputs=(event(3),)))
    with pytest.raises(ValueError):
        store.commit_now(
            Batch(inputs=(event(3),), kept=(Kept("ann", b"1"),), mark=Mark(3, "p1"), offsets=(("a", 1),), unmerged=(3,))
        )
    assert store.restore() == Snapshot()
    assert store.tallied() == Tallied()
    assert store.offset("a") == 0


def test_an_offset_is_what_was_said_last(store: Store) -> None:
    store.commit_now(Batch(offsets=(("orders.csv", 100), ("kafka/0", 7))))
    store.commit_now(Batch(offsets=(("orders.csv", 250),)))
    assert (store.offset("orders.csv"), store.offset("kafka/0"), store.offset("other")) == (250, 7, 0)
    assert store.offsets("") == {"kafka/0": 7, "orders.csv": 250}
    assert store.offsets("orders") == {"orders.csv": 250}


def test_attempts_answered_long_ago_are_forgotten_once_logged_and_ended(store: Store) -> None:
    names = ("old", "young", "unlogged", "pending", "undecided")
    decided = [decision(name) for name in names[:4]]
    store.commit_now(Batch(inputs=(event(1),), decisions=tuple(decided), calls=tuple(map(attempt, names))))
    for claim in [row.claim for row in store.open_claims()]:
        name = claim.attempt.decision
        asyncio.run(store.answer(claim, Receipt("lapsed", "expired"), NOW + (name == "young")))
        told = event_of(claim, Receipt("lapsed", "expired"), NOW)
        if name != "unlogged":
            store.commit_now(Batch(inputs=(msgspec.structs.replace(told, seq=store.last_seq() + 1),)))
    store.commit_now(Batch(endings=tuple(ending(name) for name in names[:3])))
    store.forget_attempts(NOW + 1)
    for _ in range(9):
        store.commit_now(Batch())
    assert [row.claim.attempt.decision for row in store.outbox()] == ["young", "unlogged", "pending"]


def test_messages_put_away_long_ago_are_forgotten(store: Store) -> None:
    async def used() -> None:
        for name in ("old", "young", "lying"):
            await store.keep(InboxItem(name, "ann", NOW, Rendered("Hi", "Your cart", "")))
        assert await store.mark_dismissed("ann", "old", NOW)
        assert await store.mark_dismissed("ann", "young", NOW + 1)

    asyncio.run(used())
    store.forget_attempts(NOW + 1)
    for _ in range(9):
        store.commit_now(Batch())
    assert not asyncio.run(store.mark_shown("ann", "old", NOW + 2))
    assert asyncio.run(store.mark_shown("ann", "young", NOW + 2))
    assert [item.key for item in store.inbox("ann")] == ["lying"]


def test_a_publication_is_kept_by_its_hash(store: Store) -> None:
    files = {"opportune.yaml": "zone: Europe/Berlin\n", "journeys/cart.yaml": "journey: cart — ü\n"}
    store.keep_publication("p1", files)
    store.keep_publication("p1", files)
    assert store.publication("p1") == files


def test_an_attempt_is_claimed_by_the_commit_and_counts_from_one(store: Store) -> None:
    assert store.commit_now(Batch(calls=(attempt("d1"), attempt("d2")))) == (
        Claim(attempt("d1"), 1),
        Claim(attempt("d2"), 1),
    )
    assert store.commit_now(Batch(calls=(attempt("d1"),))) == (Claim(attempt("d1"), 2),)
    assert [(row.claim.attempt.decision, row.claim.nth, row.stage) for row in store.open_claims()] == [
        ("d1", 1, "claimed"),
        ("d2", 1, "claimed"),
        ("d1", 2, "claimed"),
    ]
    assert [row.claim.nth for row in store.outbox("d1")] == [1, 2]


def test_an_answer_waits_for_the_log_to_hold_its_event(store: Store) -> None:
    claim = claimed(store)

    async def answered() -> None:
        assert await store.mark_data_sent(claim)
        assert await store.answer(claim, SENT, NOW + 7)
        assert not await store.answer(claim, Receipt("failed", "late"), NOW + 8)

    asyncio.run(answered())
    (row,) = store.unlogged()
    assert (row.stage, row.code, row.at, row.is_logged) == ("sent", "accepted", NOW + 7, False)
    assert store.open_claims() == []
    receipt = event_of(claim, SENT, NOW + 7)
    store.commit_now(Batch(inputs=(Event(receipt.id, "ann", receipt.name, NOW, NOW, 1),)))
    assert store.unlogged() == []
    assert store.outbox("d1")[0].is_logged


def test_a_client_event_with_the_id_of_a_receipt_logs_no_answer(store: Store) -> None:
    claim = claimed(store)
    assert asyncio.run(store.answer(claim, Receipt("lapsed", "expired"), NOW))
    store.commit_now(Batch(inputs=(event(1, id="receipt-d1-1"),)))
    assert len(store.unlogged()) == 1


def test_a_recalled_claim_never_comes_to_data_sent(store: Store) -> None:
    claim = claimed(store)
    store.commit_now(Batch(calls=(Recall("d1", "ann", "exited"), Recall("unheard of", "ann", "exited"))))
    assert not asyncio.run(store.mark_data_sent(claim))
    standing = store.standing(claim)
    assert standing is not None and (standing.stage, standing.recalled) == ("claimed", "exited")


def test_a_recall_under_way_holds_if_the_provider_says_not_now(store: Store) -> None:
    claim = claimed(store)

    async def refused() -> None:
        assert await store.mark_data_sent(claim)
        store.commit_now(Batch(calls=(Recall("d1", "ann", "exited"),)))
        await store.release(claim)
        assert not await store.mark_data_sent(claim)

    asyncio.run(refused())
    assert [(row.stage, row.recalled) for row in store.outbox("d1")] == [("claimed", "exited")]


def test_a_recall_after_the_provider_has_taken_it_changes_nothing(store: Store) -> None:
    claim = claimed(store)

    async def taken() -> None:
        assert await store.mark_data_sent(claim)
        assert await store.answer(claim, SENT, NOW)

    asyncio.run(taken())
    store.commit_now(Batch(calls=(Recall("d1", "ann", "exited"),)))
    assert [(row.stage, row.recalled) for row in store.outbox("d1")] == [("sent", "")]


def test_data_sent_is_entered_once_and_left_only_by_a_clear_no(store: Store) -> None:
    claim = claimed(store)

    async def tried() -> None:
        assert await store.mark_data_sent(claim)
        assert not await store.mark_data_sent(claim)
        await store.release(claim)
        assert await store.mark_data_sent(claim)
        assert not await store.answer(claim, Receipt("lapsed", "expired"), NOW)

    asyncio.run(tried())
    assert store.standing(Claim(attempt("unheard of"), 1)) is None


def test_the_inbox_keeps_once_shows_once_and_dismisses_once(store: Store) -> None:
    item = InboxItem("d1", "ann", NOW, Rendered("Hi", "Your cart", ""))
    later = InboxItem("d2", "ann", NOW + 1, Rendered("Hi", "Again", "<p>Again</p>"))

    async def used() -> None:
        for each in (item, later, InboxItem("d1", "ann", NOW + 9, Rendered("other", "", ""))):
            await store.keep(each)
        assert store.inbox("ann") == [later, item]
        assert await store.mark_shown("ann", "d1", NOW + 5)
        assert not await store.mark_shown("ann", "d1", NOW + 6)
        assert not await store.mark_shown("bob", "d1", NOW + 6)
        assert store.inbox("ann")[1].shown_at == NOW + 5
        assert await store.mark_dismissed("ann", "d1", NOW + 7)
        assert not await store.mark_dismissed("ann", "d1", NOW + 8)

    asyncio.run(used())
    assert store.inbox("ann") == [later]
    assert store.inbox("bob") == []


def test_a_recall_takes_what_nobody_has_seen_from_the_inbox(store: Store) -> None:
    async def used() -> None:
        for key in ("seen", "unseen"):
            await store.keep(InboxItem(key, "ann", NOW, Rendered("Hi", "Your cart", "")))
        await store.mark_shown("ann", "seen", NOW + 1)

    asyncio.run(used())
    absorbed_by_then = Recall("unseen", "bob", "exited")
    store.commit_now(Batch(calls=(Recall("seen", "ann", "exited"), absorbed_by_then)))
    assert [item.key for item in store.inbox("ann")] == ["seen"]
