"""A transaction binds its tenant with BEGIN, whichever way its first statement goes, and leaves none of it behind."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel import ids
from kernel.errors import InvalidArgument, Unavailable
from kernel.storage.rows import maker
from kernel.storage.statements import Statement
from kernel.telemetry import traces
from tests.kernel.conftest import Room

WRITE = Statement(
    "INSERT INTO chat.notes (tenant_id, id, kind, title) VALUES (:tenant, CAST(:id AS uuid), 1, :title) RETURNING id"
)
READ = Statement("SELECT n.id, n.title, :said AS said FROM chat.notes n WHERE n.title <> CAST(:said AS text)")
PLAIN = text("SELECT title FROM chat.notes")
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'parley_chat' AND pid <> pg_backend_pid()"


async def write(chat: Room, tenant: str, title: str) -> UUID:
    async with chat.database.transaction(tenant) as connection:
        given = {"tenant": ids.to_uuid(tenant, "ten"), "id": ids.new_uuid(), "title": title}
        (row,) = await WRITE.rows(connection, given)
    written: UUID = row.id
    return written


async def titles(chat: Room, tenant: str, *, end: asyncpg.Connection[asyncpg.Record] | None = None) -> list[str]:
    """Returns all titles; `end` first cuts the connection on which they are read for a second time."""
    async with chat.database.transaction(tenant) as connection:
        rows = await READ.rows(connection, {"said": ""})
        if end is not None:
            await end.execute(END)
            rows = await READ.rows(connection, {"said": ""})
    return [row.title for row in rows]


async def test_both_ways_see_the_same_transaction_and_the_bound_tenants_rows_alone(chat: Room, tenant: str) -> None:
    mine = await write(chat, tenant, "mine")
    await write(chat, ids.new_id("ten"), "theirs")
    async with chat.database.transaction(tenant) as connection:
        (row,) = await READ.rows(connection, {"said": "hello"})
        assert (row.id, row[1], row.said) == (mine, "mine", "hello")
        assert not hasattr(row, "body")
        assert (await connection.execute(PLAIN)).scalars().all() == ["mine"]
        await connection.execute(text("UPDATE chat.notes SET title = 'changed'"))
        assert [row.title for row in await READ.rows(connection, {"said": ""})] == ["changed"]
    assert await titles(chat, tenant) == ["changed"]


async def test_a_transaction_that_goes_on_after_a_commit_is_bound_anew(chat: Room, tenant: str) -> None:
    await write(chat, tenant, "mine")
    async with chat.database.transaction(tenant) as connection:
        await connection.rollback()
        assert len(await READ.rows(connection, {"said": ""})) == 1
        await connection.rollback()
        assert (await connection.execute(PLAIN)).scalars().all() == ["mine"]


async def test_no_tenant_is_left_for_whoever_borrows_the_connection_next(chat: Room, tenant: str) -> None:
    await write(chat, tenant, "mine")
    async with chat.database.transaction(tenant):
        # Nothing is asked, so that not even BEGIN is sent.
        pass
    assert await titles(chat, tenant) == ["mine"]
    async with chat.database.without_tenant() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="no tenant is bound"):
            await READ.rows(connection, {"said": ""})
    async with chat.database.without_tenant() as connection:
        with pytest.raises(DBAPIError, match="no tenant is bound"):
            await connection.execute(PLAIN)


async def alone(chat: Room, tenant: str) -> list[str]:
    """Returns all titles as a statement reads them that is a transaction of its own."""
    rows = await chat.database.read(
        tenant, lambda connection, tenant_id: READ.alone(connection, tenant_id, {"said": ""})
    )
    return [row.title for row in rows]


async def test_a_reading_alone_binds_its_tenant_for_itself(chat: Room, tenant: str, owner_url: str) -> None:
    other = ids.new_id("ten")
    await write(chat, tenant, "mine")
    await write(chat, other, "theirs")
    for _ in range(10):
        # The driver and the planner change their ways after some times.
        assert await alone(chat, tenant) == ["mine"]
        assert await alone(chat, other) == ["theirs"]
        assert await alone(chat, ids.new_id("ten")) == []
    async with chat.database.without_tenant() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="no tenant is bound"):
            await READ.rows(connection, {"said": ""})
    with pytest.raises(ValueError, match="what writes"):
        await chat.database.read(tenant, lambda connection, tenant_id: WRITE.alone(connection, tenant_id, {}))
    owner = await asyncpg.connect(owner_url)
    await owner.execute(END)
    await owner.close()
    with pytest.raises(Unavailable):
        await alone(chat, tenant)
    assert await alone(chat, tenant) == ["mine"]


async def test_what_fails_undoes_all_of_it(chat: Room, tenant: str) -> None:
    given = {"tenant": ids.to_uuid(tenant, "ten"), "id": ids.new_uuid(), "title": "twice"}

    async def twice() -> None:
        async with chat.database.transaction(tenant) as connection:
            await WRITE.rows(connection, given)
            await WRITE.rows(connection, given)

    with pytest.raises(asyncpg.UniqueViolationError):
        await twice()
    with pytest.raises(InvalidArgument):
        await write(chat, tenant, "no such \x00 letter")
    assert await titles(chat, tenant) == []


async def test_a_lost_server_is_told_and_the_pool_heals(chat: Room, tenant: str, owner_url: str) -> None:
    await write(chat, tenant, "mine")
    owner = await asyncpg.connect(owner_url)
    try:
        with pytest.raises(Unavailable):
            await titles(chat, tenant, end=owner)
        assert await titles(chat, tenant) == ["mine"]
        await owner.execute(END)
        with pytest.raises(Unavailable):
            # Whoever comes next finds the connection closed, at the latest with the first statement.
            await titles(chat, tenant)
        assert await titles(chat, tenant) == ["mine"]
    finally:
        await owner.close()


async def test_a_statement_is_a_span_without_its_text(chat: Room, tenant: str) -> None:
    with traces.recorded() as spans:
        async with chat.database.transaction(tenant) as connection:
            await READ.rows(connection, {"said": "canary"})
        found = [each for each in spans.get_finished_spans() if each.name.startswith("sql")]
    assert [each.name for each in found] == ["sql SELECT"]
    assert "canary" not in "".join(each.to_json() for each in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    number: int
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    number: int

    def __post_init__(self) -> None:
        raise ValueError


def test_rows_become_what_their_own_constructor_would_make() -> None:
    make = maker(Page, ("words", "number"))
    assert make(("hello", 7, "and what else is in the row")) == Page(number=7, words="hello")
    with pytest.raises(ValueError, match="are not the fields"):
        maker(Page, ("number",))
    with pytest.raises(ValueError, match="are not the fields"):
        maker(Counted, ("number",))


async def test_a_single_statement_is_a_transaction_of_its_own(chat: Room) -> None:
    async with chat.database.single() as connection:
        moved = [await connection.exec_driver_sql("SELECT pg_current_xact_id()::text") for _ in range(2)]
        assert len({each.scalar_one() for each in moved}) == 2
