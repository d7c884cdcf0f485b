"""A port between us and a neighbour (Redis, relay, gateway) that passes on, refuses, or accepts and keeps silent."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Gate:
    """Begins refusing. The port stays ours throughout, so no other program can answer there."""

    def __init__(self, target: tuple[str, int] | str) -> None:
        self._target = target  # an address, or the path of a Unix socket
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._passes = False
        self.accepted = 0
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listening.bind(("127.0.0.1", 0))  # bound and not listening: whoever knocks is refused
        self.port = int(self._listening.getsockname()[1])

    def lead_on(self) -> None:
        """What comes is passed to the neighbour."""
        self._serve(passes=True)

    def keep_silent(self) -> None:
        """What comes is accepted and never answered."""
        self._serve(passes=False)

    def refuse(self) -> None:
        """Nobody listens any more, and whatever was open is cut."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._cut()
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listening.bind(("127.0.0.1", self.port))

    def close(self) -> None:
        """Gives the port back."""
        self.refuse()
        self._listening.close()

    def _serve(self, *, passes: bool) -> None:
        self.refuse()
        self._passes = passes
        self._listening.listen(64)
        threading.Thread(target=self._accept, args=(self._listening, passes), daemon=True).start()

    def _accept(self, listening: socket.socket, passes: bool) -> None:
        while True:
            try:
                caller, _address = listening.accept()
            except OSError:
                return
            self.accepted += 1
            self._keep(caller)
            if passes:
                self._join(caller)

    def _join(self, caller: socket.socket) -> None:
        try:
            if isinstance(self._target, str):
                neighbour = socket.socket(socket.AF_UNIX)
                neighbour.connect(self._target)
            else:
                neighbour = socket.create_connection(self._target, timeout=5)
                neighbour.settimeout(None)
        except OSError:
            caller.close()
            return
        self._keep(neighbour)
        for source, sink in ((caller, neighbour), (neighbour, caller)):
            threading.Thread(target=_pump, args=(source, sink), daemon=True).start()

    def _keep(self, one: socket.socket) -> None:
        with self._lock:
            self._open.append(one)

    def _cut(self) -> None:
        with self._lock:
            cut, self._open = self._open, []
        for one in cut:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    for one in (source, sink):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
