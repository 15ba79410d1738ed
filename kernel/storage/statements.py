"""Runs statements of ours on the driver itself, inside a transaction of `kernel.storage.database`.

What SQLAlchemy does around a statement costs more than PostgreSQL takes for most. A page that somebody waits for
is read by one statement, made once with the module, whose rows come as the driver gives them. It runs on a lane, or
on the one below a transaction of SQLAlchemy's, and is part of that: the tenant is bound with its BEGIN, row security
holds, and what else is executed in it sees the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.storage.database import bound_alone
from kernel.storage.lanes import Lane

_DIALECT: Any = dialect.dialect()  # type: ignore[no-untyped-call]  # So it is over there.


class Row(asyncpg.Record):  # type: ignore[misc]  # The driver comes without types.
    """A row, whose columns are read by their names or, as in a tuple, by their places."""

    def __getattr__(self, name: str) -> Any:
        """Returns a column."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Statement:
    """A statement with arguments by name, `:name`, and with nothing in it that anybody typed."""

    def __init__(self, words: str) -> None:
        """Takes the statement in SQL; where an argument's type is not plain from its place, it is cast there."""
        is_reading = words.split(None, 1)[0].upper() in ("SELECT", "WITH")
        self._within = _compiled(words)
        self._alone = _compiled(bound_alone(words)) if is_reading else None

    async def rows(self, connection: AsyncConnection | Lane, given: Mapping[str, object]) -> list[Any]:
        """Runs it in the running transaction and returns its rows, each a `Row`."""
        if isinstance(connection, Lane):
            return await _fetched(connection, self._within, given)
        return await _below(connection, self._within, given, begin=True)

    async def alone(self, connection: AsyncConnection, tenant_id: UUID, given: Mapping[str, object]) -> list[Any]:
        """Returns the rows that it reads for a tenant, as a transaction of its own, within `Database.read`."""
        if self._alone is None:
            raise ValueError("what writes is part of a transaction")
        return await _below(connection, self._alone, {**given, "bound": str(tenant_id)}, begin=False)


async def _below(
    connection: AsyncConnection, compiled: _Compiled, given: Mapping[str, object], *, begin: bool
) -> list[Any]:
    """Runs a statement on the lane below a transaction of SQLAlchemy's."""
    if connection.sync_connection is None:
        raise ValueError("the connection is not open")
    adapted: Any = connection.sync_connection.connection.dbapi_connection
    lane: Lane = adapted.driver_connection
    try:
        # SQLAlchemy sends BEGIN with the first statement that passes it, for which this one does not wait. It has no
        # public name for that.
        if begin and adapted._transaction is None:
            await adapted._start_transaction()
        return await _fetched(lane, compiled, given)
    except Exception:
        if lane.is_closed():
            # SQLAlchemy takes what is lost out of its pool, and raises what it does for every statement.
            await connection.exec_driver_sql("SELECT 1")
        raise


async def _fetched(lane: Lane, compiled: _Compiled, given: Mapping[str, object]) -> list[Any]:
    return await lane.fetch(compiled.sql, *[given[name] for name in compiled.names], record_class=Row)


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    names: tuple[str, ...]


def _compiled(words: str) -> _Compiled:
    compiled: Any = text(words).compile(dialect=_DIALECT)
    return _Compiled(str(compiled), tuple(compiled.positiontup or ()))
