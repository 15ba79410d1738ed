"""Starts, shows, hands out and ends conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import token_pb2

from kernel import ids
from kernel.errors import InvalidArgument, PermissionDenied
from kernel.identity import Actor
from kernel.privacy.access import Reading
from kernel.storage.paging import page_size
from services.chat import domain
from services.chat.actions.announcements import CLAIMED, ENDED, STARTED, announce
from services.chat.actions.finding import find_kept
from services.chat.actions.moving import News, note_holder, wake_router
from services.chat.actions.sealed import covered
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Answer, Conversation, Entry
from services.chat.domain.blocks import VisitorBlocked
from services.chat.domain.routing import ACCEPTED, NOWHERE, RETURNED, Place, team_at
from services.chat.store import conversations, messages, queue
from services.chat.store.answers import add_answers
from services.chat.store.answers import list_answers as answers_of
from services.chat.store.blocks import find_holding
from services.chat.store.routing import end_transfers, list_rules

QUEUE = conversation_pb2.INBOX_VIEW_QUEUE
MINE = conversation_pb2.INBOX_VIEW_MINE
ALL = conversation_pb2.INBOX_VIEW_ALL
CLOSED = conversation_pb2.INBOX_VIEW_CLOSED
LEFT_VIEW = conversation_pb2.INBOX_VIEW_LEFT


async def start_conversation(
    actor: Actor,
    wiring: Wiring,
    conversation: Conversation,
    answers: Sequence[tuple[int, str]],
    request_id: str,
    request: Message,
    *,
    origin: str = "",
) -> tuple[Conversation, Place, token_pb2.IssueVisitorCredentialResponse]:
    """Starts a conversation behind the notice in force, and returns it with its place in the queue and its key.

    A retry returns the first conversation, with a new key to it: the request id is as unguessable as its maker made it,
    and only the same words from the same site match it. `origin` is the gateway's keyed hash of where the caller is.
    """
    notice = await wiring.peers.current_notice(actor.tenant_id, actor.site_id)
    if notice.id != ids.from_uuid("ntc", conversation.notice_id):
        raise domain.NoticeStale
    given = domain.answers_to(notice.questions, answers)
    known_from = await wiring.origins.block_of(conversation.tenant_id, origin)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        block = await find_holding(
            connection, conversation.tenant_id, conversation.visitor_id, known_from, conversation.create_time
        )
        if block is not None:
            raise VisitorBlocked(block, conversation.create_time)
        made = await wiring.idempotency.claim(
            connection,
            actor,
            "StartConversation",
            request_id,
            request,
            str(conversation.id),
            conversation.create_time,
        )
        is_new = made == str(conversation.id)
        if is_new:
            team_id = team_at(await list_rules(connection, conversation.tenant_id), conversation.site_id)
            conversation = replace(conversation, team_id=team_id)
            position = await queue.next_position(connection, conversation, team_id)
            conversation = replace(conversation, queue_place=position)
            await conversations.add_conversation(connection, conversation)
            await add_answers(connection, conversation, given)
            started = Entry(
                conversation_id=conversation.id, id=ids.new_uuid(), kind=domain.STARTED, side=domain.VISITOR
            )
            appended = await messages.append_one(connection, conversation.tenant_id, started, conversation.create_time)
            conversation = replace(conversation, head=appended.head)
            await announce(connection, wiring, STARTED, conversation, now=conversation.create_time)
            await wake_router(connection, wiring, conversation.tenant_id, conversation.create_time)
            await wiring.retention.schedule(connection, actor.tenant_id, conversation.create_time)
        else:
            found = await conversations.find_conversation(connection, conversation.tenant_id, UUID(made))
            if found is None or found.erase_time is not None:
                raise domain.no_such_conversation()
            conversation = found
        place = await wiring.queue.place_of(connection, conversation)
    if is_new:
        if origin:
            await wiring.origins.remember(conversation.id, origin)
        wiring.hub.state_changed(conversation.tenant_id, [conversation.id])
    key = await wiring.peers.visitor_credential(
        actor.tenant_id,
        ids.from_uuid("vis", conversation.visitor_id),
        ids.from_uuid("cnv", conversation.id),
        actor.site_id,
    )
    return conversation, place, key


async def get_conversation(actor: Actor, wiring: Wiring, conversation_id: UUID) -> tuple[Conversation, Place]:
    """Returns a conversation that the caller may see, with its place in the queue."""
    kept = await wiring.kept_for(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        conversation = domain.check_seen(
            viewer_of(actor),
            await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept),
        )
        (shown,) = await covered(connection, conversation.tenant_id, [conversation], actor)
        return shown, await wiring.queue.place_of(connection, conversation)


async def list_conversations(
    actor: Actor, wiring: Wiring, view: int, size: int, token: str, tag_id: UUID | None = None
) -> tuple[list[tuple[Conversation, Place]], str]:
    """Returns a page of one of the inbox's lists, each with its place in the queue, and the next page's token.

    `tag_id` leaves those with that tag.
    """
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, actor.subject_id, "inbox", view, tag_id)
    position = wiring.pages.position(scope, token)
    edge = None if position is None else UUID(str(position[0]))
    viewer, tenant_id = viewer_of(actor), tenant_of(actor)
    since = wiring.clock.now() - await wiring.kept_for(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if view in (QUEUE, LEFT_VIEW):
            found = await conversations.list_queue(
                connection, tenant_id, edge, limit + 1, tag_id=tag_id, left=view == LEFT_VIEW
            )
        elif view in (MINE, CLOSED):
            if viewer.staff_id is None:
                raise InvalidArgument(
                    "VIEW_INVALID", "This list belongs to a member of staff.", fields=[("view", "needs a person")]
                )
            found = await conversations.list_of_operator(
                connection,
                tenant_id,
                viewer.staff_id,
                closed=view == CLOSED,
                since=since,
                before=edge,
                limit=limit + 1,
                tag_id=tag_id,
            )
        elif actor.has(*domain.OVERSEERS):
            found = await conversations.list_all(
                connection, tenant_id, since=since, before=edge, limit=limit + 1, tag_id=tag_id
            )
        elif view == ALL or viewer.staff_id is None:
            raise PermissionDenied("NOT_ALLOWED", "This list is for those who lead a team.")
        else:
            found = await conversations.list_visible_to_operator(
                connection, tenant_id, viewer.staff_id, since=since, before=edge, limit=limit + 1, tag_id=tag_id
            )
        found = await covered(connection, tenant_id, found, actor)
        places = await wiring.queue.places_of(connection, tenant_id, found)
    page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(each.id),))
    return [(each, places.get(each.id, NOWHERE)) for each in page], following


async def claim_conversation(actor: Actor, wiring: Wiring, conversation_id: UUID) -> Conversation:
    """Gives a queued conversation to the caller; of two at once, one wins and the other hears so."""
    kept = await wiring.kept_for(actor.tenant_id)
    now = wiring.clock.now()
    viewer = viewer_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = domain.check_seen(
            viewer,
            await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept, lock=True),
        )
        claimed = domain.claim(current, viewer, now)
        if claimed is current:
            return (await covered(connection, current.tenant_id, [current], actor))[0]
        await conversations.save_conversation(connection, claimed)
        assert viewer.staff_id is not None, "the access option lets staff in only"
        await note_holder(connection, wiring, claimed.tenant_id, viewer.staff_id, actor.display_name, now)
        await end_transfers(connection, claimed.tenant_id, claimed.id, ACCEPTED)
        joined = Entry(
            conversation_id=claimed.id,
            id=ids.new_uuid(),
            kind=domain.JOINED,
            side=domain.OPERATOR,
            operator_id=viewer.staff_id,
        )
        appended = await messages.append_one(connection, claimed.tenant_id, joined, now)
        await wiring.access.record(connection, actor, claimed.id, claimed.visitor_id, now)
        await announce(connection, wiring, CLAIMED, claimed, now=now)
    await News(claimed.tenant_id, [(joined, appended)], {claimed.id: None}, is_queue_moved=True).tell(wiring)
    return replace(claimed, head=appended.head)


async def close_conversation(actor: Actor, wiring: Wiring, conversation_id: UUID) -> Conversation:
    """Ends a conversation from the caller's side."""
    kept = await wiring.kept_for(actor.tenant_id)
    now = wiring.clock.now()
    viewer = viewer_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = domain.check_seen(
            viewer,
            await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept, lock=True),
        )
        closed = domain.close(current, viewer, now)
        (shown,) = await covered(connection, closed.tenant_id, [closed], actor)
        if closed is current:
            return shown
        await conversations.save_conversation(connection, closed)
        await end_transfers(connection, closed.tenant_id, closed.id, RETURNED)
        await wake_router(connection, wiring, closed.tenant_id, now)
        ended = Entry(
            conversation_id=closed.id,
            id=ids.new_uuid(),
            kind=domain.ENDED,
            side=closed.closed_by,
            operator_id=viewer.staff_id,
        )
        appended = await messages.append_one(connection, closed.tenant_id, ended, now)
        await announce(connection, wiring, ENDED, closed, now=now)
    moved = current.state == domain.QUEUED
    await News(closed.tenant_id, [(ended, appended)], {closed.id: None}, is_queue_moved=moved).tell(wiring)
    return replace(shown, head=appended.head)


