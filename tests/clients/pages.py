"""Segment's client for browsers on a page of our own, in a real browser."""

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from shutil import which

from tests.clients.puppets import PATIENCE, Call, Ears

HERE = Path(__file__).parent
BROWSER_ZONE = "Europe/Berlin"
"""What the clock of the browser's machine is set to."""


class Page(Ears):
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

    def reloads(self) -> None:
        """Loads the page anew, with a new client that finds what the one before could not deliver; its last order."""
        self._is_ready.clear()
        self.says({"kind": "reload", "id": ""})
        self.await_ready()

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
