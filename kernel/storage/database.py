"""Connects a service to PostgreSQL under its own role, and binds the tenant.

`_BIND` is the only statement by which a tenant reaches the database, and it reaches it for one transaction: a setting
that outlived its transaction would leak into the next checkout. `Database.transaction` sends it with every BEGIN, in
the same round trip; `bound_alone` makes it a part of a statement that is a transaction of its own; `bind_tenant` sends
it where a transaction learns later whose it is. Row security on every table reads it and raises without it.
"""

from __future__ import annotations

import asyncio
import hmac
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import URL, Connection, Transaction, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kernel import ids
from kernel.config import CannotStart
from kernel.errors import InvalidArgument, Unavailable
from kernel.identity.tokens import derive_key
from kernel.storage.connecting import connected
from kernel.storage.lanes import Lane, Lanes
from kernel.telemetry import traces

T = TypeVar("T")

TENANT_SETTING = "app.tenant"
# PostgreSQL keeps every character of Unicode but one, NUL, which no person types.
_UNKEEPABLE = frozenset({"22021", "22P05"})
#: Two who waited for each other, or changed the same: one of them was undone, and may come again.
_UNDONE = frozenset({"40001", "40P01"})
#: The reason for which whoever was undone may come again.
BUSY = "STORAGE_BUSY"
_BIND = text("SELECT set_config('app.tenant', :tenant, true)")
_CHECK_ROLE = text(
    """
    SELECT r.rolsuper OR r.rolbypassrls OR EXISTS (
             SELECT FROM pg_roles s WHERE (s.rolsuper OR s.rolbypassrls) AND pg_has_role(r.oid, s.oid, 'MEMBER')
           ) AS too_strong,
           EXISTS (
             SELECT FROM pg_namespace n
             WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'public' AND pg_has_role(r.oid, n.nspowner, 'MEMBER')
           ) OR EXISTS (SELECT FROM pg_class c WHERE pg_has_role(r.oid, c.relowner, 'MEMBER')) AS owner
    FROM pg_roles r WHERE r.rolname = current_user
    """
)


class TenantUnbound(Exception):
    """A query that reached a tenant's table without a tenant; always a fault of ours."""


class RoleTooStrong(CannotStart):
    """The process connected as a role that row security would not hold; it refuses to start."""


def runtime_role(service: str) -> str:
    """Returns the name of a service's own database role."""
    return f"parley_{service}"


def runtime_password(secret_key: str, service: str) -> str:
    """Derives the password of a service's role from the deployment's secret."""
    return hmac.new(derive_key(secret_key, "database"), service.encode(), sha256).hexdigest()


def driver_url(url: str) -> URL:
    """Returns the address with the driver that the project uses."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def plain_url(url: str) -> str:
    """Returns the address as the driver itself reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def make_engine(url: URL, *, application: str, pooled: bool = False, **options: Any) -> AsyncEngine:
    """Opens a pool of connections to an address.

    `pooled` says that another pool stands before the server and gives a connection for one transaction only. Nothing is
    then left on a connection that a later transaction would look for: statements have no name and are not kept.

    Each is opened by the driver from the address as PostgreSQL's own programs read it, so that all that it says of TLS
    (`sslmode`, `sslrootcert` and what belongs to them) holds for every connection.
    """

    async def connect(*_: Any, **__: Any) -> Lane:
        return await open_lane(url, {"application_name": application}, pooled=pooled)

    # What the dialect reads of the address is not needed, and what it is told here is not the driver's.
    arguments: dict[str, Any] = {"async_creator_fn": connect}
    if pooled:
        arguments |= {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str}
    return create_async_engine(url, connect_args=arguments, **options)


async def open_lane(url: URL, settings: dict[str, str], *, pooled: bool, **options: Any) -> Lane:
    """Opens a connection of the driver's own, as every one is opened that a service works on."""
    opened: Lane = await connected(url, kind=Lane, server_settings=settings, **driver_options(pooled=pooled), **options)
    return opened


def driver_options(*, pooled: bool) -> dict[str, int]:
    """Returns what the driver must be told about how its connections are pooled."""
    return {"statement_cache_size": 0} if pooled else {}


