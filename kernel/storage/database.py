"""Connects a service to PostgreSQL under its own role, and binds the tenant.

`bind_tenant` is the only place where a tenant reaches the database, and it reaches it for one transaction: a setting
that outlived its transaction would leak into the next checkout. Row security on every table reads it and raises
without it.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kernel import ids
from kernel.errors import InvalidArgument, Unavailable
from kernel.identity.tokens import derive_key
from kernel.telemetry import traces

TENANT_SETTING = "app.tenant"
# PostgreSQL keeps every character of Unicode but one, NUL, which no person types.
_UNKEEPABLE = frozenset({"22021", "22P05"})
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


class RoleTooStrong(Exception):
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
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def connect(*_: Any, **__: Any) -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(
            dsn=dsn, server_settings={"application_name": application}, timeout=10, **driver_options(pooled=pooled)
        )

    # What the dialect reads of the address is not needed, and what it is told here is not the driver's.
    arguments: dict[str, Any] = {"async_creator_fn": connect}
    if pooled:
        arguments |= {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str}
    return create_async_engine(url, connect_args=arguments, **options)


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


async def bind_tenant_as_owner(connection: asyncpg.Connection[asyncpg.Record], tenant_id: UUID) -> None:
    """Binds the tenant, until the transaction ends, for the deployment's owner, who works without a service."""
    await connection.execute(_BIND.text.replace(":tenant", "$1"), str(tenant_id))


class Database:
    """One service's way to its schema."""

    def __init__(self, url: URL, *, pool_size: int = 10, pool_timeout: float = 5.0, pooled: bool = False) -> None:
        """Opens a pool of `pool_size` connections; a caller waits `pool_timeout` seconds for one at most.

        `pooled` says that they lead to a pool of transactions and not to the server itself.
        """
        self.url = url
        self._pooled = pooled
        self.engine: AsyncEngine = make_engine(
            url,
            application=f"parley {url.username}",
            pooled=pooled,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_timeout,
            pool_pre_ping=False,
        )
        traces.watch_engine(self.engine)

    @asynccontextmanager
    async def transaction(self, tenant_id: str) -> AsyncIterator[AsyncConnection]:
        """Runs a transaction with the tenant bound; an unreachable database becomes Unavailable."""
        async with self._translated(), self.engine.begin() as connection:
            await bind_tenant(connection, tenant_id)
            yield connection

    @asynccontextmanager
    async def without_tenant(self) -> AsyncIterator[AsyncConnection]:
        """Runs a transaction in which only tables without a tenant, and the functions that find one, can be reached."""
        async with self._translated(), self.engine.begin() as connection:
            yield connection

    async def dedicated(self) -> asyncpg.Connection[asyncpg.Record]:
        """Opens a connection of the driver's own, outside the pool, for the one writer that must never wait for it."""
        return await asyncpg.connect(
            dsn=self.url.set(drivername="postgresql").render_as_string(hide_password=False),
            server_settings={"application_name": f"parley {self.url.username} writer"},
            timeout=10,
            command_timeout=30,
            **driver_options(pooled=self._pooled),
        )

    async def check_role(self) -> None:
        """Raises RoleTooStrong where the connected role could step around row security."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_CHECK_ROLE)).one()
        if row.too_strong or row.owner:
            raise RoleTooStrong("the service's role is superuser, owner or BYPASSRLS; run `parley migrate`")

    async def close(self) -> None:
        """Closes the pool."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            yield
        except (OperationalError, PoolTimeout, OSError, asyncpg.PostgresConnectionError) as error:
            raise _unavailable() from error
        except DBAPIError as error:
            if error.connection_invalidated or _is_shutdown(error):
                raise _unavailable() from error
            if _state(error) in _UNKEEPABLE:
                raise InvalidArgument(
                    "TEXT_UNREADABLE", "A text holds a character that cannot be kept. Nothing was kept."
                ) from None
            raise


def _unavailable() -> Unavailable:
    return Unavailable("STORAGE_UNAVAILABLE", "The database cannot be reached now. Nothing was kept; please try again.")


def _is_shutdown(error: DBAPIError) -> bool:
    # Class 57P (shutdown, crash) and 08 (connection) mean that the server went away, not that the statement was wrong.
    return _state(error).startswith(("57P", "08", "53"))


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""
