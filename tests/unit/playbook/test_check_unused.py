"""Features that nothing reads."""

import pytest

from opportune.playbook.reading import findings
from tests.unit.playbook.test_check_steps import MAIN

JOURNEY = "journey: j\nenter: Signed Up\nsteps: [{send: hello}]\n"


def unused(**files: str) -> list[str]:
    given = {**MAIN, "journeys/j.yaml": JOURNEY} | {
        name.replace("__", "/") + ".yaml": text for name, text in files.items()
    }
    return [each.text for each in findings(given) if "nothing in the playbook reads" in each.text]


def test_one_that_nothing_reads_is_a_note() -> None:
    [text] = unused()
    assert text == "nothing in the playbook reads feature 'orders'; remove it, unless it is kept to learn from"


@pytest.mark.parametrize(
    "files",
    [
        {"journeys__j": "journey: j\nenter: {on: Signed Up, where: orders > 2}\nsteps: [{send: hello}]\n"},
        {"journeys__j": "journey: j\nenter: {when: orders > 2}\nsteps: [{send: hello}]\n"},
        {"journeys__j": "journey: j\nenter: Signed Up\nsteps: [{set: {loyal: orders}}, {send: hello}]\n"},
        {"messages__hello": "message: hello\ntopic: news\nchannels: [email]\nworth: 0.1 * orders\n"},
        {"opportune": "zone: UTC\nconsent: {email: always}\npolicies: [{stale: {features: [orders], after: 1 day}}]\n"},
    ],
)
def test_one_that_something_reads_is_not(files: dict[str, str]) -> None:
    assert unused(**files) == []


def test_one_that_only_another_unused_one_reads_is_not_told_twice() -> None:
    text = "orders: COUNT_IF(event = 'Order Completed')\nmany: orders > 3\n"
    assert [each.split("'")[1] for each in unused(features=text)] == ["many"]


def test_a_word_of_a_template_is_a_reader() -> None:
    given = {**MAIN, "journeys/j.yaml": JOURNEY}
    given["messages/hello.liquid"] = "subject: Hi\n---\n{{ orders }} {{ unsubscribe_url }}\n"
    assert [each for each in findings(given) if "reads feature" in each.text] == []
