"""What is said of a playbook as a whole, beyond what stands in one file."""

import msgspec
import pytest

from opportune.features.condition import condition
from opportune.journeys.journey import Journey, Reentry
from opportune.journeys.step import Goto, Send, Wait, WaitUntil
from opportune.journeys.trigger import Watched
from opportune.messages.message import Message
from opportune.messages.template import Template
from opportune.playbook.check import check
from opportune.playbook.definition import ConsentGrant, Playbook, Settings, playbook_of
from opportune.playbook.finding import Finding
from opportune.playbook.reading import findings, playbook_from
from opportune.policies.frequency_cap import FrequencyCap
from opportune.units import DAY, HOUR
from tests.unit.playbook.files import FILES, changed

CART, MESSAGE, MAIN = "journeys/cart.yaml", "messages/reminder.yaml", "opportune.yaml"
WORDS = Template("Hi {{ unsubscribe_url }}", subject="Hi")


def made(*journeys: Journey, **changes: object) -> Playbook:
    message = msgspec.structs.replace(Message("hello", ("email",), "news", variants=("plain",)), **changes)
    return playbook_of(
        Settings("UTC", consents={"email": ConsentGrant("opt_in")}),
        journeys=journeys or [Journey("welcome", Watched("Signed Up"), (Send("hello"),))],
        messages=[message],
        templates={("hello", "plain"): WORDS},
    )


def said(found: list[Finding], level: str) -> list[str]:
    return [str(each) for each in found if each.level == level]


def test_a_good_playbook_gives_no_findings() -> None:
    assert check(playbook_from(FILES)) == []
    assert check(made()) == []


def test_a_playbook_made_in_python_names_paths_as_places() -> None:
    [finding] = check(made(Journey("welcome", Watched("Signed Up"), (Send("hullo"), Send("hello")))))
    assert str(finding) == ("journeys.welcome.steps[0]: error: there is no message 'hullo'; did you mean 'hello'?")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"obeys": False}, "obeys: false is for transactional messages only"),
        ({"channels": ("pigeon",)}, "there is no channel 'pigeon'; there are in_app, push, email, sms, webhook"),
        ({"channels": ()}, "a message needs a channel"),
        ({"variants": ("plain", "warm")}, "variant 'warm' has no template"),
    ],
)
def test_a_message_that_cannot_work_is_an_error(changes: dict[str, object], text: str) -> None:
    assert any(text in line for line in said(check(made(**changes)), "error"))


def test_a_transactional_message_is_noted_with_all_it_passes() -> None:
    [note] = check(made(kind="transactional", obeys=False))
    assert note.level == "note" and "passes quiet hours, consent, caps, gaps and fatigue" in note.text
    [note] = check(made(kind="transactional"))
    assert note.text.endswith("passes quiet hours and consent")


def test_a_message_nobody_sends_is_noted() -> None:
    assert said(check(made(Journey("welcome", Watched("Signed Up"), (Wait(DAY),)))), "note") == [
        "messages.hello: note: no journey sends 'hello'; only who asks for it gets it"
    ]


def test_a_misspelled_message_is_one_error_and_not_several() -> None:
    found = findings(changed(CART, "send: reminder", "send: remainder"))
    assert [each.text for each in found] == ["there is no message 'remainder'; did you mean 'reminder'?"]


def test_a_topic_nobody_can_consent_to_is_a_warning() -> None:
    found = findings(changed(MAIN, "topics: all", "topics: [news]"))
    assert len(said(found, "warning")) == 1
    assert "nothing in the playbook grants consent to topic 'cart' on email" in found[0].text


def test_a_message_shorter_than_the_quiet_hours_is_a_warning() -> None:
    files = changed(MESSAGE, "[in_app, email]", "[email]")
    files[MESSAGE] = files[MESSAGE].replace("24 hours", "11 hours")
    [warning] = said(findings(files), "warning")
    assert "useful for 11 hours but quiet hours last 11 hours" in warning
    assert said(findings({**files, MESSAGE: files[MESSAGE].replace("11 hours", "12 hours")}), "warning") == []


@pytest.mark.parametrize(
    ("name", "is_close"),
    [("order completed", True), ("Order-Completed", True), ("Order Complete", True), ("Order Competed", True),
     ("Oredr Completed", True), ("Order Complexed", True), ("Order Cancelled", False), ("Signed Up", False)],
)  # fmt: skip
def test_an_event_spelled_in_two_ways_is_a_warning(name: str, is_close: bool) -> None:
    found = said(findings(changed(CART, "exit: {on: Order Completed}", f"exit: {{on: {name}}}")), "warning")
    assert len(found) == int(is_close)
    if is_close:
        assert "looks like" in found[0] and "use one spelling" in found[0]


def test_an_event_nearly_named_like_one_of_ours_is_a_warning() -> None:
    warning = said(findings(changed(CART, "until: Email Opened", "until: Email opened")), "warning")[0]
    assert warning.startswith("journeys/cart.yaml:10: warning: event 'Email opened' looks like 'Email Opened'")


def test_an_event_never_seen_is_a_warning_that_names_the_closest() -> None:
    seen = frozenset({"Cart Updatedd", "Order Completed", "Pricing Viewed"})
    [warning] = said(findings(FILES, seen=seen), "warning")
    assert warning == (
        "journeys/cart.yaml:3: warning: event 'Cart Updated' was never seen; did you mean 'Cart Updatedd'?"
    )
    assert (
        "nothing like it"
        in said(findings(FILES, seen=frozenset({"Zzz", "Order Completed", "Pricing Viewed"})), "warning")[0]
    )


