"""Journeys that wait for news of items which nobody would get, and items that no journey speaks of."""

from opportune.playbook.reading import findings
from tests.unit.playbook.files import FILES, changed

ITEMS = "id: product_id\n{}: [{{event: Product Viewed, within: 30 days{}}}]\n"
CONCERNS, INTEREST = ITEMS.format("concerns", ""), ITEMS.format("interest", ", property: category")


def said(news: str, **files: str) -> list[tuple[str, str, str]]:
    texts = changed("journeys/cart.yaml", "Cart Updated", news) | {f"{name}.yaml": text for name, text in files.items()}
    return [(each.level, each.place, each.text) for each in findings(texts) if "items" in each.text]


def test_news_that_nobody_would_get_is_a_warning() -> None:
    for news, right, part in (("Price Dropped", CONCERNS, "concerns"), ("Item Published", INTEREST, "interest")):
        text = f"{news!r} is told to nobody: items.yaml has no {part!r}, which says whom it concerns"
        wrong = CONCERNS if right == INTEREST else INTEREST
        assert said(news) == said(news, items=wrong) == [("warning", "journeys/cart.yaml:3", text)]
        assert said(news, items=right) == []


def test_items_that_no_journey_speaks_of_are_noted() -> None:
    text = "no journey uses what items tell: Back in Stock, Item Published, Price Dropped"
    assert said("Cart Updated", items=CONCERNS) == [("note", "items.yaml:1", text)]


def test_an_event_that_ties_users_to_items_is_one_that_the_playbook_uses() -> None:
    found = findings({**FILES, "items.yaml": CONCERNS}, seen=frozenset({"Product Vieved"}))
    assert "event 'Product Viewed' was never seen; did you mean 'Product Vieved'?" in [each.text for each in found]
