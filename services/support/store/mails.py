"""Keeps mailboxes, and how tickets go on by mail."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.support.store.tables import mailboxes, ticket_mails, tickets

_b, _m = mailboxes.c, ticket_mails.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An address at which requests are taken."""

    id: UUID
    local_part: str
    queue_id: UUID | None
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMail:
    """How one ticket goes on by mail."""

    ticket_id: UUID
    fingerprint: bytes
    last_message_id: str
    create_time: datetime


async def list_mailboxes(connection: AsyncConnection, tenant_id: UUID) -> list[Mailbox]:
    """Returns a tenant's mailboxes."""
    query = select(_b.id, _b.local_part, _b.queue_id, _b.create_time).where(_b.tenant_id == tenant_id).order_by(_b.id)
    return [Mailbox(**row._mapping) for row in await connection.execute(query)]


async def find_mailbox(connection: AsyncConnection, tenant_id: UUID, local_part: str) -> Mailbox | None:
    """Returns the mailbox of an address, or None."""
    query = select(_b.id, _b.local_part, _b.queue_id, _b.create_time).where(
        _b.tenant_id == tenant_id, _b.local_part == local_part
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Mailbox(**row._mapping)


async def add_mailbox(connection: AsyncConnection, tenant_id: UUID, made: Mailbox) -> bool:
    """Adds a mailbox; False where its address is taken."""
    done = await connection.execute(
        insert(mailboxes).values(tenant_id=tenant_id, **asdict(made)).on_conflict_do_nothing()
    )
    return done.rowcount == 1


async def delete_mailbox(connection: AsyncConnection, tenant_id: UUID, mailbox_id: UUID) -> None:
    """Deletes a mailbox, where there is one."""
    await connection.execute(delete(mailboxes).where(_b.tenant_id == tenant_id, _b.id == mailbox_id))


async def claim_mail(connection: AsyncConnection, tenant_id: UUID, made: TicketMail) -> TicketMail:
    """Returns how a ticket goes on by mail, begun now where it did not yet."""
    await connection.execute(insert(ticket_mails).values(tenant_id=tenant_id, **asdict(made)).on_conflict_do_nothing())
    query = select(_m.ticket_id, _m.fingerprint, _m.last_message_id, _m.create_time).where(
        _m.tenant_id == tenant_id, _m.ticket_id == made.ticket_id
    )
    return TicketMail(**(await connection.execute(query)).one()._mapping)


async def find_mail(connection: AsyncConnection, tenant_id: UUID, fingerprint: bytes) -> TicketMail | None:
    """Returns the ticket that is answered at an address, or None."""
    query = select(_m.ticket_id, _m.fingerprint, _m.last_message_id, _m.create_time).where(
        _m.tenant_id == tenant_id, _m.fingerprint == fingerprint
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else TicketMail(**row._mapping)


async def note_message(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, message_id: str) -> None:
    """Notes the last mail of a ticket's thread."""
    if message_id:
        await connection.execute(
            update(ticket_mails)
            .where(_m.tenant_id == tenant_id, _m.ticket_id == ticket_id)
            .values(last_message_id=message_id)
        )


async def count_opened(
    connection: AsyncConnection, tenant_id: UUID, requester_id: UUID, source: int, since: datetime
) -> int:
    """Returns how many tickets somebody opened on a way since a moment."""
    t = tickets.c
    query = select(func.count()).where(
        t.tenant_id == tenant_id, t.requester_id == requester_id, t.source == source, t.create_time >= since
    )
    return int((await connection.execute(query)).scalar_one())