@pytest.mark.parametrize("event", ["Message Sent", "Message Failed", "Email Opened", "Email Link Clicked"])
def test_a_journey_entered_by_its_own_message_is_refused(event: str) -> None:
    [finding] = check(made(Journey("echo", Watched(event), (Send("hello"),))))
    assert finding.level == "error" and finding.place == "journeys.echo.enter"
    assert f"echo --sends 'hello' by email, {event!r} (journeys.echo.steps[0])--> echo" in finding.text


@pytest.mark.parametrize(
    ("event", "where", "reentry"),
    [
        ("Push Opened", None, "always"),
        ("In-App Shown", None, "always"),
        ("Message Sent", "message = 'other'", "always"),
        ("Message Sent", "'other' = message AND value > 3", "always"),
        ("Message Sent", "message IN ('other', 'third')", "always"),
        ("Message Sent", None, "once"),
    ],
)
def test_a_journey_its_own_message_cannot_enter_is_allowed(event: str, where: str | None, reentry: str) -> None:
    enter = Watched(event, condition(where) if where else None)
    journey = Journey("echo", enter, (Send("hello"),), reentry=Reentry("once") if reentry == "once" else Reentry())
    assert said(check(made(journey)), "error") == []


@pytest.mark.parametrize("where", ["message = 'hello'", "message <> 'other'", "message = 'other' OR value > 3"])
def test_a_condition_that_lets_its_own_message_in_does_not_help(where: str) -> None:
    journey = Journey("echo", Watched("Message Sent", condition(where)), (Send("hello"),))
    assert len(said(check(made(journey)), "error")) == 1


def test_journeys_that_start_each_other_are_refused() -> None:
    first = Journey("first", Watched("Message Sent", condition("message = 'second'")), (Send("hello"),))
    second = Journey("second", Watched("Message Sent", condition("message = 'hello'")), (Send("second"),))
    playbook = playbook_of(
        Settings("UTC", consents={"email": ConsentGrant("opt_in")}),
        journeys=[first, second],
        messages=[Message("hello", ("email",), "news"), Message("second", ("email",), "news")],
        templates={("hello", "default"): WORDS, ("second", "default"): WORDS},
    )
    [error] = said(check(playbook), "error")
    assert "first --sends 'hello' by email, 'Message Sent' (journeys.first.steps[0])--> second" in error


def test_a_step_that_goes_back_is_refused_and_one_nobody_reaches_is_a_warning() -> None:
    steps = (Goto(2), Wait(DAY), Send("hello"), Goto(3))
    found = check(made(Journey("welcome", Watched("Signed Up"), steps)))
    assert [(each.level, each.place) for each in found] == [
        ("error", "journeys.welcome.steps[3]"),
        ("warning", "journeys.welcome.steps[1]"),
    ]


def test_a_timeout_may_go_past_the_last_step_and_no_further() -> None:
    steps = (Send("hello"), WaitUntil("Bought", HOUR, on_timeout=2))
    assert check(made(Journey("welcome", Watched("Signed Up"), steps))) == []
    steps = (Send("hello"), WaitUntil("Bought", HOUR, on_timeout=3))
    assert len(said(check(made(Journey("welcome", Watched("Signed Up"), steps))), "error")) == 1


def test_a_policy_said_twice_is_a_warning() -> None:
    cap = FrequencyCap(at_most=1, within=DAY)
    playbook = msgspec.structs.replace(made(), policies=(cap, cap))
    assert said(check(playbook), "warning") == [
        "policies[1]: warning: frequency_cap stands here twice with the same settings; keep one"
    ]


def test_a_template_may_read_counts_and_the_key_without_a_fallback() -> None:
    files = changed("messages/reminder.plain.liquid", "{{ cart_id }}", "{{ orders }} {{ cart_id }} {{ user }}")
    assert findings(files) == []


def test_a_template_may_not_read_an_average_without_a_fallback() -> None:
    files = changed("messages/reminder.plain.liquid", "{{ cart_id }}", "{{ avg_order }}")
    [error] = said(findings(files), "error")
    assert error.startswith("messages/reminder.plain.liquid:3: error: 'avg_order' may have no value; write")


def test_the_key_is_sure_only_if_every_journey_that_sends_it_has_it() -> None:
    files = {**FILES, "journeys/other.yaml": "journey: other\nenter: Signed Up\nsteps: [send: reminder]\n"}
    assert ["'cart_id' may have no value" in line for line in said(findings(files), "error")] == [True]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("opportune.yaml", "share: 5%", "share: 100%", "holdout: 100% holds every user out, so nobody ever hears"),
        ("messages/reminder.yaml", "0.05 * coalesce(avg_order, 40)", "0", "worth is 0, and silence is worth 0"),
        ("messages/reminder.plain.liquid", "Your cart", "Your cart " * 20, "a subject is cut behind 150 characters"),
    ],
)
def test_what_lets_nothing_be_said_is_told(file: str, old: str, new: str, said: str) -> None:
    assert any(each.level == "warning" and said in each.text for each in findings(changed(file, old, new)))


def test_line_9_is_told_before_line_10() -> None:
    wrong = "".join(f"  - wait: {number} days\n  - end\n  - send: reminder\n" for number in (1, 2, 3))
    told = findings(changed("journeys/cart.yaml", "steps:\n", "steps:\n" + wrong))
    lines = [int(each.place.rpartition(":")[2]) for each in told if each.level == "warning"]
    assert len(lines) > 2
    assert lines == sorted(lines)
