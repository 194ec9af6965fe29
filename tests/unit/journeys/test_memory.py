"""A memory at rest is bytes with a version in front."""

import pytest

from opportune.errors import Unavailable
from opportune.journeys.memory import FORM, at_rest, awake, fresh


def test_a_memory_comes_back_as_it_was() -> None:
    assert awake(at_rest(fresh("ann"))) == fresh("ann")


def test_a_quiet_user_takes_few_bytes() -> None:
    assert len(at_rest(fresh("user-123456"))) < 60


def test_a_memory_of_a_newer_form_is_refused_with_the_remedy() -> None:
    newer = bytes((FORM + 1,)) + at_rest(fresh("ann"))[1:]
    with pytest.raises(Unavailable, match=f"form {FORM + 1} was written by a newer opportune"):
        awake(newer)


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x01\x93", b"\x01\xc0", b"\x01\xff\xff", at_rest(fresh("ann"))[:-3]])
def test_a_damaged_memory_is_told_to_be_so(raw: bytes) -> None:
    with pytest.raises(Unavailable):
        awake(raw)
