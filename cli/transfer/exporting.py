"""Writes all that is one tenant's into a signed archive, as of one moment, after everybody had their time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import obstore

from cli.archive import ArchiveWriter, fingerprint, signing_key, size_text
from cli.deployment import Say, database_of, existing
from cli.dumps import backup_url, snapshot
from cli.services import METADATA
from cli.transfer import rows
from cli.transfer.announcing import find
from kernel import ids
from kernel.clock import Clock, SystemClock
from kernel.config import Config
from kernel.files import open_store

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
    async with snapshot(backup_url(owner_url, config.secret_key)) as (connection, _):
        announced = await find(connection, slug)
        announced.check(now)
        await rows.check_declared(connection)
        tenant = ids.to_uuid(announced.tenant_id, "ten")
        for table in rows.tables():
            measured[table.fullname] = await rows.measure(connection, table, tenant)
            with archive.file(f"{ROWS}/{table.fullname}.jsonl") as file:
                async for line in rows.rows_of(connection, table, tenant):
                    file.write(line)
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
