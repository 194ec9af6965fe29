"""Whose an entry of the log is, where ids are joined, change hands and are set free again."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event, Merged
from opportune.events.wire import Arrival, read
from opportune.playbook.compiling import compiled
from opportune.ports import Batch
from opportune.units import Instant
from opportune.wiring.intake import Intake
from opportune.wiring.lives import Lives
from opportune.wiring.shard import Shard
from tests.stories.shop import shop

NOW: Instant = 1_780_315_200_000
PLAYBOOK = compiled(shop())
USERS, DEVICES = ("ann", "ben", "cleo"), ("tablet", "phone")
Call = dict[str, str]


def told(calls: list[Call]) -> tuple[MemoryStore, Shard]:
    """A store and a shard that took these calls one by one, as clients make them."""
    store, shard = MemoryStore(), Shard(PLAYBOOK)
    intake = Intake(store, shard)
    for number, call in enumerate(calls):
        body = json.dumps({"messageId": f"m{number}", "event": "Seen", **call}).encode()
        entries = [entry for each in read(body, Arrival(NOW + number)) for entry in intake.entered(each, NOW + number)]
        shard.feed(entries)
        store.commit_now(Batch(inputs=tuple(entries)))
    return store, shard


def does(device: str) -> Call:
    return {"type": "track", "anonymousId": device}


def is_on(user: str, device: str) -> Call:
    return {"type": "identify", "userId": user, "anonymousId": device}


def whose(store: MemoryStore, name: str) -> list[str]:
    """The ids of the events that are told of whoever has this id."""
    lives = Lives(store, name)
    return [each.id for each in store.log() if isinstance(each, Event) and lives.holds(each.user, each.seq)]


def test_what_a_device_did_before_its_user_was_known_is_the_users() -> None:
    store, _ = told([does("tablet"), is_on("ann", "tablet"), does("tablet")])
    assert whose(store, "ann") == whose(store, "tablet") == ["m0", "m1", "m2"]
    assert Lives(store, "ann").names == ["ann", "tablet"]


def test_a_device_that_went_to_another_user_tells_neither_of_the_other() -> None:
    store, _ = told([does("tablet"), is_on("ann", "tablet"), does("tablet"), is_on("ben", "tablet"), does("tablet")])
    assert whose(store, "ann") == ["m0", "m1", "m2"]
    assert whose(store, "ben") == whose(store, "tablet") == ["m3", "m4"]
    assert Lives(store, "ben").user == "ben"


def test_an_id_that_is_its_own_again_is_somebody_else() -> None:
    store, _ = told([does("cleo"), is_on("ann", "cleo"), {"type": "track", "userId": "cleo"}, does("cleo")])
    assert whose(store, "ann") == ["m0", "m1"]
    assert whose(store, "cleo") == ["m2", "m3"]
    assert Lives(store, "ann").names == ["ann", "cleo"]


def test_a_join_is_told_where_both_are_the_users() -> None:
    store, _ = told([does("tablet"), is_on("ann", "tablet"), is_on("ben", "tablet")])
    merges = [each for each in store.log() if isinstance(each, Merged)]
    assert [[Lives(store, name).joins(each) for each in merges] for name in ("ann", "ben")] == [
        [True, False],
        [False, False],
    ]


def test_of_an_id_that_nobody_said_nothing_is_told() -> None:
    store, _ = told([does("tablet")])
    assert whose(store, "ann") == []
    assert Lives(store, "ann").user == "ann"


calls = st.lists(
    st.one_of(
        st.sampled_from([*USERS, *DEVICES]).map(does),
        st.sampled_from(USERS).map(lambda user: {"type": "track", "userId": user}),
        st.builds(is_on, st.sampled_from(USERS), st.sampled_from([*USERS, *DEVICES])),
        st.builds(
            lambda user, previous: {"type": "alias", "userId": user, "previousId": previous},
            st.sampled_from(USERS),
            st.sampled_from(DEVICES),
        ),
    ),
    min_size=1,
    max_size=12,
)


@given(calls)
def test_every_event_is_told_of_exactly_one_user(said: list[Call]) -> None:
    said = [call for call in said if call.get("userId") not in (call.get("anonymousId"), call.get("previousId"))]
    store, shard = told(said)
    owners = {name: Lives(store, name) for name in (*USERS, *DEVICES)}
    for name, lives in owners.items():
        assert lives.user == shard.resolved(name)
    of_users = {lives.user: lives for lives in owners.values()}
    for event in (each for each in store.log() if isinstance(each, Event)):
        assert sum(lives.holds(event.user, event.seq) for lives in of_users.values()) == 1


@given(calls)
def test_places_and_instants_say_the_same_of_whose_it_is(said: list[Call]) -> None:
    store, _ = told([call for call in said if call.get("userId") != call.get("anonymousId")])
    log = list(store.log())
    assert all(before.seq < after.seq for before, after in pairwise(log))
    for lives in (Lives(store, name) for name in USERS):
        for event in (each for each in log if isinstance(each, Event)):
            assert lives.holds(event.user, event.seq) == lives.held(event.user, event.received_at)
