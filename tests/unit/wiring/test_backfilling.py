"""What is new, folded out of the log beside the engine: a broken entry costs only itself, ids begin with nothing."""

import pytest
from msgspec.structs import replace

from opportune.errors import Unavailable
from opportune.events.event import Event, Input, Merged, Tick
from opportune.features.backfill import Anew, anew
from opportune.features.feature import features_from
from opportune.features.fold import Fold
from opportune.units import HOUR, MINUTE
from opportune.wiring.backfilling import Staging, backfill_in
from tests.contracts.made import NOW

FEATURES = features_from({"seen": "COUNT_IF(event = 'Seen')"})


def asked() -> Anew:
    nothing, something = (Fold(each, watches=[], lateness=HOUR, idle=30 * MINUTE) for each in ([], FEATURES.values()))
    found = anew(nothing, something, FEATURES.values())
    assert found is not None
    return found


def seen(seq: int, user: str = "ann", properties: bytes = b"{}") -> Event:
    return Event(f"e{seq}", user, "Seen", NOW + seq, NOW + seq, seq, properties)


def counted(*entries: Input, at_once: bool = True) -> dict[str, int]:
    staging = Staging(asked())
    for some in [entries] if at_once else [[entry] for entry in entries]:
        staging.take(some)
    rows = {user: backfill_in(row) for user, row in staging.rows(now=NOW + HOUR)}
    return {user: sum(len(each.ats) + each.count for each in row.series.values()) for user, row in rows.items()}


def test_an_entry_that_cannot_be_read_costs_only_itself() -> None:
    entries = (seen(1), seen(2), replace(seen(3), properties=b"{broken"), seen(4), seen(5, "bob", b"[]"))
    assert counted(*entries) == counted(*entries, at_once=False) == {"ann": 3}


def test_who_absorbs_an_id_has_what_it_did() -> None:
    merged = Merged("ann", "device", NOW + 3, 3)
    entries = (seen(1), seen(2, "device"), merged, Tick(NOW + 4, 4), seen(5))
    assert counted(*entries) == counted(*entries, at_once=False) == {"ann": 3}


def test_an_id_that_begins_anew_begins_with_nothing() -> None:
    entries = (seen(1, "device"), Merged("ann", "device", NOW + 2, 2), Merged("device", "device", NOW + 3, 3))
    assert counted(*entries, seen(4, "device")) == {"ann": 1, "device": 1}


def test_an_id_that_was_nobody_elses_loses_nothing_by_being_its_own() -> None:
    assert counted(seen(1), Merged("ann", "ann", NOW + 2, 2)) == {"ann": 1}


def test_nobody_has_a_row_for_whom_there_is_nothing() -> None:
    assert counted(replace(seen(1), name="Other")) == {}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"\x03\x90", "filled in by a newer opportune"),
        (b"", "filled in by a newer opportune"),
        (b"\x01\xc1", "is damaged"),
        (b"\x01\x95\x81\xa1k\x01\x80\x80\xc0\x80", "is damaged"),
        (b"\x01\x93\x80\x80\x81\xa1\xff\x90", "is damaged"),
    ],
)
def test_a_row_that_nobody_could_have_written_is_refused(row: bytes, said: str) -> None:
    with pytest.raises(Unavailable, match=said):
        backfill_in(row)
