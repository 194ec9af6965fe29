"""What messages of a tested playbook are to bring, by the record of an engine that really sent them."""

import pickle
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.journeys.run import GoalReached
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.policies.decision import Chosen, Decision, Ending
from opportune.ports import Batch
from opportune.units import HOUR, ONE, Micros
from opportune.wiring.backtest.estimates import Estimates
from opportune.wiring.backtest.lived import Lived

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/j.yaml": "journey: j\nenter: Signed Up\ngoal: {on: Bought, within: 3 days}\nsteps:\n  - send: hello\n",
    "messages/hello.yaml": "message: hello\ntopic: news\nchannels: [email, sms]\n",
    "messages/hello.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
}


@pytest.fixture
def playbook() -> Playbook:
    return playbook_from(FILES)


def decision(
    user: str, *, variant: str = "hello", channel: str = "email", chance: Micros = ONE, at: int = 0
) -> Decision:
    chosen = Chosen(channel, variant, at) if variant else None
    code = "chosen" if chosen else "held_out"
    return Decision(
        f"of {user}", user, "j", "", 0, 0, 0, "hello", chosen, code, None, 0, chance, (), "hash", "UTC", seq=1
    )


def ending(decision: Decision) -> Ending:
    return Ending(decision.id, decision.user, "sent" if decision.chosen else "not_sent", decision.code, 10)


def lived(tested: Decision, *, opened: bool = False, bought: bool = False) -> Lived:
    return Lived(
        tested.user,
        (tested.user,),
        decisions=[tested],
        endings={tested.id: ending(tested)},
        goals=[GoalReached(tested.user, "j", "", 0, 20, None)] if bought else [],
        noticed={tested.id} if opened else set(),
    )


def record(path: Path, decisions: list[Decision]) -> Path:
    store = SqliteStore(path)
    store.commit_now(Batch(decisions=tuple(decisions), endings=tuple(ending(each) for each in decisions)))
    store.close()
    return path


def test_sends_that_were_made_alike_give_the_share_with_its_interval(playbook: Playbook, tmp_path: Path) -> None:
    users = [f"u{n}" for n in range(200)]
    fold = Estimates(playbook, 0, record(tmp_path / "db", [decision(user) for user in users]))
    for place, user in enumerate(users):
        fold.add([lived(decision(user), opened=place % 4 == 0, bought=place % 10 == 0)])
    goals, opens = fold.estimates()
    assert (opens.what, opens.sends, opens.value) == ("opens", 200, 0.25)
    assert (goals.what, goals.sends, goals.value) == ("goals", 200, 0.1)
    assert opens.low is not None and opens.high is not None and opens.low < 0.25 < opens.high


def test_a_wording_that_is_to_be_drawn_more_often_speaks_for_more(playbook: Playbook, tmp_path: Path) -> None:
    """Where then another one was drawn, and nothing else is drawn now, the record says nothing and lacks nothing."""
    warm = [decision(f"w{n}", variant="warm", chance=ONE // 2) for n in range(100)]
    cold = [decision(f"c{n}", variant="cold", chance=ONE // 2) for n in range(100)]
    fold = Estimates(playbook, 0, record(tmp_path / "db", [*warm, *cold]))
    for place, each in enumerate([*warm, *cold]):
        fold.add([lived(decision(each.user, variant="warm"), opened=place < 40 or place >= 100)])
    opens = next(each for each in fold.estimates() if each.what == "opens")
    assert (opens.sends, opens.value) == (200, 0.4)


@pytest.mark.parametrize(
    "then",
    [
        decision("nobody"),
        decision("u", variant=""),
        decision("u", channel="sms"),
        decision("u", variant="another"),
        decision("u", at=2 * HOUR),
    ],
    ids=["not made", "silence", "channel", "wording", "time"],
)
def test_what_was_not_made_so_cannot_be_estimated(playbook: Playbook, tmp_path: Path, then: Decision) -> None:
    from msgspec.structs import replace

    users = [f"u{n}" for n in range(200)]
    others = [replace(then, id=f"of {each}" if then.user == "u" else f"x {each}", user=each) for each in users]
    fold = Estimates(playbook, 0, record(tmp_path / "db", others))
    for user in users:
        fold.add([lived(decision(user), opened=True)])
    told = fold.estimates()
    assert [each.value for each in told] == [None, None]
    assert all(each.reason.startswith("the record knows 0 of 200 sends") for each in told)


def test_files_hold_no_record(playbook: Playbook) -> None:
    fold = Estimates(playbook, 0, None)
    fold.add([lived(decision("ann"), opened=True)])
    assert {each.reason for each in fold.estimates()} == {
        "files of events hold no record of what was sent; only an engine's own file does"
    }


@pytest.mark.parametrize("channel", ["sms", "in_app"])
def test_of_sms_nobody_sees_opens_and_in_app_is_sent_by_being_shown(playbook: Playbook, channel: str) -> None:
    fold = Estimates(playbook, 0, None)
    fold.add([lived(decision("ann", channel=channel), opened=True)])
    assert [each.what for each in fold.estimates()] == ["goals"]


def test_opens_are_told_by_channel(playbook: Playbook) -> None:
    fold = Estimates(playbook, 0, None)
    fold.add([lived(decision("ann"))])
    fold.add([lived(decision("ben", channel="push"))])
    assert [(each.what, each.message) for each in fold.estimates()] == [
        ("goals", "hello"),
        ("opens", "hello by email"),
        ("opens", "hello by push"),
    ]


def test_any_split_of_users_comes_to_the_same(playbook: Playbook, tmp_path: Path) -> None:
    users = [f"u{n}" for n in range(120)]
    store = record(tmp_path / "db", [decision(user) for user in users])
    lives = [[lived(decision(user), opened=place % 3 == 0)] for place, user in enumerate(users)]
    whole, one, other = (Estimates(playbook, 0, store) for _ in range(3))
    for place, each in enumerate(lives):
        whole.add(each)
        (one if place % 7 < 3 else other).add(each)
    other = pickle.loads(pickle.dumps(other))
    other.merge(one)
    assert other.estimates() == whole.estimates()


def test_a_goal_before_the_message_is_not_its_work(playbook: Playbook, tmp_path: Path) -> None:
    users = [f"u{n}" for n in range(100)]
    fold = Estimates(playbook, 0, record(tmp_path / "db", [decision(user) for user in users]))
    for user in users:
        before = lived(decision(user))
        before.goals = [GoalReached(user, "j", "", 0, 9, None)]
        fold.add([before])
    goals = next(each for each in fold.estimates() if each.what == "goals")
    assert goals.value == 0.0
