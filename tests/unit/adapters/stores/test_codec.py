"""What lies packed in the file: it comes back as it was, and damage is told as such."""

import pytest
import zstandard
from msgspec import msgpack

from opportune.adapters.stores.codec import MOST_EXPANDED, Form, expanded, pack, unpack
from opportune.errors import Unavailable
from opportune.events.event import Event, Tick
from opportune.policies.decision import Ending
from opportune.wiring.moved import Moved, mark_of, moved

ENTRIES = (Event("e1", "ann", "Cart Updated", 1, 2, 3, b'{"a":1}'), Tick(5, 4))


def test_what_was_packed_comes_back() -> None:
    assert unpack(pack(ENTRIES)) == ENTRIES


@pytest.mark.parametrize("place", range(0, len(pack(ENTRIES)), 3))
def test_a_damaged_row_of_the_log_is_told_to_be_so(place: int) -> None:
    blob = pack(ENTRIES)
    for damaged in (blob[:place], blob[:place] + bytes([blob[place] ^ 0xFF]) + blob[place + 1 :]):
        try:
            unpack(damaged)  # a changed letter of a text is still a text
        except Unavailable as refusal:
            assert "start again from a backup" in str(refusal)


def test_a_blob_that_claims_to_be_huge_takes_no_memory() -> None:
    head = b"(\xb5/\xfd\xe0" + (MOST_EXPANDED + 1).to_bytes(8, "little")
    assert zstandard.frame_content_size(head) > MOST_EXPANDED
    with pytest.raises(Unavailable, match="larger than anything that is kept"):
        expanded(head)


@pytest.mark.parametrize("raw", [b"", b"\xc1", b"\x93", msgpack.encode({"at": "x"}), b"\xd9\x02\xff\xff"])
def test_a_damaged_form_is_told_to_be_so(raw: bytes) -> None:
    with pytest.raises(Unavailable, match="damaged"):
        Form(Ending).decode(raw)


def test_a_damaged_mark_of_an_absorbed_id_is_told_to_be_so() -> None:
    whole = mark_of(Moved("ann", "ann"))
    assert moved(whole) == Moved("ann", "ann")
    with pytest.raises(Unavailable, match="damaged"):
        moved(whole[:4])
