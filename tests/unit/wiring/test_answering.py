"""Why, however it is asked: of a user, of a decision, of everybody."""

from pathlib import Path

import pytest
from msgspec.structs import replace

import opportune
from opportune.adapters.sources.asking import Question
from opportune.adapters.stores.memory import MemoryStore
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Merged, Published
from opportune.playbook.reading import playbook_from
from opportune.policies.decision import Chosen, Decision
from opportune.ports import Batch, Store
from opportune.testing import World
from opportune.wiring.answering import MOST_FOUND, answered
from opportune.wiring.lives import Lives
from opportune.wiring.looking import MOST_LOOKED_THROUGH, Looking
from opportune.wiring.sample import sample_texts
from opportune.wiring.why import Account
from tests.contracts.made import NOW, decision, ending, event
from tests.stories.shop import shop

MADE = [
    decision("d1"),
    replace(decision("d2", seq=2), due=NOW + 1, message="win_back", journey="win_back"),
    replace(decision("d3", "bob", seq=3), due=NOW + 2, chosen=Chosen("email", "", NOW + 9), code="chosen"),
]


def filled(store: Store, *decisions: Decision) -> Store:
    endings = tuple(ending(each.id, each.user) for each in decisions if each.chosen is None)
    store.commit_now(Batch(inputs=(event(1),), decisions=decisions, endings=endings))
    return store


def ids(account: Account | None) -> list[str]:
    assert account is not None
    return [each.decision.id for each in account.decisions]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (Question(user="ann"), ["d2", "d1"]),
        (Question(user="ann", limit=1), ["d2"]),
        (Question(user="ann", message="win_back"), ["d2"]),
        (Question(user="ann", journey="cart", code="no_consent"), ["d1"]),
        (Question(user="ann", code="sent"), []),
        (Question(user="bob", code="chosen"), ["d3"]),
        (Question(user="ann", since=NOW + 1), ["d2"]),
        (Question(user="ann", until=NOW + 1), ["d1"]),
        (Question(), ["d3", "d2", "d1"]),
        (Question(journey="cart"), ["d3", "d1"]),
        (Question(message="win_back"), ["d2"]),
        (Question(decision="d1"), ["d1"]),
    ],
)
def test_what_is_asked_is_found(question: Question, found: list[str]) -> None:
    assert ids(answered(filled(MemoryStore(), *MADE), question, Looking())) == found


def test_a_decision_that_is_not_there_has_no_answer() -> None:
    assert answered(MemoryStore(), Question(decision="d9"), Looking()) is None


def test_a_list_has_fifty_unless_it_is_said_how_many() -> None:
    many = [decision(f"d{number}", seq=number + 1) for number in range(MOST_FOUND + 9)]
    assert len(ids(answered(filled(MemoryStore(), *many), Question(), Looking()))) == MOST_FOUND


def test_python_asks_the_file_of_an_engine(tmp_path: Path) -> None:
    store = filled(SqliteStore(tmp_path / "shop.db"), *MADE)
    assert ids(opportune.why(tmp_path / "shop.db", "ann", limit=1)) == ["d2"]
    assert ids(opportune.why(str(tmp_path / "shop.db"), journey="cart", code="chosen")) == ["d3"]
    store.close()


def test_a_playbook_is_read_once_and_one_that_cannot_be_used_is_none() -> None:
    store, looking = MemoryStore(), Looking()
    store.keep_publication("p1", sample_texts())
    store.keep_publication("p2", {"opportune.yaml": "policies: [{no_such_policy: {}}]\nzone: UTC\n"})
    first = looking.playbook(store, "p1")
    assert first is not None
    assert looking.playbook(store, "p1") is first
    assert looking.playbook(store, "p2") is looking.playbook(store, "p3") is None


