"""From proposals to decisions: their names, what is decided again, and from when on a user is part of an experiment."""

import pytest
from msgspec.structs import replace

from opportune.features.ledger import Pending
from opportune.journeys.memory import Memory, fresh
from opportune.journeys.run import Run
from opportune.messages.message import Message
from opportune.playbook.compiling import compiled
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import again, decided, decision_id, proposal_of, release, slates
from opportune.policies.slate import Proposal
from opportune.units import DAY, HOUR, Instant
from tests.stories.shop import CART, shop

NOW = 1_780_315_200_000
MESSAGE = Message("reminder", ("in_app", "email"), "cart", useful_for=4 * HOUR)
RUN = Run("cart", "v1", "7", NOW - 10, 3, NOW - 5, None, kept={"value": 9})
WISH = proposal_of(RUN, MESSAGE, NOW)
PENDING = Pending(
    id="d1", at=NOW, state="planned", message="reminder", channel="in_app", topic="cart", variant="", counts=True,
    is_marketing=True, worth=1, journey="cart", key="7", entry=NOW - 10, step=3, deadline=NOW + DAY, rounds=2,
    without=("push",),
)  # fmt: skip


def test_a_wish_is_that_of_its_run_and_useless_in_its_time() -> None:
    assert WISH == Proposal(
        "cart", "v1", "7", NOW - 10, 3, MESSAGE, NOW + 4 * HOUR, without=(), rounds=0, kept={"value": 9}
    )


def test_what_is_decided_again_keeps_its_deadline_and_is_one_round_further() -> None:
    assert again(PENDING, MESSAGE, RUN) == replace(WISH, deadline=NOW + DAY, without=("push",), rounds=3)


def test_a_channel_that_was_tried_in_vain_is_left_out_from_then_on() -> None:
    assert again(PENDING, MESSAGE, RUN, without="in_app").without == ("push", "in_app")
    assert again(replace(PENDING, without=()), MESSAGE, RUN, without="in_app").without == ("in_app",)


def test_a_decision_has_the_same_name_in_every_release() -> None:
    """Providers drop repeats by this name, and receipts that come after an upgrade must still find their decision."""
    assert decision_id("ann", WISH, NOW) == "6f8a3132a667f21c027ccb35a3befbfe"
    assert decision_id("ann", replace(WISH, rounds=1), NOW) == "43bbeb36006ff082ed0386ac71812c5d"


def test_everything_that_tells_decisions_apart_is_in_the_name() -> None:
    others = [WISH, replace(WISH, journey="other"), replace(WISH, key="8"), replace(WISH, entry=1)]
    others += [replace(WISH, step=4), replace(WISH, rounds=1), replace(WISH, rounds=2)]
    names = {decision_id(user, each, due) for each in others for user in ("ann", "bob") for due in (NOW, NOW + 1)}
    assert len(names) == 4 * len(others)


def test_what_must_be_said_is_decided_alone_and_first_and_the_rest_as_rivals() -> None:
    must = replace(MESSAGE, kind="transactional")
    first, second = replace(WISH, message=must, key="1"), replace(WISH, message=must, journey="a")
    third, fourth = replace(WISH, journey="z"), replace(WISH, entry=NOW - 11)
    assert list(slates([third, first, fourth, second])) == [[second], [first], [fourth, third]]
    assert list(slates([first])) == [[first]]
    assert list(slates([])) == []


@pytest.mark.parametrize(("code", "outcome"), [("too_late", "expired"), ("exited", "not_sent")])
def test_what_is_released_says_why_and_is_no_reservation_any_more(code: str, outcome: str) -> None:
    memory = fresh("ann")
    memory.ledger.pending = [replace(PENDING, id="d0"), PENDING]
    ending = release(memory, PENDING, code, NOW)
    assert (ending.decision, ending.user, ending.outcome, ending.code, ending.at) == ("d1", "ann", outcome, code, NOW)
    assert [each.id for each in memory.ledger.pending] == ["d0"]


def rivals(playbook: Compiled) -> list[Proposal]:
    """One that has nowhere to go, one that can be said."""
    messages = [playbook.messages[name] for name in ("text", "shown")]
    return [replace(WISH, message=message, journey=message.name) for message in messages]


def asked(*policies: str, exposed_at: Instant | None = None) -> Memory:
    """A user for whom two rivals were decided, one of them certain to fall before any pick."""
    messages = {"text": "channels: [sms]", "shown": "channels: [in_app]"}
    journeys = {name: CART.replace("cart", name).replace("reminder", name) for name in messages}
    playbook, memory = compiled(shop(*policies, journeys=journeys, messages=messages)), fresh("ann")
    memory.exposed_at = exposed_at
    decided(playbook, memory, rivals(playbook), NOW)
    return memory


def test_a_user_is_exposed_from_the_first_decision_that_was_left_to_chance() -> None:
    assert asked().exposed_at is None
    assert asked("holdout: {share: 50%}").exposed_at == NOW
    assert asked("holdout: {share: 50%}", exposed_at=NOW - 5).exposed_at == NOW - 5
