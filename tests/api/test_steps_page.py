"""Every example of the page of steps is a journey, and does what the page says."""

import json
import re
from datetime import UTC, datetime

import msgspec
import pytest

from opportune.events.event import Event
from opportune.playbook.json_schema import json_schemas
from opportune.playbook.read_steps import KINDS
from opportune.playbook.reading import playbook_from
from opportune.playbook.yaml_nodes import loose, parse
from opportune.testing.world import World
from tests.api.source_tree import ROOT

PAGE = (ROOT / "docs" / "reference" / "steps.md").read_text()
EXAMPLES = re.findall(r"^## (\w+)\n```yaml\n(journey:.*?)```\n```story\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
INTERNAL = re.findall(r"^```yaml\n(message:.*?)```", PAGE, re.MULTILINE | re.DOTALL)
LINE = re.compile(r"(\w{3} \d\d \d\d:\d\d) (->|=>|) ?([^{]*?) ?(\{.*\})?")


def told(journey: str, story: str) -> list[str]:
    """What comes of what the user does, each with its instant, as the page writes it."""
    world = World(playbook_from(files_of(journey)), start="2026-06-01T09:00Z", delay=0)
    ann, begun = world.user("ann"), world.now
    for line in story.splitlines():
        found = LINE.fullmatch(line)
        assert found is not None, line
        when, sign, name, properties = found.groups()
        if not sign:
            world.until(round(datetime.strptime(f"2026 06 {when} +0000", "%Y %m %a %d %H:%M %z").timestamp() * 1000))
            ann.does(name, **json.loads(properties or "{}"))
    world.until(begun + 20 * 86_400_000)
    shows_values = "-> summary {" in story
    said = [
        (mail.at, f"-> {mail.message}" + (f" {json.dumps(mail.values)}" if shows_values else ""))
        for mail in ann.received
    ]
    made = [each for each in world.log if isinstance(each, Event) and each.id.startswith("emit-")]
    said += [(each.at, f"=> {each.name} {each.properties.decode()}") for each in made]
    order = {line: place for place, line in enumerate(story.splitlines())}
    lines = [f"{datetime.fromtimestamp(at / 1000, UTC):%a %d %H:%M} {text}" for at, text in said]
    return sorted(lines, key=lambda line: order.get(line, 0))


def files_of(journey: str) -> dict[str, str]:
    """The example with a mail of each name that it sends."""
    files = {
        "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
        "journeys/example.yaml": journey,
    }
    for name in re.findall(r"send: (\w+)", journey):
        files[f"messages/{name}.yaml"] = f"message: {name}\ntopic: cart\nchannels: [email]\n"
        words = "{{ collected.count | default: 1 }}{{ collected.title | default: '' }}" if name == "summary" else name
        files[f"messages/{name}.liquid"] = f"subject: {name}\n---\n{words} {{{{ unsubscribe_url }}}}\n"
    for name in re.findall(r"call: (\w+)", journey):
        files[f"messages/{name}.yaml"] = INTERNAL[0]
        files[f"messages/{name}.liquid"] = "Someone has a cart."
    return files


@pytest.mark.parametrize(("name", "journey", "story"), EXAMPLES, ids=[name for name, _, _ in EXAMPLES])
def test_an_example_does_what_the_page_says(name: str, journey: str, story: str) -> None:
    assert told(journey, story) == [line for line in story.splitlines() if " -> " in line or " => " in line]


def test_every_kind_of_step_has_a_section_and_an_example() -> None:
    sections = {name for name, _, _ in EXAMPLES}
    assert set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) == sections
    assert {*KINDS, "end"} - sections == set()
    assert set(re.findall(r"\]\(#(\w+)\)", PAGE)) <= sections


def test_the_examples_are_valid_by_the_schemas_of_editors() -> None:
    import jsonschema_rs

    valid = jsonschema_rs.Draft202012Validator(json_schemas()["journey"])
    for _, journey, _ in EXAMPLES:
        node = parse(journey, "example.yaml")
        assert node is not None and valid.is_valid(loose(node)), journey
    assert msgspec.json.encode(json_schemas()["journey"])
