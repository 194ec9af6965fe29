"""A browser without a window that is asked and looked at over a pipe: no port, no driver, nothing to install."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_START = (
    "import fcntl, os, sys\n"
    "high = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]\n"
    "os.dup2(high[0], 3), os.dup2(high[1], 4)\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)
"""A browser reads what it is told from the file 3, and answers on 4."""
_OPTIONS = ("--headless", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage")


class Window:
    """One page in one browser."""

    def __init__(self, tells: BinaryIO, hears: BinaryIO) -> None:
        self._tells, self._hears = tells, hears
        self._asked = 0
        self._session: str | None = None
        self.heard: list[dict[str, Any]] = []
        """What the browser said unasked: what it logs, what it refused to load."""
        target = self.asks("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.asks("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.asks(f"{domain}.enable")

    def asks(self, method: str, **parameters: object) -> dict[str, Any]:
        """The browser's answer; raises AssertionError if it refuses."""
        self._asked += 1
        said = {"id": self._asked, "method": method, "params": parameters}
        if self._session is not None:
            said["sessionId"] = self._session
        self._tells.write(json.dumps(said).encode() + b"\0")
        self._tells.flush()
        while (answer := self._next()).get("id") != self._asked:
            self.heard.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        said = bytearray()
        while (sign := self._hears.read(1)) != b"\0":
            assert sign, "the browser has gone"
            said += sign
        return json.loads(said)

    def opens(self, page: Path, width: int = 1280, height: int = 900, *, night: bool = False) -> None:
        """Shows the page, in a window of this size, when it is there as a whole."""
        narrow = width < 600
        self.asks("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=narrow)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if night else "light"}
        self.asks("Emulation.setEmulatedMedia", features=[scheme])
        self.heard.clear()
        self.asks("Page.navigate", url=page.as_uri())
        while not any(said.get("method") == "Page.loadEventFired" for said in self.heard):
            self.heard.append(self._next())

    def evaluates(self, script: str) -> Any:
        """What the script comes to, as JSON; raises AssertionError if it raises."""
        answer = self.asks("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def complaints(self) -> list[str]:
        """What the browser logged as wrong, and what it asked of anybody but the page itself."""
        wrong = ("Log.entryAdded", "Runtime.exceptionThrown")
        said = [json.dumps(each["params"]) for each in self.heard if each.get("method") in wrong]
        asked = [each["params"] for each in self.heard if each.get("method") == "Network.requestWillBeSent"]
        sought = [each["request"]["url"] for each in asked]
        return said + [url for url in sought if not url.startswith("file:")]

    def picture(self) -> bytes:
        """The whole page as a PNG."""
        shown = self.asks("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        return base64.b64decode(shown["data"])


@contextmanager
def window(profile: Path) -> Iterator[Window]:
    """A browser, with a folder of its own for what it keeps."""
    found = next(filter(None, map(shutil.which, BROWSERS)))
    theirs, tells = os.pipe()
    hears, answers = os.pipe()
    options = [*_OPTIONS, "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    command = [sys.executable, "-c", _START, str(theirs), str(answers), found, *options]
    browser = subprocess.Popen(
        command, pass_fds=(theirs, answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(theirs)
    os.close(answers)
    try:
        with open(tells, "wb") as talking, open(hears, "rb") as hearing:
            yield Window(talking, hearing)
            talking.close()
    finally:
        browser.terminate()
        browser.wait(20)
