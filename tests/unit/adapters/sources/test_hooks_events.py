"""What a provider tells becomes events of ours; only stops are believed of a user without a decision."""

import json

import pytest

from opportune.adapters.sources.hooks_events import event_of
from opportune.adapters.sources.hooks_told import Told
from opportune.errors import EventError
from opportune.events import names
from opportune.policies.decision import Chosen, Decision

NOW = 1_790_000_000_000
ID = "0f" * 16


def decided(channel: str = "email") -> Decision:
    chosen = Chosen(channel, "plain", NOW - 5_000)
    return Decision(ID, "ann", "cart", "", 1, 0, 2, "reminder", chosen, "chosen", None, 3, 4, (), "p", "UTC")


def heard(told: Told, channel: str = "email") -> tuple[str, dict[str, object]]:
    event = event_of(told, decided(channel), key="hook-1-0", now=NOW)
    assert (event.id, event.user, event.at, event.is_history) == ("hook-1-0", "ann", NOW, False)
    said = json.loads(event.properties)
    assert {name: said.pop(name) for name in ("decision", "message", "channel", "source")} == {
        "decision": ID,
        "message": "reminder",
        "channel": channel,
        "source": "provider",
    }
    return event.name, said


@pytest.mark.parametrize(
    ("told", "channel", "name", "properties"),
    [
        (Told("sent"), "email", names.MESSAGE_SENT, {}),
        (Told("delivered"), "email", names.EMAIL_DELIVERED, {}),
        (Told("delivered"), "sms", names.MESSAGE_DELIVERED, {}),
        (Told("opened"), "email", names.EMAIL_OPENED, {"by": "unsure", "rule": "provider"}),
        (Told("opened", machine=True), "email", names.EMAIL_OPENED_BY_MACHINE, {"by": "machine", "rule": "provider"}),
        (Told("opened"), "push", names.PUSH_OPENED, {"by": "unsure", "rule": "provider"}),
        (
            Told("clicked", url="https://shop.example/"),
            "sms",
            names.SMS_CLICKED,
            {"by": "unsure", "rule": "provider", "url": "https://shop.example/"},
        ),
        (Told("bounced", status="5.1.1"), "email", names.EMAIL_BOUNCED, {"type": "hard", "code": "5.1.1"}),
        (Told("bounced", status="4.2.2"), "email", names.EMAIL_BOUNCED, {"type": "soft", "code": "4.2.2"}),
        (Told("bounced", status="5.7.1"), "email", names.EMAIL_BOUNCED, {"type": "policy", "code": "5.7.1"}),
        (Told("bounced"), "email", names.EMAIL_BOUNCED, {"type": "unknown", "code": ""}),
        (Told("bounced", bounce="hard"), "email", names.EMAIL_BOUNCED, {"type": "hard", "code": ""}),
        (Told("failed"), "email", names.EMAIL_BOUNCED, {"type": "soft", "code": ""}),
        (
            Told("failed", status="550", reason="user unknown"),
            "email",
            names.EMAIL_BOUNCED,
            {"type": "hard", "code": "550"},
        ),
        (Told("failed"), "sms", names.MESSAGE_BOUNCED, {"type": "soft", "code": ""}),
        (Told("bounced", bounce="hard"), "sms", names.SUPPRESSED, {"reason": "bounced"}),
        (Told("complained"), "email", names.EMAIL_COMPLAINED, {"reason": "complained"}),
        (Told("complained"), "sms", names.SUPPRESSED, {"reason": "complained"}),
        (Told("unsubscribed"), "sms", names.UNSUBSCRIBED, {}),
        (Told("unsubscribed", topic="cart"), "email", names.UNSUBSCRIBED, {"topic": "cart"}),
    ],
)
def test_what_is_told_has_its_event(told: Told, channel: str, name: str, properties: dict[str, object]) -> None:
    after = {"after": 5_000} if told.type in ("opened", "clicked") else {}
    assert heard(told, channel) == (name, properties | after)


def test_the_servers_words_and_a_stated_user_do_not_get_into_the_log_of_a_decision() -> None:
    event = event_of(Told("bounced", reason="550 bob@x.example", user="bob"), decided(), key="h", now=NOW)
    assert event.user == "ann"
    assert b"bob" not in event.properties


@pytest.mark.parametrize(
    ("at", "is_at"),
    [(None, NOW), (NOW - 9_000, NOW - 9_000), (NOW + 9_000, NOW), ("2026-09-21T14:13:19Z", NOW - 1_000)],
)
def test_it_happened_when_it_is_said_to_but_never_later_than_now(at: int | str | None, is_at: int) -> None:
    assert event_of(Told("delivered", at=at), decided(), key="h", now=NOW).at == is_at


@pytest.mark.parametrize("type", ["bounced", "complained", "unsubscribed"])
def test_a_stop_is_believed_of_a_user_whose_decision_is_not_known(type: str) -> None:
    event = event_of(Told(type, decision="gone", user="ann"), None, key="h", now=NOW)  # type: ignore[arg-type]
    assert event.user == "ann"
    assert "decision" not in json.loads(event.properties)


def test_the_send_of_another_system_counts_for_the_user_it_names() -> None:
    event = event_of(Told("sent", user="ann", channel="sms"), None, key="h", now=NOW)
    assert (event.user, event.name, json.loads(event.properties)["channel"]) == ("ann", names.MESSAGE_SENT, "sms")


@pytest.mark.parametrize(
    "told",
    [
        Told("delivered"),
        Told("bounced", decision=ID),
        Told("sent", decision=ID, user="ann"),
        Told("opened", message_id="<a@b>", user="ann"),
    ],
)
def test_what_is_about_nobody_we_know_is_refused(told: Told) -> None:
    with pytest.raises(EventError) as refusal:
        event_of(told, None, key="h", now=NOW)
    assert refusal.value.code == "unknown_decision"


@pytest.mark.parametrize(
    ("user", "code"), [("undefined", "placeholder_user"), (" ", "bad_id"), ("a\nb", "bad_id"), ("u" * 600, "bad_id")]
)
def test_a_user_that_cannot_be_one_is_refused(user: str, code: str) -> None:
    with pytest.raises(EventError) as refusal:
        event_of(Told("complained", user=user), None, key="h", now=NOW)
    assert refusal.value.code == code


def test_a_channel_that_is_none_is_refused() -> None:
    with pytest.raises(EventError) as refusal:
        event_of(Told("complained", user="ann", channel="pigeon"), None, key="h", now=NOW)
    assert refusal.value.code == "bad_hook"


@pytest.mark.parametrize(("type", "channel"), [("opened", "sms"), ("clicked", "webhook"), ("opened", "in_app")])
def test_what_cannot_happen_on_a_channel_is_refused(type: str, channel: str) -> None:
    with pytest.raises(EventError) as refusal:
        event_of(Told(type), decided(channel), key="h", now=NOW)  # type: ignore[arg-type]
    assert refusal.value.code == "bad_hook"


@pytest.mark.parametrize(
    "told",
    [Told("sent", decision=ID), Told("sent", message_id=f"<{ID}@shop.example>"), Told("sent", message_id=f"{ID}@s")],
)
def test_a_message_id_of_ours_names_its_decision(told: Told) -> None:
    assert told.named == ID


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"])
def test_a_stop_holds_though_it_is_said_to_be_from_before_1970(at: str) -> None:
    event = event_of(Told("bounced", user="ann", channel="sms", bounce="hard", at=at), None, key="h", now=NOW)
    assert (event.name, event.at, event.received_at) == (names.SUPPRESSED, 0, NOW)
