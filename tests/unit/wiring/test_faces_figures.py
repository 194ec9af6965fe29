"""What a running engine counts of the events that it takes."""

import asyncio
import json
import urllib.request
from pathlib import Path

from opportune.adapters.channels.mime import Sender
from opportune.playbook.reading import playbook_from
from opportune.wiring.sample import sample_texts
from opportune.wiring.service import Settings, running

EVENTS = "Fern Watered:\n  litres: {kind: number, required: true}\n  how: {one_of: [much, little]}\n"


def posted(url: str, batch: list[dict[str, object]]) -> dict[str, object]:
    body = json.dumps({"batch": [{"type": "track", "userId": "ann", **each} for each in batch], "writeKey": "wk"})
    call = urllib.request.Request(f"{url}/v1/batch", body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(call) as answer:
        said: dict[str, object] = json.load(answer)
        return said


def figures(url: str) -> list[str]:
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return [line for line in lines if line.startswith("opportune_schema_violations_total")]


async def watered(folder: Path) -> tuple[dict[str, object], list[str]]:
    texts = {**sample_texts(), "events.yaml": EVENTS}
    settings = Settings(
        store=folder / "s.db", port=0, write_keys=("wk",), sender=Sender("s@example.com"), mail_folder=folder / "mails"
    )
    async with running(settings, playbook_from(texts), texts) as engine:
        batch: list[dict[str, object]] = [
            {"event": "Fern Watered", "properties": {"litres": 2, "how": "much"}},
            {"event": "Fern Watered", "properties": {"litres": "2", "how": "some"}},
            {"event": "Fern Watered", "properties": {}},
            {"event": "fern watered", "properties": {}},
            {"event": "Help Searched", "properties": {"query": 1}},
        ]
        said = await asyncio.to_thread(posted, engine.url, batch)
        return said, await asyncio.to_thread(figures, engine.url)


def test_what_does_not_fit_is_taken_and_counted_by_event_property_and_what_is_wrong(tmp_path: Path) -> None:
    said, told = asyncio.run(watered(tmp_path))
    assert said["accepted"] == 5
    name = "opportune_schema_violations_total"
    assert told == [
        f'{name}{{event="Fern Watered",property="how",what="not_one_of"}} 1',
        f'{name}{{event="Fern Watered",property="litres",what="missing"}} 1',
        f'{name}{{event="Fern Watered",property="litres",what="wrong_type"}} 1',
        f'{name}{{event="Help Searched",property="query",what="wrong_type"}} 1',
        f'{name}{{event="fern watered",property="event",what="similar_name"}} 1',
    ]
