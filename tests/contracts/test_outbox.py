"""What every store promises of attempts that may be asked for again; one suite for the file and for plain memory."""

import asyncio

from opportune.ports import Batch, Store
from opportune.sending.attempt import Recall
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt
from tests.contracts.made import NOW, attempt


def claimed(store: Store, *names: str) -> tuple[Claim, ...]:
    return store.commit_now(Batch(calls=tuple(attempt(name) for name in names or ("d1",))))


def test_the_first_words_are_kept_until_the_answer(store: Store) -> None:
    (claim,) = claimed(store)

    async def tried() -> None:
        assert await store.mark_data_sent(claim, b"first")
        assert store.open_claims()[0].body == b"first"
        assert await store.mark_data_sent(claim, b"second", again=True)
        assert store.open_claims()[0].body == b"first"
        await store.release(claim)
        assert await store.mark_data_sent(claim, b"third")
        assert store.open_claims()[0].body == b"first"
        assert await store.answer(claim, Receipt("sent", "accepted"), NOW)

    asyncio.run(tried())
    assert store.outbox("d1")[0].body is None


def test_a_try_after_silence_is_marked_only_where_one_was_marked_before(store: Store) -> None:
    (claim,) = claimed(store)

    async def tried() -> None:
        assert not await store.mark_data_sent(claim, again=True)
        assert await store.mark_data_sent(claim)
        assert not await store.mark_data_sent(claim)
        assert await store.mark_data_sent(claim, again=True)
        await store.answer(claim, Receipt("unknown", "no_answer"), NOW)
        assert not await store.mark_data_sent(claim, again=True)

    asyncio.run(tried())


def test_a_recall_stops_the_try_after_silence(store: Store) -> None:
    (claim,) = claimed(store)

    async def tried() -> None:
        assert await store.mark_data_sent(claim, b"words")
        store.commit_now(Batch(calls=(Recall("d1", "ann", "no_consent"),)))
        assert not await store.mark_data_sent(claim, b"words", again=True)

    asyncio.run(tried())
    assert [(row.stage, row.recalled) for row in store.outbox()] == [("data_sent", "no_consent")]


def test_what_a_refusal_said_of_the_address_is_kept_with_the_answer(store: Store) -> None:
    (claim,) = claimed(store)
    assert asyncio.run(store.answer(claim, Receipt("failed", "smtp_550", "hard 5.1.1"), NOW))
    assert [(row.code, row.bounce) for row in store.unlogged()] == [("smtp_550", "hard 5.1.1")]


def test_attempts_are_listed_by_stage_newest_first(store: Store) -> None:
    one, two, three, _ = claimed(store, "d1", "d2", "d3", "d4")

    async def answered() -> None:
        for claim in (one, three):
            await store.mark_data_sent(claim)
            await store.answer(claim, Receipt("unknown", "no_answer"), NOW)
        await store.mark_data_sent(two)

    asyncio.run(answered())
    assert [row.claim for row in store.attempts(("unknown",))] == [three, one]
    assert [row.claim for row in store.attempts(("unknown",), limit=1)] == [three]
    assert [row.claim.attempt.decision for row in store.attempts(("claimed", "data_sent"))] == ["d4", "d2"]
    assert store.attempts(()) == []


def test_no_address_is_barred_until_somebody_bars_it(store: Store) -> None:
    assert not store.is_barred("email", "ann@example.com")
