"""What conditions read is held against what events.yaml declares."""

import pytest

from opportune.playbook.check_schemas import MOST_SAID
from opportune.playbook.reading import findings, playbook_from
from tests.unit.playbook.files import FILES, changed, complaints

EVENTS = """Cart Updated:
  cart_id: {kind: text, required: true}
  value: number
  plan: {one_of: [basic, plus, premium]}
  cart.size: whole
  products: list
  page: object
  seen_at: instant
  more: unknown
  is_gift: boolean
Order Completed:
  revenue: number
Pricing Viewed:
"""
DECLARED = {**FILES, "events.yaml": EVENTS}


def said(where: str) -> list[str]:
    """What check says of a journey that carts enter where this is true."""
    files = changed("journeys/cart.yaml", "value >= 20", f'"{where}"') | {"events.yaml": EVENTS}
    return [f"{each.level} {each.text}" for each in findings(files) if each.place == "journeys/cart.yaml:3"]


def test_what_fits_is_nothing_to_speak_of() -> None:
    assert [str(each) for each in findings(DECLARED) if each.level != "note"] == []


@pytest.mark.parametrize(
    "where",
    [
        "value >= 20", "properties.value >= 20", "plan = 'plus'", "plan IN ('basic', 'plus')", "cart.size > 2",
        "page.url LIKE 'a%'", "page.x.y > 1", "seen_at > 5", "seen_at > '2026-11'", "more.of.it = 1", "more", "is_gift",
        "cart_id IS NULL", "value IS NULL", "city = 'Oslo'", "traits.values > 1", "context.value = 'a'",
        "coalesce(value, 0) > 1",
    ],
)  # fmt: skip
def test_a_use_that_the_declaration_can_meet_is_right(where: str) -> None:
    assert said(where) == []


@pytest.mark.parametrize(
    ("where", "read", "declared", "line", "used"),
    [
        ("plan > 5", "plan", "a text", ":4", "a number"),
        ("value = 'a'", "value", "a number", ":3", "a text"),
        ("cart.size = 'a'", "cart.size", "a whole number", ":5", "a text"),
        ("NOT cart_id", "cart_id", "a text", ":2", "TRUE or FALSE"),
        ("cart_id IN (1, 2)", "cart_id", "a text", ":2", "a number"),
        ("properties.is_gift > 1", "is_gift", "true or false", ":10", "a number"),
        ("products = 'a'", "products", "a list", ":6", "a text"),
        ("page IS NOT NULL", "page", "an object", ":7", "a single value"),
        ("cart > 1", "cart", "an object", "", "a number"),
    ],
)
def test_a_use_as_another_kind_is_an_error(where: str, read: str, declared: str, line: str, used: str) -> None:
    says = f"{read} of 'Cart Updated' is {declared}, as events.yaml{line} says"
    assert said(where) == [f"error {says}; used as {used} it reads as NULL"]


@pytest.mark.parametrize(
    ("where", "read", "remedy"),
    [
        ("properties.valu > 5", "valu", "did you mean 'value'?"),
        ("properties.city = 'a'", "city", "declare it there"),
        ("properties.value.net > 1", "value.net", "did you mean 'value'?"),
    ],
)
def test_a_property_that_is_not_declared_is_an_error(where: str, read: str, remedy: str) -> None:
    assert said(where) == [f"error 'Cart Updated' has no property {read!r} in events.yaml:1; {remedy}"]


def test_a_bare_name_like_a_declared_one_is_a_warning_for_it_may_be_a_trait() -> None:
    says = "'Cart Updated' has no property 'valu' in events.yaml:1; did you mean 'value', or traits.valu?"
    assert f"warning {says}" in said("valu > 5")


@pytest.mark.parametrize(
    ("where", "word", "hint"),
    [
        ("plan = 'plos'", "plos", "did you mean 'plus'?"),
        ("'gold' <> plan", "gold", "it is one of 'basic', 'plus', 'premium'"),
        ("plan IN ('basic', 'plush')", "plush", "did you mean 'plus'?"),
    ],
)
def test_a_text_that_is_never_said_is_a_warning(where: str, word: str, hint: str) -> None:
    assert said(where) == [f"warning plan of 'Cart Updated' is never {word!r}, as events.yaml:4 says; {hint}"]


def test_an_error_refuses_the_playbook_and_names_file_and_line() -> None:
    files = changed("journeys/cart.yaml", "value >= 20", "value = 'a'") | {"events.yaml": EVENTS}
    says = "value of 'Cart Updated' is a number, as events.yaml:3 says; used as a text it reads as NULL"
    assert complaints(files) == [f"journeys/cart.yaml:3: {says}"]


def test_exits_goals_sends_and_aggregates_are_looked_at() -> None:
    files = dict(DECLARED)
    files["journeys/cart.yaml"] = (
        FILES["journeys/cart.yaml"]
        .replace("exit: {on: Order Completed}", "exit: {on: Order Completed, where: properties.a}")
        .replace("value: revenue", "value: properties.b + 1")
        .replace("EXISTS('Pricing Viewed', since => entry)", "properties.c")
    )
    files["features.yaml"] += "more: SUM(d) FILTER (WHERE event = 'Order Completed' AND e = 'a') BY g\n"
    files["features.yaml"] += "best: TOP(3, revenue, weight => h) FILTER (WHERE event = 'Order Completed')\n"
    said = [each for each in findings(files) if each.level == "error"]
    assert [
        (each.place, each.text.split("'")[3] if "has no" in each.text else each.text.split()[0]) for each in said
    ] == [
        ("features.yaml:3", "d"),
        ("features.yaml:3", "e"),
        ("features.yaml:3", "g"),
        ("features.yaml:4", "h"),
        ("features.yaml:4", "revenue"),
        ("journeys/cart.yaml:4", "a"),
        ("journeys/cart.yaml:6", "b"),
        ("journeys/cart.yaml:12", "c"),
    ]


def test_an_event_that_is_not_declared_beside_others_is_noted() -> None:
    files = DECLARED | {"events.yaml": EVENTS.replace("Pricing Viewed:\n", "")}
    assert [each.text for each in findings(files) if "declared" in each.text] == [
        "event 'Pricing Viewed' is not declared in events.yaml"
    ]


def test_a_name_that_is_nearly_a_declared_one_is_a_slip_there() -> None:
    files = DECLARED | {"events.yaml": EVENTS.replace("Pricing Viewed", "Pricing viewed")}
    [found] = [each for each in findings(files) if "looks like" in each.text]
    assert found.text == "event 'Pricing Viewed' looks like 'Pricing viewed'; use one spelling"


def test_what_declares_nothing_keeps_its_hash_and_a_declaration_changes_it() -> None:
    assert playbook_from(FILES).hash != playbook_from(DECLARED).hash
    assert playbook_from(FILES).schemas == {}
    assert list(playbook_from(DECLARED).schemas) == ["Cart Updated", "Order Completed", "Pricing Viewed"]


def test_of_very_many_findings_the_first_are_told() -> None:
    wrong = "".join(
        f"f{number}: COUNT_IF(event = 'Order Completed' AND p{number})\n" for number in range(MOST_SAID + 9)
    )
    files = DECLARED | {"features.yaml": FILES["features.yaml"] + wrong}
    assert len([each for each in findings(files) if "has no property" in each.text]) == MOST_SAID
