"""What the page on when mail is opened shows is what the command prints and draws, from the real data it names."""

import re
from pathlib import Path

import pytest

from opportune.wiring.cli import main
from tests.api.source_tree import ROOT
from tests.conftest import SHARED_DATA
from tools.messages_as_sends import main as make_table

PAGE = (ROOT / "docs" / "howto" / "see-when-mail-is-opened.md").read_text("utf-8")
SHOWN = re.compile(r"```\n(?:\$ python [^\n]*\n)?\$ (opportune heatmap sends.csv --zone [^\n]*)\n(.*?)```", re.DOTALL)
ALONE = re.compile(r"```\n(by hour of the day.*?)```", re.DOTALL)

pytestmark = pytest.mark.needs("shared_data")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the table that the page makes."""
    folder = tmp_path_factory.mktemp("page")
    (made,) = re.findall(r"\$ python tools/messages_as_sends.py collegemsg.txt.gz (.*)", PAGE)
    name, hours = made.split()
    assert make_table([str(SHARED_DATA / "collegemsg.txt.gz"), str(folder / name), hours]) == 0
    return folder


def arguments_of(line: str) -> list[str]:
    words, *segment = line.removeprefix("opportune ").split(" --segment ")
    return [*words.split(), *(part for each in segment for part in ("--segment", each.strip('"')))]


def test_every_output_on_the_page_is_what_its_command_prints(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    shown = SHOWN.findall(PAGE)
    assert len(shown) == 2
    for line, text in shown:
        assert main(arguments_of(line)) == 0
        printed = capsys.readouterr().out
        parts = [*text.rstrip("\n").split("\n\n"), *(ALONE.findall(PAGE) if line == shown[0][0] else [])]
        for part in parts:
            assert f"\n{part.rstrip()}\n" in f"\n{printed}", f"{line} prints:\n{printed}"


def test_the_picture_is_the_one_that_the_command_draws(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    line = SHOWN.findall(PAGE)[0][0]
    assert main([*arguments_of(line), "--out", "heatmap.svg"]) == 0
    assert (place / "heatmap.svg").read_text() == (ROOT / "docs" / "pictures" / "heatmap.svg").read_text("utf-8")
