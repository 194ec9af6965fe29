"""A file that may be a copy: nothing is sent until somebody says so, and nothing that the original may have sent."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest

from opportune.adapters.stores.mark import mark_path
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events import names
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt, events_of
from opportune.units import DAY, HOUR, Instant
from opportune.wiring.copies import CODE, Copied, Holding
from opportune.wiring.demo.clock import SimulatedClock
from opportune.wiring.embedded import Host
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored
from tests.contracts.made import attempt

NOW: Instant = 1_780_315_200_000
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nkey: cart_id\nsteps:\n  - wait: 45 minutes\n"
    "  - send: first\n  - wait: 3 days\n  - send: second\n  - wait: 3 days\n  - send: third\n",
    **{
        f"messages/{name}.yaml": f"message: {name}\ntopic: cart\nchannels: [email]\n"
        for name in ("first", "second", "third")
    },
    **{
        f"messages/{name}.liquid": f"subject: {name}\n---\nIt waits. {{{{ unsubscribe_url }}}}\n"
        for name in ("first", "second", "third")
    },
}


def said(id: str, user: str, name: str = "Cart Updated", at: Instant = NOW, text: str = '{"cart_id": "c1"}') -> Event:
    return Event(id, user, name, at, at, properties=text.encode())


def known(user: str, at: Instant = NOW) -> Event:
    return said(f"known-{user}", user, names.IDENTIFIED, at, f'{{"email": "{user}@example.com"}}')


COUNTED = Receipt("unknown", CODE)


class Life:
    """One engine on a file, from its start; a provider takes whatever is handed over."""

    def __init__(self, path: Path, now: Instant) -> None:
        self.store, self.clock = SqliteStore(path), SimulatedClock(now)
        publications = Publications(self.store)
        if self.store.last_seq() == 0:
            publish(self.store, publications, playbook_from(FILES), FILES, now=now)
        self.start = restored(self.store, publications)
        self.sent: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.wakes: list[Instant] = []
        self.busy = 0
        self.holding = Holding(self.store, self.take, self.tell)
        self.host: Host

    async def begin(self) -> None:
        """As an engine starts: first what a copy has missed, then whatever comes."""
        if self.store.is_unsettled:
            await Copied(self.store, self.start, self.clock.now()).live_through()
        self.host = Host(self.store, self.start, clock=self.clock, claimed=self.holding.take)

    def take(self, claims: Iterable[Claim]) -> None:
        self.tasks += [asyncio.create_task(self.send(claim)) for claim in claims]

    async def send(self, claim: Claim) -> None:
        """What a dispatcher does, with nothing but a clock between held and sent."""
        attempt = claim.attempt
        self.busy += 1
        if self.store.held is not None:
            self.wakes.append(attempt.expires)
            self.busy -= 1
            await self.clock.pause(max(0, attempt.expires - self.clock.now()))
            self.busy += 1
        if self.clock.now() >= attempt.expires:
            receipt = Receipt("lapsed", "expired")
        else:
            assert self.store.held is None
            await self.store.mark_data_sent(claim)
            self.sent.append(f"{attempt.user} {attempt.message}")
            receipt = Receipt("sent", "accepted")
        await self.store.answer(claim, receipt, self.clock.now())
        self.tell([claim], receipt)
        self.busy -= 1

    def tell(self, claims: Iterable[Claim], receipt: Receipt = COUNTED) -> None:
        for claim in claims:
            for event in events_of(claim, receipt, self.clock.now()):
                self.host.report(event)

    async def passes(self, *, hours: float) -> None:
        end = self.clock.now() + round(hours * HOUR)
        await self.settle()
        while self.clock.now() < end:
            self.wakes = [each for each in self.wakes if each > self.clock.now()]
            first = self.host.shard.wheel.first()
            self.clock.move(min([end, *self.wakes, *([] if first is None else [first])]))
            await self.settle()

    async def settle(self) -> None:
        rounds = 0
        while rounds < 12:
            rounds = rounds + 1 if self.host.is_at_rest and self.holding.is_at_rest and not self.busy else 0
            await asyncio.sleep(0)


def lives(path: Path, now: Instant, story: Callable[[Life], Awaitable[None]]) -> list[str]:
    """User and message of what an engine sends that starts on this file at ``now``."""

    async def living() -> list[str]:
        life = Life(path, now)
        await life.begin()
        work = asyncio.create_task(life.host.run())
        await story(life)
        await life.settle()
        life.host.stop()
        await work
        for task in life.tasks:
            task.cancel()
        life.store.close()
        return life.sent

    return asyncio.run(living())


async def shopping(life: Life) -> None:
    """Ann and Ben leave a cart each; Ben does it an hour later."""
    await life.host.accept([known("ann"), said("a1", "ann")], [])
    await life.passes(hours=1)
    await life.host.accept([known("ben", life.clock.now()), said("b1", "ben", at=life.clock.now())], [])


async def a_day(life: Life) -> None:
    await life.passes(hours=24)


def confirmed(path: Path, *, is_moved: bool = False) -> None:
    store = SqliteStore(path)
    store.confirm(is_moved=is_moved)
    store.close()


def held(path: Path) -> str | None:
    store = SqliteStore(path)
    why = store.held
    store.close()
    return why


def copied(path: Path, to: Path) -> Path:
    """As an operator would do it without thinking of anything beside the file."""
    to.parent.mkdir(exist_ok=True)
    shutil.copyfile(path, to)
    return to


def test_the_file_that_goes_on_where_it_was_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    assert lives(path, NOW, shopping) == ["ann first"]
    assert held(path) is None
    assert lives(path, NOW + HOUR, a_day) == ["ben first"]


def test_a_copy_sends_nothing_until_it_is_confirmed_and_then_nothing_that_the_original_may_have_sent(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shop.db"
    lives(path, NOW, shopping)
    copy = copied(path, tmp_path / "elsewhere" / "shop.db")
    original = lives(path, NOW + HOUR, lambda life: life.passes(hours=24 * 8))
    assert sorted(original) == ["ann second", "ann third", "ben first", "ben second", "ben third"]

    assert lives(copy, NOW + 4 * DAY, a_day) == []
    assert "has no mark" in (held(copy) or "")
    confirmed(copy)
    late = lives(copy, NOW + 5 * DAY + HOUR, lambda life: life.passes(hours=24 * 8))
    assert sorted(late) == ["ann third", "ben third"], "only what was due after the confirmation"


def test_what_has_its_cause_only_in_the_copy_is_sent_once_it_is_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    lives(path, NOW, shopping)
    copy = copied(path, tmp_path / "elsewhere" / "shop.db")

    async def held_for_a_while(life: Life) -> None:
        await life.host.accept([known("cid", life.clock.now()), said("c1", "cid", at=life.clock.now())], [])
        await life.passes(hours=2)
        assert life.sent == []
        life.store.confirm()
        life.store.settled()
        await life.passes(hours=1)

    assert lives(copy, NOW + 2 * HOUR, held_for_a_while) == ["cid first"]


def test_a_move_that_was_meant_sends_what_fell_due_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    lives(path, NOW, shopping)
    moved = tmp_path / "new-disk.db"
    path.rename(moved)
    confirmed(moved, is_moved=True)
    assert lives(moved, NOW + 2 * HOUR, a_day) == ["ben first"]


def test_an_older_state_put_in_its_place_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    lives(path, NOW, shopping)
    old = copied(path, tmp_path / "old")
    lives(path, NOW + HOUR, a_day)
    copied(old, path)
    assert "earlier state" in (held(path) or "")
    assert "earlier state" in (held(path) or ""), "it stays so until it is confirmed"
    assert lives(path, NOW + 25 * HOUR, a_day) == []
    confirmed(path)
    assert held(path) is None


def test_a_begun_call_alone_makes_an_older_state_older(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    store = SqliteStore(path)
    (claim,) = store.commit_now(Batch(calls=(attempt(),)))
    store.close()
    old = copied(path, tmp_path / "old")
    store = SqliteStore(path)
    assert asyncio.run(store.mark_data_sent(claim))
    store.close()
    copied(old, path)
    assert "earlier state" in (held(path) or "")


def test_a_copy_together_with_its_mark_is_noticed_by_being_another_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    lives(path, NOW, shopping)
    copy = copied(path, tmp_path / "copy.db")
    shutil.copyfile(mark_path(path), mark_path(copy))
    assert "not the file that its mark was made for" in (held(copy) or "")


def test_the_file_of_another_shop_in_its_place_is_noticed(tmp_path: Path) -> None:
    path, other = tmp_path / "shop.db", tmp_path / "other.db"
    lives(path, NOW, shopping)
    lives(other, NOW, shopping)
    copied(other, path)
    assert "another file" in (held(path) or "")


@pytest.mark.parametrize("raw", [b"", b"opportun", bytes(4_096)])
def test_a_mark_that_cannot_be_read_holds(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "shop.db"
    lives(path, NOW, shopping)
    mark_path(path).write_bytes(raw)
    assert "has no mark" in (held(path) or "")


def test_a_mark_that_is_behind_its_file_as_after_a_power_cut_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    lives(path, NOW, shopping)
    behind = mark_path(path).read_bytes()
    lives(path, NOW + HOUR, a_day)
    mark_path(path).write_bytes(behind)
    assert held(path) is None


def test_after_a_confirmation_the_original_is_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    lives(path, NOW, shopping)
    copy = copied(path, tmp_path / "copy.db")
    confirmed(copy)
    for _ in range(9):
        held(path)
    copied(path, copy)
    assert "earlier state" in (held(copy) or "")


def test_a_second_engine_on_one_file_is_told_which_process_has_it(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    store = SqliteStore(path)
    with pytest.raises(Unavailable, match=f"process {os.getpid()} owns this file"):
        SqliteStore(path)
    store.close()
