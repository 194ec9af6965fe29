"""What was acknowledged, and what the provider was given, as of each note of a record.

An answer counts from the note on that the engine began to send it, and so does a message: nobody outside can have
either of them earlier.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from tests.faults.recording import Note

_MAIL: Final = re.compile(rb"\r\nTo: ([^@\r\n]+)@(?:.*?\r\n)Message-ID: <([^@\r\n]+)@", re.DOTALL)
_CALL: Final = re.compile(rb"\r\ncontent-length: (\d+)\r\n.*\r\nwebhook-id: ([^\r\n]+)\r\n", re.DOTALL | re.IGNORECASE)
_USER: Final = re.compile(rb'"user": ?"([^"]+)"')


@dataclass
class Truth:
    """All that must be so after a cut."""

    asked: dict[str, str] = field(default_factory=dict)
    """Events that somebody has begun to tell: id and user."""
    events: dict[str, str] = field(default_factory=dict)
    """Events that were acknowledged: id and user."""
    stopped: set[str] = field(default_factory=set)
    """Users who get no more of the topic ``cart``."""
    erasing: set[str] = field(default_factory=set)
    """Users whose erasure somebody has begun to ask for."""
    erased: set[str] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)
    """Ids that belong to another user."""
    playbooks: list[str] = field(default_factory=list)
    """Hashes of what was in force when an engine began to listen."""
    keys: set[str] = field(default_factory=set)
    backups: set[str] = field(default_factory=set)
    begun_backups: set[str] = field(default_factory=set)
    given: dict[str, str] = field(default_factory=dict)
    """Messages whose bytes the provider may have: the decision, and the user."""
    _ports: dict[int, dict[str, object]] = field(default_factory=dict)
    _providers: set[int] = field(default_factory=set)
    _calls: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def take(self, note: Note) -> bool:
        """One more note; whether something was acknowledged or given away by it."""
        if note.kind == "!":
            return self._hear(json.loads(note.content))
        if note.kind != "n":
            return False
        if note.at in self._providers:
            return self._give(note)
        if note.content.startswith(b"HTTP/1.1 200") and note.at in self._ports:
            self._believe(self._ports.pop(note.at))
            return True
        return False

    def _give(self, note: Note) -> bool:
        """A mail is given away by its first byte, a call by its last one."""
        mail = _MAIL.search(note.content)
        if mail is not None:
            self.given[mail[2].decode()] = mail[1].decode()
            return True
        line = note.process, note.inode
        if note.content.startswith(b"POST "):
            self._calls[line] = b""
        if line not in self._calls:
            return False
        self._calls[line] += note.content
        head, _, body = self._calls[line].partition(b"\r\n\r\n")
        call = _CALL.search(head + b"\r\n")
        assert call is not None, head
        if len(body) < int(call[1]):
            return False
        who = _USER.search(body)
        assert who is not None, body
        self.given[call[2].decode()] = who[1].decode()
        return True

    def _hear(self, said: dict[str, object]) -> bool:
        if "providers" in said:
            self._providers = {int(port) for port in _texts(said["providers"]).values()}
        elif "port" in said:
            self._ports[int(str(said["port"]))] = said
            self.asked |= _texts(said.get("events"))
            self.erasing |= {str(said["erase"])} if "erase" in said else set()
        elif "begun_backup" in said:
            self.begun_backups.add(str(said["begun_backup"]))
        else:
            self._believe(said)
            return True
        return False

    def _believe(self, said: dict[str, object]) -> None:
        self.events |= _texts(said.get("events"))
        self.merged |= _texts(said.get("merge"))
        sets = {"stop": self.stopped, "erase": self.erased, "key": self.keys, "backup": self.backups}
        for name in sets.keys() & said.keys():
            sets[name].add(str(said[name]))
        if "playbook" in said:
            self.playbooks.append(str(said["playbook"]))


def truth_of(notes: Iterable[Note]) -> Truth:
    """After all these."""
    found = Truth()
    for note in notes:
        found.take(note)
    return found


def _texts(said: object) -> dict[str, str]:
    return {str(name): str(value) for name, value in said.items()} if isinstance(said, dict) else {}
