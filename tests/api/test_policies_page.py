"""The reference of policies and the page on adding one say what is true: examples are read, fields are told."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.wiring.sample import write_sample
from tests.stories.shop import CART, shop

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference" / "policies.md").read_text()
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}


def example_in(section: str) -> list[str]:
    """The policies of the example, each as its YAML item."""
    block = section.partition("```yaml\npolicies:\n")[2].partition("```")[0]
    return [line.strip().removeprefix("- ") for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("name", SHIPPED)
def test_an_example_is_read_as_this_policy(name: str) -> None:
    examples = example_in(SECTIONS[name])
    assert examples
    drop = "login_drop: SINCE('Logged In')"
    assert {policy.name for policy in shop(*examples, features=drop).policies} == {name}


@pytest.mark.parametrize(("name", "policy"), SHIPPED.items())
def test_every_field_is_told_with_its_default(name: str, policy: type[Policy]) -> None:
    for field in msgspec.structs.fields(policy):
        assert f"`{field.encode_name}`" in SECTIONS[name]
        if field.required:
            assert "required" in SECTIONS[name]


@pytest.mark.parametrize(("name", "policy"), SHIPPED.items())
def test_every_code_is_told(name: str, policy: type[Policy]) -> None:
    assert [code for code in policy.codes if f"`{code}`" not in SECTIONS[name]] == []


def test_the_toy_on_the_page_is_the_toy_that_is_tested() -> None:
    page = (DOCS / "howto" / "add-a-policy.md").read_text()
    toy = Path(__file__).parents[1] / "toy_policy" / "no_fridays.py"
    assert f"```python\n{toy.read_text()}```" in page


def test_the_story_on_the_page_is_true(tmp_path: Path) -> None:
    page = (DOCS / "howto" / "add-a-policy.md").read_text()
    policy, story = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [line] = re.findall(r"^  - no_fridays: .*$", page, re.MULTILINE)
    write_sample(tmp_path / "shop")
    main = tmp_path / "shop" / "opportune.yaml"
    main.write_text(main.read_text().replace("  - holdout", f"{line}\n  - holdout"))
    (tmp_path / "no_fridays.py").write_text(policy)
    (tmp_path / "test_story.py").write_text(story)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_story.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "1 passed" in done.stdout, done.stdout


def test_the_sample_of_stories_has_no_policy_unless_it_is_asked_for() -> None:
    assert shop(journeys=CART).policies == ()
