"""The reference of machine rules says what the rules are."""

from opportune.adapters.sources.machines import shipped
from opportune.events import names
from tools.machine_rules import PAGE, conditions, written


def test_the_page_shows_the_rules_of_today() -> None:
    page = PAGE.read_text("utf-8")
    assert written(page) == page, "write it again with: python -m tools.machine_rules --write"


def test_every_rule_but_the_last_names_its_conditions() -> None:
    assert [each.name for each in shipped().listed if conditions(each) == "nothing before it fits"] == ["otherwise"]


def test_the_page_names_the_events() -> None:
    page = PAGE.read_text("utf-8")
    for name in (names.EMAIL_OPENED_BY_MACHINE, names.EMAIL_CLICKED_BY_MACHINE, names.EMAIL_CLICKED):
        assert f"`{name}`" in page
