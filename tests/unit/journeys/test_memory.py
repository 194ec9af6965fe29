"""A memory at rest is bytes with a version in front."""

import msgspec
import pytest

from opportune.errors import Unavailable
from opportune.journeys.memory import FORM, Memory, at_rest, awake, fresh
from opportune.journeys.run import Armed

ARMED = Memory.__struct_fields__.index("armed")


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


def test_a_memory_of_the_first_form_waits_for_silence_still() -> None:
    fields = msgspec.msgpack.decode(at_rest(fresh("ann"))[1:])
    fields[ARMED] = {"win_back": 7, "come_back": 5}
    memory = awake(b"\x01" + msgspec.msgpack.encode(fields))
    assert memory.armed == [Armed("come_back", "", 0, 5, 5), Armed("win_back", "", 0, 7, 7)]
    assert {each.kind for each in memory.armed} == {"silence"}


def test_what_was_armed_before_there_were_kinds_waits_for_silence() -> None:
    fields = msgspec.msgpack.decode(at_rest(fresh("ann"))[1:])
    fields[ARMED] = [["win_back", "", 0, 5, 7, {}]]
    assert awake(bytes((FORM,)) + msgspec.msgpack.encode(fields)).armed == [Armed("win_back", "", 0, 5, 7)]