def test_where_some_of_what_is_around_may_be_missing_nothing_is_said_of_it() -> None:
    """Two of one instant, the older of them beyond what is looked through."""
    many = [replace(decision(f"d{number}", seq=number + 1), due=NOW + number // 2) for number in range(9)]
    store = filled(MemoryStore(), *many)
    near = Looking().near(store, Lives(store, "ann"))
    assert len(near.around(many[3]).decisions) == len(many) < MOST_LOOKED_THROUGH
    more = [replace(decision(f"m{number}", seq=number + 10), due=NOW + 9) for number in range(MOST_LOOKED_THROUGH - 1)]
    store.commit_now(Batch(decisions=tuple(more)))
    near = Looking().near(store, Lives(store, "ann"))
    assert [len(near.around(each).decisions) for each in (many[8], more[0])] == [0, MOST_LOOKED_THROUGH]


@pytest.mark.parametrize("user", [None, "ann"])
@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question(code="frequency_cup"), " No decision has the code 'frequency_cup'; did you mean 'frequency_cap'?"),
        (Question(journey="card"), " No decision has the journey 'card'; did you mean 'cart'?"),
        (Question(journey="carnival"), " No decision has the journey 'carnival'; known: cart, win_back"),
    ],
)
def test_a_name_that_no_decision_has_is_told_as_such(user: str | None, question: Question, said: str) -> None:
    store = published()
    account = answered(store, replace(question, user=user), Looking())
    assert account is not None
    assert account.decisions == []
    assert account.sentence.endswith(said)


@pytest.mark.parametrize(
    "question",
    [Question(code="held_out"), Question(code="smtp_550"), Question(journey="win_back"), Question(code="friday"),
     Question(journey="gone"), Question(user="bob", code="friday")],
)  # fmt: skip
def test_nothing_is_said_of_a_name_that_a_decision_has_or_may_come_to_have(question: Question) -> None:
    store = published()
    store.commit_now(Batch(decisions=(replace(decision(), code="friday", journey="gone"),)))
    account = answered(store, question, Looking())
    assert account is not None
    assert "No decision" not in account.sentence


def published() -> MemoryStore:
    store, playbook = MemoryStore(), playbook_from(sample_texts())
    store.keep_publication(playbook.hash, sample_texts())
    store.commit_now(Batch(inputs=(Published(playbook.hash, NOW, 1),)))
    return store


def shared() -> tuple[MemoryStore, dict[str, Decision]]:
    """Three carts: of a tablet before it is Ann's, of Ann, and of Ben, whose the tablet is since; ids by user."""
    world = World(shop("frequency_cap: {at_most: 2, within: 7 days}"), start="2026-06-01T12:00Z")
    ann, ben, tablet = world.user("ann"), world.user("ben"), world.user("tablet")
    tablet.does("Cart Updated")
    world.passes(hours=1)
    for user in (ann, ben):
        world.feed([Merged(user.name, "tablet", world.now, next(world._seq))])
        user.does("Cart Updated")
        world.passes(hours=1)
    store, endings = MemoryStore(), tuple(world.endings.values())
    store.commit_now(Batch(inputs=tuple(world.log), decisions=tuple(world.decisions), endings=endings))
    return store, {each.user: each for each in world.decisions}


def test_of_a_device_that_two_have_shared_each_is_told_only_what_is_theirs() -> None:
    store, made = shared()
    assert {user: made[user].message for user in made} == dict.fromkeys(("tablet", "ann", "ben"), "reminder")
    asked = {user: answered(store, Question(user=user), Looking()) for user in ("ann", "ben", "tablet")}
    assert ids(asked["ann"]) == [made["ann"].id, made["tablet"].id]
    assert ids(asked["ben"]) == ids(asked["tablet"]) == [made["ben"].id]
    assert [account and account.names for account in asked.values()] == [["ann", "tablet"], ["ben"], ["ben"]]


def test_events_of_whoever_has_the_device_since_are_not_counted() -> None:
    store, _ = shared()
    account = answered(store, Question(user="ben", message="win_back", journey="none"), Looking())
    assert account is not None
    assert "ben: nothing of this kind was ever decided about win_back. The store holds 3 events" in account.sentence


def test_what_is_around_a_decision_is_of_whoever_it_was_about_then() -> None:
    store, made = shared()
    for name, users in (("tablet", {"tablet", "ann"}), ("ann", {"tablet", "ann"}), ("ben", {"ben"})):
        near = Looking().near(store, Lives(store, name, made[name].seq))
        assert {each.user for each in near.decisions} == users
        told = answered(store, Question(decision=made[name].id), Looking())
        assert ids(told) == [made[name].id]
