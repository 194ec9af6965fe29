"""The command as a whole, and the folder it begins with."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from opportune.errors import PlaybookError, Unavailable
from opportune.playbook.folder import texts
from opportune.wiring.cli import COMMANDS, main
from opportune.wiring.cli.complaining import complain
from opportune.wiring.sample import sample_texts, write_sample
from tests.api.source_tree import SOURCE
from tests.unit.wiring.cli.commands import shell

Captured = pytest.CaptureFixture[str]


def test_help_names_every_command(capsys: Captured) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert [name for name in COMMANDS if f"  {name} " not in said] == []


SUBJECTS = {"train": ("send-time",), "evaluate": ("send-time", "gain")}
"""Commands that are about one thing or another."""


def test_every_command_explains_its_options(capsys: Captured) -> None:
    for name in COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            main([name, "--help"])
        said = capsys.readouterr().out
        assert said.startswith(f"usage: opportune {name} ")
        for what in SUBJECTS.get(name, ()):
            with pytest.raises(SystemExit, match="0"):
                main([name, what, "--help"])
            said = capsys.readouterr().out
            assert said.startswith(f"usage: opportune {name} {what} ")
            assert "--json" in said
        assert name == "run" or "--json" in said


def test_help_loads_nothing_but_the_command_itself() -> None:
    """What keeps ``--help`` fast: no import of ours or of a library at the top of the first module."""
    tree = ast.parse((SOURCE / "wiring" / "cli" / "__init__.py").read_text(encoding="utf-8"))
    found = {node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module}
    found |= {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    ours = {"opportune.wiring.cli.exit_codes"}
    assert {name.split(".")[0] for name in found - ours} <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), ""),
        (("runn",), "there is no command 'runn'"),
        (("run",), "the following arguments are required: FOLDER"),
        (("why", "ann", "--last", "x"), "a whole number from 1 to 100000, not 'x'"),
        (("why", "ann", "--last", "0"), "a whole number from 1 to 100000, not '0'"),
        (("run", "x", "--port", "99999"), "a port is a number from 0 to 65535, not '99999'"),
        (("run", "x", "--smtp", "mail"), "a server is host:port such as mail.example.com:587, not 'mail'"),
        (("run", "x", "--from", "shop"), "a sender is written 'Fjord & Fern <shop@example.com>', not 'shop'"),
        (("demo", "--days", "0"), "a whole number from 1 to 100000, not '0'"),
    ],
)
def test_wrong_usage_is_told_and_exits_with_2(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = shell(*arguments, folder=tmp_path)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_init_writes_a_playbook_that_check_has_nothing_against(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "playbook"
    assert main(["init", str(folder)]) == 0
    assert f"opportune check {folder}" in capsys.readouterr().out
    assert main(["check", str(folder)]) == 0
    assert "nothing to object to" in capsys.readouterr().out


def test_init_never_touches_a_folder_with_something_in_it(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["init", str(tmp_path)]) == 3
    assert capsys.readouterr().err == (
        f"opportune: {tmp_path}: has something in it already, and nothing was written; name a new folder\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_init_never_takes_a_file_for_a_folder(tmp_path: Path, capsys: Captured) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    assert main(["init", str(mine)]) == 3
    assert capsys.readouterr().err == f"opportune: {mine}: is a file, not a folder; name a new folder\n"


def test_each_problem_is_one_line_and_the_worst_kind_sets_the_exit_code(capsys: Captured) -> None:
    problems = ExceptionGroup("", [PlaybookError("a:1: first\nb:2: second"), ExceptionGroup("", [Unavailable("disk")])])
    assert complain(problems) == 3
    assert capsys.readouterr().err == "opportune: a:1: first\nopportune: b:2: second\nopportune: disk\n"
    assert complain(PlaybookError("a:1: first")) == 1


def test_what_is_our_own_fault_is_never_hidden() -> None:
    with pytest.raises(ExceptionGroup, match="both"):
        complain(ExceptionGroup("both", [Unavailable("disk"), KeyError("ours")]))


def test_the_stories_that_init_writes_hold_for_the_playbook_beside_them(tmp_path: Path) -> None:
    write_sample(tmp_path / "shop")
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path / "shop", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout
    assert "3 passed" in told.stdout


def test_stories_are_no_part_of_what_is_published(tmp_path: Path) -> None:
    write_sample(tmp_path / "shop")
    assert (tmp_path / "shop" / "tests" / "test_stories.py").exists()
    assert texts(tmp_path / "shop") == sample_texts()
