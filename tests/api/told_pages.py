"""Examples of reference pages: a journey, what one user does, and what comes of it."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.testing.world import World
from opportune.units import DAY, Instant
from tests.api.source_tree import ROOT

EXAMPLE = re.compile(r"^## (\w+)\n```yaml\n(journey:.*?)```\n```story\n(.*?)```", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"(\w{3} \d\d \d\d:\d\d) (->|=>|) ?([^{\[]*?) ?(\{.*\})?(?: ?\[(.*)\])?")


def page(name: str) -> str:
    """The text of this page of the reference."""
    return (ROOT / "docs" / "reference" / name).read_text("utf-8")


def examples_of(text: str) -> list[tuple[str, str, str]]:
    """By section: its first journey, and the story of it."""
    return EXAMPLE.findall(text)


def expected(story: str) -> list[str]:
    """The lines of the story that say what comes of it."""
    return [line for line in story.splitlines() if " -> " in line or " => " in line]


def told(files: Mapping[str, str], story: str) -> list[str]:
    """What comes of what the user does, each with its instant, as the page writes it.

    An instant in brackets is when it happened; it is heard of at the one before.
    """
    world = World(playbook_from(files), start="2026-06-01T09:00Z", delay=0)
    ann, begun = world.user("ann"), world.now
    for line in story.splitlines():
        found = LINE.fullmatch(line)
        assert found is not None, line
        when, sign, name, properties, happened = found.groups()
        if not sign:
            world.until(_instant(when))
            at = _instant(happened) if happened else None
            world.feed([world.event("ann", name, json.loads(properties or "{}"), at=at)])
    world.until(begun + 20 * DAY)
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


def files_of(journey: str, internal: str = "") -> dict[str, str]:
    """The example with a mail of each name that it sends; ``internal``: the YAML of what it calls."""
    files = {"opportune.yaml": "zone: UTC\nconsent: {email: always}\n", "journeys/example.yaml": journey}
    for name in re.findall(r"send: (\w+)", journey):
        files[f"messages/{name}.yaml"] = f"message: {name}\ntopic: cart\nchannels: [email]\n"
        words = "{{ collected.count | default: 1 }}{{ collected.title | default: '' }}" if name == "summary" else name
        files[f"messages/{name}.liquid"] = f"subject: {name}\n---\n{words} {{{{ unsubscribe_url }}}}\n"
    for name in re.findall(r"call: (\w+)", journey):
        files[f"messages/{name}.yaml"] = internal
        files[f"messages/{name}.liquid"] = "Someone has a cart."
    return files


def _instant(when: str) -> Instant:
    return round(datetime.strptime(f"2026 06 {when} +0000", "%Y %m %a %d %H:%M %z").timestamp() * 1000)
