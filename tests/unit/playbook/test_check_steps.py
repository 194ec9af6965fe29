"""Steps that no run can take, or that cannot do what they are there for, are told with their line."""

import pytest

from opportune.journeys.journey import Journey
from opportune.journeys.step import Arm, End, Split
from opportune.journeys.trigger import Watched
from opportune.playbook.check import check
from opportune.playbook.definition import Settings, playbook_of
from opportune.playbook.finding import Finding
from opportune.playbook.reading import findings
from opportune.units import ONE

MAIN = {
    "opportune.yaml": """zone: UTC
consent: {email: always, push: always}
policies:
  - quiet_hours: {from: "21:00", to: "08:00"}
""",
    "features.yaml": "orders: COUNT_IF(event = 'Order Completed')\n",
    "messages/hello.yaml": "message: hello\ntopic: news\nchannels: [email]\n",
    "messages/hello.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
}


def told(journey: str, events: str = "", main: str = "") -> list[Finding]:
    files = {**MAIN, "journeys/j.yaml": f"journey: j\n{journey}"} | ({"events.yaml": events} if events else {})
    files["opportune.yaml"] = main or files["opportune.yaml"]
    return [each for each in findings(files) if each.level != "note" and each.place.startswith("journeys/")]


def one(journey: str, events: str = "") -> tuple[str, str, str]:
    [finding] = told(journey, events)
    return finding.level, finding.place, finding.text


ENTER = "enter: Signed Up\nsteps:\n"


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ("  - end\n  - send: hello\n", 5),
        ("  - branch:\n      - {when: orders > 3, steps: [end]}\n      - {otherwise: [end]}\n  - send: hello\n", 7),
        ("  - split: pace\n    arms: {a: {steps: [end]}, b: {steps: [end]}}\n  - send: hello\n", 6),
        ("  - repeat:\n      times: 3\n      steps:\n        - end\n        - send: hello\n", 8),
    ],
)
def test_a_step_behind_the_end_is_a_warning(steps: str, line: int) -> None:
    warnings = told(ENTER + steps)
    assert (warnings[0].level, warnings[0].place) == ("warning", f"journeys/j.yaml:{line}")
    assert all("no run ever comes to this step" in each.text for each in warnings)


def test_a_way_that_goes_on_keeps_what_stands_behind_it() -> None:
    steps = "  - branch:\n      - {when: orders > 3, steps: [end]}\n  - send: hello\n    not_sent: [wait: 1 day]\n"
    assert told(ENTER + steps) == []


@pytest.mark.parametrize("event", ["Message Sent", "Email Opened", "In-App Shown", "User Merged"])
def test_an_event_of_the_engine_is_not_made_up(event: str) -> None:
    assert one(f"{ENTER}  - emit: {event}\n") == (
        "error", "journeys/j.yaml:4", f"{event!r} means something to the engine itself; name an event of your own"
    )  # fmt: skip


def test_traits_are_set_and_not_emitted() -> None:
    level, _, text = one(f"{ENTER}  - emit: Identified\n")
    assert level == "error" and text.endswith("use 'set', which says so")


def test_a_trait_named_like_a_feature_is_a_warning() -> None:
    level, place, text = one(f"{ENTER}  - set: {{orders: '3'}}\n")
    assert (level, place) == ("warning", "journeys/j.yaml:4") and "'orders' is a feature as well" in text


def test_a_digest_where_each_entry_has_a_run_of_its_own_is_a_warning() -> None:
    level, place, text = one(f"reentry: always\n{ENTER}  - digest: 1 hour\n  - send: hello\n")
    assert (level, place) == ("warning", "journeys/j.yaml:5") and "nothing is gathered" in text
    assert told(f"{ENTER}  - digest: 1 hour\n  - send: hello\n") == []


def test_a_wait_for_what_ends_the_run_is_a_warning() -> None:
    wait = f"{ENTER}  - wait: {{until: Bought, at_most: 1 day}}\n  - send: hello\n"
    level, place, text = one(f"exit: Bought\n{wait}")
    assert (level, place) == ("warning", "journeys/j.yaml:5") and "'Bought' ends the run, as 'exit' says" in text
    assert told(f"exit: {{on: Bought, where: value > 3}}\n{wait}") == []


def test_a_wait_for_an_answer_before_any_message_is_a_warning() -> None:
    level, place, text = one(f"{ENTER}  - wait: {{until: Email Opened, at_most: 1 day}}\n  - send: hello\n")
    assert (level, place) == ("warning", "journeys/j.yaml:4") and "no run has sent one by then" in text
    behind = "  - branch: [{when: orders > 3, steps: [send: hello]}]\n  - wait: {until: Email Opened, at_most: 1 day}\n"
    assert told(ENTER + behind) == []
    assert len(told(ENTER + behind.replace("send: hello", "send: hello, end"))) == 1


