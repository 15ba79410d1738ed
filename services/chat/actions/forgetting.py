"""Does what else forgetting and correcting somebody takes in chat: what runs ends, and who follows it hears so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Subject
from kernel.privacy.seals import Holds
from services.chat import domain
from services.chat.actions.announcements import ENDED, announce
from services.chat.actions.wiring import Wiring
from services.chat.store import conversations
from services.chat.store.tables import conversations as tables
from services.chat.store.tables import metadata

_TOLD = 1000


async def forget(wiring: Wiring, connection: AsyncConnection, subject: Subject, now: datetime) -> Callable[[], None]:
    """Ends a visitor's conversations in the running transaction, before what was said in them is erased.

    The conversations are locked first, so that a message on its way is either there before and is erased, or comes
    after and is refused. One that is held for a legal case ends as well, and keeps what was said.
    """
    tenant_id = ids.to_uuid(subject.tenant_id, "ten")
    if subject.kind != subject_pb2.SUBJECT_KIND_VISITOR:
        return await follow_up(wiring, connection, subject, now)
    visitor_id = ids.to_uuid(subject.id, "vis")
    found = await conversations.list_of_visitor(connection, tenant_id, visitor_id, lock=True)
    holds = await Holds.of(connection, metadata, tenant_id)
    held = await holds.among(connection, tables, tables.c.visitor_id == visitor_id)
    await wiring.origins.forget(conversation.id for conversation in found)
    # Somebody may have had thousands of conversations, of which only those that run are anybody's to hear of.
    await conversations.forget_closed(connection, tenant_id, visitor_id, held, now)
    for conversation in found:
        if conversation.state != domain.CLOSED:
            forgotten = domain.forget(conversation, now)
            if conversation.id in held:
                forgotten = replace(forgotten, erase_time=None)
            await conversations.save_conversation(connection, forgotten)
            await announce(connection, wiring, ENDED, forgotten, now=now)
    return partial(wiring.hub.state_changed, tenant_id, [conversation.id for conversation in found])


async def follow_up(wiring: Wiring, connection: AsyncConnection, subject: Subject, now: datetime) -> Callable[[], None]:
    """Returns what tells those who follow a person's conversations that they changed."""
    tenant_id = ids.to_uuid(subject.tenant_id, "ten")
    if subject.kind == subject_pb2.SUBJECT_KIND_VISITOR:
        found = await conversations.list_of_visitor(connection, tenant_id, ids.to_uuid(subject.id, "vis"))
        changed = [conversation.id for conversation in found]
    elif subject.kind == subject_pb2.SUBJECT_KIND_STAFF:
        changed = await conversations.list_running_of_operator(
            connection, tenant_id, ids.to_uuid(subject.id, "stf"), _TOLD
        )
    else:
        changed = []
    return partial(wiring.hub.state_changed, tenant_id, changed)
