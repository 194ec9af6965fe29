"""What there is to tell of: one item of the catalogue, as whoever feeds it states it, piece by piece."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, json

from opportune.errors import EventError
from opportune.events.identity import stated_id
from opportune.events.instants import instant_of
from opportune.units import Instant

MOST_NUMBER: Final = 1_000_000_000_000
MOST_TEXT: Final = 1_024
"""Characters of an id, a category or a tag: what can be matched with what users did."""
MOST_TAGS: Final = 50
MOST_FIELDS: Final = 100
MOST_BYTES: Final = 16 * 1024
"""Of one item, written as JSON."""
RESERVED: Final = frozenset({"item", "old_price", "price_drop", "decision"})
"""Names that the engine's own events about an item give a meaning."""
_KNOWN: Final = frozenset({"id", "price", "currency", "stock", "category", "tags", "score", "published", "expires"})


class Item(Struct, frozen=True, gc=False, omit_defaults=True):
    """One item; None, or empty: nothing is known of it."""

    id: str
    price: int | float | None = None
    currency: str = ""
    stock: int | float | None = None
    """How many there are; 0: it is sold out."""
    category: str = ""
    tags: tuple[str, ...] = ()
    score: int | float | None = None
    """How much it deserves to be told of, in the unit of whoever feeds the catalogue."""
    published: Instant | None = None
    """From when it may be told of."""
    expires: Instant | None = None
    """It is useless to tell of it from then on."""
    more: dict[str, object] = {}
    """All other fields, as they were stated."""
    due: Instant | None = None
    """When it is to be announced; None: it was, or will not be."""

    def texts(self, field: str) -> tuple[str, ...]:
        """What stands in this field, as texts that users' events can be matched with."""
        value: object = self.more.get(field) if field not in _KNOWN else getattr(self, field)
        listed = value if isinstance(value, (list, tuple)) else (value,)
        return tuple(text for each in listed if (text := _text_of(each)))


def item_of(fields: Mapping[str, object], before: Item | None = None) -> Item:
    """The item that these fields state, over what the catalogue holds of it: a field that is not there stays what it
    was, and one that is null is taken away.

    ``before`` must be the item of the same id. Raises EventError ``bad_item``, naming the field.
    """
    stated = id_of(fields)
    more = dict(before.more) if before else {}
    for name, value in fields.items():
        if name in RESERVED:
            raise _bad(name, "the engine gives this field its meaning; name it otherwise")
        if name in _KNOWN:
            continue
        more.pop(name, None)
        if value is not None:
            more[name] = value
    if len(more) > MOST_FIELDS:
        raise _bad("fields", f"an item has at most {MOST_FIELDS} fields of its own, not {len(more)}")
    was = before or Item(stated)
    item = Item(
        stated,
        price=_number(fields, "price", was.price),
        currency=_word(fields, "currency", was.currency),
        stock=_number(fields, "stock", was.stock),
        category=_word(fields, "category", was.category),
        tags=_tags(fields["tags"]) if "tags" in fields else was.tags,
        score=_number(fields, "score", was.score, least=-MOST_NUMBER),
        published=_instant(fields, "published", was.published),
        expires=_instant(fields, "expires", was.expires),
        more=more,
        due=was.due,
    )
    if len(json.encode(item)) > MOST_BYTES:
        raise _bad("fields", f"an item has at most {MOST_BYTES:,} bytes as JSON; keep long texts where it is shown")
    return item


def id_of(fields: Mapping[str, object]) -> str:
    """The id of the item that these fields are about; raises EventError ``bad_item`` if there is none."""
    value = fields.get("id")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is not None and (isinstance(value, bool) or not isinstance(value, (str, int))):
        raise _bad("id", f"must be text or a whole number, not {_shown(value)}")
    try:
        found = stated_id(value, "id")
    except EventError as error:
        raise EventError("bad_item", str(error)) from None
    if found is None:
        raise _bad("id", "missing; an item needs one, such as 'sku-42'")
    return found


def _number(
    fields: Mapping[str, object], name: str, fallback: int | float | None, *, least: int = 0
) -> int | float | None:
    value = fields.get(name, fallback)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _bad(name, f"must be a number such as 19.9, not {_shown(value)}")
    if not least <= value <= MOST_NUMBER:
        raise _bad(name, f"must lie between {least:,} and {MOST_NUMBER:,}, not {_shown(value)}")
    return value


def _word(fields: Mapping[str, object], name: str, fallback: str) -> str:
    if name not in fields:
        return fallback
    value = fields[name]
    text = "" if value is None else _text_of(value)
    if value is not None and value != "" and not text:
        raise _bad(name, f"must be one text of at most {MOST_TEXT:,} characters, not {_shown(value)}")
    return text


def _tags(value: object) -> tuple[str, ...]:
    """A list of texts, or one text with commas between them."""
    listed = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
    if value is None:
        return ()
    if not isinstance(listed, list | tuple):
        raise _bad("tags", f"must be a list of texts, such as ['red', 'sale'], not {_shown(value)}")
    found = []
    for each in listed:
        text = _text_of(each)
        if each not in ("", None) and not text:
            raise _bad("tags", f"each must be one text of at most {MOST_TEXT:,} characters, not {_shown(each)}")
        found.append(text)
    found = list(dict.fromkeys(text for text in found if text))
    if len(found) > MOST_TAGS:
        raise _bad("tags", f"an item has at most {MOST_TAGS} tags, not {len(found)}")
    return tuple(found)


def _instant(fields: Mapping[str, object], name: str, fallback: Instant | None) -> Instant | None:
    value = fields.get(name, fallback)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _bad(name, f"must be an instant such as '2026-11-22T09:30:00Z', not {_shown(value)}")
    try:
        return instant_of(value, name)
    except EventError as error:
        raise EventError("bad_item", str(error)) from None


def _text_of(value: object) -> str:
    """A text, a number in digits, or a truth; empty for all else, and for what is too long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value) if isinstance(value, (str, int, float)) else ""
    return text if len(text) <= MOST_TEXT else ""


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _bad(field: str, reason: str) -> EventError:
    return EventError("bad_item", f"{field}: {reason}")
