"""Runs Valkey from its binary, with a private socket and a password, keeping nothing on disk.

What it holds (hints, counters, presence) may be lost at any moment; the truth is in PostgreSQL.
"""

from __future__ import annotations

import secrets
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from kernel.embedded.places import free_port, private_folder
from kernel.embedded.process import Account, Child, EngineError, last_lines, wait_until

_STOP = ((signal.SIGTERM, 10.0),)


class Valkey:
    """One server in one folder."""

    def __init__(self, folder: Path, program: Path) -> None:
        """Names the folder, which holds only the log."""
        self._folder = folder
        self._program = program
        self._log = folder / "server.log"
        self._password = secrets.token_urlsafe(32)
        self._socket: Path | None = None
        self._port = 0
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address of the server; it holds the password."""
        if self._socket is not None:
            return f"unix://:{self._password}@{quote(str(self._socket))}?db=0"
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self, sockets: Path | None, *, account: Account, keep_open: tuple[int, ...]) -> None:
        """Returns when the server answers."""
        private_folder(self._folder)
        if sockets is not None:
            self._socket = sockets / "valkey.sock"
            self._socket.unlink(missing_ok=True)
        else:
            # Started again, it is found where it was.
            self._port = self._port or free_port()
        self._child = Child(
            # The configuration comes through standard input, so that the password is in no list of processes.
            [str(self._program), "-"],
            account=account,
            farewell=signal.SIGTERM,
            place=self._folder,
            log=self._log,
            text=self._configuration(),
            keep_open=keep_open,
        )
        child = self._child
        wait_until(lambda: not child.alive() or self._answers(), seconds=30, every=0.005)
        if not child.alive() or not self._answers():
            self.stop()
            raise EngineError(f"Valkey did not start: {last_lines(self._log)} (its log: {self._log})")

    def stop(self) -> None:
        """Ends the server; what it held is gone."""
        if self._child is not None:
            self._child.end(_STOP)
            self._child = None

    def alive(self) -> bool:
        """Says whether the server runs."""
        return self._child is not None and self._child.alive()

    def _configuration(self) -> str:
        lines = [
            f"port {self._port}",
            "bind 127.0.0.1",
            "protected-mode yes",
            f"requirepass {self._password}",
            'save ""',
            "appendonly no",
            "maxmemory 128mb",
            # What ends soonest goes first; what has no end stays, and a write that finds no room is an error.
            "maxmemory-policy volatile-ttl",
            # What is slow or large would be remembered word for word, with what people said in it.
            "slowlog-log-slower-than -1",
            "commandlog-request-larger-than -1",
            "commandlog-reply-larger-than -1",
            "daemonize no",
            'logfile ""',
        ]
        if self._socket is not None:
            lines += [f'unixsocket "{self._socket}"', "unixsocketperm 700"]
        return "\n".join(lines) + "\n"

    def _answers(self) -> bool:
        try:
            with self._connect() as connection:
                connection.settimeout(2)
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = connection.recv(64)
                    if not part:
                        return False
                    answer += part
                return answer == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    def _connect(self) -> socket.socket:
        if self._socket is None:
            return socket.create_connection(("127.0.0.1", self._port), timeout=2)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(self._socket))
        except OSError:
            connection.close()
            raise
        return connection
