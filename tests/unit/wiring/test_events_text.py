"""What was declared and learned, written so that the reader takes it."""

import json

from opportune.events.interactions import Property, Schema
from opportune.events.learned import MOST_EVENTS, MOST_PROPERTIES, Log
from opportune.playbook.reading import playbook_from
from opportune.wiring.events_text import events_text
from tests.unit.playbook.files import FILES

DECLARED = {
    "Cart Updated": Schema(
        "Cart Updated",
        (
            Property("value", "number", is_required=True),
            Property("plan", "text", one_of=("basic", "a b")),
            Property("gone", "whole"),
        ),
    ),
    "Logged In": Schema("Logged In", ()),
}
DAY = 1_780_315_200_000


def log() -> Log:
    found = Log()
    for name, at, properties in (
        ("Cart Updated", DAY, {"value": 1, "plan": None, "cart": {"size": 2}}),
        ("Cart Updated", DAY + 86_400_000, {"value": 2, "plan": "basic", "cart.size": "3"}),
        ("A: b", DAY, {"true": True, 'q"': 1, "c d": []}),
    ):
        found.add(name, at, json.dumps(properties).encode())
    return found


TEXT = """# 2 events, 2026-06-01 to 2026-06-02
Cart Updated:
  value: {kind: number, required: true}  # always
  plan: {kind: text, one_of: ["basic", "a b"]}  # in 1 of 2, null in 1
  gone: whole  # never there
  cart.size: unknown  # not declared so far, always, number 1, text 1
Logged In:
# 1 event, 2026-06-01 to 2026-06-01
"A: b":
  "true": boolean  # always
  # "q\\"": number  # always
  c d: list  # always
"""


def test_what_is_declared_comes_first_and_what_was_learned_stands_behind_it() -> None:
    assert events_text(DECLARED, log()) == TEXT


def test_the_text_is_read_as_what_it_was_written_from() -> None:
    schemas = playbook_from({**FILES, "events.yaml": events_text(DECLARED, Log())}).schemas
    assert schemas == DECLARED
    learned = playbook_from({**FILES, "events.yaml": events_text({}, log())}).schemas
    assert learned["A: b"].properties == (Property("true", "boolean"), Property("c d", "list"))
    assert learned["Cart Updated"].properties == (
        Property("value", "number"),
        Property("plan", "text"),
        Property("cart.size", "unknown"),
    )


def test_what_there_was_no_room_for_is_told() -> None:
    full = Log()
    for number in range(MOST_EVENTS + 1):
        full.add(f"E{number}", 1, b"{}")
    assert events_text({}, full).endswith("# 1 event of other names left out: there is no room for more\n")
    wide = Log()
    wide.add("A", 1, json.dumps({f"p{number}": 1 for number in range(MOST_PROPERTIES + 5)}).encode())
    assert "  # 5 values of other properties left out" in events_text({}, wide)
