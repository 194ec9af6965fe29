"""Every command has its section in the reference, and what other pages link to is there."""

import re

import pytest

from opportune.wiring.cli import COMMANDS
from tests.api.source_tree import ROOT, headings

LINK = re.compile(r"\]\((?:[\w./-]*/)?command\.md#([\w-]+)\)")
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_its_section(command: str) -> None:
    assert command in headings("command.md")


def test_what_pages_link_to_of_the_command_is_there() -> None:
    page = (ROOT / "docs" / "reference" / "command.md").read_text("utf-8")
    there = {title.lower().replace(" ", "-") for title in re.findall(r"^##+ (.+)$", page, re.MULTILINE)}
    linked = {(path.name, name) for path in PAGES for name in LINK.findall(path.read_text("utf-8"))}
    assert linked
    assert sorted((page, name) for page, name in linked if name not in there) == []
