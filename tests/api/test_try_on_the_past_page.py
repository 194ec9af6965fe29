"""What the page on trying a playbook shows is what the commands print, with the figures of today."""

import re
import shutil
from pathlib import Path

import pytest

from opportune.wiring.cli import main
from tests.api.source_tree import ROOT

PAGE = (ROOT / "docs" / "howto" / "try-on-the-past.md").read_text("utf-8")
SHOWN = re.compile(r"```\n\$ opportune (backtest|diff) ([^\n]*)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the page makes: the example, its changed copy and made-up users."""
    folder = tmp_path_factory.mktemp("page")
    example = folder / "coming_back"
    shutil.copytree(ROOT / "examples" / "coming_back", example)
    (simulate,) = re.findall(r"\$ opportune (simulate .*)", PAGE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(simulate.split()) == 0
        shutil.copytree(example, folder / "calmer")
        for old, new, file in re.findall(r"\$ sed -i 's/(.*)/(.*)/' (\S+)", PAGE):
            text = (folder / file).read_text()
            assert old in text
            (folder / file).write_text(text.replace(old, new))
    return folder


def test_every_output_on_the_page_is_what_its_command_prints(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    capsys.readouterr()
    printed: dict[str, str] = {}
    for command, arguments, shown in SHOWN.findall(PAGE):
        line = f"{command} {arguments}"
        if line not in printed:
            assert main(line.split()) == 0
            printed[line] = capsys.readouterr().out
        for part in shown.rstrip("\n").split("\n\n"):
            assert f"\n{part}\n" in f"\n{printed[line]}", f"opportune {line} prints:\n{printed[line]}"
    assert len(printed) == 4
