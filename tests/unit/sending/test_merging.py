"""Two memories become one: what each field of the one is, and what is done at once."""

import pytest

from opportune.events.event import Merged
from opportune.features.ledger import Consent, Pending, Suppression
from opportune.features.profile import Session, Stated
from opportune.journeys.beginning import exit_name
from opportune.journeys.memory import Memory, at_rest, fresh
from opportune.journeys.run import Again, Armed, Past, Run
from opportune.playbook.compiling import compiled
from opportune.sending.attempt import Recall
from opportune.sending.merging import merge
from opportune.sending.reaction import Reaction
from opportune.units import HOUR, MINUTE, Instant
from tests.stories.shop import shop

NOON: Instant = 1_780_315_200_000
PLAYBOOK = compiled(shop())
QUIET = compiled(
    shop(
        journeys={
            name: f"journey: {name}\nenter: {{inactive_for: 1 hour}}\nsteps:\n  - send: reminder\n"
            for name in ("ann", "device")
        }
    )
)


def known(user: str, *, clock: Instant = NOON) -> Memory:
    memory = fresh(user)
    memory.clock, memory.seq = clock, 5
    return memory


def merged(kept: Memory, absorbed: Memory, *, seq: int = 9) -> tuple[Reaction, Reaction]:
    return merge(PLAYBOOK, kept, absorbed, Merged(kept.user, absorbed.user, NOON, seq))


def waiting(key: str = "", *, entry: Instant = NOON - 10, due: Instant = NOON + HOUR, decision: str = "") -> Run:
    return Run("cart", PLAYBOOK.hash, key, entry, 0, entry, due, decision)


@pytest.mark.parametrize("seq", [4, 5])
def test_a_merge_that_is_not_newer_changes_nothing(seq: int) -> None:
    kept, absorbed = known("ann"), known("device")
    absorbed.is_known = True
    before = at_rest(kept)
    merged(kept, absorbed, seq=seq)
    assert at_rest(kept) == before


def test_the_clock_is_the_latest_and_the_place_that_of_the_merge() -> None:
    kept = known("ann")
    merged(kept, known("device", clock=NOON + 3))
    assert (kept.clock, kept.seq) == (NOON + 3, 9)


@pytest.mark.parametrize(("one", "other"), [(True, False), (False, True), (True, True), (False, False)])
def test_it_is_known_if_either_was(one: bool, other: bool) -> None:
    kept, absorbed = known("ann"), known("device")
    kept.is_known, absorbed.is_known = one, other
    merged(kept, absorbed)
    assert kept.is_known == (one or other)


@pytest.mark.parametrize(
    ("kept_at", "absorbed_at", "wins"),
    [(5, 6, "device"), (6, 5, "ann"), (5, 5, "ann"), (None, 1, "device"), (None, None, "ann"), (1, None, "ann")],
)
def test_the_silences_are_those_of_whoever_was_active_last(
    kept_at: int | None, absorbed_at: int | None, wins: str
) -> None:
    kept, absorbed = known("ann"), known("device")
    for memory, at in ((kept, kept_at), (absorbed, absorbed_at)):
        memory.armed = [Armed(memory.user, "", 0, NOON, NOON + HOUR)]
        memory.profile.sessions = [] if at is None else [Session(at, at)]
    merge(QUIET, kept, absorbed, Merged(kept.user, absorbed.user, NOON, 9))
    assert [each.journey for each in kept.armed] == [wins]


@pytest.mark.parametrize(
    ("kept_at", "absorbed_at", "bucket", "at"),
    [(7, 6, "device", 6), (6, 7, "ann", 6), (6, 6, "ann", 6), (None, 6, "device", 6), (6, None, "ann", 6)],
)
def test_draws_go_on_under_the_name_that_was_exposed_first(
    kept_at: int | None, absorbed_at: int | None, bucket: str, at: int
) -> None:
    kept, absorbed = known("ann"), known("device")
    kept.exposed_at, absorbed.exposed_at = kept_at, absorbed_at
    merged(kept, absorbed)
    assert (kept.bucket, kept.exposed_at) == (bucket, at)


def test_what_was_due_for_either_by_then_is_done_as_of_its_own_instant() -> None:
    kept, absorbed = known("ann", clock=NOON - HOUR), known("device", clock=NOON - HOUR)
    kept.runs, absorbed.runs = [waiting("1", due=NOON - MINUTE)], [waiting("2", due=NOON - 2 * MINUTE)]
    last, out = merged(kept, absorbed)
    assert [(each.user, each.due) for each in last.decisions] == [("device", NOON - 2 * MINUTE)]
    assert [(each.user, each.due) for each in out.decisions] == [("ann", NOON - MINUTE)]


def test_what_was_due_before_knows_nothing_of_the_other_id() -> None:
    kept, absorbed = known("ann", clock=NOON - HOUR), known("device")
    kept.runs = [waiting(due=NOON - MINUTE)]
    absorbed.profile.traits = {"email": [Stated(1, 1, "ann@example.com")]}
    assert [each.code for each in merged(kept, absorbed)[1].decisions] == ["no_address"]


