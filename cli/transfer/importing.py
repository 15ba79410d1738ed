"""Takes a tenant in from another deployment: whole, checked against the manifest, or not at all."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import obstore
import orjson
from sqlalchemy import Table

from cli.archive import Archive, ArchiveError, open_archive
from cli.deployment import Say, database_of, existing
from cli.dumps import Connection
from cli.services import METADATA
from cli.transfer import rows
from cli.transfer.codes import Codes, has_codes
from cli.transfer.exporting import FILES, KIND, ROWS
from kernel import ids
from kernel.clock import SystemClock
from kernel.config import Config
from kernel.files import open_store
from kernel.journal import LedgerHead, open_journal
from kernel.storage.connecting import owner_connection
from kernel.storage.database import bind_tenant_as_owner
from services.identity.domain import GRANTABLE_ROLES, PLATFORM_ROLES
from services.privacy.actions.ledger import noted_head
from services.privacy.actions.rights import Keys
from services.privacy.domain.ledger import Head

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
    connection: Connection = await owner_connection(owner_url, timeout=20)
    written: list[str] = []
    try:
        async with connection.transaction():
            # An administrator who is no superuser is held by row security as well.
            await bind_tenant_as_owner(connection, tenant)
            await _check(connection, archive, tenant, slug)
            for table in await rows.in_order(connection):
                await _load(connection, archive, table, slug, Codes(config.secret_key, archive.manifest["tenant_id"]))
            total = await _compare(connection, archive, tenant)
            say(f"Rows: {total}, every table equal to what was written into the archive")
            head = await _sign_ledger(connection, Keys(config.secret_key), tenant)
            stripped = await connection.fetchval(_STRIP, tenant, sorted(GRANTABLE_ROLES - PLATFORM_ROLES))
            if stripped:
                say(f"Accounts with powers over the whole platform that was left, which they lose here: {stripped}")
            await _put_files(config, archive, written)
            say(f"Files: {len(written)}")
            if head is not None:
                # From here on nobody cuts the ledger off unseen, on this deployment as on the one that was left.
                journal = open_journal(config, SystemClock())
                await journal.append(head)
                journal.close()
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


async def _load(connection: Connection, archive: Archive, table: Table, slug: str, codes: Codes) -> None:
    # Whatever an archive says, it writes into its own tenant only.
    changes: dict[str, Any] = {"tenant_id": str(ids.to_uuid(archive.manifest["tenant_id"], "ten"))}
    if table.fullname == "identity.tenants":
        changes["slug"] = slug
    read: list[dict[str, Any]] = []
    with archive.path(f"{ROWS}/{table.fullname}.jsonl").open("rb") as file:
        for line in file:
            row = orjson.loads(line) | changes
            if has_codes(table):
                codes.keep(table, row)
            read.append(row)
            if len(read) == rows.ROWS_AT_ONCE:
                await rows.write(connection, table, read)
                read.clear()
    if read:
        await rows.write(connection, table, read)


async def _compare(connection: Connection, archive: Archive, tenant: UUID) -> int:
    """Raises ArchiveError where what was written is not what was read."""
    expected: dict[str, dict[str, Any]] = archive.manifest["tables"]
    for table in rows.tables():
        if await rows.measure(connection, table, tenant) != expected.get(table.fullname):
            raise ArchiveError(f"{table.fullname} is not what was written into the archive. Nothing was changed.")
    return sum(int(each["rows"]) for each in expected.values())


async def _sign_ledger(connection: Connection, keys: Keys, tenant: UUID) -> LedgerHead | None:
    """Signs the end of the tenant's ledger, which the other deployment had signed with its own key."""
    row = await connection.fetchrow("SELECT * FROM privacy.ledger_heads WHERE tenant_id = $1", tenant)
    if row is None:
        return None
    head = Head(**row)
    head = replace(head, signature=keys.sign(head))
    await connection.execute(
        "UPDATE privacy.ledger_heads SET signature = $2 WHERE tenant_id = $1", tenant, head.signature
    )
    return noted_head(head)


async def _put_files(config: Config, archive: Archive, written: list[str]) -> None:
    store = open_store(config)
    for name in archive.named(FILES):
        path = name.removeprefix(f"{FILES}/")
        if path.partition("/")[0] != archive.manifest["tenant_id"]:
            raise ArchiveError(f"{name} is not of the company that the archive is about. Nothing was changed.")
        written.append(path)
        with archive.path(name).open("rb") as file:
            await obstore.put_async(store, path, file, chunk_size=_CHUNK)
