"""Lists the tables that the kernel keeps in every service's schema."""

from __future__ import annotations

from parley.subject.v1 import subject_pb2
from sqlalchemy import MetaData

from kernel import jobs, settings
from kernel.events import cursor_table, inbox_table, outbox_table
from kernel.privacy import access, seals
from kernel.storage import idempotency, leftovers


def kernel_tables(metadata: MetaData, *, record: str = "cnv", subject: int = subject_pb2.SUBJECT_KIND_VISITOR) -> None:
    """Declares the kernel's tables in a service's schema, as `kernel.storage.schema` creates them.

    `record` begins the ids of those records whose readings are recorded, `subject` is the kind of whom they are about.
    """
    idempotency.table(metadata)
    access.table(metadata, record=record, subject=subject)
    seals.table(metadata)
    leftovers.table(metadata)
    outbox_table(metadata)
    inbox_table(metadata)
    cursor_table(metadata)
    jobs.table(metadata)
    settings.table(metadata)
    settings.changes_table(metadata)