async def list_readers(actor: Actor, wiring: Wiring, conversation_id: UUID) -> list[Reading]:
    """Returns who has read a conversation, and why; a visitor sees who it was only where the tenant chose so."""
    kept = await wiring.kept_for(actor.tenant_id)
    is_named = actor.is_staff or await wiring.shows_readers(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = tenant_of(actor)
        conversation = domain.check_seen(
            viewer_of(actor), await find_kept(connection, wiring, tenant_id, conversation_id, kept)
        )
        found = await wiring.access.readings(connection, tenant_id, conversation.id)
    return found if is_named else [replace(each, staff_id=None, staff_name="") for each in found]


async def list_messages(
    actor: Actor, wiring: Wiring, conversation_id: UUID, after: int, size: int
) -> tuple[list[Entry], int]:
    """Returns a page of a conversation's entries and how far it reaches. The reading is recorded first."""
    kept = await wiring.kept_for(actor.tenant_id)
    limit = page_size(size, default=100, maximum=500)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        viewer, now = viewer_of(actor), wiring.clock.now()
        conversation = domain.check_read(
            viewer, await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept), now
        )
        reader = domain.reader_of(viewer, conversation, now)
        await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
        page = await messages.list_messages(connection, conversation.tenant_id, conversation.id, after, limit)
    return page, max([conversation.head, *(entry.sequence for entry in page)])


async def list_answers(actor: Actor, wiring: Wiring, conversation_id: UUID) -> list[Answer]:
    """Returns what the visitor said before the chat. The reading is recorded first."""
    kept = await wiring.kept_for(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        viewer, now = viewer_of(actor), wiring.clock.now()
        conversation = domain.check_read(
            viewer, await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept), now
        )
        reader = domain.reader_of(viewer, conversation, now)
        await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
        return await answers_of(connection, conversation.tenant_id, conversation.id)
