"""A PostgreSQL of a test's own, and a replica of it that follows: the same engine as everywhere, twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from kernel.embedded.binaries import PostgresPrograms, find_client, find_postgres
from kernel.embedded.places import give_to_nobody, private_folder
from kernel.embedded.postgres import DATABASE, Postgres, find_account
from kernel.embedded.process import Account, run

#: Whoever waits for a commit waits for the log, as on every server that keeps what it was given.
SYNCHRONOUS = f"ALTER DATABASE {DATABASE} SET synchronous_commit = on"


@dataclass(slots=True)
class Pair:
    """A primary, and what follows it."""

    folder: Path
    primary: Postgres
    account: Account
    programs: PostgresPrograms
    replica: Postgres = field(init=False)

    @property
    def url(self) -> str:
        """The superuser's address of the primary."""
        return self.primary.url

    @property
    def replica_url(self) -> str:
        """The superuser's address of the replica."""
        return self.replica.url

    async def tell_replica(self, statement: str) -> object:
        """Runs a statement at the replica, as its superuser."""
        return await tell(self.replica_url, statement)

    async def follow(self) -> None:
        """Lets commits wait for the log, and makes the replica."""
        await tell(self.url, SYNCHRONOUS)
        self.replica = self.another("replica")

    def another(self, name: str) -> Postgres:
        """Makes a replica as one is made anywhere, and starts it; whoever asked for it stops it."""
        folder = private_folder(self.folder / name)
        if self.account is Account.NOBODY:
            give_to_nobody(folder)
        copy = [str(find_client("pg_basebackup")), "-D", str(folder / "data"), "-R", "-X", "stream", "-c", "fast"]
        run(self.account, [*copy, "--no-sync", "-d", self.primary.url], place=self.folder)
        shutil.copy(self.folder / "primary" / "password", folder / "password")
        made = Postgres(folder, self.programs, durable=False)
        made.start(None, account=self.account, keep_open=())
        return made

    def start_replica(self) -> None:
        """Starts the replica again, which goes on where it was."""
        self.replica.start(None, account=self.account, keep_open=())


async def tell(url: str, statement: str) -> object:
    """Runs a statement and returns what it says."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@contextmanager
def a_pair(folder: Path) -> Iterator[Pair]:
    """Runs an empty primary without its safety on disk; `follow` gives it a replica."""
    programs = find_postgres()
    primary = private_folder(private_folder(folder) / "primary")
    account = find_account(programs.postgres, primary)
    pair = Pair(folder, Postgres(primary, programs, durable=False), account, programs)
    pair.replica = pair.primary
    try:
        pair.primary.start(None, account=account, keep_open=())
        yield pair
    finally:
        pair.replica.stop()
        pair.primary.stop()
