"""Items as they are stated: piece by piece, and refused with the field and what would be right."""

import pytest

from opportune.errors import EventError
from opportune.events.item import MOST_FIELDS, MOST_TAGS, Item, id_of, item_of

NOW = 1_780_315_200_000


def refusal(**fields: object) -> str:
    with pytest.raises(EventError) as caught:
        item_of({"id": "p1"} | fields)
    assert caught.value.code == "bad_item"
    return str(caught.value)


def test_every_field_is_taken_as_it_is_stated() -> None:
    stated = {
        "id": 42, "price": 19.9, "currency": "EUR", "stock": 3, "category": "shoes", "tags": ["red", "", "sale", "red"],
        "score": -0.5, "published": "2026-06-01T12:00:00Z", "expires": NOW + 1, "name": "Boot", "sizes": [40],
    }  # fmt: skip
    assert item_of(stated) == Item(
        "42", 19.9, "EUR", 3, "shoes", ("red", "sale"), -0.5, NOW, NOW + 1, {"name": "Boot", "sizes": [40]}
    )


def test_a_field_that_is_not_there_stays_and_one_that_is_null_goes() -> None:
    before = item_of({"id": "p1", "price": 5, "stock": 2, "name": "Boot", "color": "red", "published": NOW})
    after = item_of({"id": "p1", "price": 4, "color": None, "published": None}, before)
    assert after == Item("p1", price=4, stock=2, more={"name": "Boot"})


def test_tags_of_a_table_are_one_text_with_commas() -> None:
    assert item_of({"id": "p1", "tags": "red, sale,,"}).tags == ("red", "sale")
    assert item_of({"id": "p1", "tags": None}).tags == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": None}, "id: missing; an item needs one, such as 'sku-42'"),
        ({"id": True}, "id: must be text or a whole number, not True"),
        ({"id": 1.5}, "id: must be text or a whole number, not 1.5"),
        ({"id": "a\nb"}, "id: control character in id 'a\\nb'; send an id without it"),
        ({"price": "19,90"}, "price: must be a number such as 19.9, not '19,90'"),
        ({"price": True}, "price: must be a number such as 19.9, not True"),
        ({"price": -1}, "price: must lie between 0 and 1,000,000,000,000, not -1"),
        ({"score": -2e12}, "score: must lie between -1,000,000,000,000 and 1,000,000,000,000, not -2000000000000.0"),
        ({"category": ["a"]}, "category: must be one text of at most 1,024 characters, not ['a']"),
        ({"tags": 5}, "tags: must be a list of texts, such as ['red', 'sale'], not 5"),
        ({"tags": [["a"]]}, "tags: each must be one text of at most 1,024 characters, not ['a']"),
        ({"tags": [f"t{n}" for n in range(51)]}, f"tags: an item has at most {MOST_TAGS} tags, not 51"),
        ({"published": "tomorrow"}, "published: not ISO 8601 such as '2026-11-21T22:07:53.521Z', not 'tomorrow'"),
        ({"expires": []}, "expires: must be an instant such as '2026-11-22T09:30:00Z', not []"),
        ({"old_price": 5}, "old_price: the engine gives this field its meaning; name it otherwise"),
        ({f"f{n}": n for n in range(101)}, f"fields: an item has at most {MOST_FIELDS} fields of its own, not 101"),
        ({"text": "x" * 20_000}, "fields: an item has at most 16,384 bytes as JSON; keep long texts where it is shown"),
    ],
)
def test_what_cannot_be_taken_is_named_with_what_would_be_right(fields: dict[str, object], said: str) -> None:
    assert refusal(**fields) == said


def test_ids_are_read_as_users_events_name_them() -> None:
    assert [id_of({"id": each}) for each in ("007", 7, 7.0)] == ["007", "7", "7"]


def test_the_texts_of_a_field_are_those_that_events_can_be_held_against() -> None:
    item = item_of({"id": "p1", "category": "shoes", "tags": ["a", "b"], "brand": 5, "x": {"y": 1}, "price": 7.0})
    found = {field: item.texts(field) for field in ("id", "category", "tags", "brand", "x", "price", "none")}
    assert found == {
        "id": ("p1",), "category": ("shoes",), "tags": ("a", "b"), "brand": ("5",), "x": (), "price": ("7",),
        "none": (),
    }  # fmt: skip
