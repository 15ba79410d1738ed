"""Search under forced row security: by the index, and never into another tenant."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel import ids
from kernel.search import Search
from tests.kernel.conftest import Room

NOTES = Search("chat", "notes")
WRITE = text("INSERT INTO chat.notes (tenant_id, id, kind, title, body) VALUES (:tenant, :id, :kind, :title, :body)")


async def note(chat: Room, tenant: str, title: str, body: str | None = None, kind: int = 1) -> UUID:
    id_ = ids.new_uuid()
    async with chat.database.transaction(tenant) as connection:
        await connection.execute(
            WRITE, {"tenant": ids.to_uuid(tenant, "ten"), "id": id_, "kind": kind, "title": title, "body": body}
        )
    return id_


async def find(
    chat: Room, tenant: str, query: str, *, size: int = 10, before: UUID | None = None, **filters: object
) -> list[UUID]:
    async with chat.database.transaction(tenant) as connection:
        return await NOTES.find(connection, query, size=size, before=before, **filters)


async def test_words_are_found_in_every_text_without_accents_or_case(chat: Room, tenant: str) -> None:
    first = await note(chat, tenant, "Crème brûlée", "how to make it")
    second = await note(chat, tenant, "Order 1234", "The CREME was late; ask for a refund")
    third = await note(chat, tenant, "注文", None)
    assert await find(chat, tenant, "creme") == [second, first]
    assert await find(chat, tenant, "crème -refund") == [first]
    assert await find(chat, tenant, '"a refund"') == [second]
    assert await find(chat, tenant, "brulee or 1234") == [second, first]
    assert await find(chat, tenant, "注文") == [third]
    assert await find(chat, tenant, "") == []
    assert await find(chat, tenant, "'; & | ! <-> :*") == []


async def test_pages_follow_one_another_by_key_and_filters_hold(chat: Room, tenant: str) -> None:
    notes = [await note(chat, tenant, f"lamp {number}", kind=number % 2) for number in range(5)]
    # Two that were written in the same millisecond stand in either order, and keep it.
    latest = sorted(notes, reverse=True)
    page = await find(chat, tenant, "lamp", size=2)
    assert page == latest[:2]
    assert await find(chat, tenant, "lamp", size=5, before=page[-1]) == latest[2:]
    assert await find(chat, tenant, "lamp", kind=1) == sorted((notes[3], notes[1]), reverse=True)


async def test_another_tenants_rows_cannot_be_found(chat: Room, tenant: str) -> None:
    other = ids.new_id("ten")
    mine, theirs = await note(chat, tenant, "lamp"), await note(chat, other, "lamp")
    assert await find(chat, tenant, "lamp") == [mine]
    assert await find(chat, other, "lamp") == [theirs]


async def test_without_a_tenant_nothing_is_searched(chat: Room, tenant: str) -> None:
    await note(chat, tenant, "lamp")
    async with chat.database.without_tenant() as connection:
        with pytest.raises(DBAPIError, match="no tenant is bound"):
            await NOTES.find(connection, "lamp", size=1)
        await connection.rollback()


async def test_the_searching_role_is_nobodys_and_reads_no_more_than_it_must(
    chat: Room, privacy: Room, owner_url: str, tenant: str
) -> None:
    await note(chat, tenant, "lamp")
    async with privacy.database.transaction(tenant) as connection:
        with pytest.raises(DBAPIError, match="permission denied"):
            await NOTES.find(connection, "lamp", size=1)
        await connection.rollback()
    owner = await asyncpg.connect(owner_url)
    role = await owner.fetchrow(
        "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'parley_search'"
    )
    assert tuple(role) == (False, False, True)
    assert (
        await owner.fetchval("SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'search_notes' LIMIT 1")
        == "parley_search"
    )
    readable = await owner.fetch(
        "SELECT table_schema || '.' || table_name || '.' || column_name FROM information_schema.column_privileges "
        "WHERE grantee = 'parley_search' AND table_schema = 'chat'"
    )
    assert sorted(row[0] for row in readable) == [
        f"chat.notes.{column}" for column in ("body", "id", "kind", "tenant_id", "title")
    ]
    writable = await owner.fetchval(
        "SELECT count(*) FROM information_schema.column_privileges "
        "WHERE grantee = 'parley_search' AND privilege_type <> 'SELECT'"
    )
    assert writable == 0
    await owner.close()


async def test_a_search_among_many_rows_uses_its_index(chat: Room, owner_url: str, tenant: str) -> None:
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "INSERT INTO chat.notes SELECT $1::uuid, gen_random_uuid(), 1, 'note ' || n, 'one of ' || n % 10 || 'tenth' "
        "FROM generate_series(1, 20000) n",
        ids.to_uuid(tenant, "ten"),
    )
    used = "SELECT idx_scan FROM pg_stat_user_indexes WHERE schemaname = 'chat' AND indexrelname = 'notes_search'"
    await owner.execute("ANALYZE chat.notes")
    for query, expected in (("19876", 1), ("7tenth", 10)):
        before = await owner.fetchval(used)
        async with chat.database.transaction(tenant) as connection:
            assert len(await NOTES.find(connection, query, size=10)) == expected
            await connection.execute(text("SELECT pg_stat_force_next_flush()"))
        assert await owner.fetchval(used) == before + 1
        assert (
            await owner.fetchval(
                "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'notes' AND schemaname = 'chat'"
            )
            <= 1
        )
    await owner.close()


async def test_what_is_like_a_text_is_found_by_what_few_say_and_in_its_own_tenant(
    chat: Room, owner_url: str, tenant: str
) -> None:
    other, like = ids.new_id("ten"), text("SELECT hit FROM chat.similar_notes(:text, 3, p_kind => :kind)")
    owner = await asyncpg.connect(owner_url)
    # More rows than a word leads to, so that what everybody says is counted no further.
    await owner.execute(
        "INSERT INTO chat.notes SELECT $1::uuid, gen_random_uuid(), 2, 'how do i ' || n FROM generate_series(1, 900) n",
        ids.to_uuid(tenant, "ten"),
    )
    await owner.close()
    near = await note(chat, tenant, "How do I oil an old lamp", kind=2)
    far = await note(chat, tenant, "A lamp, and oil for it", kind=2)
    await note(chat, tenant, "where to sell a car")
    theirs = await note(chat, other, "How do I oil an old lamp", kind=2)

    async def likest(of: str, said: str, kind: int | None = None) -> list[UUID]:
        async with chat.database.transaction(of) as connection:
            return list((await connection.execute(like, {"text": said, "kind": kind})).scalars())

    assert await likest(tenant, "how do i oil my old lamp", 2) == [near, far]
    assert await likest(tenant, "how do i oil my old lamp", 1) == []
    assert await likest(other, "oil") == [theirs]
    assert len(await likest(tenant, "how do i")) == 3, "what has every word is like it, however many say them"
    assert await likest(tenant, "' \\ & :* () <->") == await likest(tenant, "") == []