def runtime_url(owner_url: str, secret_key: str, service: str) -> URL:
    """Returns the address under which a service's own role connects."""
    return driver_url(owner_url).set(username=runtime_role(service), password=runtime_password(secret_key, service))


async def bind_tenant(connection: AsyncConnection, tenant_id: str) -> UUID:
    """Binds a tenant to the running transaction and returns its key."""
    tenant = ids.to_uuid(tenant_id, "ten")
    await connection.execute(_BIND, {"tenant": str(tenant)})
    return tenant


def _binding(tenant: UUID) -> str:
    # A key is hexadecimal digits and dashes, so it cannot break out of its quotes.
    return _BIND.text.replace(":tenant", f"'{tenant}'")


def bound_alone(words: str, argument: str = ":bound") -> str:
    """Returns a statement, which begins with SELECT or WITH, that binds the tenant of an argument by itself and is a
    transaction of its own.

    What reads hangs on what binds, row by row, so that it cannot begin before; the fences keep the planner from moving
    its conditions out. Were it to begin before all the same, nobody would be bound, and row security would raise.
    """
    binding = _BIND.text.replace(":tenant", f"CAST({argument} AS text)")
    hung = f"SELECT r.* FROM ({words}) AS r WHERE b.tenant IS NOT NULL OFFSET 0"  # noqa: S608 - Statements of ours.
    return f"SELECT s.* FROM ({binding} AS tenant OFFSET 0) AS b CROSS JOIN LATERAL ({hung}) AS s"  # noqa: S608 - Ours.


class Alone:
    """A statement for a lane, with arguments by place (`$1`), that binds by itself: one round trip, and no more.

    What it writes, if anything, it writes in a function that it calls: what binds runs before it.
    """

    def __init__(self, words: str, *, arguments: int) -> None:
        """Takes the statement in SQL, with nothing in it that anybody typed, and how many arguments it has."""
        self.sql = bound_alone(words, f"${arguments + 1}")


async def bind_tenant_as_owner(connection: asyncpg.Connection[asyncpg.Record], tenant_id: UUID) -> None:
    """Binds the tenant, until the transaction ends, for the deployment's owner, who works without a service."""
    await connection.execute(_BIND.text.replace(":tenant", "$1"), str(tenant_id))


class Watch(Protocol):
    """Whoever has to know of what is committed, before it is and behind it."""

    async def before_commit(self, connection: AsyncConnection, tenant_id: str) -> Callable[[], Awaitable[None]] | None:
        """Hears that a transaction is about to be committed; returns what to do once it is, if anything."""


