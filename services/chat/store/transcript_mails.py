"""Keeps copies that are on their way to visitors, with the address until they are sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.store.tables import transcript_mails

_t = transcript_mails.c


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptMail:
    """One copy on its way."""

    tenant_id: UUID
    id: UUID
    conversation_id: UUID
    email: str
    state: int
    create_time: datetime

    def __repr__(self) -> str:
        """Names the type only: the address is somebody's."""
        return "TranscriptMail(…)"


async def add_mail(connection: AsyncConnection, mail: TranscriptMail) -> None:
    """Adds a copy that is to be sent."""
    await connection.execute(insert(transcript_mails).values(asdict(mail)))


async def find_mail(
    connection: AsyncConnection, tenant_id: UUID, mail_id: UUID, *, lock: bool = False
) -> TranscriptMail | None:
    """Returns a copy on its way; `lock` holds it until the transaction ends."""
    query = select(transcript_mails).where(_t.tenant_id == tenant_id, _t.id == mail_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else TranscriptMail(**row._mapping)


async def count_mails(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID) -> int:
    """Returns how many copies of a conversation were asked for within the last day or so."""
    query = select(func.count()).where(_t.conversation_id == conversation_id, _t.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def forget_address(connection: AsyncConnection, mail: TranscriptMail, state: int) -> None:
    """Notes how a copy stands, and keeps its address no longer."""
    await connection.execute(
        update(transcript_mails).where(_t.tenant_id == mail.tenant_id, _t.id == mail.id).values(email="", state=state)
    )
