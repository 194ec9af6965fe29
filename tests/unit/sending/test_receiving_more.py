"""Receipts and stops where something else has changed in between."""

import pytest

from opportune.events.event import Event
from opportune.events.names import CONSENT_WITHDRAWN, IN_APP_SHOWN, MESSAGE_SENT, MESSAGE_UNKNOWN
from opportune.features.profile import Stated
from opportune.playbook.compiling import compiled
from opportune.sending.attempt import Recall
from opportune.sending.reaction import reaction_to
from opportune.sending.receiving import awaits_showing, heard
from opportune.units import HOUR, MINUTE
from tests.stories.shop import NIGHT, shop
from tests.unit.sending.test_receiving import (
    NIGHTLY,
    NOON,
    NOW,
    PLAYBOOK,
    SESSION,
    SHOWN,
    asked,
    happens,
    the_only,
)

GOES_ON = NOW + "    not_sent: end\n  - wait: 1 hour\n"


def test_nobody_has_seen_what_is_only_planned_for_the_inbox() -> None:
    memory = asked(SHOWN)
    pending = the_only(memory)
    pending.state, pending.at = "planned", NOON + HOUR
    out = happens(SHOWN, memory, IN_APP_SHOWN, {"decision": pending.id}, at=NOON + 5)
    assert (out.endings, the_only(memory).state, memory.ledger.sent) == ([], "planned", [])


def test_what_was_seen_is_noticed_and_what_was_accepted_is_not_yet() -> None:
    for playbook, name, is_noticed in ((SHOWN, IN_APP_SHOWN, True), (PLAYBOOK, MESSAGE_SENT, False)):
        memory = asked(playbook)
        out = happens(playbook, memory, name, {"decision": the_only(memory).id}, at=NOON + 5)
        assert [(each.outcome, each.code, each.at) for each in out.endings] == [("sent", "sent", NOON + 5)]
        assert [each.is_noticed for each in memory.ledger.sent] == [is_noticed]


def test_after_an_unknown_outcome_the_run_goes_on_as_after_a_send() -> None:
    playbook = compiled(shop(journeys=GOES_ON))
    memory = asked(playbook)
    happens(playbook, memory, MESSAGE_UNKNOWN, {"decision": the_only(memory).id}, at=NOON + 5)
    assert [(run.step, run.due) for run in memory.runs] == [(1, NOON + 5 + HOUR)]
    assert [past.sent for past in memory.pasts] == [NOON + 5]


def test_what_is_accepted_when_the_session_has_ended_is_decided_again_as_of_now() -> None:
    memory = asked(SHOWN)
    pending = the_only(memory)
    now = NOON + 40 * MINUTE
    out = happens(SHOWN, memory, MESSAGE_SENT, {"decision": pending.id}, at=now)
    assert [(each.decision, each.code, each.at) for each in out.endings] == [(pending.id, "not_shown", now)]
    assert [(each.due, each.chosen and each.chosen.channel) for each in out.decisions] == [(now, "email")]
    assert out.calls[0] == Recall(pending.id, "ann", "not_shown")


def test_what_was_not_seen_yet_waits_for_the_end_of_a_session_that_goes_on() -> None:
    memory = asked(SHOWN)
    pending = the_only(memory)
    happens(SHOWN, memory, MESSAGE_SENT, {"decision": pending.id}, at=NOON + 5)
    happens(SHOWN, memory, "Page Viewed", {}, at=NOON + 20 * MINUTE)
    out = happens(SHOWN, memory, CONSENT_WITHDRAWN, {"channel": "push"}, at=NOON + 40 * MINUTE)
    assert (out.endings, out.calls) == ([], [])
    assert (pending.state, pending.at) == ("shown_awaited", NOON + 50 * MINUTE)


@pytest.mark.parametrize(
    ("message", "awaits"),
    [
        ("channels: [in_app, email]", True),
        ("channels: [in_app, push]", False),
        ("channels: [in_app]", False),
        ("channels: [in_app, email]\nkind: transactional", False),
    ],
)
def test_what_has_no_other_channel_to_take_over_is_not_awaited(message: str, awaits: bool) -> None:
    both = SESSION.replace("[in_app]", "[in_app, push]")
    pending = the_only(asked(SHOWN))
    assert awaits_showing(compiled(shop(both, journeys=NOW, messages={"reminder": message})), pending) == awaits
    assert not awaits_showing(compiled(shop(journeys=NOW, messages={"reminder": message})), pending)


def test_after_a_stop_the_run_goes_on_as_unsent() -> None:
    playbook = compiled(shop(NIGHT, journeys=GOES_ON))
    memory = asked(playbook, at=NOON + 11 * HOUR)
    happens(playbook, memory, CONSENT_WITHDRAWN, {"channel": "email"}, at=NOON + 11 * HOUR)
    assert memory.runs == []
    assert [past.sent for past in memory.pasts] == [None]


def test_a_stop_that_could_not_be_taken_is_judged_as_of_when_it_came() -> None:
    """The user's trait takes the consent back a moment after the last input, and a moment before this one."""
    playbook = compiled(shop(journeys=NOW, consent="{email: {trait: opt_in, topics: all}, push: always}"))
    memory = asked(compiled(shop(journeys=NOW)))
    memory.profile.traits["opt_in"] = [Stated(NOON, 1, True), Stated(NOON + 3, 2, False)]
    for received_at, calls in ((NOON + 2, []), (NOON + 4, [Recall(the_only(memory).id, "ann", "no_consent")])):
        event = Event("s1", "ann", CONSENT_WITHDRAWN, NOON, received_at, memory.seq + 1, b'{"channel":"push"}')
        heard(playbook, event, out := reaction_to(memory))
        assert out.calls == calls


def test_a_stop_that_could_not_be_taken_is_judged_no_earlier_than_the_last_input() -> None:
    playbook = compiled(shop(journeys=NOW, consent="{email: {trait: opt_in, topics: all}, push: always}"))
    memory = asked(compiled(shop(journeys=NOW)))
    memory.clock = NOON + 5
    memory.profile.traits["opt_in"] = [Stated(NOON, 1, True), Stated(NOON + 3, 2, False)]
    event = Event("s1", "ann", CONSENT_WITHDRAWN, NOON, NOON + 1, memory.seq + 1, b'{"channel":"push"}')
    heard(playbook, event, out := reaction_to(memory))
    assert out.calls == [Recall(the_only(memory).id, "ann", "no_consent")]


def test_what_was_only_planned_when_its_run_ended_is_not_recalled() -> None:
    memory = asked(NIGHTLY, at=NOON + 11 * HOUR)
    out = happens(NIGHTLY, memory, "Order Completed", {"n": 1}, at=NOON + 11 * HOUR)
    assert [(each.outcome, each.code) for each in out.endings] == [("not_sent", "exited")]
    assert (out.calls, memory.ledger.pending, memory.runs) == ([], [], [])
