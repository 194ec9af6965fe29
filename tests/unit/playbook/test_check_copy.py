"""Copy that presses by what is not so: told with its line, and left alone where it speaks from data."""

import pytest

from opportune.playbook.check_copy import pressing
from opportune.playbook.reading import findings
from tests.unit.playbook.test_check_steps import MAIN


@pytest.mark.parametrize(
    "line",
    ["Only 3 left!", "Only 3 left, {{ first_name }}!", "only 2 seats left",
      "only a few items left", "12 people are viewing this", "While stocks last", "selling fast",
     "Nur noch wenige verfügbar", "Solange der Vorrat reicht", "plus que 2 articles", "limited stock"],
)  # fmt: skip
def test_scarcity_that_is_written_out_is_told(line: str) -> None:
    assert [kind for kind, _ in pressing(line)] == ["scarcity"]


@pytest.mark.parametrize(
    "line",
    ["Last chance!", "<b>Hurry</b>, friends", "Sale ends tonight", "It expires in 24 hours", "a limited-time offer",
     "Letzte Chance", "nur noch heute", "Dernière chance", "Última oportunidad", "don't miss out",
     "Last chance, {{ first_name }}", "Hurry, it is for you {{ first_name }}"],
)  # fmt: skip
def test_urgency_that_is_written_out_is_told(line: str) -> None:
    assert [kind for kind, _ in pressing(line)] == ["urgency"]


@pytest.mark.parametrize(
    "line",
    ["Only {{ stock }} left", "The sale ends tonight at {{ ends_on }}", "Your cart is waiting.", "The left lane only",
     "The last chapter", "This weekend ends soonest", "one of a few people I know",
     "A day only for you", "Only 3 steps left in your setup",
     "Only 5 minutes left to read", "not urgent, no hurry", "Hurry Curry is open", "Last chance saloon"],
)  # fmt: skip
def test_what_speaks_from_data_or_presses_nobody_is_fine(line: str) -> None:
    assert list(pressing(line)) == []


def test_the_finding_names_line_words_and_remedy() -> None:
    journey = "journey: j\nenter: Signed Up\nsteps: [{send: hello}]\n"
    words = "subject: Hi\n---\nHi {{ unsubscribe_url }}\nHurry, friends\n"
    files = {**MAIN, "messages/hello.liquid": words, "journeys/j.yaml": journey}
    [finding] = [each for each in findings(files) if "urgency" in each.text]
    assert (finding.level, finding.place) == ("warning", "messages/hello.liquid:4")
    assert finding.text == (
        "'Hurry' reads as false urgency: it says the same to everybody, every day; say when it ends from data, such as "
        "{{ ends_on }}, or leave it out"
    )


def test_a_transactional_message_may_say_when_something_ends() -> None:
    files = {**MAIN, "journeys/j.yaml": "journey: j\nenter: Signed Up\nsteps: [{send: hello}]\n"}
    files["messages/hello.yaml"] = "message: hello\nkind: transactional\nchannels: [email]\n"
    files["messages/hello.liquid"] = "subject: Hi\n---\nYour code expires in 10 minutes\n"
    assert [each for each in findings(files) if each.level == "warning"] == []
