"""Real analytics clients, each in a process of its own: they say what a test tells them and never stall it."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from shutil import which
from typing import Any, Protocol, TypeAlias

HERE = Path(__file__).parent
PATIENCE = 60
"""Seconds after which something is wrong, whatever the machine."""
BROWSER_ZONE = "Europe/Berlin"
"""What the clock of the browser's machine is set to."""
Call: TypeAlias = dict[str, Any]
"""kind and id; user, anonymous, event, name, group, previous, properties, traits, context where they apply."""


class Puppet(Protocol):
    """A client that runs."""

    gave_up: dict[str, str]
    """The ids of calls that it has told its owner not to have delivered, and its reasons."""

    def says(self, *calls: Call) -> None:
        """Has the client make these calls, in order."""

    def leaves(self) -> None:
        """Has the client deliver what it still holds, and end."""

    def gives_up(self) -> None:
        """Waits until it gives something up."""


class _Ears:
    """Hears what a client tells about itself."""

    def __init__(self) -> None:
        self.gave_up: dict[str, str] = {}
        self._is_ready = threading.Event()
        self._has_given_up = threading.Event()

    def hear(self, told: dict[str, Any]) -> None:
        if told.get("ready"):
            self._is_ready.set()
        else:
            self.gave_up[told["gave_up"]] = told["reason"]
            self._has_given_up.set()

    def await_ready(self) -> None:
        assert self._is_ready.wait(PATIENCE), "the client does not start"

    def gives_up(self) -> None:
        assert self._has_given_up.wait(PATIENCE), "the client is still patient"


class Process(_Ears):
    """A client that is a process with a line for each call."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        super().__init__()
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.await_ready()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                self.hear(json.loads(line))

    def says(self, *calls: Call) -> None:
        assert self._process.stdin is not None
        for call in calls:
            self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()

    def leaves(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(PATIENCE) == 0
        self._reader.join(PATIENCE)

    def end(self) -> None:
        """Ends it by force if it has not ended."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class Page(_Ears):
    """A page in a browser without a window; what it shall say waits for it at the server it comes from."""

    def __init__(self, folder: Path, settings: dict[str, object]) -> None:
        super().__init__()
        self._orders: SimpleQueue[Call] = SimpleQueue()
        self._has_left = threading.Event()
        bundle = bundled(folder)
        self._answers: dict[str, tuple[str, Callable[[], bytes]]] = {
            "/": ("text/html", (HERE / "browser.html").read_bytes),
            "/bundle.js": ("text/javascript", bundle.read_bytes),
            "/settings": ("application/json", json.dumps(settings).encode),
            "/order": ("application/json", self._order),
            "/left": ("text/html", self._left),
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._browser = browser(f"http://127.0.0.1:{self._server.server_port}/", folder)
        self.await_ready()

    def says(self, *calls: Call) -> None:
        for call in calls:
            self._orders.put(call)

    def leaves(self) -> None:
        """Goes to another page: what the client still holds, it must say on the way out."""
        self.says({"kind": "leave", "id": ""})
        assert self._has_left.wait(PATIENCE), "the page stays"

    def end(self) -> None:
        self._browser.terminate()
        try:
            self._browser.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._browser.kill()
            self._browser.wait(PATIENCE)
        self._server.shutdown()
        self._server.server_close()

    def _order(self) -> bytes:
        try:
            return json.dumps(self._orders.get(timeout=5)).encode()
        except Empty:
            return b"null"

    def _left(self) -> bytes:
        self._has_left.set()
        return b"<title>Somewhere else</title>"

    def _handler(page) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, made = page._answers.get(self.path, ("text/plain", bytes))
                self._answer(kind, made())

            def do_POST(self) -> None:
                page.hear(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self._answer("text/plain", b"")

            def _answer(self, kind: str, body: bytes) -> None:
                try:
                    self.send_response(200)
                    self.send_header("content-type", kind)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # the browser has gone meanwhile

            def log_message(self, *said: object) -> None:
                pass

        return Handler


def bundled(folder: Path) -> Path:
    """The page's script and Segment's client in one file, as a shop's build makes it."""
    modules = os.environ["OPPORTUNE_NODE_MODULES"]
    bundle = folder / "bundle.js"
    subprocess.run(
        [f"{modules}/.bin/esbuild", HERE / "browser.js", "--bundle", "--format=esm", f"--outfile={bundle}"]
        + ["--log-level=error", '--define:process.env.NODE_ENV="production"'],
        env={"PATH": os.environ["PATH"], "NODE_PATH": modules},
        check=True,
        timeout=PATIENCE,
    )
    return bundle


def browser(url: str, folder: Path) -> "subprocess.Popen[bytes]":
    """Chromium on this page, with a profile of its own and no business elsewhere."""
    found = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))))
    quiet = ["quic", "background-networking", "component-update", "sync", "gpu", "dev-shm-usage"]
    profile = tempfile.mkdtemp(dir=folder)
    options = ["--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{each}" for each in quiet)]
    return subprocess.Popen(
        [found, *options, f"--user-data-dir={profile}", url],
        env={**os.environ, "TZ": BROWSER_ZONE},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


BATCHES = {"deliveryStrategy": {"strategy": "batching", "config": {"size": 5, "timeout": 100}}}
SLOW = {"deliveryStrategy": {"strategy": "batching", "config": {"size": 50, "timeout": 600_000}}}
"""Sends nothing by itself before the page is left."""
PATIENT = {"retryCount": 12}
"""This client gives a batch up after three tries unless it is told otherwise."""
KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "segment-python": ("segment_python.py", {}),
    "segment-python-gzip": ("segment_python.py", {"gzip": True}),
    "rudder-python-gzip": ("rudder_python.py", {}),
    "rudder-python-plain": ("rudder_python.py", {"gzip": False}),
    "segment-node": ("segment_node.js", {}),
    "rudder-node-gzip": ("rudder_node.js", PATIENT),
    "rudder-node-plain": ("rudder_node.js", {"gzip": False, **PATIENT}),
    "browser": ("browser.js", {}),
    "browser-batching": ("browser.js", BATCHES),
}
"""Every client and way of sending by name: what runs it, and its options."""
OTHERS: dict[str, tuple[str, dict[str, object]]] = {
    "browser-slow": ("browser.js", SLOW),
    "rudder-node-hasty": ("rudder_node.js", {}),
}
"""For single stories."""


def needs(name: str) -> tuple[str, ...]:
    """What the machine must have for this client."""
    if name.startswith("browser"):
        return ("node", "browser")
    return ("node",) if "node" in name else ()


@contextmanager
def client(name: str, url: str, key: str, folder: Path) -> Iterator[Puppet]:
    """The client of this name, which writes to ``url``; at the end of the block it is gone, one way or another."""
    script, options = (KINDS | OTHERS)[name]
    puppet: Process | Page
    if script == "browser.js":
        puppet = Page(folder, {"url": url, "key": key, "options": options})
    else:
        is_node = script.endswith(".js")
        command = ["node" if is_node else sys.executable, str(HERE / script), url, key, json.dumps(options)]
        environment = {"PATH": os.environ["PATH"], "NODE_PATH": os.environ.get("OPPORTUNE_NODE_MODULES", "")}
        puppet = Process(command, environment)
    try:
        yield puppet
    finally:
        puppet.end()
