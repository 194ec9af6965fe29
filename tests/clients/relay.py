"""A wire between clients and an engine that looks at what passes, and may lose an answer; it changes nothing."""

import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

from tests.clients.puppets import PATIENCE

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
DUPLICATES = re.compile(rb'"duplicates":(\d+)')
RESET = struct.pack("ii", 1, 0)
"""So that a close is heard as a reset."""


class Relay(ThreadingTCPServer):
    """Listens on ``url``; every connection goes on to the port, or ends at once if nobody listens there."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int) -> None:
        self.statuses: Counter[int] = Counter()
        """How many answers of each status came to the clients."""
        self.duplicates = 0
        """How many events the engine said it had already."""
        self.asked = 0
        """How many parts of requests went to the engine."""
        self.refused = 0
        """How many connections found no engine."""
        self.lost = 0
        """How many good answers never came to their clients."""
        self.to_lose = 0
        """How many good answers are still to be lost."""
        self._port = port
        self._news = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Connection)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def until(self, holds: Callable[[], bool]) -> None:
        """Waits until it holds; it is looked at whenever something has passed."""
        with self._news:
            assert self._news.wait_for(holds, PATIENCE), f"{self.statuses}, refused {self.refused}, lost {self.lost}"

    def upstream(self) -> socket.socket | None:
        """A connection to the engine, if there is one."""
        try:
            return socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
        except OSError:
            with self._news:
                self.refused += 1
                self._news.notify_all()
            return None

    def has_asked(self) -> None:
        """A part of a request has gone to the engine."""
        with self._news:
            self.asked += 1
            self._news.notify_all()

    def may_pass(self, part: bytes) -> bool:
        """Counts the answers that begin in this part; False if it shall be lost."""
        found = [int(status) for status in STATUS.findall(part)]
        with self._news:
            is_lost = self.to_lose > 0 and 200 in found
            self.duplicates += sum(map(int, DUPLICATES.findall(part)))
            if is_lost:
                self.to_lose, self.lost = self.to_lose - 1, self.lost + 1
            else:
                self.statuses.update(found)
            self._news.notify_all()
        return not is_lost


class _Connection(BaseRequestHandler):
    server: Relay
    request: socket.socket

    def handle(self) -> None:
        upstream = self.server.upstream()
        if upstream is None:
            return
        with upstream, suppress(OSError):
            threading.Thread(target=self._ask, args=(upstream,), daemon=True).start()
            while part := upstream.recv(65_536):
                if not self.server.may_pass(part):
                    break
                self.request.sendall(part)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def _ask(self, upstream: socket.socket) -> None:
        with suppress(OSError):
            while part := self.request.recv(65_536):
                upstream.sendall(part)
                self.server.has_asked()
        with suppress(OSError):
            upstream.shutdown(socket.SHUT_RDWR)
