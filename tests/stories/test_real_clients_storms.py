"""No event is lost, and none counts twice: not under storms of 429, nor over lost answers, restarts and kills.

The engine has four places to wait. Somebody else holds its file during a storm, so that nothing can become durable
and everybody is told to come again.
"""

import json
import random
import select
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import apsw
import pytest

from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from tests.clients import engine
from tests.clients.kinds import client, needs
from tests.clients.pages import Page
from tests.clients.puppets import PATIENCE, Call, Puppet
from tests.clients.relay import Relay

KEY = "wk_storm"
MOST_WAITING = 4
EVENTS = 8
"""How many a client says at each turn of the story."""
NAMES = ["segment-python", "rudder-python-gzip", "segment-node", "rudder-node-gzip", "browser", "browser-batching"]
CLIENTS = [pytest.param(name, marks=[pytest.mark.needs(what) for what in needs(name)]) for name in NAMES]


class Place:
    """One file, one port, and the engines that come and go there."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "storm.db"
        self.port = free_port()
        self.others: set[str] = set()
        """The ids of what others than the client have said."""
        self._answers: dict[str, socket.socket] = {}
        """Where they wait to hear that it is taken."""
        self._process: subprocess.Popen[str] | None = None
        self._next = self._made()
        """Ready to begin at once: clients that are refused for long wait long before they come again."""

    def _made(self) -> "subprocess.Popen[str]":
        command = [sys.executable, engine.__file__, str(self.store), str(self.port), KEY, str(MOST_WAITING)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begins(self) -> None:
        self._process, self._next = self._next, self._made()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("begin\n")
        self._process.stdin.close()
        assert select.select([self._process.stdout], [], [], PATIENCE)[0], "the engine does not start"
        assert self._process.stdout.readline().startswith("http")

    def ends(self, how: signal.Signals) -> None:
        assert self._process is not None and self._process.stdout is not None
        self._process.send_signal(how)
        code = self._process.wait(PATIENCE)
        self._process.stdout.close()
        self._process = None
        assert code == (0 if how == signal.SIGTERM else -how)

    def close(self) -> None:
        for each in self._answers.values():
            each.close()
        if self._process is not None:
            self.ends(signal.SIGKILL)
        self._next.communicate(timeout=PATIENCE)

    @contextmanager
    def storm(self) -> Iterator[None]:
        """The file is held by somebody else and all places to wait are taken, while the block runs."""
        other = apsw.Connection(str(self.store))
        other.set_busy_timeout(PATIENCE * 1_000)
        try:
            other.execute("BEGIN IMMEDIATE")
            assert any(self._is_refused() for _ in range(10 * MOST_WAITING)), "the engine takes whatever comes"
            yield
            other.execute("ROLLBACK")
        finally:
            other.close()

    def _is_refused(self) -> bool:
        """Whether one more event is told to come again; if not, it is one of those that wait."""
        id = f"other-{len(self.others)}"
        self.others.add(id)
        body = json.dumps({"messageId": id, "userId": "other", "event": "Other", "writeKey": KEY}).encode()
        asking = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self._answers[id] = asking
        asking.sendall(f"POST /v1/track HTTP/1.1\r\nHost: storm\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        if not select.select([asking], [], [], 0.1)[0]:
            return False
        with self._answers.pop(id):
            assert asking.recv(65_536).startswith(b"HTTP/1.1 429 ")
        return True

    def acknowledged(self) -> set[str]:
        """What others were told is taken."""
        heard = [(id, each) for id, each in self._answers.items() if select.select([each], [], [], 0)[0]]
        return {id for id, each in heard if each.recv(65_536).startswith(b"HTTP/1.1 200 ")}

    def logged(self) -> Counter[str]:
        """How often each event is in the log."""
        history = SqliteHistory(self.store)
        try:
            return Counter(each.id for each in history.log() if isinstance(each, Event))
        finally:
            history.close()


def free_port() -> int:
    """A port that the system gives to nobody by itself, so that it is still free after a restart."""
    while True:
        port = random.randrange(15_000, 32_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def call(id: str) -> Call:
    """One that says something different each time."""
    return {"kind": "track", "id": id, "user": "ann", "event": "Seen", "properties": {"sku": id}}


class Story:
    """What a client said, through whatever weather."""

    def __init__(self, place: Place, relay: Relay, puppet: Puppet) -> None:
        self.place = place
        self.relay = relay
        self.puppet = puppet
        self.said: list[str] = []

    def says(self) -> None:
        ids = [f"m-{len(self.said) + place}" for place in range(EVENTS)]
        self.said += ids
        self.puppet.says(*map(call, ids))

    def repeats(self) -> None:
        """The client says some of it again, with the ids it had, and the engine knows that it knows."""
        known, logged = self.relay.duplicates, self.place.logged()
        self.puppet.says(*map(call, self.said[:EVENTS]))
        self.relay.until(lambda: self.relay.duplicates >= known + EVENTS)
        assert self.place.logged() == logged

    def all_is_logged(self) -> None:
        """Waits until the engine has everything that was said so far, and the client knows."""
        self.relay.until(lambda: set(self.said) <= self.place.logged().keys())

    def storm(self) -> None:
        """The client is refused, waits, and is heard when it is over."""
        refused = self.relay.statuses[429]
        with self.place.storm():
            self.says()
            self.relay.until(lambda: self.relay.statuses[429] > refused)
        self.all_is_logged()

    def lost_answer(self) -> None:
        """What the client said is durable, but it never hears so, and says it again."""
        self.relay.to_lose, lost, heard = 1, self.relay.lost, self.relay.statuses[200]
        self.says()
        self.relay.until(lambda: self.relay.lost > lost and self.relay.statuses[200] > heard)
        self.all_is_logged()

    def death(self, how: signal.Signals) -> None:
        """The engine ends while the client speaks, stays away until it is missed, and comes back."""
        asked = self.relay.asked
        self.says()
        self.relay.until(lambda: self.relay.asked > asked)
        self.place.ends(how)
        refused = self.relay.refused
        self.says()
        self.relay.until(lambda: self.relay.refused > refused)
        self.place.begins()
        self.all_is_logged()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], Story]]:
    """Begins a story of the client of this name."""
    with ExitStack() as stack:

        def opens(name: str) -> Story:
            place = Place(tmp_path)
            stack.callback(place.close)
            place.begins()
            relay = Relay(place.port)
            stack.callback(relay.server_close)
            stack.callback(relay.shutdown)
            return Story(place, relay, stack.enter_context(client(name, relay.url, KEY, tmp_path)))

        yield opens


@pytest.mark.parametrize("name", CLIENTS)
def test_no_event_is_lost_and_none_is_there_twice(name: str, opened: Callable[[str], Story]) -> None:
    story = opened(name)
    story.says()
    story.all_is_logged()
    story.storm()
    story.lost_answer()
    story.death(signal.SIGTERM)
    story.storm()
    story.death(signal.SIGKILL)
    story.repeats()
    story.puppet.leaves()
    story.place.ends(signal.SIGTERM)
    assert story.puppet.gave_up == {}
    logged = story.place.logged()
    assert {id: count for id, count in logged.items() if count > 1} == {}
    assert logged.keys() - story.place.others == set(story.said)
    assert story.place.acknowledged() <= logged.keys()
    assert story.relay.statuses[429] >= 2 and story.relay.lost == 1 and story.relay.refused >= 2


@pytest.mark.needs("node")
def test_a_client_that_gives_up_says_so_of_all_that_is_lost(opened: Callable[[str], Story]) -> None:
    """RudderStack's for Node has no patience beyond three tries unless its owner gives it some."""
    story = opened("rudder-node-hasty")
    story.says()
    story.all_is_logged()
    with story.place.storm():
        story.says()
        story.puppet.gives_up()
    story.puppet.leaves()
    story.place.ends(signal.SIGTERM)
    logged = story.place.logged()
    assert set(story.said) - story.puppet.gave_up.keys() <= logged.keys()
    assert set(logged.values()) == {1}


@pytest.mark.needs("node")
@pytest.mark.needs("browser")
def test_what_a_browser_could_not_deliver_it_delivers_from_the_next_page(opened: Callable[[str], Story]) -> None:
    story = opened("browser")
    story.says()
    story.all_is_logged()
    story.place.ends(signal.SIGTERM)
    refused = story.relay.refused
    story.says()
    story.relay.until(lambda: story.relay.refused >= refused + EVENTS)
    assert isinstance(story.puppet, Page)
    story.puppet.reloads()
    story.place.begins()
    story.all_is_logged()
    assert story.place.logged() == Counter(story.said)
