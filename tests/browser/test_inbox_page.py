"""A page in a real browser, of another origin, shows its user's inbox and says what became of each message."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from opportune.events.event import Event, Input
from opportune.wiring.shard import Turn
from tests.unit.adapters.sources.faces import asked, lived
from tests.unit.wiring.reached import town

PAGE = """<!doctype html><meta charset="utf-8"><script>
const base = "http://127.0.0.1:PORT/v1/inbox", token = "TOKEN", seen = [];
const say = (key, what) => fetch(`${base}/${key}/${what}?token=${token}`, {method: "POST"});
const stream = new EventSource(`${base}?token=${token}`);
stream.addEventListener("message", event => {
  const message = JSON.parse(event.data);
  if (event.lastEventId === message.key) say(message.key, "shown");
  seen.push(message.key);
});
stream.addEventListener("gone", event => {
  const left = seen.filter(key => key !== JSON.parse(event.data).key);
  for (const key of left) say(key, "clicked");
});
</script>"""


@contextmanager
def opened(page: Path, folder: Path) -> Iterator[None]:
    """The page in a browser without a window."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    options = ["--headless", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"]
    command = [found, *options, f"--user-data-dir={folder}", page.as_uri()]
    browser = subprocess.Popen(command, env={**os.environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        browser.terminate()
        browser.wait(20)


@pytest.mark.needs("browser")
def test_a_page_shows_the_inbox_and_says_what_became_of_it(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            heard: asyncio.Queue[Event] = asyncio.Queue()

            def watch(inputs: Sequence[Input], turn: Turn) -> None:
                for entry in inputs:
                    if isinstance(entry, Event) and entry.name.startswith("In-App"):
                        heard.put_nowait(entry)

            at.host.watchers.append(watch)
            token = await at.token("ann")
            page = tmp_path / "page.html"
            page.write_text(PAGE.replace("PORT", str(at.port)).replace("TOKEN", token))
            await at.does("ann", "Opened", "e1")
            async with asyncio.timeout(90):
                with opened(page, tmp_path / "profile"):
                    first = await heard.get()
                    await at.does("ann", "Closed", "e2")
                    await at.does("ann", "Opened", "e3")
                    second = await heard.get()
                    assert (first.name, second.name) == ("In-App Shown", "In-App Shown")
                    key = first.id.removeprefix("inbox-").removesuffix("-shown")
                    await asked(at.app, "POST", f"/v1/inbox/{key}/dismissed?token={token}")
                    names = {(await heard.get()).name for _ in range(2)}
                    assert names == {"In-App Dismissed", "In-App Clicked"}

    story()
