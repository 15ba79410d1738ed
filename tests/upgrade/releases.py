"""Two releases on one database: the last one as its commit has it, and this one, as processes that can be exchanged."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg

from kernel.config import SERVICES, Config
from kernel.embedded import Engines
from protos import released
from tests.faults.rig import ROOT, Proc, Rig, a_config, environment, gateways, listening, serving
from tests.platform import free_ports
from tests.spawning import spawn

#: The checkout of this release.
HERE = ROOT
#: Makes the demo's companies, all of them or one under another name, as the seed of that release does.
_SEED = """
import asyncio, sys
from dataclasses import replace
from cli.demo import seed
from kernel.config import Config
names = sys.argv[1:]
if names:
    found = {company.slug: company for company in seed.COMPANIES}
    seed.COMPANIES = tuple(replace(found[old], slug=new) for old, new in (name.split("=") for name in names))
asyncio.run(seed.seed(Config.from_env(), print))
"""
#: What people have said, and what companies have set: of each table a row that the demo makes.
KEPT = (
    "identity.tenants",
    "identity.staff",
    "identity.sites",
    "privacy.notices",
    "privacy.policies",
    "privacy.requests",
    "chat.conversations",
    "chat.messages",
    "survey.surveys",
    "survey.responses",
    "support.tickets",
    "support.entries",
    "community.topics",
    "community.posts",
    "community.members",
)
_COLUMNS = """
    SELECT table_schema || '.' || table_name AS name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = ANY ($1) OR table_schema = 'app'
"""
_FUNCTIONS = """
    SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($1) OR n.nspname = 'app'
"""

#: What is asked of rows, by the columns that it is about: checks, keys, references, and unique indexes.
_RULES = """
    SELECT c.conrelid::regclass::text AS name, c.conname AS rule,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = ANY (c.conkey)) AS columns
    FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
    WHERE n.nspname = ANY ($1) AND c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conrelid <> 0
    UNION ALL
    SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = ANY (i.indkey))
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = ANY ($1) AND i.indisunique
"""


class Failed(Exception):
    """A program of one of the releases failed; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Column:
    """What whoever writes and reads a column counts on."""

    kind: str
    may_be_null: bool
    has_default: bool


@dataclass(frozen=True, slots=True)
class Schema:
    """What a release can count on in a database."""

    columns: Mapping[str, Mapping[str, Column]]
    functions: frozenset[str]
    #: For each table the names of its rules, and the columns that each is about.
    rules: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def lacking(self, before: Schema) -> list[str]:
        """Says what the release before this schema would miss, or would not know that it has to give."""
        wrong = [f"the function {name} is gone" for name in sorted(before.functions - self.functions)]
        for table, theirs in before.columns.items():
            ours = self.columns.get(table)
            if ours is None:
                wrong.append(f"the table {table} is gone")
                continue
            for name, was in theirs.items():
                has = ours.get(name)
                if has is None:
                    wrong.append(f"{table}.{name} is gone")
                elif has.kind != was.kind:
                    wrong.append(f"{table}.{name} is {has.kind}, and was {was.kind}")
                elif was.may_be_null and not has.may_be_null:
                    wrong.append(f"{table}.{name} may not be empty any more")
                elif was.has_default and not has.has_default:
                    wrong.append(f"{table}.{name} has no default any more")
            wrong += [
                f"{table}.{name} came with no default and may not be empty"
                for name, has in ours.items()
                if name not in theirs and not has.may_be_null and not has.has_default
            ]
            # One that is made anew under its old name lets in more than before; whoever changes it says so there.
            wrong += [
                f"{table}: {name} came, and asks something of what the last release writes"
                for name, about in self.rules.get(table, {}).items()
                if name not in before.rules.get(table, {}) and about <= theirs.keys()
            ]
        return wrong


async def schema_of(database_url: str) -> Schema:
    """Reads what a release can count on."""
    owner = await asyncpg.connect(database_url)
    try:
        columns: dict[str, dict[str, Column]] = {}
        for row in await owner.fetch(_COLUMNS, list(SERVICES)):
            columns.setdefault(row["name"], {})[row["column_name"]] = Column(
                row["data_type"], row["is_nullable"] == "YES", row["column_default"] is not None
            )
        rules: dict[str, dict[str, frozenset[str]]] = {}
        for row in await owner.fetch(_RULES, list(SERVICES)):
            rules.setdefault(row["name"], {})[row["rule"]] = frozenset(row["columns"])
        functions = frozenset(row["name"] for row in await owner.fetch(_FUNCTIONS, list(SERVICES)))
        return Schema(columns, functions, rules)
    finally:
        await owner.close()


