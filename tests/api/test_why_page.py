"""The page on asking why: its story is run through the engine, and its answers are what the command then says."""

import json
import re
import shlex
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch
from opportune.testing.world import World
from opportune.units import DAY, Instant
from opportune.wiring.cli import main
from tests.api.source_tree import ROOT

PAGE = (ROOT / "docs" / "howto" / "ask-why.md").read_text("utf-8")
FILE = re.compile(r"`([\w/]+\.yaml)`:\n\n```yaml\n(.*?)```", re.DOTALL)
LINE = re.compile(r"(\w{3} \d\d \d\d:\d\d) (\w+) +([\w ]+?)(?: (\{.*\}))?")
ASKED = re.compile(r"```sh\n(opportune why .*?)\n```\n\n```text\n(.*?)```", re.DOTALL)
BERLIN = ZoneInfo("Europe/Berlin")


def files() -> dict[str, str]:
    found = dict(FILE.findall(PAGE))
    for name in [name for name in found if name.startswith("messages/")]:
        found[name.replace(".yaml", ".liquid")] = "subject: Hello\n---\nHello. {{ unsubscribe_url }}\n"
    return found


def instant(text: str) -> Instant:
    return round(datetime.strptime(f"2026 06 {text}", "%Y %m %a %d %H:%M").replace(tzinfo=BERLIN).timestamp() * 1000)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file after the story of the page."""
    texts, path = files(), tmp_path_factory.mktemp("shop") / "opportune.db"
    playbook = playbook_from(texts)
    world = World(playbook, start="2026-06-01T06:00Z")
    for name in ("ann", "ben", "cleo"):
        world.user(name, push_token=f"token of {name}")
    (story,) = re.findall(r"```story\n(.*?)```", PAGE, re.DOTALL)
    for line in story.splitlines():
        found = LINE.fullmatch(line)
        assert found is not None, line
        when, user, event, properties = found.groups()
        world.until(instant(when))
        world.known(user).does(event, **json.loads(properties or "{}"))
    world.until(world.now + 2 * DAY)
    file = SqliteStore(path)
    file.keep_publication(playbook.hash, texts)
    endings = tuple(world.endings.values())
    file.commit_now(
        Batch(inputs=tuple(world.log), decisions=tuple(world.decisions), endings=endings, calls=tuple(world.attempts))
    )
    file.close()
    return path


@pytest.mark.parametrize(("command", "answer"), ASKED.findall(PAGE))
def test_an_answer_on_the_page_is_what_the_command_says(
    command: str, answer: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*shlex.split(command)[1:], "--store", str(store)]) == 0
    assert capsys.readouterr().out == answer


def test_the_page_shows_a_silence_a_loss_and_a_delay() -> None:
    assert [command for command, _ in ASKED.findall(PAGE)][:3] == [
        "opportune why ann cart_reminder", "opportune why ben tip", "opportune why cleo cart_reminder",
    ]  # fmt: skip
