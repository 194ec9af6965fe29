"""Records put apart and brought in order, on disk and in memory."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.wiring.heatmap.parts import RECORD, Parts

RECORDS = st.lists(
    st.tuples(st.sampled_from([b"a", b"b", b"ab", b"zz"]), st.integers(0, 5)).map(
        lambda each: RECORD.pack(each[0].ljust(8), each[1], b"message.", 0, 7, 3, 4, 0)
    ),
    max_size=60,
)


@given(RECORDS, st.sampled_from([1, 200, 10**6]), st.sampled_from([100, 10**6]))
def test_nothing_is_lost_and_each_users_records_come_together_in_order(
    tmp_path_factory: pytest.TempPathFactory, records: list[bytes], waiting: int, most: int
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    parts = Parts(folder, waiting=waiting, most=most)
    for record in records:
        parts.add(record)
    found = [list(each) for each in parts.sorted()]
    assert sorted(record for each in found for record in each) == sorted(records)
    assert all(each == sorted(each) for each in found)
    users = [user for each in found for user in {record[:8] for record in each}]
    assert len(users) == len(set(users))
    assert list(folder.iterdir()) == []


def test_what_waits_is_put_on_disk(tmp_path: Path) -> None:
    parts = Parts(tmp_path, waiting=RECORD.size)
    parts.add(RECORD.pack(b"ann", 1, b"m", 0, 0, 0, 0, 0))
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [RECORD.size]


def test_a_part_that_is_too_large_is_put_apart_again_from_disk_and_from_memory(tmp_path: Path) -> None:
    parts = Parts(tmp_path, waiting=3 * RECORD.size, most=RECORD.size)
    records = [RECORD.pack(b"a" + bytes([n % 3]) + b"......", n, b"m", 0, 0, 0, 0, 0) for n in range(10)]
    for record in records:
        parts.add(record)
    assert [record for each in parts.sorted() for record in each] == sorted(records)
    assert list(tmp_path.iterdir()) == []
