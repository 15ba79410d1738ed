"""Takes in the files that people send in a conversation, has them examined, and opens them to its two sides.

A file stands in the transcript from the moment in which it came in, and what became of it stands there too, so that
both sides hear of it on the way on which they hear of everything else. Its bytes can be read once it was passed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, NotFound, PermissionDenied, Unavailable
from kernel.files import Content, Examined, State, new_key
from kernel.files.limits import FROM_VISITORS, Most, most_of
from kernel.identity import Actor
from kernel.jobs import Job
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Attachment, Conversation, Entry
from services.chat.store import attachments as store
from services.chat.store import conversations, messages

EXAMINE = "attachment.examine"


async def upload_attachment(
    actor: Actor,
    wiring: Wiring,
    attachment: Attachment,
    pieces: AsyncIterator[bytes],
    request_id: str,
    request: Message,
) -> Entry:
    """Takes a file in and returns its entry in the conversation; a retry returns the first one.

    Nothing is kept of one that is empty, too large, or whose sender breaks off.
    """
    if not await _is_taken(wiring, actor):
        raise PermissionDenied("FILES_NOT_TAKEN", "This company takes no files here. Nothing of it was kept.")
    most = await most_of(wiring.settings, actor.tenant_id)
    key = new_key(ids.from_uuid("cnv", attachment.conversation_id))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        _, used = await _checked(connection, actor, wiring, attachment.conversation_id)
        room = domain.room_for(used, most)
        await wiring.removals.expect(connection, actor.tenant_id, key, wiring.clock.now())
    folder = ids.from_uuid("cnv", attachment.conversation_id)
    stored = await wiring.files.put(actor.tenant_id, folder, pieces, most_bytes=room, key=key)
    try:
        return await _add(actor, wiring, replace(attachment, size=stored.size, file_key=key), most, request_id, request)
    except Exception:
        # What finds no place is gone at once; were this process to end here, it would go by itself a while later.
        await wiring.files.delete(actor.tenant_id, key)
        raise


async def _add(
    actor: Actor, wiring: Wiring, attachment: Attachment, most: Most, request_id: str, request: Message
) -> Entry:
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        conversation, used = await _checked(connection, actor, wiring, attachment.conversation_id)
        made = await wiring.idempotency.claim(
            connection, actor, "UploadAttachment", request_id, request, str(attachment.id), now
        )
        if made != str(attachment.id):
            # The bytes came a second time, and nobody keeps them twice.
            await wiring.files.delete(actor.tenant_id, attachment.file_key)
            return await _first(connection, conversation, request_id)
        # Two at once may each have had room; what came last has none any more.
        domain.room_for(used, most, coming=attachment.size)
        if not await wiring.removals.keep(connection, attachment.file_key):
            raise Unavailable("UPLOAD_TOO_SLOW", "The file took too long to come in. Nothing of it was kept.")
        attachment = replace(attachment, side=domain.side_of(viewer_of(actor)), create_time=now)
        await store.add_attachment(connection, attachment)
        sent = Entry(
            conversation_id=conversation.id,
            id=ids.new_uuid(),
            kind=domain.SENT_FILE,
            side=attachment.side,
            client_message_id=request_id,
            operator_id=viewer_of(actor).staff_id,
            body=ids.from_uuid("att", attachment.id),
        )
        appended = await messages.append_one(connection, conversation.tenant_id, sent, now)
        await wiring.jobs.enqueue(
            connection,
            EXAMINE,
            tenant_id=actor.tenant_id,
            now=now,
            arguments={"attachment": ids.from_uuid("att", attachment.id)},
        )
    wiring.hub.committed(conversation.tenant_id, [(sent, appended)])
    return replace(sent, sequence=appended.sequence, create_time=appended.create_time)


async def _checked(
    connection: AsyncConnection, actor: Actor, wiring: Wiring, conversation_id: UUID
) -> tuple[Conversation, tuple[int, int, int]]:
    kept = await wiring.kept_for(actor.tenant_id)
    viewer, tenant_id = viewer_of(actor), tenant_of(actor)
    conversation = domain.check_seen(
        viewer, await find_kept(connection, wiring, tenant_id, conversation_id, kept, lock=True)
    )
    domain.check_sends(viewer, conversation)
    return conversation, await store.used_bytes(connection, tenant_id, conversation_id)


async def _first(connection: AsyncConnection, conversation: Conversation, request_id: str) -> Entry:
    entry = await messages.find_by_client_id(connection, conversation.tenant_id, conversation.id, request_id)
    if entry is None:
        raise no_such_attachment()
    return entry


async def examine(wiring: Wiring, job: Job) -> None:
    """Has a file examined, and writes what became of it into its conversation."""
    tenant_id, attachment_id = job.tenant_id, ids.to_uuid(str(job.arguments["attachment"]), "att")
    tenant = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        waiting = await store.find_attachment(connection, tenant, attachment_id)
    if waiting is None or waiting.state != domain.PENDING:
        return
    examined = await wiring.files.settle(tenant_id, waiting.file_key, waiting.media_type, job.attempt)
    now = wiring.clock.now()
    async with wiring.database.transaction(tenant_id) as connection:
        # The conversation comes first, in the order in which everybody locks.
        found = await conversations.find_conversation(connection, tenant, waiting.conversation_id, lock=True)
        current = await store.find_attachment(connection, tenant, attachment_id, lock=True)
        if found is None or current is None:
            # It was erased while it was being examined, and what was just drawn anew goes as well.
            await wiring.files.delete(tenant_id, waiting.file_key)
            return
        if current.state != domain.PENDING:
            return
        after = _after(current, examined)
        await store.save_examined(connection, after)
        word = "ready" if after.state == domain.READY else "refused"
        entry = Entry(
            conversation_id=current.conversation_id,
            id=ids.new_uuid(),
            kind=domain.EXAMINED_FILE,
            side=domain.NEITHER,
            body=f"{ids.from_uuid('att', attachment_id)} {word}",
        )
        appended = await messages.append_one(connection, tenant, entry, now)
    wiring.hub.committed(tenant, [(entry, appended)])


def _after(attachment: Attachment, examined: Examined) -> Attachment:
    if examined.state != State.CLEAN:
        return replace(attachment, state=domain.REFUSED, reason=examined.reason, media_type="", size=0)
    return replace(
        attachment,
        state=domain.READY,
        media_type=examined.media_type,
        size=examined.size,
        width=examined.width,
        height=examined.height,
    )


async def list_attachments(actor: Actor, wiring: Wiring, conversation_id: UUID) -> tuple[list[Attachment], int]:
    """Returns the files of a conversation, and how many bytes the caller may add now. The reading is recorded first."""
    viewer, most = viewer_of(actor), await most_of(wiring.settings, actor.tenant_id)
    is_taken = await _is_taken(wiring, actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        conversation = await _read(connection, actor, wiring, conversation_id, wiring.clock.now())
        found = await store.list_attachments(connection, tenant_of(actor), conversation_id, domain.MOST_FILES)
        used = await store.used_bytes(connection, tenant_of(actor), conversation_id)
    try:
        domain.check_sends(viewer, conversation)
        room = domain.room_for(used, most) if is_taken else 0
    except (domain.ConversationClosed, domain.NotTheOperator, domain.TooManyFiles):
        room = 0
    return found, room


async def _is_taken(wiring: Wiring, actor: Actor) -> bool:
    if domain.side_of(viewer_of(actor)) == domain.OPERATOR:
        return True
    taken: bool = await wiring.settings.get(actor.tenant_id, FROM_VISITORS)
    return taken


async def open_attachment(
    actor: Actor, wiring: Wiring, conversation_id: UUID, attachment_id: UUID
) -> tuple[str, datetime]:
    """Returns an address at which a file can be read for a moment, and its end. The reading is recorded first."""
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await _read(connection, actor, wiring, conversation_id, now)
        found = await store.find_attachment(connection, tenant_of(actor), attachment_id)
    if found is None or found.conversation_id != conversation_id:
        raise no_such_attachment()
    if found.state != domain.READY:
        raise FailedPrecondition("ATTACHMENT_NOT_READY", "This file cannot be read: it was not passed.")
    ticket, end = wiring.tickets.give("chat", actor.tenant_id, ids.from_uuid("att", attachment_id), now)
    return f"{wiring.content_origin}/files/{ticket}", end


async def _read(
    connection: AsyncConnection, actor: Actor, wiring: Wiring, conversation_id: UUID, now: datetime
) -> Conversation:
    kept = await wiring.kept_for(actor.tenant_id)
    viewer = viewer_of(actor)
    conversation = domain.check_read(
        viewer, await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept), now
    )
    reader = domain.reader_of(viewer, conversation, now)
    await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
    return conversation


async def read_file(
    actor: Actor, wiring: Wiring, file_id: str, start: int, end: int | None
) -> tuple[Attachment, Content]:
    """Opens a file, or a part of it, for a process that bears a ticket or puts together somebody's own copy."""
    kept = await wiring.kept_for(actor.tenant_id)
    tenant_id = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.find_attachment(connection, tenant_id, ids.to_uuid(file_id, "att"))
        if found is None or found.state != domain.READY:
            raise no_such_attachment()
        conversation = await find_kept(connection, wiring, tenant_id, found.conversation_id, kept)
    if conversation is None or conversation.erase_time is not None:
        raise no_such_attachment()
    if start < 0:
        start = max(0, found.size + start)
    return found, await wiring.files.get(actor.tenant_id, found.file_key, start=start, end=end)


def no_such_attachment() -> NotFound:
    """Returns the one answer to a file that does not exist, or is not there for the caller."""
    return NotFound("ATTACHMENT_NOT_FOUND", "There is no such file.")
