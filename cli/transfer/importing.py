"""Takes a tenant in from another deployment: whole, checked against the manifest, or not at all."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import obstore
from sqlalchemy import Table

from cli.archive import Archive, ArchiveError, open_archive
from cli.deployment import Say, database_of, existing
from cli.dumps import Connection, plain
from cli.services import METADATA
from cli.transfer import rows
from cli.transfer.exporting import FILES, KIND, ROWS
from kernel import ids
from kernel.config import Config
from kernel.files import open_store
from kernel.storage.database import driver_url
from services.identity.domain import GRANTABLE_ROLES, PLATFORM_ROLES

# Nobody on another deployment's staff is above the companies of this one.
_STRIP = """
    WITH stripped AS (
      UPDATE identity.staff SET roles = ARRAY(SELECT role FROM unnest(roles) role WHERE role = ANY ($2::integer[]))
      WHERE tenant_id = $1 AND NOT roles <@ $2::integer[] RETURNING 1
    )
    SELECT count(*) FROM stripped
"""
_CHUNK = 256 * 1024
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def import_tenant(config: Config, folder: Path, signer: str, say: Say, *, slug: str = "") -> None:
    """Takes a tenant in, under another short name where one is given; raises ArchiveError where nothing was changed.

    `signer` is the key that the other deployment's people told, not the one that the archive brings along.
    """
    config = existing(config)
    archive = open_archive(folder, KIND)
    if archive.signer != signer.strip().lower():
        raise ArchiveError(
            "The archive was signed by another key than the one that you were told. Nothing was changed; ask the other "
            "side again, by another way than the one on which the archive came."
        )
    archive.check_files()
    slug = slug or archive.manifest["slug"]
    if not _SLUG.fullmatch(slug):
        raise ArchiveError("A short name has at most 63 small letters, digits and hyphens. Nothing was changed.")
    with database_of(config, say) as owner_url:
        asyncio.run(_take_in(config, owner_url, archive, slug, say))
    say(f"Taken in as {slug}. People's credentials, choices and requests are good here from now on.")


async def _take_in(config: Config, owner_url: str, archive: Archive, slug: str, say: Say) -> None:
    tenant = ids.to_uuid(archive.manifest["tenant_id"], "ten")
    connection: Connection = await asyncpg.connect(dsn=plain(driver_url(owner_url)), timeout=20)
    written: list[str] = []
    try:
        async with connection.transaction():
            # An administrator who is no superuser is held by row security as well.
            await connection.execute("SELECT set_config('app.tenant', $1, true)", str(tenant))
            await _check(connection, archive, tenant, slug)
            for table in await rows.in_order(connection):
                await _load(connection, archive, table, slug)
            total = await _compare(connection, archive, tenant)
            say(f"Rows: {total}, every table equal to what was written into the archive")
            stripped = await connection.fetchval(_STRIP, tenant, sorted(GRANTABLE_ROLES - PLATFORM_ROLES))
            if stripped:
                say(f"Accounts with powers over the whole platform that was left, which they lose here: {stripped}")
            await _put_files(config, archive, written)
            say(f"Files: {len(written)}")
    except BaseException:
        store = open_store(config)
        for path in written:
            await obstore.delete_async(store, path)
        raise
    finally:
        await connection.close()


async def _check(connection: Connection, archive: Archive, tenant: UUID, slug: str) -> None:
    await rows.check_declared(connection)
    for service, revision in archive.manifest["revisions"].items():
        here = None
        if service in METADATA:
            here = await connection.fetchval(f"SELECT version_num FROM {service}.migration")  # noqa: S608 - Ours.
        if here != revision:
            raise ArchiveError(
                f"The archive holds {service} at {revision}, and this deployment is at {here or 'nothing of it'}. "
                "Nothing was changed; bring both to the same release first."
            )
    taken = await connection.fetchval(
        "SELECT slug FROM identity.tenants WHERE tenant_id = $1 OR slug = $2", tenant, slug
    )
    if taken is not None:
        raise ArchiveError(
            f"There is a company called {taken} here already. Nothing was changed; if it is another one, give a new "
            "short name with --slug."
        )


async def _load(connection: Connection, archive: Archive, table: Table, slug: str) -> None:
    # Whatever an archive says, it writes into its own tenant only.
    changes: dict[str, Any] = {"tenant_id": str(ids.to_uuid(archive.manifest["tenant_id"], "ten"))}
    if table.fullname == "identity.tenants":
        changes["slug"] = slug
    lines: list[bytes] = []
    with archive.path(f"{ROWS}/{table.fullname}.jsonl").open("rb") as file:
        for line in file:
            lines.append(line)
            if len(lines) == rows.ROWS_AT_ONCE:
                await rows.write(connection, table, lines, changes)
                lines.clear()
    if lines:
        await rows.write(connection, table, lines, changes)


async def _compare(connection: Connection, archive: Archive, tenant: UUID) -> int:
    """Raises ArchiveError where what was written is not what was read; a row of another tenant is a difference too."""
    expected: dict[str, dict[str, Any]] = archive.manifest["tables"]
    total = 0
    for table in rows.tables():
        if table.fullname == "identity.tenants":
            found = {"rows": (await rows.measure(connection, table, tenant))["rows"]}
            wanted: dict[str, Any] = {"rows": expected[table.fullname]["rows"]}
        else:
            found, wanted = await rows.measure(connection, table, tenant), expected[table.fullname]
        if found != wanted:
            raise ArchiveError(f"{table.fullname} is not what was written into the archive. Nothing was changed.")
        total += int(wanted["rows"])
    return total


async def _put_files(config: Config, archive: Archive, written: list[str]) -> None:
    store = open_store(config)
    for name in archive.named(FILES):
        path = name.removeprefix(f"{FILES}/")
        if path.partition("/")[0] != archive.manifest["tenant_id"]:
            raise ArchiveError(f"{name} is not of the company that the archive is about. Nothing was changed.")
        written.append(path)
        with archive.path(name).open("rb") as file:
            await obstore.put_async(store, path, file, chunk_size=_CHUNK)
