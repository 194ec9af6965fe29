"""What ``items.yaml`` says, and what is said of one that is wrong."""

import pytest

from opportune.playbook.items import Items, Tie
from opportune.playbook.reading import playbook_from
from opportune.units import DAY
from tests.unit.playbook.files import FILES, complaints

GOOD = """
id: product_id
concerns:
  - {event: Product Viewed, within: 30 days}
  - {event: Product Added, within: 7 days, at_least: 2}
interest:
  - {event: Product Viewed, property: category, within: 30 days, at_least: 2}
  - {event: Article Read, property: topics.first, item: tags, within: 14 days}
per_second: 500
"""


def test_the_file_says_how_items_are_named_and_whom_they_concern() -> None:
    assert playbook_from({**FILES, "items.yaml": GOOD}).items == Items(
        "product_id",
        (Tie("Product Viewed", "product_id", 30 * DAY), Tie("Product Added", "product_id", 7 * DAY, 2)),
        (
            Tie("Product Viewed", "category", 30 * DAY, 2, "category"),
            Tie("Article Read", "topics.first", 14 * DAY, item="tags"),
        ),
        500,
    )


def test_a_playbook_without_the_file_keeps_its_hash_and_one_with_it_has_another() -> None:
    plain, told = playbook_from(FILES), playbook_from({**FILES, "items.yaml": GOOD})
    assert plain.items is None and plain.remembered == tuple(plain.features.values())
    assert plain.hash != told.hash != playbook_from({**FILES, "items.yaml": GOOD.replace("500", "501")}).hash


ITEMS_WRONG = [
    ("id: a b\nconcerns: [{event: X, within: 1 day}]",
     "items.yaml:1: id must name a property, such as product_id or product.id, not 'a b'"),
    ("id: decision\nconcerns: [{event: X, within: 1 day}]",
     "items.yaml:1: news of items gives decision a meaning of its own; let events name items by another"),
    ("concerns: [{event: X, within: 1 day}]", "items.yaml:1: items.yaml needs 'id', such as 'id: product_id'"),
    ("id: a", "items.yaml:1: items needs 'concerns' or 'interest': without them no news reaches anybody"),
    ("id: a\nconcerns: {event: X}",
     "items.yaml:2: concerns must be a list, such as [{event: Product Viewed, within: 30 days}]"),
    ("id: a\nconcerns: [{event: X}]", "items.yaml:2: concerns[0] needs 'within', such as 'within: 7 days'"),
    ("id: a\nconcerns: [{within: 1 day}]", "items.yaml:2: concerns[0] needs 'event', such as 'event: Product Viewed'"),
    ("id: a\nconcerns: [{event: X, within: 10 seconds}]",
     "items.yaml:2: within is at least a minute, not 10 seconds: it is looked at later"),
    ("id: a\nconcerns: [{event: X, within: 400 days}]", "items.yaml:2: within is at most 366 days, not 400 days"),
    ("id: a\nconcerns: [{event: X, within: 1 day, at_least: 0}]",
     "items.yaml:2: at_least must be a whole number from 1 to 1000, not '0'"),
    ("id: a\nconcerns: [{event: X, within: 1 day, property: b}]",
     "items.yaml:2: concerns[0] has no 'property'; known: at_least, event, within"),
    ("id: a\ninterest: [{event: X, within: 1 day}]",
     "items.yaml:2: interest[0] needs 'property', such as 'property: category'"),
    ("id: a\nper_second: 0\nconcerns: [{event: X, within: 1 day}]",
     "items.yaml:2: per_second must be a whole number from 1 to 100000, not '0'"),
    ("id: a\nconcerns: [" + ", ".join(["{event: X, within: 1 day}"] * 21) + "]",
     "items.yaml:2: concerns lists at most 20 events, not 21"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), ITEMS_WRONG)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    assert said in complaints({**FILES, "items.yaml": text})
