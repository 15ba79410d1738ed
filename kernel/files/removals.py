"""Removes the bytes of files whose records are gone, however a record went: erased, purged, or with what it belongs to.

The database itself enqueues the job, in the transaction in which the record goes, so that no way of deleting can forget
it. A file that is on its way in has such a job beforehand, due after the longest upload, which the transaction that
writes its record takes away: what was uploaded by halves, or by a process that died, goes as well.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.files.store import LONGEST_UPLOAD, Files
from kernel.hints import Hints
from kernel.jobs import Job, Jobs, Runner
from kernel.storage.schema import Ddl

JOB = "file.remove"
_UNKEPT_AFTER = 3 * LONGEST_UPLOAD


def follow_records(op: Ddl, schema: str, table: str, column: str = "file_key") -> None:
    """Has the database remove files with their records: for a service's migrations, once for each table with files."""
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION {schema}.remove_file() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO {schema}.jobs (
              tenant_id, id, kind, key, arguments, state, due_time, attempts, error, create_time)
            VALUES (OLD.tenant_id, gen_random_uuid(), '{JOB}', OLD.{column},
              jsonb_build_object('key', OLD.{column}), 1, to_timestamp(0), 0, '', statement_timestamp())
            ON CONFLICT DO NOTHING;
          RETURN NULL;
        END $$
        """  # noqa: S608 - Names of the migration's.
    )
    op.execute(
        f"CREATE TRIGGER {table}_files AFTER DELETE ON {schema}.{table} "
        f"FOR EACH ROW EXECUTE FUNCTION {schema}.remove_file()"
    )


class Removals:
    """One service's removal of files."""

    def __init__(self, files: Files, metadata: MetaData, hints: Hints) -> None:
        """Takes the files and the service's tables."""
        self._files = files
        self._jobs = Jobs(metadata, hints)

    async def expect(self, connection: AsyncConnection, tenant_id: str, key: str, now: datetime) -> None:
        """Notes, before the first byte, that a file is on its way in; without a record it goes again."""
        await self._jobs.enqueue(
            connection,
            JOB,
            tenant_id=tenant_id,
            now=now,
            arguments={"key": key},
            due=now + _UNKEPT_AFTER,
            key=key,
        )

    async def keep(self, connection: AsyncConnection, key: str) -> bool:
        """Keeps a file, in the transaction that writes its record; False where it took too long and is gone."""
        return await self._jobs.cancel(connection, JOB, key)

    def on(self, runner: Runner) -> None:
        """Has a service's runner remove files."""
        runner.on(JOB, self._remove, attempts=200)

    async def _remove(self, job: Job) -> None:
        await self._files.delete(job.tenant_id, str(job.arguments["key"]))
