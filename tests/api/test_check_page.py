"""Every example of the page of findings is found as the page says, and nothing beside it."""

import re

import pytest

from opportune.playbook.reading import findings
from tests.api.told_pages import page

PAGE = page("check.md")
BASE = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always, push: always}\n",
    "journeys/hello.yaml": "journey: hello\nenter: Signed Up\nsteps:\n  - send: hello\n",
    "messages/hello.yaml": "message: hello\ntopic: news\nchannels: [email]\n",
    "messages/hello.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
}
SECTIONS = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [(name, body) for name, body in SECTIONS if "```yaml" in body or "```liquid" in body]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 8


@pytest.mark.parametrize(("name", "body"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example_is_found_as_the_page_says(name: str, body: str) -> None:
    files = BASE | dict(re.findall(r"^`(\S+)`\n```(?:yaml|liquid)\n(.*?)^```", body, re.MULTILINE | re.DOTALL))
    [said] = [text for kind, text in re.findall(r"^```(\w*)\n(.*?)^```", body, re.MULTILINE | re.DOTALL) if not kind]
    found = "\n".join(str(each) for each in findings(files))
    assert found == re.sub(r"\n  +", " ", said).strip()
