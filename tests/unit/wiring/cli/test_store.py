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
