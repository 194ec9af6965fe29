"""All worked examples: check objects to nothing, and each has stories and a page that leads to them."""

from re import DOTALL, findall

import pytest

from opportune.playbook.folder import inspect, texts
from opportune.testing.world import instant
from tests.stories.examples import EXAMPLES, NAMES
from tests.unit.playbook.test_json_schema import refused

STORIES = EXAMPLES.parent / "tests" / "stories"
every_example = pytest.mark.parametrize("name", NAMES)


def test_there_are_seven_of_them() -> None:
    assert len(NAMES) == 7


@every_example
def test_check_objects_to_nothing(name: str) -> None:
    assert [each for each in inspect(EXAMPLES / name) if each.level in ("error", "warning")] == []


@every_example
def test_editors_take_it_too(name: str) -> None:
    assert refused(texts(EXAMPLES / name)) == []


@every_example
def test_it_has_at_least_three_stories_and_its_page_leads_to_them(name: str) -> None:
    stories = STORIES / f"test_example_{name}.py"
    assert stories.read_text().count("\ndef test_") >= 3
    page = (EXAMPLES / name / "README.md").read_text()
    assert f"(../../tests/stories/{stories.name})" in page
    assert 15 <= len(page.splitlines()) <= 30


def test_the_index_names_all_of_them() -> None:
    index = (EXAMPLES.parent / "docs" / "howto" / "worked-examples.md").read_text()
    assert [name for name in NAMES if f"(../../examples/{name}/README.md)" not in index] == []


def test_the_story_of_the_index_can_be_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = (EXAMPLES.parent / "docs" / "howto" / "worked-examples.md").read_text()
    [code] = findall(r"```python\n(.*?)```", index, DOTALL)
    monkeypatch.chdir(EXAMPLES.parent)
    exec(compile(code, "worked-examples.md", "exec"), {})
    assert capsys.readouterr().out == f"[('why_register', {instant('2026-06-04T15:00+09:00')})]\n"
