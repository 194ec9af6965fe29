"""The clients by name, each as it comes, with the options that its users may give it."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clients.pages import Page
from tests.clients.puppets import Process, Puppet

HERE = Path(__file__).parent
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