def test_what_a_run_had_claimed_is_recalled_where_the_other_id_has_ended_it() -> None:
    kept, absorbed = known("ann"), known("device")
    kept.runs = [waiting(decision="d1")]
    kept.ledger.pending = [
        Pending(
            id="d1", at=NOON, state="claimed", message="reminder", channel="email", topic="cart", variant="default",
            counts=True, is_marketing=True, worth=1, journey="cart", key="", entry=NOON - 10, step=1,
            deadline=NOON + HOUR,
        )
    ]  # fmt: skip
    absorbed.profile.lasts = {exit_name("cart", ""): [NOON]}
    assert merged(kept, absorbed)[1].calls == [Recall("d1", "ann", "exited")]


def test_the_next_deadline_of_both_is_told() -> None:
    kept, absorbed = known("ann"), known("device")
    absorbed.runs = [waiting()]
    assert merged(kept, absorbed)[1].wake == NOON + HOUR


@pytest.mark.parametrize(("bought", "lives"), [(-11, True), (-10, False), (-9, False)])
def test_a_run_ends_by_what_the_other_did_from_its_entry_on(bought: int, lives: bool) -> None:
    """The exit of this journey names no key, and ends runs of every key."""
    for place in (0, 1):
        memories = known("ann"), known("device")
        memories[place].runs = [waiting("1")]
        memories[1 - place].profile.lasts = {exit_name("cart", ""): [NOON + bought]}
        merged(*memories)
        assert bool(memories[0].runs) == lives


def test_of_two_runs_that_are_alike_only_the_one_that_the_other_id_has_ended_is_gone() -> None:
    """One id entered, the other ended and entered again, all at one instant."""
    kept, absorbed = known("ann"), known("device")
    kept.runs, absorbed.runs = [waiting("1")], [waiting("1")]
    kept.profile.lasts = {exit_name("cart", ""): [kept.runs[0].entry]}
    merged(kept, absorbed)
    assert len(kept.runs) == 1


def test_reentry_remembers_the_newest_of_both() -> None:
    kept, absorbed = known("ann"), known("device")
    kept.pasts = [Past("b", "", 5, 6, None), Past("c", "", 1, 9, 9), Past("d", "", 1, 2)]
    absorbed.pasts = [Past("a", "", 1), Past("b", "", 7, 3, 4), Past("c", "", 1, None, 2), Past("d", "", 1, 8)]
    merged(kept, absorbed)
    assert kept.pasts == [Past("a", "", 1), Past("b", "", 7, 6, 4), Past("c", "", 1, 9, 9), Past("d", "", 1, 8)]


def test_the_entry_of_a_run_that_has_acted_and_is_none_beside_the_other_id_stands() -> None:
    once = compiled(shop(journeys="journey: cart\nenter: Cart Updated\nreentry: once\nsteps:\n  - send: reminder\n"))
    kept, absorbed = known("ann"), known("device")
    kept.runs = [Run("cart", once.hash, "", NOON - 20, 0, NOON - 20, NOON + HOUR, has_acted=True)]
    kept.pasts = [Past("cart", "", NOON - 20)]
    absorbed.pasts = [Past("cart", "", NOON - 10, before=NOON - 30, heard=[Again(NOON - 10, ended=NOON - 9)])]
    merge(once, kept, absorbed, Merged("ann", "device", NOON, 9))
    assert (kept.runs, [past.before for past in kept.pasts]) == ([], [NOON - 20])


def word(*, is_given: bool, seq: int, at: int = 1, source: str = "") -> Consent:
    return Consent("email", "*", is_given, seq, at, source)


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_withdrawal_of_either_speaks_last(is_turned: bool) -> None:
    kept, absorbed = known("ann"), known("device")
    one, other = (absorbed, kept) if is_turned else (kept, absorbed)
    one.ledger.consents, other.ledger.consents = [word(is_given=False, seq=1, at=3)], [word(is_given=True, seq=4, at=5)]
    merged(kept, absorbed)
    assert [(each.is_given, each.seq, each.at) for each in kept.ledger.consents] == [(False, 9, 3)]


def test_of_two_withdrawals_the_later_instant_stays_and_of_two_grants_the_newer_word() -> None:
    kept, absorbed = known("ann"), known("device")
    kept.ledger.consents = [word(is_given=False, seq=2, at=3), word(is_given=True, seq=3, at=8, source="context")]
    absorbed.ledger.consents = [word(is_given=False, seq=1, at=7), word(is_given=True, seq=4, at=6, source="context")]
    merged(kept, absorbed)
    found = [(each.source, each.is_given, each.seq, each.at) for each in kept.ledger.consents]
    assert found == [("", False, 9, 7), ("context", True, 4, 6)]


def test_a_suppression_of_the_absorbed_id_holds() -> None:
    kept, absorbed = known("ann"), known("device")
    absorbed.ledger.suppressions = [Suppression("email", "spam", 3)]
    merged(kept, absorbed)
    assert kept.ledger.suppressions == [Suppression("email", "spam", 3)]


def test_nothing_was_recalled_where_nothing_was_claimed() -> None:
    kept, absorbed = known("ann"), known("device")
    kept.runs, absorbed.runs = [waiting("1")], [waiting("1", entry=NOON - 20)]
    _, out = merged(kept, absorbed)
    assert [each.entry for each in kept.runs] == [NOON - 20]
    assert not [each for each in out.calls if isinstance(each, Recall)]
