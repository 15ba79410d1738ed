"""Finds and opens what was said in conversations that are over. Whoever does declares why, and it stands on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation, Entry
from services.chat.store import messages, transcripts
from services.chat.store.transcripts import Sought


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody looks for, before it is known how long this tenant keeps conversations."""

    query: str
    operator_id: UUID | None = None
    site_id: UUID | None = None
    tag_id: UUID | None = None
    since: Any = None
    until: Any = None


async def search_transcripts(
    actor: Actor, wiring: Wiring, asked: Asked, purpose: int, size: int, token: str
) -> tuple[Sequence[Row[Any]], str]:
    """Returns a page of lines with the words and the next page's token; every reading is recorded before.

    What was erased, sealed or has had its time is not found, and neither is what runs.
    """
    limit = page_size(size, default=20, maximum=50)
    scope = (actor.tenant_id, actor.subject_id, "transcripts", purpose, asked)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    tenant_id, reader = tenant_of(actor), replace(actor, purpose=purpose)
    sought = await sought_by(actor, wiring, asked)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await wiring.database.aside(
            connection,
            actor.tenant_id,
            lambda where: transcripts.search(where, tenant_id, sought, before=before, limit=limit + 1),
        )
        page, following = wiring.pages.cut(scope, found, limit, lambda line: (str(line.id),))
        records = {line.conversation_id: line.visitor_id for line in page}
        sealed = await wiring.access.record_all(connection, reader, records, wiring.clock.now())
    return [line for line in page if line.conversation_id not in sealed], following


async def sought_by(actor: Actor, wiring: Wiring, asked: Asked) -> Sought:
    """Returns what somebody looks for, among the conversations that the tenant still keeps."""
    return Sought(
        query=asked.query,
        operator_id=asked.operator_id,
        site_id=asked.site_id,
        tag_id=asked.tag_id,
        since=asked.since,
        until=asked.until,
        closed_after=wiring.clock.now() - await wiring.kept_for(actor.tenant_id),
    )


async def get_transcript(
    actor: Actor, wiring: Wiring, conversation_id: UUID, purpose: int, after: int, size: int
) -> tuple[Conversation, list[Entry]]:
    """Returns a conversation that is over and a page of what was said in it. The reading is recorded first."""
    kept = await wiring.kept_for(actor.tenant_id)
    limit = page_size(size, default=200, maximum=500)
    reader = replace(actor, purpose=purpose)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        now = wiring.clock.now()
        found = await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept)
        conversation = domain.check_over(domain.check_read(viewer_of(actor), found, now))
        await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
        page = await messages.list_messages(connection, conversation.tenant_id, conversation.id, after, limit)
    return conversation, page
