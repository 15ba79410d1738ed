"""Finds the deployment that a command is about: its key, its engines where they run, or engines started for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cli.archive import ArchiveError
from kernel.config import Config
from kernel.embedded import Engines, running_engines

KEY_FILE = "secret-key"
Say = Callable[[str], None]


def existing(config: Config) -> Config:
    """Returns the settings of a deployment that is there, with its key; raises ArchiveError where there is none."""
    config.check_urls()
    data_dir = config.data_dir.absolute()
    key = config.secret_key or read_key(data_dir / KEY_FILE)
    if not key:
        raise ArchiveError(
            f"There is no deployment in {data_dir}: it has no {KEY_FILE}, and PARLEY_SECRET_KEY is not set. "
            "Name the deployment's folder with PARLEY_DATA."
        )
    return replace(config, data_dir=data_dir, secret_key=key)


def on_this_machine(config: Config) -> Config:
    """Returns the settings with what a deployment in the data folder has where nothing is set: its key, and the owner's
    address of the database while it runs.
    """
    config.check_urls()
    running = running_engines(config)
    return replace(
        config,
        secret_key=config.secret_key or read_key(config.data_dir / KEY_FILE),
        database_url=config.database_url or (running.database_url if running is not None else ""),
        redis_url=config.redis_url or (running.redis_url if running is not None else ""),
    )


def read_key(path: Path) -> str:
    """Returns the key that a file holds, or nothing where there is no such file."""
    try:
        return path.read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


@contextmanager
def database_of(config: Config, say: Say) -> Iterator[str]:
    """Yields the owner's address of a deployment's database; one that does not run is started for so long."""
    running = running_engines(replace(config, redis_url=config.redis_url or "redis://unused"))
    if config.database_url:
        yield config.database_url
    elif running is not None:
        yield running.database_url
    else:
        if not (config.data_dir / "engines" / "postgres").is_dir():
            raise ArchiveError(f"There is no database in {config.data_dir}, and PARLEY_DATABASE_URL is not set.")
        say("Starting PostgreSQL for the time that this takes")
        with Engines(config.data_dir / "engines", valkey=False) as engines:
            yield engines.database_url