async def rows_of(database_url: str, schema: Schema, tenants: list[Any]) -> dict[str, list[str]]:
    """Returns every row of some companies in the tables that count, as the columns of a schema tell them."""
    owner = await asyncpg.connect(database_url)
    try:
        found = {}
        for table in KEPT:
            names = ", ".join(f'"{name}"' for name in sorted(schema.columns[table]))
            found[table] = [
                row["told"]
                for row in await owner.fetch(
                    f"SELECT r::text AS told FROM (SELECT {names} FROM {table} WHERE tenant_id = ANY ($1)) r "
                    "ORDER BY 1",
                    tenants,
                )
            ]
        return found
    finally:
        await owner.close()


async def tenants_of(database_url: str) -> list[Any]:
    """Returns the ids of all companies that there are."""
    owner = await asyncpg.connect(database_url)
    try:
        return [row["tenant_id"] for row in await owner.fetch("SELECT tenant_id FROM identity.tenants")]
    finally:
        await owner.close()


class Pair(Rig):
    """Two replicas of everything, each of one release or of the other; every service's calls go to both."""

    def __init__(self, folder: Path, config: Config, postgres: Engines, valkey: Engines, ports: list[int]) -> None:
        """Takes the engines, which run, and unpacks the last release."""
        self.last = folder / "release"
        released.unpack(self.last)
        super().__init__(
            config,
            postgres,
            valkey,
            ports,
            core=[self._services(folder, config, at) for at in (0, 1)],
            gateways=gateways(folder, config, ports),
        )
        for proc in self.procs:
            proc.root = self.last

    @staticmethod
    def _services(folder: Path, config: Config, at: int) -> Proc:
        # A process with all services listens at the first address of each.
        own = {service: config.addresses(service)[at] for service in SERVICES}
        ordered = config.with_addresses({name: (own[name], config.addresses(name)[1 - at]) for name in SERVICES})
        command = ("-m", "cli", "serve", "all")
        return Proc(f"services-{at}", command, ordered, folder / f"services-{at}.log", serves=list(own.values()))

    async def exchange(self, proc: Proc, root: Path) -> None:
        """Ends a process in order and starts another release in its place."""
        await asyncio.to_thread(proc.stop)
        proc.root = root
        proc.start()
        await serving(self.config, *proc.serves)
        if proc in self.gateways:
            await listening(self.places[self.gateways.index(proc)])

    async def seed(self, root: Path, *companies: str) -> None:
        """Makes the demo's companies as a release does, through whatever answers."""
        await program(self.config, root, "-c", _SEED, *companies)


async def program(config: Config, root: Path, *arguments: str) -> str:
    """Runs a program of a release to its end and returns what it printed; raises Failed where it failed."""
    running = await spawn(
        sys.executable,
        *arguments,
        cwd=root,
        env=environment(config, root),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = (await running.communicate()).decode(errors="replace")
    if running.returncode:
        raise Failed(said)
    return said


@contextlib.asynccontextmanager
async def a_pair(folder: Path) -> AsyncIterator[Pair]:
    """Yields the last release, running twice over on a schema of its own, and stops whatever runs afterwards."""
    with (
        Engines(folder / "postgres", durable=False, valkey=False) as postgres,
        Engines(folder / "valkey", postgres=False) as valkey,
    ):
        one, two, *ports = free_ports(2 + 2 * len(SERVICES))
        at = {name: (ports[2 * number], ports[2 * number + 1]) for number, name in enumerate(SERVICES)}
        config = a_config(folder, postgres.database_url, valkey.redis_url, **at)
        config = replace(config, webhook_networks=("127.0.0.0/8",))
        pair = Pair(folder, config, postgres, valkey, [one, two])
        await program(config, pair.last, "-m", "cli", "migrate")
        try:
            await pair.start()
            yield pair
        finally:
            pair.stop()
