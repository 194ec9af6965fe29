"""Names in templates that a default would hide for good."""

from opportune.playbook.reading import findings
from tests.unit.playbook.test_check_steps import MAIN

JOURNEY = "journey: j\nenter: Signed Up\nsteps: [{send: hello}]\n"
EVENTS = """Identified:
  first_name: {kind: text}
Signed Up:
  plan: {kind: text}
"""


def told(words: str, events: str = EVENTS) -> list[tuple[str, str, str]]:
    files = {
        **MAIN,
        "journeys/j.yaml": JOURNEY,
        "messages/hello.liquid": f"subject: Hi\n---\nHi\n{words} {{{{ unsubscribe_url }}}}\n",
    }
    files |= {"events.yaml": events} if events else {}
    return [(each.level, each.place, each.text) for each in findings(files) if each.place.startswith("messages/")]


def test_a_slip_of_the_pen_is_told_though_it_has_a_default() -> None:
    [finding] = told("{{ frist_name | default: 'you' }}")
    assert finding == (
        "warning",
        "messages/hello.liquid:4",
        "nothing speaks of 'frist_name'; did you mean 'first_name'?",
    )


def test_a_trait_that_is_not_declared_is_told() -> None:
    [(level, place, text)] = told("{% if shoe_size %}x{% endif %}")
    assert (level, place) == ("warning", "messages/hello.liquid:4")
    assert text == "nothing speaks of 'shoe_size', and 'Identified' in events.yaml declares no such trait"


def test_where_nothing_is_declared_any_name_may_be_a_trait() -> None:
    assert told("{{ shoe_size | default: 40 }}", events="") == []


def test_features_traits_and_properties_of_the_entry_are_known() -> None:
    assert told("{{ orders }} {{ plan | default: '' }} {{ first_name | default: '' }} {{ user }}") == []
