"""The sends of an engine's file whose moment was chosen, and what came of each."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event, Merged
from opportune.policies.decision import Decision
from opportune.policies.timing import Slot
from opportune.training.gain import Send
from opportune.units import DAY, HOUR, MINUTE, ONE
from opportune.wiring.gain.record import Record, Wanted
from tests.unit.training.confounded import confounded
from tests.unit.wiring.gain.recorded import START, bought, decided, filed, opened, went_out, world_filed

LEARNED = Send("treated", True, True, False, 900_000, 900_000, 50_000, 300_000, 300_000, 200_000, None)
OTHER = Send("treated", False, False, False, 30_000, 900_000, 50_000, 100_000, 300_000, 200_000, None)
KEPT = Send("control", False, True, True, ONE, ONE, ONE, 200_000, 200_000, 200_000, None)


def record(path: Path, wanted: Wanted | None = None) -> Record:
    history = SqliteHistory(path)
    try:
        return Record(history, wanted or Wanted())
    finally:
        history.close()


def sends(found: Record) -> dict[str, list[Send]]:
    return {user: list(each) for user, each in found.users()}


def test_a_world_comes_back_as_it_was_written(tmp_path: Path) -> None:
    world = confounded(1, 300)
    found = sends(record(world_filed(tmp_path / "db", world.users)))
    assert set(found) == {user for user, _ in world.users}
    for user, written in world.users:
        assert [replace(each, reached=None) for each in found[user]] == written


@pytest.mark.parametrize(
    ("events", "is_opened", "is_unsure"),
    [
        ([], False, False),
        ([{"by": "human"}], True, False),
        ([{"name": "Email Link Clicked"}], True, False),
        ([{"by": "machine", "name": "Email Opened by Machine"}], False, False),
        ([{"by": "machine"}], False, False),
        ([{"by": "unsure"}], False, True),
        ([{"by": "unsure"}, {"by": "human"}], True, False),
        ([{"by": "unsure", "name": "Push Opened"}], True, False),
        ([{"after": 2 * DAY}], True, False),
        ([{"after": 2 * DAY + 1}], False, False),
        ([{"by": "unsure"}, {"after": 3 * DAY}], False, True),
    ],
)
def test_what_counts_as_opened(
    tmp_path: Path, events: Sequence[dict[str, object]], is_opened: bool, is_unsure: bool
) -> None:
    one = decided("ann", 0, LEARNED)
    said = [opened(one, **each) for each in events]  # type: ignore[arg-type]
    (send,) = sends(record(filed(tmp_path / "db", [one], events=said)))["ann"]
    assert (send.opened, send.unsure) == (is_opened, is_unsure)


def test_an_open_of_something_else_and_a_strange_one_count_for_nothing(tmp_path: Path) -> None:
    one = decided("ann", 0, LEARNED)
    strange = [
        Event("a", "ann", "Email Opened", START, START, properties=b'{"decision": 7}'),
        Event("b", "ann", "Email Opened", START, START, properties=b'{"decision": "other"}'),
    ]
    (send,) = sends(record(filed(tmp_path / "db", [one], events=strange)))["ann"]
    assert send.opened is False


def test_where_a_slot_is_on_a_channel_without_opens_they_are_not_asked_for(tmp_path: Path) -> None:
    one = decided("ann", 0, LEARNED, channel="sms")
    (send,) = sends(record(filed(tmp_path / "db", [one])))["ann"]
    assert (send.opened, send.reached) == (None, False)


def test_a_goal_counts_once_for_the_last_message_of_its_run_that_was_decided_before_it(tmp_path: Path) -> None:
    first = decided("ann", 0, LEARNED)
    second, third = (
        replace(decided("ann", place, LEARNED), entry=first.entry, id=f"later {place}", step=place) for place in (1, 4)
    )
    other = decided("ann", 2, LEARNED)
    goals = [replace(bought(first, worth=30), at=START + 2 * DAY)]
    found = sends(record(filed(tmp_path / "db", [first, second, third, other], goals=goals)))["ann"]
    assert [(each.reached, each.value) for each in found] == [(False, 0), (True, 30 * ONE), (False, 0), (False, 0)]


def test_a_goal_that_calls_the_message_off_counts_too(tmp_path: Path) -> None:
    """Else those would be left out who buy by themselves, and of late slots more than of early ones."""
    one = decided("ann", 0, LEARNED)
    endings, goals = [went_out(one, "not_sent", "exited")], [bought(one, after=-HOUR)]
    (send,) = sends(record(filed(tmp_path / "db", [one], endings=endings, goals=goals)))["ann"]
    assert (send.reached, send.opened) == (True, False)


def test_ids_that_were_joined_are_one_user(tmp_path: Path) -> None:
    one, other = decided("ann", 0, LEARNED), decided("visitor", 1, LEARNED)
    goal = bought(replace(other, user="ann"))
    merged = Merged("ann", "visitor", START + 3 * DAY)
    found = sends(record(filed(tmp_path / "db", [one, other], events=[merged], goals=[goal])))
    assert [each.reached for each in found["ann"]] == [False, True]


def test_who_changed_sides_is_left_out(tmp_path: Path) -> None:
    decisions = [decided("ann", 0, LEARNED), decided("ann", 1, KEPT), decided("ben", 0, KEPT)]
    found = record(filed(tmp_path / "db", decisions))
    assert list(sends(found)) == ["ben"]
    assert (found.counts.both, found.counts.users) == (1, {"control": 1})


def test_what_is_too_young_is_not_counted_whichever_slot_was_chosen(tmp_path: Path) -> None:
    """The last slot is 8 hours after the decision: all wait for two days after that one."""
    one = decided("ann", 0, LEARNED)
    for until, is_counted in ((8 * HOUR + 2 * DAY - 1, False), (8 * HOUR + 2 * DAY, True)):
        found = record(filed(tmp_path / str(until), [one], until=START + until))
        assert (bool(sends(found)), found.counts.waiting) == (is_counted, int(not is_counted))


def test_what_did_not_go_out_counts_and_was_not_opened(tmp_path: Path) -> None:
    decisions = [decided("ann", place, LEARNED) for place in range(2)]
    endings = [went_out(decisions[0]), went_out(decisions[1], "not_sent", "exited")]
    found = record(filed(tmp_path / "db", decisions, endings=endings, events=map(opened, decisions)))
    assert [each.opened for each in sends(found)["ann"]] == [True, False]
    assert (found.counts.decided, found.counts.sent) == ({"treated": 2}, {"treated": 1})


@pytest.mark.parametrize("later", [0, MINUTE])
def test_what_was_decided_again_is_one_message_as_it_was_chosen_first_and_came_out_last(
    tmp_path: Path, later: int
) -> None:
    """The first choice is what was drawn: that there was a second one hangs on it."""
    first = decided("ann", 0, LEARNED)
    gone = went_out(first, "not_sent", "replanned")
    second = replace(decided("ann", 1, OTHER), entry=first.entry, due=gone.at + later)
    path = filed(tmp_path / "db", [first, second], endings=[gone, went_out(second)], events=[opened(second)])
    (send,) = sends(record(path))["ann"]
    assert (send.opened, send.best, send.chance) == (True, True, LEARNED.chance)
    assert not sends(record(path, Wanted(since=START + 1)))


@pytest.mark.parametrize(("outcome", "later"), [("sent", 0), ("not_sent", DAY)])
def test_a_step_that_is_gone_through_again_is_another_message(tmp_path: Path, outcome: str, later: int) -> None:
    first = decided("ann", 0, LEARNED)
    ended = went_out(first, outcome, "sent" if outcome == "sent" else "over_capacity")
    second = replace(decided("ann", 1, OTHER), entry=first.entry, due=ended.at + later)
    found = sends(record(filed(tmp_path / "db", [first, second], endings=[ended, went_out(second)])))
    assert len(found["ann"]) == 2


def test_what_was_decided_again_is_young_as_long_as_the_last_of_it_is(tmp_path: Path) -> None:
    first = decided("ann", 0, LEARNED)
    gone = went_out(first, "not_sent", "replanned")
    second = replace(decided("ann", 1, OTHER), entry=first.entry, due=gone.at)
    assert second.timing is not None
    until = second.timing.slots[-1].at + 2 * DAY - 1
    found = record(filed(tmp_path / "db", [first, second], endings=[gone, went_out(second)], until=until))
    assert (sends(found), found.counts.waiting) == ({}, 1)


def test_what_is_pending_waits(tmp_path: Path) -> None:
    found = record(filed(tmp_path / "db", [decided("ann", 0, LEARNED)], endings=[]))
    assert (sends(found), found.counts.waiting) == ({}, 1)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(journey="j"), 2),
        (Wanted(journey="k"), 0),
        (Wanted(message="hello"), 2),
        (Wanted(message="bye"), 0),
        (Wanted(since=START + DAY), 1),
    ],
)
def test_some_of_them_may_be_asked_for(tmp_path: Path, wanted: Wanted, count: int) -> None:
    path = filed(tmp_path / "db", [decided("ann", place, LEARNED) for place in range(2)])
    assert sum(map(len, sends(record(path, wanted)).values())) == count


def test_other_decisions_are_passed_by(tmp_path: Path) -> None:
    plain = replace(decided("ann", 0, LEARNED), timing=None)
    silent = replace(decided("ben", 0, LEARNED), chosen=None)
    assert sends(record(filed(tmp_path / "db", [plain, silent], endings=[went_out(plain)]))) == {}


def test_a_slot_that_is_on_no_record_is_passed_by(tmp_path: Path) -> None:
    one = decided("ann", 0, LEARNED)
    assert one.timing is not None
    lost = replace(one, timing=replace(one.timing, slots=one.timing.slots[1:]))
    assert sends(record(filed(tmp_path / "db", [lost]))) == {}


def test_of_two_channels_at_the_best_instant_the_one_that_was_taken_is_meant(tmp_path: Path) -> None:
    one: Decision = decided("ann", 0, LEARNED)
    assert one.timing is not None
    best = one.timing.slots[0]
    beside = Slot("push", best.at, 400_000, best.worth + 1, 20_000)
    both = replace(one, timing=replace(one.timing, slots=(beside, best, *one.timing.slots[1:])))
    (send,) = sends(record(filed(tmp_path / "db", [both])))["ann"]
    assert (send.best, send.aim, send.aim_chance, send.aim_expected) == (True, True, 900_000, 300_000)


def test_the_share_of_the_control_is_that_of_the_playbook(tmp_path: Path) -> None:
    assert record(filed(tmp_path / "db", [decided("ann", 0, KEPT)])).shares == {ONE // 10}
    lost = replace(decided("ann", 0, KEPT), playbook="unknown")
    assert record(filed(tmp_path / "lost", [lost])).shares == set()


def test_a_send_a_minute_late_is_of_the_slot_it_was_planned_for(tmp_path: Path) -> None:
    one = decided("ann", 0, LEARNED)
    assert one.chosen is not None
    assert went_out(one).at == one.chosen.at + MINUTE
    (send,) = sends(record(filed(tmp_path / "db", [one])))["ann"]
    assert send.best
