"""Real analytics clients, each in a process of its own: they say what a test tells them and never stall it."""

import json
import subprocess
import threading
from typing import Any, Protocol, TypeAlias

PATIENCE = 120
"""Seconds after which something is wrong, whatever the machine."""
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


class Ears:
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


class Process(Ears):
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
