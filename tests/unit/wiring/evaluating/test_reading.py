"""Files of events as others write them, and the local hours that they come to."""

import gzip
from pathlib import Path

import pytest

from opportune.errors import Unavailable
from opportune.wiring.evaluating.reading import Files, Read, read
from opportune.wiring.mapping import Columns

NOON = 1_700_049_600
"""12:00 UTC on Wednesday, 15 November 2023, in seconds."""
HOURS = NOON // 3_600


def _read(path: Path, text: str, **more: object) -> Read:
    path.write_text(text)
    return read(Files(paths=(path,), **more))


def test_a_file_without_a_header_is_read_by_the_numbers_of_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "sent.txt.gz"
    path.write_bytes(gzip.compress(f"1 7 {NOON}\n2 8 {NOON + 3_600}\n1 9 {NOON}\n".encode()))
    columns = Columns(named={"user": "1", "at": "3"})
    found = read(Files(paths=(path,), columns=columns, has_header=False, zones=("America/Los_Angeles",)))
    assert found.histories.users == ("1", "2")
    assert found.histories.hour.tolist() == [HOURS - 8, HOURS - 7]
    assert sorted(found.hours.tolist()) == [HOURS - 8, HOURS - 8, HOURS - 7]


def test_offsets_in_minutes_may_differ_from_row_to_row(tmp_path: Path) -> None:
    text = f"uid,t,off_min\n0,{NOON},-360\n0,{NOON},120\n1,{NOON},345\n"
    columns = Columns(named={"user": "uid", "at": "t"})
    found = _read(tmp_path / "commits.csv", text, columns=columns, zones=("minutes:off_min",))
    assert found.histories.hour.tolist() == [HOURS - 6, HOURS + 2, HOURS + 5]


def test_what_is_before_the_first_day_or_after_the_last_is_left_out_and_counted(tmp_path: Path) -> None:
    text = f"user,at\na,5\na,{NOON}\na,{NOON + 86_400}\n"
    found = _read(tmp_path / "e.csv", text, since=1_000_000_000_000, until=(NOON + 60) * 1_000)
    assert (found.histories.hour.tolist(), found.left_out) == ([HOURS], 2)


def test_calls_of_clients_are_read_on_the_clock_they_state_and_then_on_it(tmp_path: Path) -> None:
    zone = '"context":{"timezone":"Asia/Kathmandu"}'
    text = (
        '{"type":"track","userId":"a","event":"Cart Updated","timestamp":"2023-11-15T12:00:00Z",' + zone + "}\n"
        '{"type":"track","userId":"a","event":"Cart Updated","timestamp":"2023-11-16T12:00:00Z"}\n'
        '{"type":"track","userId":"b","event":"Cart Updated","timestamp":"2023-11-15T12:00:00Z"}\n'
    )
    found = _read(tmp_path / "calls.ndjson", text)
    assert found.histories.hour.tolist() == [HOURS + 5, HOURS + 29, HOURS]


def test_messages_and_opens_of_machines_are_no_activity_of_users(tmp_path: Path) -> None:
    sent = '{"userId":"a","event":"Message Sent","timestamp":"2023-11-15T08:00:00Z","properties":{"channel":"email"}}'
    opened = '{"userId":"a","event":"Email Opened","timestamp":"2023-11-15T12:00:00Z","properties":{"after":%d%s}}'
    machine = opened % (60_000, ',"by":"machine"')
    human = opened % (4 * 3_600_000, ',"by":"human"')
    found = _read(tmp_path / "calls.ndjson", f"{sent}\n{machine}\n{human}\n")
    assert not found.histories.hour.size
    assert (found.histories.sent_hour.tolist(), found.histories.delay.tolist()) == ([HOURS - 4], [4])


def test_rows_that_say_nothing_are_counted_with_the_first_in_words(tmp_path: Path) -> None:
    found = _read(tmp_path / "e.csv", f"user,at\n,{NOON}\nb,\nc,yesterday\nd,{NOON}\n")
    assert found.histories.users == ("d",)
    assert dict(found.refused) == {"missing_user": 1, "missing_instant": 1, "bad_instant": 1}
    assert found.examples[0].startswith("e.csv: line 2: no column says who; name one of 'user', 'at' with --map user=")


def test_a_table_without_a_header_may_hold_quotes_comments_and_lines_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "e.txt"
    path.write_bytes(f'# who, when\n"a, b",{NOON}\n\nc,{NOON}\n\xff,1\n'.encode("latin-1"))
    found = read(Files(paths=(path,), columns=Columns(named={"user": "1", "at": "2"}), has_header=False))
    assert found.histories.users == ("a, b", "c")
    assert dict(found.refused) == {"bad_row": 1}


def test_a_packed_file_that_is_cut_short_is_said_to_be_so(tmp_path: Path) -> None:
    path = tmp_path / "e.txt.gz"
    path.write_bytes(gzip.compress(b"1 2 3\n" * 10_000)[:-20])
    with pytest.raises(Unavailable, match=r"e.txt.gz: it cannot be read on: .*; is it whole\?"):
        read(Files(paths=(path,), columns=Columns(named={"user": "1", "at": "3"}), has_header=False))


@pytest.mark.parametrize(
    "more, said",
    [
        ({"zones": ("minutes:off",)}, "--zone: there is no column or zone 'off'; there are 'user', 'at'"),
        ({"columns": Columns(named={"user": "who"})}, "--map user: there is no column 'who'; there are 'user', 'at'"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_those_that_are(
    tmp_path: Path, more: dict[str, object], said: str
) -> None:
    with pytest.raises(Unavailable, match=said):
        _read(tmp_path / "e.csv", f"user,at\na,{NOON}\n", **more)


@pytest.mark.parametrize("at", ["9999-12-31T23:30:00Z", "1969-12-31T12:00:00Z", "2023-11-16T12:00:01Z"])
@pytest.mark.parametrize("zones", [(), ("Asia/Tokyo",)])
def test_rows_before_1970_or_more_than_a_day_ahead_are_refused_with_their_place(
    tmp_path: Path, at: str, zones: tuple[str, ...]
) -> None:
    text = f"user,at\na,{NOON}\na,{at}\na,2023-11-16T12:00:00Z\n"
    found = _read(tmp_path / "e.csv", text, now=NOON * 1_000, zones=zones)
    assert found.refused == {"bad_instant": 1}
    assert found.examples[0].startswith("e.csv: line 3: ")
    assert found.histories.hour.size == 2
