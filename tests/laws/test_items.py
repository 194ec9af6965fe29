"""Whatever is stated of an item: it is taken and kept as it is, or refused as a bad item."""

from collections.abc import Mapping

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opportune.adapters.sources.item_bodies import split, stated_in
from opportune.errors import EventError
from opportune.events.announcement import announced, holds, publication, scheduled
from opportune.events.item import RESERVED, Item, item_of
from opportune.wiring.item_face import shown

NOW = 1_780_315_200_000
numbers = st.one_of(st.integers(-5, 200), st.floats(0, 200, allow_nan=False), st.integers(-(2**63), 2**63 - 1))
texts = st.one_of(st.text(max_size=8), st.sampled_from(["2026-06-01", "a,b", "", " ", "19,90", "\n", "x" * 1_100]))
values: st.SearchStrategy[object] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts, st.just(NOW + 60_000)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=6,
)
KNOWN = ["id", "price", "currency", "stock", "category", "tags", "score", "published", "expires"]
names = st.sampled_from([*KNOWN, "name", "url", "more", "due", *sorted(RESERVED)])
stated = st.dictionaries(names, values, max_size=6).map(lambda fields: {"id": "p1"} | fields)


def taken(fields: Mapping[str, object], before: Item | None = None) -> Item | None:
    try:
        return item_of(fields, before)
    except EventError as refusal:
        assert refusal.code == "bad_item" and str(refusal)
        return None


@settings(max_examples=300, deadline=None)
@given(st.lists(stated, max_size=4))
@example([{"id": "p1", "more": {"a": 1}, "due": 5}])
@example([{"id": "p1", "published": 1, "expires": "1950-01-01"}])
@example([{"id": "p1", "published": "0001-01-01", "expires": "1973-03-03T09:46:39.999Z"}])
def test_what_is_taken_is_kept_and_shown_as_it_may_be_stated_again(feeds: list[dict[str, object]]) -> None:
    item: Item | None = None
    for fields in feeds:
        found = taken(fields | {"id": "p1"}, item)
        if found is None:
            continue
        kept = scheduled(item, found, NOW)
        assert msgspec.json.decode(msgspec.json.encode(kept), type=Item) == kept
        again = shown(kept)
        assert again is not None and item_of(again, kept) == kept
        for said in (*announced(item, kept, NOW), publication(kept, NOW)):
            told = msgspec.json.decode(said.properties("sku"))
            assert told["sku"] == told["item"] == "p1" and "decision" not in told
            assert said.name == "Item Published" or holds(said, kept, NOW)
        item = kept


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(stated, max_size=3).map(msgspec.json.encode)))
@example(b"[" * 100_000)
@example(b'{"id":' * 50_000)
def test_whatever_comes_is_taken_apart_or_refused(body: bytes) -> None:
    try:
        raws = split(body)
    except EventError:
        return
    for raw in raws:
        found = stated_in(raw)
        if not isinstance(found, EventError):
            taken(found)