class Database:
    """One service's way to its schema."""

    def __init__(
        self,
        url: URL,
        *,
        pool_size: int = 10,
        pool_timeout: float = 5.0,
        lanes: int = 8,
        pooled: bool = False,
        only_reads: bool = False,
    ) -> None:
        """Opens a pool of `pool_size` connections; a caller waits `pool_timeout` seconds for one at most.

        Beside it there are `lanes` connections of the driver's own, for which callers wait as long. `pooled` says that
        all of them lead to a pool of transactions and not to the server itself, `only_reads` that nothing is written.
        """
        self.url = url
        self._pooled = pooled
        self._lanes = Lanes(self._lane, size=lanes, wait_seconds=pool_timeout)
        self.watch: Watch | None = None
        self.engine: AsyncEngine = make_engine(
            url,
            application=f"parley {url.username}",
            pooled=pooled,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_timeout,
            pool_pre_ping=False,
            # The one that was used last has its statements prepared and its memory warm. In turn, each would come to
            # hold all of them, here and in the server, however few are needed at a time (decision 0082).
            pool_use_lifo=True,
        )
        traces.watch_engine(self.engine)
        if only_reads:
            self.engine = self.engine.execution_options(postgresql_readonly=True)
        self._single = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def transaction(self, tenant_id: str) -> AsyncIterator[AsyncConnection]:
        """Runs a transaction with the tenant bound; an unreachable database becomes Unavailable."""
        binding = _binding(ids.to_uuid(tenant_id, "ten"))
        committed: Callable[[], Awaitable[None]] | None = None
        async with self._translated(), self._begun() as connection:
            driver = _driver_of(connection)
            # BEGIN is sent with the first statement, and again after a commit within: each of them binds.
            driver.begins_with = binding
            try:
                yield connection
                if self.watch is not None:
                    committed = await self.watch.before_commit(connection, tenant_id)
            finally:
                driver.begins_with = ""
        if committed is not None:
            # Whoever asked for it may have gone meanwhile; what is committed has to be told all the same.
            await asyncio.shield(asyncio.ensure_future(committed()))

    @asynccontextmanager
    async def lane(self, tenant_id: str, *, only_reads: bool = False) -> AsyncIterator[Lane]:
        """Runs a transaction with the tenant bound on the driver's own connection, for what has to be quick.

        What is written there is not watched: whoever writes what others have to know of tells them. Whoever only reads
        does not wait for the end of the transaction.
        """
        begin = f"BEGIN{' READ ONLY' if only_reads else ''}; {_binding(ids.to_uuid(tenant_id, 'ten'))}"
        async with self._translated():
            lane: Lane | None = await self._lanes.take()
            assert lane is not None
            is_sound = False
            try:
                await lane.execute(begin)
                try:
                    yield lane
                except Exception as error:
                    _raise_if_lost(lane, error)
                    if not lane.is_closed():
                        await lane.execute("ROLLBACK")
                        is_sound = True
                    raise
                if only_reads:
                    self._lanes.end(lane)
                    lane = None
                else:
                    await lane.execute("COMMIT")
                    is_sound = True
            finally:
                if lane is not None:
                    self._lanes.give(lane, is_sound=is_sound)

    async def aside(
        self, connection: AsyncConnection, tenant_id: str, reading: Callable[[AsyncConnection], Awaitable[T]]
    ) -> T:
        """Returns what a reading finds that takes long and need not be part of the running transaction of a tenant.

        Here it is one; with replicas (`kernel.storage.replicas`) it may be read there, and then once more here. It sees
        all that was committed before it began, wherever it reads.
        """
        return await reading(connection)

    async def lane_aside(self, tenant_id: str, reading: Callable[[Lane], Awaitable[T]]) -> T:
        """Returns what such a reading finds on a lane of its own."""
        async with self.lane(tenant_id, only_reads=True) as lane:
            return await reading(lane)

    async def fetch(self, tenant_id: str, statement: Alone, *given: object) -> list[asyncpg.Record]:
        """Returns the rows of one statement that is a transaction of its own, on the driver's own connection.

        As with a lane, what is written there is not watched.
        """
        tenant = str(ids.to_uuid(tenant_id, "ten"))
        async with self._translated():
            lane = await self._lanes.take()
            is_sound = False
            try:
                rows: list[asyncpg.Record] = await lane.fetch(statement.sql, *given, tenant)
                is_sound = True
            except Exception as error:
                _raise_if_lost(lane, error)
                # Nothing is left open on it by a statement that failed.
                is_sound = True
                raise
            finally:
                self._lanes.give(lane, is_sound=is_sound)
        return rows

    async def fetch_aside(self, tenant_id: str, statement: Alone, *given: object) -> list[asyncpg.Record]:
        """Returns the rows of such a statement that takes long; with replicas it may be read there."""
        return await self.fetch(tenant_id, statement, *given)

    async def read(self, tenant_id: str, reading: Callable[[AsyncConnection, UUID], Awaitable[T]]) -> T:
        """Runs what reads by one statement that binds by itself (`Statement.alone`): one round trip, and no more."""
        tenant = ids.to_uuid(tenant_id, "ten")
        async with self._translated(), self._begun() as connection:
            return await reading(connection, tenant)

    @asynccontextmanager
    async def without_tenant(self) -> AsyncIterator[AsyncConnection]:
        """Runs a transaction in which only tables without a tenant, and the functions that find one, can be reached."""
        async with self._translated(), self._begun() as connection:
            yield connection

    @asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncConnection]:
        """Lets each statement be a transaction of its own, as without a tenant; nothing begins or commits, which costs
        as much as the statement does.
        """
        async with self._translated(), self._single.connect() as connection:
            yield connection

    async def dedicated(self) -> asyncpg.Connection[asyncpg.Record]:
        """Opens a connection of the driver's own, outside the pool, for the one writer that must never wait for it."""
        opened: asyncpg.Connection[asyncpg.Record] = await connected(
            self.url,
            server_settings={"application_name": f"parley {self.url.username} writer"},
            command_timeout=30,
            **driver_options(pooled=self._pooled),
        )
        return opened

    async def _lane(self) -> Lane:
        settings = {"application_name": f"parley {self.url.username}"}
        if not self._pooled:
            # Its statements are few, ask by keys, and would take longer to plan than to carry out. A pooler takes no
            # settings, and keeps no plans either.
            settings |= {"plan_cache_mode": "force_generic_plan", "jit": "off"}
        return await open_lane(self.url, settings, pooled=self._pooled, command_timeout=30)

    async def check_role(self) -> None:
        """Raises RoleTooStrong where the connected role could step around row security."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_CHECK_ROLE)).one()
        if row.too_strong or row.owner:
            raise RoleTooStrong("the service's role is superuser, owner or BYPASSRLS; run `parley migrate`")

    async def close(self) -> None:
        """Closes the pool and the lanes."""
        await self.engine.dispose()
        await self._lanes.close()

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[AsyncConnection]:
        # What `engine.begin()` does, in fewer turns: nearly every call takes one of these. The last is committed and
        # given back at once; where something went wrong it is undone, and given back even if the caller is cancelled.
        connection = await self.engine.connect()
        try:
            transaction = _sync(connection).begin()
            try:
                yield connection
            except BaseException:
                await connection.run_sync(lambda _, *error: transaction.__exit__(*error), *sys.exc_info())
                raise
            await connection.run_sync(_finish, transaction)
        finally:
            if not connection.closed:
                # The toolkit itself drops one on which somebody was cancelled, but does not see what goes past it.
                if not connection.invalidated and _driver_of(connection).is_torn:
                    await connection.invalidate()
                await connection.__aexit__(None, None, None)

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            yield
        except (OperationalError, PoolTimeout, OSError, asyncpg.PostgresConnectionError) as error:
            raise _unavailable() from error
        except (DBAPIError, asyncpg.PostgresError) as error:
            # The driver's own errors come from lanes, and from what `kernel.storage.statements` runs on it.
            if getattr(error, "connection_invalidated", False) or _is_shutdown(state_of(error)):
                raise _unavailable() from error
            if state_of(error) in _UNDONE:
                raise _undone() from error
            if state_of(error) in _UNKEEPABLE:
                raise _unkeepable() from None
            raise


def _sync(connection: AsyncConnection) -> Connection:
    if connection.sync_connection is None:
        raise ValueError("the connection is not open")
    return connection.sync_connection


def _finish(connection: Connection, transaction: Transaction) -> None:
    transaction.__exit__(None, None, None)
    connection.close()


def _driver_of(connection: AsyncConnection) -> Lane:
    driver = _sync(connection).connection.driver_connection
    if not isinstance(driver, Lane):
        raise TypeError("the pool holds connections of another kind")
    return driver


def _raise_if_lost(lane: Lane, error: Exception) -> None:
    is_lost = lane.is_closed() and isinstance(error, asyncpg.InterfaceError)
    if is_lost or isinstance(error, asyncpg.InternalClientError):
        raise _unavailable() from error


def _unavailable() -> Unavailable:
    return Unavailable("STORAGE_UNAVAILABLE", "The database cannot be reached now. Nothing was kept; please try again.")


def _undone() -> Unavailable:
    return Unavailable(BUSY, "Somebody changed the same at this very moment. Nothing was kept; please try again.")


def _unkeepable() -> InvalidArgument:
    return InvalidArgument("TEXT_UNREADABLE", "A text holds a character that cannot be kept. Nothing was kept.")


def _is_shutdown(state: str) -> bool:
    # Class 57P (shutdown, crash) and 08 (connection) mean that the server went away, not that the statement was wrong.
    return state.startswith(("57P", "08", "53"))


def state_of(error: Exception) -> str:
    """Returns PostgreSQL's code of an error, whether the driver raised it or the toolkit above; empty for none."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""
