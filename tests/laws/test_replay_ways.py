"""The generic playbook's log comes to one digest in eighteen ways: three batches, three restarts, one shard and four.

With a million events: ``python -m benchmarks.replaying``.
"""

from pathlib import Path

from benchmarks.figure import Size
from benchmarks.replaying import WAYS, decided, lived


def test_a_log_comes_to_one_digest_however_it_is_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    first, entries = lived(path, Size(users=60, events=1_200))
    assert first.decisions > 100
    assert [way for way in WAYS if decided(path, entries, way) != first] == []
    assert len(WAYS) == 18
