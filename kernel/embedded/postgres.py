"""Runs PostgreSQL from its binaries: makes the cluster once, starts the server, stops it.

It is never looser than a server install: scram for everybody, a private Unix socket, no TCP where a socket is possible,
and a log that holds no statement and no value. It makes no schema and no role but the superuser: that is the
migration's work.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

from kernel.embedded.binaries import PostgresPrograms
from kernel.embedded.places import (
    belongs_to_nobody,
    free_port,
    give_to_nobody,
    is_alive,
    let_nobody_pass,
    write_private,
)
from kernel.embedded.process import Account, Child, EngineError, last_lines, run, wait_until

DATABASE = "parley"
_SUPERUSER = "postgres"
_SOCKET_PORT = 5432

_SETTINGS = {
    "shared_buffers": "256MB",
    "max_connections": "200",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    # A segment that is used again holds what it held until it is overwritten; erased bytes would stay for that long.
    "wal_recycle": "off",
    "jit": "off",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    # The log may not hold what people wrote: no statement, no detail, no parameter, no error of a client's statement.
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))


class Postgres:
    """One cluster in one folder, and its server."""

    def __init__(self, folder: Path, programs: PostgresPrograms, *, durable: bool = True) -> None:
        """Names the folder; `durable=False` gives up the safety of the data for speed, for tests."""
        self._folder = folder
        self._programs = programs
        self._durable = durable
        self._data = folder / "data"
        self._log = folder / "server.log"
        self._child: Child | None = None
        self._password = ""
        self._host = ""
        self._port = _SOCKET_PORT

    @property
    def url(self) -> str:
        """The superuser's address of the database; it holds the password."""
        if self._host.startswith("/"):
            return f"postgresql://{_SUPERUSER}:{self._password}@/{DATABASE}?host={quote(self._host)}&port={self._port}"
        return f"postgresql://{_SUPERUSER}:{self._password}@{self._host}:{self._port}/{DATABASE}"

    def start(self, sockets: Path | None, *, account: Account, keep_open: tuple[int, ...]) -> None:
        """Makes the cluster if there is none, and returns when the server takes connections."""
        self._password = self._read_password()
        if not (self._data / "PG_VERSION").exists():
            self._make_cluster(account)
        self._check_version()
        self._forget_dead_owner()
        self._log_in_again(account)
        settings = _SETTINGS | ({} if self._durable else _NOT_DURABLE)
        if sockets is not None:
            self._host, self._port = str(sockets), _SOCKET_PORT
            settings |= {"listen_addresses": "", "unix_socket_directories": f'"{sockets}"', "port": str(_SOCKET_PORT)}
        else:
            # Started again, it is found where it was.
            self._host, self._port = "127.0.0.1", self._port if self._host else free_port()
            settings |= {"listen_addresses": self._host, "unix_socket_directories": "", "port": str(self._port)}
        self._child = Child(
            [str(self._programs.postgres), "-D", str(self._data), *_options(settings)],
            account=account,
            farewell=signal.SIGINT,
            place=self._folder,
            log=self._log,
            keep_open=keep_open,
        )
        child = self._child
        wait_until(lambda: not child.alive() or self._status(child.pid) == "ready", seconds=120)
        if not child.alive() or self._status(child.pid) != "ready":
            self.stop()
            raise EngineError(f"PostgreSQL did not start: {last_lines(self._log)} (its log: {self._log})")

    def stop(self) -> None:
        """Ends the server: fast, then at once. Running transactions are rolled back."""
        if self._child is not None:
            self._child.end(_STOP)
            self._child = None

    def alive(self) -> bool:
        """Says whether the server runs."""
        return self._child is not None and self._child.alive()

    def _read_password(self) -> str:
        path = self._folder / "password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32))
            if self._data.exists():
                path.with_name("password.reset").touch(mode=0o600)
        return path.read_text().strip()

    def _log_in_again(self, account: Account) -> None:
        """Gives the superuser the password on file where that file was lost and made anew."""
        mark = self._folder / "password.reset"
        if mark.exists():
            self._alone(account, self._data, "postgres", f"ALTER ROLE {_SUPERUSER} PASSWORD '{self._password}'")
            mark.unlink()

    def _make_cluster(self, account: Account) -> None:
        new = self._folder / "data.new"
        # What an interrupted first start left behind holds nothing yet.
        shutil.rmtree(new, ignore_errors=True)
        secret = self._folder / "password.init"
        write_private(secret, self._password)
        if account is Account.NOBODY:
            give_to_nobody(secret)
        try:
            run(
                account,
                [
                    str(self._programs.initdb),
                    f"--pgdata={new}",
                    f"--username={_SUPERUSER}",
                    f"--pwfile={secret}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--data-checksums",
                    "--no-instructions",
                    *([] if self._durable else ["--no-sync"]),
                ],
                place=self._folder,
            )
        finally:
            secret.unlink(missing_ok=True)
        self._alone(account, new, "postgres", f"CREATE DATABASE {DATABASE}")
        new.rename(self._data)

    def _alone(self, account: Account, data: Path, database: str, statement: str) -> None:
        """Runs one statement in single-user mode, in which no password is needed."""
        settings = {"log_statement": "none", "log_min_messages": "fatal", "exit_on_error": "on"}
        settings |= {} if self._durable else _NOT_DURABLE
        command = [str(self._programs.postgres), "--single", "-D", str(data), *_options(settings), database]
        run(account, command, place=self._folder, text=statement + "\n")

    def _check_version(self) -> None:
        written_by = (self._data / "PG_VERSION").read_text().strip()
        running = run(Account.OWN, [str(self._programs.postgres), "--version"], place=self._folder)
        if running.split()[-1].split(".")[0] != written_by:
            raise EngineError(
                f"the data in {self._data} were written by PostgreSQL {written_by}, and the server here is "
                f"{running.split()[-1]}: restore a backup into a new folder, or install version {written_by}"
            )

    def _forget_dead_owner(self) -> None:
        """Removes the pid file of a killed run whose number now belongs to some other program."""
        path = self._data / "postmaster.pid"
        try:
            pid = int(path.read_text().splitlines()[0])
            program = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return  # PostgreSQL itself knows what to do where the process is gone.
        if is_alive(pid) and os.fsencode(self._data) not in program:
            path.unlink()

    def _status(self, pid: int) -> str:
        """Reads the line of the pid file in which the server says how far it is."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return ""
        return lines[7].strip() if len(lines) > 7 and lines[0] == str(pid) else ""


def _options(settings: dict[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def find_account(program: Path, folder: Path, wanted: Account | None = None) -> Account:
    """Returns as whom a server can run: as ourselves, or, where we are root, as somebody with none of root's powers."""
    if os.geteuid() != 0:
        return Account.OWN
    if wanted is not Account.NOBODY and not belongs_to_nobody(folder):
        try:
            run(Account.NAMESPACE, [str(program), "--version"], place=folder)
        except EngineError:
            pass  # A container that forbids namespaces; there is the other way.
        else:
            return Account.NAMESPACE
    try:
        let_nobody_pass(folder.parent)
        give_to_nobody(folder)
        run(Account.NOBODY, [str(program), "--version"], place=folder)
    except (OSError, EngineError):
        raise EngineError(
            "PostgreSQL does not run as root; this machine allows no user namespace, and the user `nobody` cannot "
            f"reach {folder} or {program}. Give PARLEY_DATABASE_URL, run as an ordinary user, or choose folders that "
            "others may pass through"
        ) from None
    return Account.NOBODY
