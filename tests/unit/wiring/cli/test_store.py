"""A file that is not there is told as such, by every command that reads one."""

from pathlib import Path

import pytest

from opportune.wiring.cli import main


@pytest.mark.parametrize("arguments", [("why", "ann"), ("replay",)])
def test_a_file_that_is_not_there_is_one_line(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "none.db"
    assert main([*arguments, "--store", str(store)]) == 3
    assert capsys.readouterr().err == (
        f"opportune: {store}: there is no such file; --store names the one that 'opportune run' keeps\n"
    )


@pytest.mark.parametrize("arguments", [("why", "ann"), ("replay",)])
def test_a_folder_is_told_from_a_file_that_is_not_there(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--store", str(tmp_path)]) == 3
    assert f"{tmp_path}: is a folder" in capsys.readouterr().err


def test_a_file_of_something_else_is_to_be_exchanged_not_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "notes.db"
    store.write_text("buy ferns")
    assert main(["replay", "--store", str(store)]) == 3
    assert capsys.readouterr().err == f"opportune: {store}: file is not a database; take another file\n"
