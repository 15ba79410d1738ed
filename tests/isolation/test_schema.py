"""The code declares exactly the schema that the migrations made, and says whose data each column holds."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from google.protobuf import descriptor_pool
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from kernel.config import SERVICES
from kernel.storage.database import driver_url
from tests.isolation import contract
from tests.isolation.world import TENANTLESS, World

#: What the database has and the code does not name: keys to other tables, and indexes, on whose being there no query
#: depends. Whatever the code does declare has to be there.
OF_THE_DATABASE = frozenset({"remove_index", "remove_fk"})


def _metadata(service: str) -> MetaData:
    for name in (f"services.{service}.store.tables", f"services.{service}.store"):
        try:
            found: MetaData = import_module(name).metadata
        except (ModuleNotFoundError, AttributeError):
            continue
        return found
    raise AssertionError(f"{service} declares no tables")


@pytest.mark.parametrize("service", SERVICES)
async def test_the_code_declares_the_schema_that_the_migrations_made(world: World, service: str) -> None:
    metadata = _metadata(service)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == service,
                "include_object": lambda each, name, kind, *_: kind != "table" or name != "migration",
            },
        )
        return list(compare_metadata(context, metadata))

    engine = create_async_engine(driver_url(world.owner_url))
    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(differences)
        assert [each for each in found if each[0] not in OF_THE_DATABASE] == []
    finally:
        await engine.dispose()


@pytest.mark.parametrize("service", SERVICES)
def test_every_column_names_the_field_whose_data_it_holds(service: str) -> None:
    # It has to know the whole contract, whichever tests came before this one.
    contract.committed()
    pool = descriptor_pool.Default()
    for table in _metadata(service).tables.values():
        for column in table.columns:
            held = column.info.get("field", "")
            if held.startswith("- "):
                assert len(held.split()) > 3, f"{table.fullname}.{column.name} needs a reason in words"
            else:
                message, _, name = held.rpartition(".")
                assert name in pool.FindMessageTypeByName(message).fields_by_name, f"{table.fullname}.{column.name}"
        assert table.fullname in TENANTLESS or "tenant_id" in {each.name for each in table.primary_key.columns}
