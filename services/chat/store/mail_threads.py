"""Keeps how conversations go on by mail, and the mails that wait for a person's decision."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain import OPERATOR, TEXT
from services.chat.store.tables import held_mails, mail_threads, messages

_t, _h = mail_threads.c, held_mails.c


@dataclass(frozen=True, slots=True, kw_only=True)
class MailThread:
    """How one conversation goes on by mail."""

    tenant_id: UUID
    conversation_id: UUID
    fingerprint: bytes
    mailed_sequence: int
    last_message_id: str
    told_late_time: datetime | None
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMail:
    """One mail that waits for a decision."""

    tenant_id: UUID
    id: UUID
    conversation_id: UUID
    sender: str
    text: str
    reason: int
    create_time: datetime

    def __repr__(self) -> str:
        """Names the type only: what it says is somebody's."""
        return "HeldMail(…)"


async def claim_thread(connection: AsyncConnection, thread: MailThread) -> MailThread:
    """Returns how a conversation goes on by mail, begun now where it did not yet, and held until the transaction
    ends."""
    await connection.execute(insert(mail_threads).values(asdict(thread)).on_conflict_do_nothing())
    query = select(mail_threads).where(_t.tenant_id == thread.tenant_id, _t.conversation_id == thread.conversation_id)
    return MailThread(**(await connection.execute(query.with_for_update())).one()._mapping)


async def find_thread(connection: AsyncConnection, tenant_id: UUID, fingerprint: bytes) -> MailThread | None:
    """Returns the conversation's thread that is answered at an address."""
    query = select(mail_threads).where(_t.tenant_id == tenant_id, _t.fingerprint == fingerprint)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else MailThread(**row._mapping)


async def save_mailed(connection: AsyncConnection, thread: MailThread, sequence: int, message_id: str) -> None:
    """Notes how far a conversation went out by mail."""
    await connection.execute(
        update(mail_threads)
        .where(_t.tenant_id == thread.tenant_id, _t.conversation_id == thread.conversation_id)
        .values(mailed_sequence=sequence, last_message_id=message_id)
    )


async def claim_late(connection: AsyncConnection, thread: MailThread, now: datetime) -> bool:
    """Notes that a sender is told that an answer came too late; False where that was told before."""
    changed = await connection.execute(
        update(mail_threads)
        .where(
            _t.tenant_id == thread.tenant_id,
            _t.conversation_id == thread.conversation_id,
            _t.told_late_time.is_(None),
        )
        .values(told_late_time=now)
    )
    return changed.rowcount == 1


async def find_unmailed(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, after: int
) -> tuple[datetime, datetime] | None:
    """Returns when the first and the last thing was said by an operator behind a place; None where nothing was."""
    m = messages.c
    query = select(func.min(m.create_time), func.max(m.create_time)).where(
        m.tenant_id == tenant_id,
        m.conversation_id == conversation_id,
        m.sequence > after,
        m.kind == TEXT,
        m.side == OPERATOR,
        m.body != "",
    )
    first, last = (await connection.execute(query)).one()
    return None if first is None else (first, last)


async def add_held(connection: AsyncConnection, held: HeldMail) -> bool:
    """Keeps a mail for a decision; False where it is kept already."""
    made = await connection.execute(insert(held_mails).values(asdict(held)).on_conflict_do_nothing())
    return made.rowcount == 1


async def count_held(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID) -> int:
    """Returns how many mails of a conversation wait."""
    query = select(func.count()).where(_h.conversation_id == conversation_id, _h.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def list_held(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID) -> list[HeldMail]:
    """Returns the mails of a conversation that wait, the oldest first."""
    query = (
        select(held_mails)
        .where(_h.conversation_id == conversation_id, _h.tenant_id == tenant_id)
        .order_by(_h.create_time, _h.id)
    )
    return [HeldMail(**row._mapping) for row in await connection.execute(query)]


async def take_held(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, held_id: UUID
) -> HeldMail | None:
    """Removes a mail from those that wait, and returns it; None where it waits no more."""
    gone = await connection.execute(
        delete(held_mails)
        .where(_h.tenant_id == tenant_id, _h.conversation_id == conversation_id, _h.id == held_id)
        .returning(held_mails)
    )
    row = gone.one_or_none()
    return None if row is None else HeldMail(**row._mapping)
