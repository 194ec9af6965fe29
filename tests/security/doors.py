"""A real engine behind a socket, for tests that knock at its doors one after the other."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.wiring.cli.commands import COMMAND

HOOKS = "whsec_" + "h" * 44
WRITE, ADMIN = "ok_w_" + "w" * 43, "ok_a_" + "a" * 43
PLAYBOOK = {
    "opportune.yaml": "zone: UTC\nconsent: {in_app: always, email: always}\n",
    "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: note\n  - send: mail\n",
    "messages/note.yaml": "message: note\ntopic: cart\nchannels: [in_app]\n",
    "messages/note.liquid": "subject: Cart\n---\n{{ note | default: 'x' }}\n--- html\n"
    "<p>{{ note | default: 'x' }}</p>\n",
    "messages/mail.yaml": "message: mail\ntopic: <script>alert(1)</script>\nchannels: [email]\n",
    "messages/mail.liquid": "subject: Cart {{ note | default: 'x' }}\n---\n"
    "{{ preferences_url }} {{ unsubscribe_url }}\n",
}


@dataclass
class Answered:
    """One answer, and whether the connection is closed after it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        try:
            return str(self.json.get("code", ""))
        except (ValueError, AttributeError):
            return ""


@dataclass
class House:
    """Where the engine listens, and the folder it lives in."""

    port: int
    folder: Path
    process: "subprocess.Popen[str]"

    def raw(self, *parts: bytes) -> bytes:
        """All that comes back to these bytes until the engine hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            answer = b""
            try:
                for part in parts:
                    connection.sendall(part)
                while more := connection.recv(65_536):
                    answer += more
            except (ConnectionResetError, BrokenPipeError):
                pass
            return answer

    def asked(self, method: str, path: str, body: bytes | object = b"", *, key: str = "", **headers: str) -> Answered:
        """One request; headers with underscores for hyphens."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        said = {"host": f"127.0.0.1:{self.port}", "connection": "close", "content-length": str(len(raw))}
        said |= {"authorization": f"Bearer {key}"} if key else {}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        return answers_in(self.raw(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + raw))[0]

    def told(self, *calls: dict[str, object]) -> Answered:
        return self.asked("POST", "/v1/batch", {"batch": list(calls)}, key=WRITE)


def answers_in(raw: bytes) -> list[Answered]:
    """The answers, told apart by their stated lengths; bytes that are none become one with status 0."""
    found = []
    while raw:
        head, sign, rest = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        parts = first.split(" ")
        if not sign or len(parts) < 2 or not parts[0].startswith("HTTP/1.1"):
            return [*found, Answered(0, {}, raw)]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", len(rest)))
        found.append(Answered(int(parts[1]), headers, rest[:length]))
        raw = rest[length:]
    return found


@contextmanager
def house(folder: Path, *options: str, admin: str = ADMIN) -> Iterator[House]:
    """A running engine that writes mail into ``mails``; it must end well."""
    for name, text in PLAYBOOK.items():
        path = folder / "playbook" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    env = {"OPPORTUNE_WRITE_KEYS": WRITE, "OPPORTUNE_HOOK_SECRET": HOOKS} | (
        {"OPPORTUNE_ADMIN_KEY": admin} if admin else {}
    )
    command = [COMMAND, "run", "playbook", "--port", "0", "--mail-folder", "mails", "--log", "json", *options]
    errors = folder / "errors"
    with (
        errors.open("w") as log,
        subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("listens on"), errors.read_text()
        try:
            yield House(int(first.rpartition(":")[2].partition("/")[0]), folder, process)
        finally:
            process.terminate()
            process.communicate(timeout=30)
    assert process.returncode == 0
    assert '"trace"' not in errors.read_text(), errors.read_text()
