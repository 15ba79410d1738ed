"""Runs statements of ours on the driver itself, inside a transaction of `kernel.storage.database`.

What SQLAlchemy does around a statement costs more than PostgreSQL takes for most. A page that somebody waits for
is read by one statement, made once with the module, whose rows come as the driver gives them. It is the same
transaction: the tenant is bound with its BEGIN, row security holds, and what else is executed in it sees the same.
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
from kernel.telemetry import traces

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
        self._operation = words.split(None, 1)[0].upper()
        self._within = _compiled(words)
        self._alone = _compiled(bound_alone(words)) if self._operation in ("SELECT", "WITH") else None

    async def rows(self, connection: AsyncConnection, given: Mapping[str, object]) -> list[Any]:
        """Runs it in the running transaction and returns its rows, each a `Row`."""
        return await self._run(connection, self._within, given, begin=True)

    async def alone(self, connection: AsyncConnection, tenant_id: UUID, given: Mapping[str, object]) -> list[Any]:
        """Returns the rows that it reads for a tenant, as a transaction of its own, within `Database.read`."""
        if self._alone is None:
            raise ValueError("what writes is part of a transaction")
        return await self._run(connection, self._alone, {**given, "bound": str(tenant_id)}, begin=False)

    async def _run(
        self, connection: AsyncConnection, compiled: _Compiled, given: Mapping[str, object], *, begin: bool
    ) -> list[Any]:
        if connection.sync_connection is None:
            raise ValueError("the connection is not open")
        adapted: Any = connection.sync_connection.connection.dbapi_connection
        driver = adapted.driver_connection
        with traces.statement(self._operation):
            try:
                # As SQLAlchemy begins with the first statement, which here does not pass it.
                if begin and adapted._transaction is None:
                    await adapted._start_transaction()
                arguments = [given[name] for name in compiled.names]
                rows: list[Any] = await driver.fetch(compiled.sql, *arguments, record_class=Row)
            except Exception:
                if driver.is_closed():
                    # SQLAlchemy takes what is lost out of its pool, and raises what it does for every statement.
                    await connection.exec_driver_sql("SELECT 1")
                raise
        return rows


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    names: tuple[str, ...]


def _compiled(words: str) -> _Compiled:
    compiled: Any = text(words).compile(dialect=_DIALECT)
    return _Compiled(str(compiled), tuple(compiled.positiontup or ()))
