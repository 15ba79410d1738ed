"""Reads and writes what visitors said to a tenant's questions before the chat."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain import Answer, Conversation
from services.chat.store.tables import answers


async def add_answers(connection: AsyncConnection, conversation: Conversation, given: Sequence[Answer]) -> None:
    """Adds the answers with which a conversation starts."""
    if given:
        await connection.execute(
            insert(answers),
            [
                {
                    "tenant_id": conversation.tenant_id,
                    "conversation_id": conversation.id,
                    "number": answer.number,
                    "label": answer.label,
                    "text": answer.text,
                }
                for answer in given
            ],
        )


async def list_answers(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID) -> list[Answer]:
    """Returns a conversation's answers in the order of the questions."""
    query = (
        select(answers.c.number, answers.c.label, answers.c.text)
        .where(answers.c.tenant_id == tenant_id, answers.c.conversation_id == conversation_id)
        .order_by(answers.c.number)
    )
    return [Answer(**row) for row in (await connection.execute(query)).mappings()]
