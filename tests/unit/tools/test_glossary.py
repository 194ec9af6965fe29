"""Identifiers are held against the glossary as its page says it, and library names are left alone."""

from pathlib import Path

import pytest

from tools.glossary import Glossary, chosen_names, parts_of, read_glossary, words
from tools.source import Source

PAGE = Path(__file__).resolve().parents[3] / "docs" / "glossary.md"


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return read_glossary(PAGE)


@pytest.mark.parametrize(
    "text",
    [
        "customer_id = 1\n",
        "class CampaignStore: ...\n",
        "def skips(n): ...\n",
        "def planted(duration): ...\n",
        "lambda contact: contact\n",
        "for job in work: ...\n",
        "import library as throttle\n",
        "try: ...\nexcept E as hit: ...\n",
        "self.response_time = 1\n",
        "match x:\n    case Y(z=recipient): ...\n",
        "no_op = 1\n",
        "timestampOfEvent = 1\n",
    ],
)
def test_a_refused_word_in_a_name_of_ours_is_found(glossary: Glossary, text: str) -> None:
    assert len(list(words(Source("src/opportune/planted.py", text), glossary))) == 1


def test_a_refused_word_in_the_name_of_a_file_is_found(glossary: Glossary) -> None:
    assert len(list(words(Source("src/opportune/campaigns.py", ""), glossary))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "import time\nx = time.time()\n",
        "x = isinstance(y, filter)\n",
        "parser.add_argument('--once', action='store_true')\n",
        "timestamp: str\n",
        "local_time = 1\n",
        "class WallTime: ...\n",
        "send_time_of = 1\n",
        "timeout, runtime, timezone, capacity, rulebook = x\n",
    ],
)
def test_library_names_wire_names_and_allowed_compounds_are_left_alone(glossary: Glossary, text: str) -> None:
    assert list(words(Source("src/opportune/planted.py", text), glossary)) == []


def test_a_name_is_taken_apart_at_underscores_and_capitals() -> None:
    assert parts_of("HTTPServer_forUsers2") == ("http", "server", "for", "users", "2")


def test_each_name_is_told_once(glossary: Glossary) -> None:
    assert [name for name, _ in chosen_names(Source("p.py", "a = 1\na = 2\n").tree)] == ["a"]


def test_a_page_without_refused_words_is_no_glossary(tmp_path: Path) -> None:
    page = tmp_path / "glossary.md"
    page.write_text("| use | meaning | not |\n|---|---|---|\n| user | whom | person |\n")
    with pytest.raises(ValueError, match="no table row"):
        read_glossary(page)