DATE = f"{ENTER}  - wait: {{date: trial_ends_on}}\n"


@pytest.mark.parametrize(
    ("journey", "events", "level", "text"),
    [
        (DATE.replace("trial_ends_on", "orders"), "", "error", "'orders' is a feature"),
        (DATE, "Identified: {trial_ends_on: boolean}", "error", "declared as boolean at events.yaml:1"),
        (DATE, "Identified: {trial_end_on: text}", "warning", "did you mean 'trial_end_on'?"),
        ("enter: {date: trial_ends_on}\nsteps: [send: hello]\n", "Identified: {a: text}", "warning", "declares no"),
    ],
)
def test_a_date_that_is_none_is_told(journey: str, events: str, level: str, text: str) -> None:
    found = told(journey, events)
    assert any(each.level == level and text in each.text for each in found), found


def test_a_date_that_is_declared_or_set_is_right() -> None:
    assert told(DATE, "Identified: {trial_ends_on: text}") == []
    assert told(f"{ENTER}  - set: {{trial_ends_on: \"'2027-01-01'\"}}\n  - wait: {{date: trial_ends_on}}\n") == []


@pytest.mark.parametrize(
    "journey",
    [
        f'{ENTER}  - wait: {{at: "22:00"}}\n  - send: hello\n',
        "enter: {every: day, at: \"07:59\"}\nsteps: [send: hello]\n",
        "enter: {date: trial_ends_on, at: \"21:00\"}\nsteps: [send: hello]\n",
    ],
)  # fmt: skip
def test_a_message_at_an_hour_that_is_quiet_is_a_warning(journey: str) -> None:
    level, _, text = one(journey)
    assert level == "warning" and "in the quiet hours of all its channels" in text


def test_a_message_at_an_hour_that_is_not_quiet_is_right() -> None:
    assert told(f'{ENTER}  - wait: {{at: "08:00"}}\n  - send: hello\n') == []
    assert told(f'{ENTER}  - wait: {{at: "20:59"}}\n  - send: hello\n') == []
    daily = 'zone: UTC\nconsent: {email: always}\npolicies: [quiet_hours: {from: "12:00", to: "14:00"}]\n'
    at_noon = f'{ENTER}  - wait: {{at: "13:00"}}\n  - send: hello\n'
    assert len(told(at_noon, main=daily)) == 1
    assert told(at_noon.replace("13", "14"), main=daily) == []


DIGEST = "  - digest: 1 hour\n"
SPLIT = "  - split: pace\n    arms: {a: {steps: [wait: 1 day]}, b: {steps: [wait: 2 days]}}\n"


@pytest.mark.parametrize(
    ("name", "steps", "is_sure"),
    [
        ("collected.count", DIGEST, True),
        ("collected.count", f"  - branch: [{{when: orders > 3, steps: [digest: 1 hour]}}]\n{DIGEST}", True),
        ("collected.count", "  - branch: [{when: orders > 3, steps: [digest: 1 hour]}]\n", False),
        ("collected.title", "  - digest: {for: 1 hour, collect: [title]}\n", False),
        ("arm.pace", SPLIT, True),
        ("arm.place", SPLIT, False),
    ],
)
def test_a_template_may_read_what_every_run_has_made_by_then(name: str, steps: str, is_sure: bool) -> None:
    words = f"subject: Hi\n---\nHi {{{{ {name} }}}} {{{{ unsubscribe_url }}}}\n"
    files = {**MAIN, "messages/hello.liquid": words, "journeys/j.yaml": f"journey: j\n{ENTER}{steps}  - send: hello\n"}
    errors = [each.text for each in findings(files) if each.level == "error"]
    assert errors == [] if is_sure else f"{name!r} may have no value" in errors[0]


def test_arms_that_do_not_sum_up_are_refused() -> None:
    arms = (Arm("a", 300_000, 1), Arm("b", 300_000, 1))
    [error] = check(playbook_of(Settings("UTC"), journeys=[Journey("j", Watched("A"), (Split("pace", arms), End()))]))
    assert error.level == "error" and "must sum to 100%" in error.text


def test_one_experiment_with_other_arms_elsewhere_is_a_warning() -> None:
    def journey(name: str, share: int) -> Journey:
        arms = (Arm("a", share, 1), Arm("b", ONE - share, 1))
        return Journey(name, Watched("A"), (Split("pace", arms), End()))

    assert check(playbook_of(Settings("UTC"), journeys=[journey("one", 500_000), journey("two", 500_000)])) == []
    [warning] = check(playbook_of(Settings("UTC"), journeys=[journey("one", 500_000), journey("two", 400_000)]))
    assert (warning.level, warning.place) == ("warning", "journeys.two.steps[0]")
    assert "split 'pace' has other arms, or shares, at journeys.one.steps[0]" in warning.text
