"""The page on the right time: its playbook runs, its story is lived, and its answers are what the commands then say."""

import io
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from opportune.events.event import Event
from opportune.playbook.folder import inspect, load
from opportune.playbook.reading import findings
from opportune.units import DAY, Instant
from opportune.wiring.cli import main
from tests.api.source_tree import ROOT
from tests.laws.hosted import Hosted

PATH = ROOT / "docs" / "howto" / "send-at-the-right-time.md"
PAGE = PATH.read_text("utf-8")
FILE = re.compile(r"`([\w/.]+)`:\n\n```(?:yaml|liquid)\n(.*?)```", re.DOTALL)
LINE = re.compile(
    r"(?P<first>\w{3} \d\d)(?: to (?P<last>\w{3} \d\d))? (?P<wall>\d\d:\d\d) (?P<who>\w+) +(?P<what>[\w ]+)"
)
ASKED = re.compile(r"```sh\n(opportune (?:why|timeline|evaluate) .*?)\n```\n\n```text\n(.*?)```", re.DOTALL)
TRAINED = re.compile(r"```sh\n(opportune simulate .*?)\n(opportune train .*?)\n```\n\n```text\n(.*?)```", re.DOTALL)
BERLIN = ZoneInfo("Europe/Berlin")


def files() -> dict[str, str]:
    return dict(FILE.findall(PAGE))


def instant(day: str, wall: str) -> Instant:
    read = datetime.strptime(f"2026 06 {day} {wall}", "%Y %m %a %d %H:%M").replace(tzinfo=BERLIN)
    return round(read.timestamp() * 1000)


def happened() -> Iterator[tuple[Instant, str, str]]:
    [story] = re.findall(r"```story\n(.*?)```", PAGE, re.DOTALL)
    for line in story.splitlines():
        found = LINE.fullmatch(line)
        assert found is not None, line
        first = instant(found["first"], found["wall"])
        last = instant(found["last"] or found["first"], found["wall"])
        yield from ((at, found["who"], found["what"]) for at in range(first, last + 1, DAY))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return file_of_the_story(tmp_path_factory.mktemp("shop"))


def file_of_the_story(folder: Path) -> Path:
    """The file of an engine after the story of the page; every mail is taken. ``python -m tools.send_time_answers``."""
    path, begun = folder / "opportune.db", instant("Mon 01", "00:00")
    hosted = Hosted(path, files(), begun, seed=0)
    hosted.live(lived(hosted, sorted(happened()), begun))
    return path


async def lived(hosted: Hosted, story: list[tuple[Instant, str, str]], begun: Instant) -> None:
    for who in sorted({who for _, who, _ in story}):
        said = json.dumps({"email": f"{who}@example.com", "timezone": "Europe/Berlin"}).encode()
        await hosted.says(Event(f"i-{who}", who, "Identified", begun, begun, properties=said))
    for place, (at, who, what) in enumerate(story):
        if at > hosted.clock.now():
            await hosted.passes(at - hosted.clock.now())
        await hosted.says(Event(f"e-{place}", who, what, at, at, properties=b"{}"))
    await hosted.passes(2 * DAY)


def test_check_objects_to_nothing() -> None:
    assert findings(files()) == []


@pytest.mark.parametrize(("command", "answer"), ASKED.findall(PAGE))
def test_an_answer_on_the_page_is_what_the_command_says(
    command: str, answer: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*shlex.split(command)[1:], "--store", str(store)]) in (0, 1)
    assert capsys.readouterr().out == answer


def trained(folder: Path) -> str:
    """What the second of the two commands says, in a folder with the page's playbook and the examples."""
    for name, text in files().items():
        (folder / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "shop" / name).write_text(text)
    shutil.copytree(ROOT / "examples" / "cart", folder / "examples" / "cart")
    [(first, second, _)] = TRAINED.findall(PAGE)
    said = io.StringIO()
    with chdir(folder), redirect_stdout(io.StringIO()):
        assert main(shlex.split(first)[1:]) == 0
    with chdir(folder), redirect_stdout(said):
        assert main(shlex.split(second)[1:]) == 0
    return "".join(f"{line.rstrip()}\n" for line in said.getvalue().splitlines())


def test_what_is_learned_is_what_the_page_shows_and_the_playbook_takes_it(tmp_path: Path) -> None:
    [(*_, shown)] = TRAINED.findall(PAGE)
    assert trained(tmp_path) == shown
    assert inspect(tmp_path / "shop") == []
    assert load(tmp_path / "shop").attention is not None


def test_the_page_asks_about_each_reason_and_about_a_user() -> None:
    asked = [command.split()[1] for command, _ in ASKED.findall(PAGE)]
    assert asked.count("why") >= 3 and "timeline" in asked


def test_the_readme_says_what_the_page_shows() -> None:
    [said] = re.findall(r"^> (It waited for .*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert said in PAGE
