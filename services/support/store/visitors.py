"""Says what of a ticket a visitor is shown: what was sent, and none of what went on from there by mail.

Whoever types an address has not proved that it is theirs. The answers to it, and what was written from it, are shown to
whoever proves it; forgetting reaches both all the same, because that shows nothing.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, select

from services.support.domain.tickets import REQUEST


def was_sent(entries: Table) -> ColumnElement[bool]:
    """Returns the condition that an entry is the request itself."""
    return entries.c.kind == REQUEST


def went_along(files: Table) -> ColumnElement[bool]:
    """Returns the condition that a file came with the request."""
    entries = files.metadata.tables["support.entries"]
    sent = select(entries.c.id).where(entries.c.tenant_id == files.c.tenant_id, was_sent(entries))
    return files.c.entry_id.in_(sent)
