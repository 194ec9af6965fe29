"""The page of promises names tests and commands that exist, and shows the figures of the ledger."""

import re

import pytest

from tests.api.source_tree import ROOT
from tests.faults.ledger import kept, shown

PAGE = ROOT / "docs" / "explanation" / "promises.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./-]+)\)", TEXT))))
def test_what_the_page_names_is_there(path: str) -> None:
    assert (PAGE.parent / path).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make (\w+)", TEXT))))
def test_each_command_of_the_page_is_a_target(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_shows_the_figures_of_the_ledger() -> None:
    _, _, rest = TEXT.partition("<!-- figures -->\n")
    figures, _, _ = rest.partition("<!-- end of figures -->")
    assert figures == shown(kept()), "python -m tests.faults.ledger --page writes them"
