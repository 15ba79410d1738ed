"""What the database has, the services declare, column by column: what nobody declared fails the build."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from cli.services import METADATA
from kernel.storage.coverage import EXCLUDED, live_columns, undeclared
from kernel.storage.database import driver_url
from tests.platform import Platform


async def found(platform: Platform, *changes: str) -> list[str]:
    """Returns what is not declared, in the migrated database with some changes, which are undone."""
    engine = create_async_engine(driver_url(platform.config.database_url))
    try:
        async with engine.connect() as connection:
            for change in changes:
                await connection.execute(text(change))
            return undeclared(await live_columns(connection), METADATA.values())
    finally:
        await engine.dispose()


async def test_every_column_of_the_migrated_database_is_declared(platform: Platform) -> None:
    assert await found(platform) == []
    assert all(len(why.split()) > 4 for why in EXCLUDED.values())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            "ALTER TABLE chat.conversations ADD COLUMN shoe_size integer",
            "chat.conversations.shoe_size: a column that no service declares",
        ),
        ("CREATE TABLE identity.friends (name text)", "identity.friends: a table that no service declares"),
        ("CREATE TABLE public.notes (name text)", "public.notes: a table that no service declares"),
        ("CREATE TABLE app.notes (name text)", "app.notes: a table that no service declares"),
        (
            "CREATE VIEW privacy.names AS SELECT display_name FROM chat.conversations",
            "privacy.names: a table that no service declares",
        ),
        (
            "CREATE MATERIALIZED VIEW chat.names AS SELECT body FROM chat.messages WITH NO DATA",
            "chat.names: a table that no service declares",
        ),
    ],
)
async def test_what_nobody_declared_is_found(platform: Platform, change: str, complaint: str) -> None:
    assert await found(platform, change) == [complaint]


async def test_a_table_of_a_schema_that_no_service_has_is_found(platform: Platform) -> None:
    wanted = ["extra.migration: a table that no service declares"]
    assert await found(platform, "CREATE SCHEMA extra", "CREATE TABLE extra.migration (version text)") == wanted
