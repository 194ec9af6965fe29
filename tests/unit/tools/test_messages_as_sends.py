"""Messages between people become sends that the heatmap reads."""

import gzip
from pathlib import Path

import pytest

from tools.messages_as_sends import main


def test_a_message_is_opened_when_its_reader_writes_next(tmp_path: Path) -> None:
    source, target = tmp_path / "m.txt.gz", tmp_path / "sends.csv"
    with gzip.open(source, "wt") as file:
        file.write("1 2 1000\n2 3 4600\n1 2 5000\n3 1 99000\n")
    assert main([str(source), str(target)]) == 0
    assert target.read_text().splitlines() == [
        "user_id,send_time_utc,open_time_utc,message_id",
        "2,1970-01-01T00:16:40Z,1970-01-01T01:16:40Z,1",
        "3,1970-01-01T01:16:40Z,,2",
        "2,1970-01-01T01:23:20Z,,3",
        "1,1970-01-02T03:30:00Z,,4",
    ]
    assert main([str(source), str(target), "0.5"]) == 0
    assert ",1970-01-01T01:16:40Z,1\n" not in target.read_text()


def test_without_files_it_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "messages_as_sends.py collegemsg.txt.gz sends.csv" in capsys.readouterr().err
