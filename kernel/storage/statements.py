"""Runs statements of ours on the driver itself, inside a transaction of `kernel.storage.database`.

What SQLAlchemy does around a statement costs more than PostgreSQL takes for most. A page that somebody waits for
is read by one statement, made once with the module, whose rows come as the driver gives them. It is the same
transaction: the tenant is bound with its BEGIN, row security holds, and what else is executed in it sees the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.ext.asyncio import AsyncConnection

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
        compiled: Any = text(words).compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._names: Sequence[str] = tuple(compiled.positiontup or ())
        self._operation = words.split(None, 1)[0].upper()

    async def rows(self, connection: AsyncConnection, given: Mapping[str, object]) -> list[Any]:
        """Runs it in the running transaction and returns its rows, each a `Row`."""
        if connection.sync_connection is None:
            raise ValueError("the connection is not open")
        adapted: Any = connection.sync_connection.connection.dbapi_connection
        driver = adapted.driver_connection
        with traces.statement(self._operation):
            try:
                # As SQLAlchemy begins with the first statement, which here does not pass it.
                if adapted._transaction is None:
                    await adapted._start_transaction()
                arguments = [given[name] for name in self._names]
                rows: list[Any] = await driver.fetch(self._sql, *arguments, record_class=Row)
            except Exception:
                if driver.is_closed():
                    # SQLAlchemy takes what is lost out of its pool, and raises what it does for every statement.
                    await connection.exec_driver_sql("SELECT 1")
                raise
        return rows
