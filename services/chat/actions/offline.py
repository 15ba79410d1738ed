"""Takes messages while nobody is there: each is a conversation in the queue, with the address for its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from parley.identity.v1 import token_pb2

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.identity import Actor
from services.chat import domain
from services.chat.actions.announcements import LEFT, announce
from services.chat.actions.conversations import start_conversation
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation, Entry
from services.chat.domain.routing import Place
from services.chat.store import messages, operators
from services.chat.store.left_messages import add_left_message, find_left_message


async def leave_message(
    actor: Actor,
    wiring: Wiring,
    conversation: Conversation,
    answers: Sequence[tuple[int, str]],
    body: str,
    reply_email: str,
    request_id: str,
    request: Message,
    *,
    origin: str,
) -> tuple[Conversation, Place, token_pb2.IssueVisitorCredentialResponse]:
    """Starts a conversation with a message in it that waits for whoever comes; a retry adds nothing."""
    if not body.strip() or "\x00" in body:
        raise InvalidArgument(
            "ARGUMENT_INVALID", "There is nothing to send.", fields=[("body", "must hold something that can be read")]
        )
    started, place, key = await start_conversation(
        actor, wiring, conversation, answers, request_id, request, origin=origin
    )
    now = wiring.clock.now()
    added = []
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if await add_left_message(connection, started.tenant_id, started.id, reply_email, now):
            started = replace(started, is_left=True)
            for kind, side, said in ((domain.TEXT, domain.VISITOR, body), (domain.LEFT, domain.NEITHER, "")):
                entry = Entry(conversation_id=started.id, id=ids.new_uuid(), kind=kind, side=side, body=said)
                added.append((entry, await messages.append_one(connection, started.tenant_id, entry, now)))
            await announce(connection, wiring, LEFT, started, now=now)
    if added:
        wiring.hub.committed(started.tenant_id, added)
        wiring.hub.state_changed(started.tenant_id, [started.id])
    return started, place, key


async def is_attended(actor: Actor, wiring: Wiring) -> bool:
    """Says whether anybody of the caller's tenant takes conversations now, by the signs of life of all replicas."""
    since = wiring.clock.now() - wiring.lease
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await operators.is_any_available(connection, tenant_of(actor), since)


async def get_left_message(actor: Actor, wiring: Wiring, conversation_id: UUID) -> tuple[str, datetime] | None:
    """Returns where the answer to a message may go, and when it was left. The reading is recorded first."""
    kept = await wiring.kept_for(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        viewer, now = viewer_of(actor), wiring.clock.now()
        conversation = domain.check_read(
            viewer, await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept), now
        )
        reader = domain.reader_of(viewer, conversation, now)
        await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
        return await find_left_message(connection, conversation.tenant_id, conversation.id)
