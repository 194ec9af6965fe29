"""Policies that bind nothing, and limits that a tighter one, or too few sends, make idle."""

import pytest

from opportune.playbook.finding import Finding
from opportune.playbook.reading import findings

FILES = {
    "journeys/j.yaml": "journey: j\nenter: Signed Up\nsteps:\n  - send: hello\n",
    "messages/hello.yaml": "message: hello\ntopic: news\nchannels: [email, push]\n",
    "messages/hello.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
}
RECEIPT = {
    "journeys/r.yaml": "journey: r\nenter: Order Completed\nsteps:\n  - send: receipt\n",
    "messages/receipt.yaml": "message: receipt\nkind: transactional\nchannels: [email]\nobeys: false\n",
    "messages/receipt.liquid": "subject: Thanks\n---\nThanks\n",
}


def told(policies: str, **more: str) -> list[Finding]:
    main = f"zone: UTC\nconsent: {{email: always, push: always}}\npolicies:\n{policies}"
    files = {**FILES, "opportune.yaml": main, **{name.replace("__", "/"): text for name, text in more.items()}}
    return [each for each in findings(files) if each.place.startswith("opportune.yaml")]


def texts(policies: str, **more: str) -> list[str]:
    return [each.text for each in told(policies, **more) if each.level == "warning"]


@pytest.mark.parametrize(
    ("loose", "tight"),
    [
        ("{at_most: 4, within: 7 days}", "{at_most: 4, within: 8 days}"),
        ("{at_most: 4, within: 7 days}", "{at_most: 2, within: 7 days}"),
        ("{at_most: 4, within: 7 days, channels: [push]}", "{at_most: 3, within: 7 days}"),
        ("{at_most: 14, within: 7 days}", "{at_most: 2, within: 1 day}"),
        ("{at_most: 3, within: day, channels: [push]}", "{at_most: 3, within: day}"),
    ],
)
def test_a_cap_behind_a_tighter_one_can_never_bind(loose: str, tight: str) -> None:
    found = texts(f"  - frequency_cap: {loose}\n  - frequency_cap: {tight}\n")
    assert len(found) == 1
    assert "can never bind" in found[0]
    assert "opportune.yaml:5 is tighter" in found[0]


@pytest.mark.parametrize(
    ("loose", "tight"),
    [
        ("{at_most: 13, within: 7 days}", "{at_most: 2, within: 1 day}"),
        ("{at_most: 4, within: 7 days}", "{at_most: 2, within: 7 days, channels: [push]}"),
        ("{at_most: 4, within: 7 days}", "{at_most: 3, within: 3 days}"),
        ("{at_most: 4, within: week}", "{at_most: 2, within: day}"),
    ],
)
def test_one_that_can_make_a_difference_is_left_alone(loose: str, tight: str) -> None:
    assert texts(f"  - frequency_cap: {loose}\n  - frequency_cap: {tight}\n") == []


def test_what_counts_and_does_not_obey_can_fill_a_cap_that_a_tighter_one_does_not_bind() -> None:
    policies = "  - frequency_cap: {at_most: 4, within: 7 days}\n  - frequency_cap: {at_most: 2, within: 7 days}\n"
    assert texts(policies, **{name.replace("/", "__"): text for name, text in RECEIPT.items()}) == []


def test_of_two_alike_in_other_words_one_is_said() -> None:
    assert len(texts("  - frequency_cap: {at_most: 1, within: 1 day}\n  - minimum_gap: {span: 1 day}\n")) == 1


def test_a_gap_of_a_day_lets_no_cap_of_seven_a_week_bind() -> None:
    [text] = texts("  - frequency_cap: {at_most: 7, within: 7 days}\n  - minimum_gap: {span: 1 day}\n")
    assert text == (
        "frequency_cap 7 in 1 week can never bind: minimum_gap 1 day at opportune.yaml:5 is tighter; keep one of both"
    )


def test_fatigue_that_also_looks_at_ignored_messages_may_bind_behind_a_cap() -> None:
    policies = (
        "  - frequency_cap: {at_most: 1, within: 7 days}\n  - fatigue: {at_most: 5, within: 7 days, ignored: 3}\n"
    )
    assert texts(policies) == []


@pytest.mark.parametrize("policy", ["frequency_cap: {at_most: 1, within: 1 day, channels: [sms]}",
                                    'quiet_hours: {from: "21:00", to: "08:00", channels: [sms]}',
                                    "frequency_cap: {at_most: 1, within: 1 day, topics: [sports]}"])  # fmt: skip
def test_a_policy_that_binds_no_message_is_told(policy: str) -> None:
    [text] = texts(f"  - {policy}\n")
    assert "binds no message: none is said" in text


def test_a_cap_that_all_journeys_together_cannot_fill_is_a_note() -> None:
    journey = FILES["journeys/j.yaml"] + "reentry: {cooldown: 3 days}\n"
    [finding] = told("  - frequency_cap: {at_most: 4, within: 7 days}\n", **{"journeys/j.yaml": journey})
    assert finding.level == "note"
    assert "in that time journeys send a user 4 at most" in finding.text


@pytest.mark.parametrize("more", ["key: cart_id\nreentry: once\n", "reentry: {cooldown: 2 days}\n", ""])
def test_a_cap_that_they_can_fill_is_no_finding(more: str) -> None:
    journey = FILES["journeys/j.yaml"] + more
    assert told("  - frequency_cap: {at_most: 4, within: 7 days}\n", **{"journeys/j.yaml": journey}) == []
