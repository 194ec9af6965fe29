"""A name that nobody defined is read as a property or a trait, so a slip of the pen has to be noticed otherwise."""

import pytest

from opportune.playbook.check_events import MOST_COMPARED
from opportune.playbook.reading import findings
from opportune.wiring.sample import sample_texts
from tests.unit.playbook.test_check_steps import ENTER, told

CART, WIN_BACK, REMINDER = "journeys/cart.yaml", "journeys/win_back.yaml", "messages/cart_reminder.yaml"


def warned(file: str, before: str, after: str) -> list[str]:
    texts = sample_texts()
    assert before in texts[file]
    found = findings({**texts, file: texts[file].replace(before, after)})
    return [f"{each.place}: {each.text}" for each in found if each.level == "warning"]


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (CART, "value >= 20", "valeu >= 20", "journeys/cart.yaml:4: 'valeu' looks like 'value'; use one spelling"),
        (
            CART,
            "value: revenue",
            "value: revenu",
            "'revenue' looks like 'revenu', used at journeys/cart.yaml:7; use one spelling",
        ),
        (
            "features.yaml",
            "AVG(revenue)",
            "AVG(revnue)",
            "'revnue' looks like 'revenue', used at journeys/cart.yaml:7; use one spelling",
        ),
    ],
)
def test_a_name_spelled_in_two_ways_is_a_warning(file: str, before: str, after: str, said: str) -> None:
    [found] = warned(file, before, after)
    assert found.endswith(said)


@pytest.mark.parametrize(
    ("file", "feature", "name"), [(WIN_BACK, "orders_90d", "order_90d"), (REMINDER, "avg_order", "avg_ordr")]
)
def test_a_name_that_is_almost_a_features_is_an_error(file: str, feature: str, name: str) -> None:
    texts = sample_texts()
    found = findings({**texts, file: texts[file].replace(feature, name)})
    said = [each.text for each in found if each.level == "error"]
    remedy = f"did you mean {feature}? a property of that name is properties.{name}"
    assert [text.rpartition("unknown feature ")[2] for text in said] == [f"{name}; {remedy}"]


@pytest.mark.parametrize("name", ["colour", "orders_30d", "avg"])
def test_another_name_is_no_warning(name: str) -> None:
    assert warned(WIN_BACK, "orders_90d >= 1", f"{name} >= 1") == []


def test_a_property_that_a_well_known_event_has_under_another_name_is_noted() -> None:
    texts = sample_texts()
    texts[CART] = texts[CART].replace("value >= 20", "productz IS NOT NULL")
    said = [str(each) for each in findings(texts) if each.level == "note" and "productz" in each.text]
    assert said == [
        "journeys/cart.yaml:4: note: 'Cart Updated' has no property 'productz' as it is commonly sent; "
        "did you mean 'products'?"
    ]
    assert not [each for each in findings(sample_texts()) if "commonly" in each.text]


def test_of_more_names_than_can_be_compared_nothing_is_said() -> None:
    texts = sample_texts()
    many = " AND ".join(f"colour{letter} = 'x'" for letter in ("a", "b"))
    for count in (1, MOST_COMPARED):
        named = "\n".join(
            f"made_{place}: coalesce(p{'x' * (place % 40)}_{place}, 0)" for place in range(min(count, 990))
        )
        more = "\n".join(f"more_{place}: coalesce(q{place}, r{place})" for place in range(count // 200))
        listed = {**texts, "features.yaml": f"{texts['features.yaml']}{named}\n{more}\ncolours: {many}\n"}
        said = [str(each) for each in findings(listed) if "looks like" in each.text]
        assert any("'coloura'" in each or "'colourb'" in each for each in said) is (count == 1), said[:3]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("set: {stage: tried}", "trait 'stage' is set to 'tried', which nothing states; "),
        ("emit: Tried\n    properties: {how: eagerly}", "property 'how' is set to 'eagerly', which nothing states; "),
    ],
)
def test_a_text_without_its_quotes_is_a_warning(step: str, said: str) -> None:
    [warning] = told(f"{ENTER}  - {step}\n")
    word = "tried" if "tried" in said else "eagerly"
    assert (warning.level, warning.text) == ("warning", f"{said}a text stands in single quotes: \"'{word}'\"")


@pytest.mark.parametrize(
    "step",
    [
        "set: {stage: \"'tried'\"}",
        "set: {cart_id: cart_id}",
        "emit: Tried\n    properties: {how: orders}",
        "emit: Tried\n    properties: {how: revenue}",
        "emit: Tried\n    properties: {how: eagerly}\n  - send: hello\n    when: eagerly IS NOT NULL",
        "set: {eagerly: 2 + 2}\n  - emit: Tried\n    properties: {how: eagerly}",
        "set: {stage: properties.tried}",
    ],
)
def test_a_name_that_something_speaks_of_or_that_is_handed_on_is_none(step: str) -> None:
    assert told(f"{ENTER}  - {step}\n") == []
