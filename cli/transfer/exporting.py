"""Writes all that is one tenant's into a signed archive, as of one moment, after everybody had their time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import obstore
import orjson
from parley.privacy.v1.request_pb2 import SubjectRequest

from cli.archive import ArchiveError, ArchiveWriter, fingerprint, signing_key, size_text
from cli.deployment import Say, database_of, existing
from cli.dumps import Connection, backup_url, snapshot
from cli.services import METADATA
from cli.transfer import rows
from cli.transfer.announcing import Announced, find
from cli.transfer.codes import Codes, has_codes
from kernel import ids
from kernel.clock import Clock, SystemClock
from kernel.config import Config
from kernel.files import open_store
from kernel.journal import open_journal
from kernel.storage import Database, runtime_url
from services.privacy.actions.ledger import append_transfer, noted_head
from services.privacy.actions.rights import Keys

KIND = "parley tenant 1"
USE = "tenant"
ROWS, FILES = "rows", "files"


def export_tenant(config: Config, slug: str, folder: Path, say: Say, *, clock: Clock | None = None) -> None:
    """Writes a tenant's data into a new folder; raises ArchiveError before the day that was announced, and otherwise.

    The data stay where they are, until the tenant is closed there.
    """
    config, clock = existing(config), clock or SystemClock()
    with ArchiveWriter(folder) as archive, database_of(config, say) as owner_url:
        asyncio.run(_fill(config, owner_url, slug, archive, clock, say))
    key = fingerprint(signing_key(config.secret_key, USE).public_key())
    say(f"Written into {archive.folder}: {size_text(archive.size)}. It holds what people said, so carry it sealed.")
    say("Tell the other side this key by another way than the archive; the import asks for it:")
    say(f"  {key}")


async def _fill(config: Config, owner_url: str, slug: str, archive: ArchiveWriter, clock: Clock, say: Say) -> None:
    now = clock.now()
    measured: dict[str, dict[str, int | str]] = {}
    url = backup_url(owner_url, config.secret_key)
    async with snapshot(url) as (connection, _):
        announced = await find(connection, slug)
        announced.check(now)
        await rows.check_declared(connection)
        await _check_nobody_waits(connection, announced)
    await _enter(config, owner_url, announced.tenant_id, clock)
    async with snapshot(url) as (connection, _):
        tenant = ids.to_uuid(announced.tenant_id, "ten")
        codes = Codes(config.secret_key, announced.tenant_id)
        for table in rows.tables():
            measured[table.fullname] = await rows.measure(connection, table, tenant)
            with archive.file(f"{ROWS}/{table.fullname}.jsonl") as file:
                async for row in rows.rows_of(connection, table, tenant):
                    if has_codes(table):
                        codes.carry(table, row)
                    file.write(orjson.dumps(row) + b"\n")
        revisions = {
            service: await connection.fetchval(f"SELECT version_num FROM {service}.migration")  # noqa: S608 - Ours.
            for service in METADATA
        }
    say(f"Rows: {sum(int(each['rows']) for each in measured.values())}, in {len(measured)} tables")
    count = 0
    async for page in obstore.list(open_store(config), prefix=announced.tenant_id, chunk_size=500):
        for each in page:
            # What came in after the snapshot belongs to no record in it.
            if each["last_modified"] > now + timedelta(seconds=1):
                continue
            found = await obstore.get_async(open_store(config), each["path"])
            with archive.file(f"{FILES}/{each['path']}") as file:
                async for chunk in found.stream():
                    file.write(bytes(chunk))
            count += 1
    say(f"Files: {count}")
    archive.finish(
        {
            "kind": KIND,
            "time": now.isoformat(),
            "tenant_id": announced.tenant_id,
            "slug": slug,
            "recipient": announced.recipient,
            "announced": announced.day.isoformat() if announced.day else "",
            "tables": measured,
            "revisions": revisions,
        },
        signing_key(config.secret_key, USE),
    )


async def _check_nobody_waits(connection: Connection, announced: Announced) -> None:
    """Raises ArchiveError while somebody who asked in time to be erased still waits for it."""
    waiting = await connection.fetchval(
        "SELECT count(*) FROM privacy.requests WHERE tenant_id = $1 AND kind = $2 AND state = ANY ($3)",
        ids.to_uuid(announced.tenant_id, "ten"),
        SubjectRequest.KIND_ERASE,
        [SubjectRequest.STATE_RUNNING, SubjectRequest.STATE_WAITING],
    )
    if waiting:
        raise ArchiveError(
            f"People who asked to be erased and still wait for it: {waiting}. Nothing was written; their requests come "
            "first (Console, Privacy)."
        )


async def _enter(config: Config, owner_url: str, tenant_id: str, clock: Clock) -> None:
    """Enters into the tenant's ledger that its data are handed over, before they are; so the archive has it as well."""
    database = Database(runtime_url(owner_url, config.secret_key, "privacy"))
    try:
        async with database.transaction(tenant_id) as connection:
            head = await append_transfer(connection, Keys(config.secret_key), tenant_id, clock.now())
    finally:
        await database.close()
    journal = open_journal(config, clock)
    await journal.append(noted_head(head))
    journal.close()
