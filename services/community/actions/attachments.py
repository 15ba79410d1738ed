"""Takes in the files that members put into their posts, has them examined, and opens them to whoever reads the post.

A file waits for its post, for a day at most. What a picture says of its camera and its place is gone before anybody can
read it; what is in a post that is not shown is not opened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from google.protobuf.message import Message
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import Unavailable
from kernel.filenames import file_name
from kernel.files import Content, State, new_key
from kernel.files.limits import Most, most_of
from kernel.identity import Actor
from kernel.jobs import Job
from services.community.actions.wiring import (
    Wiring,
    access_post,
    member_of,
    require_standing,
    standing_of,
    tenant_of,
)
from services.community.domain import files as domain
from services.community.domain.files import Attachment, no_such_attachment
from services.community.store import attachments as store
from services.community.store import posts as post_store
from services.community.store import topics as topic_store

EXAMINE = "attachment.examine"


async def upload_attachment(
    actor: Actor,
    wiring: Wiring,
    filename: str,
    media_type: str,
    pieces: AsyncIterator[bytes],
    request_id: str,
    request: Message,
) -> Attachment:
    """Takes a file in, under the terms in force; a retry returns the first one.

    Nothing is kept of one that is empty, too large, or whose sender breaks off.
    """
    tenant, attachment_id, most = tenant_of(actor), ids.new_id("pfl"), await most_of(wiring.settings, actor.tenant_id)
    key = new_key(attachment_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await require_standing(connection, actor, wiring)
        room = domain.room_for(await store.used(connection, tenant, actor.subject_id), most)
        await wiring.removals.expect(connection, actor.tenant_id, key, wiring.clock.now())
    stored = await wiring.files.put(actor.tenant_id, attachment_id, pieces, most_bytes=room, key=key)
    coming = Attachment(
        id=attachment_id,
        author_id=actor.subject_id,
        post_id="",
        filename=file_name(filename),
        media_type=media_type,
        size=stored.size,
        state=domain.PENDING,
        file_key=key,
        create_time=wiring.clock.now(),
    )
    try:
        return await _add(actor, wiring, coming, most, request_id, request)
    except Exception:
        # What finds no place is gone at once; were this process to end here, it would go by itself a while later.
        await wiring.files.delete(actor.tenant_id, key)
        raise


async def _add(
    actor: Actor, wiring: Wiring, coming: Attachment, most: Most, request_id: str, request: Message
) -> Attachment:
    tenant, now = tenant_of(actor), coming.create_time
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await require_standing(connection, actor, wiring)
        made = await wiring.idempotency.claim(
            connection, actor, "UploadAttachment", request_id, request, coming.id, now
        )
        if made != coming.id:
            # The bytes came a second time, and nobody keeps them twice.
            await wiring.files.delete(actor.tenant_id, coming.file_key)
            first = await store.find_attachment(connection, tenant, ids.to_uuid(made, "pfl"))
            if first is None:
                raise no_such_attachment()
            return first
        # Two at once may each have had room; what came last has none any more.
        domain.room_for(await store.used(connection, tenant, actor.subject_id), most, coming=coming.size)
        if not await wiring.removals.keep(connection, coming.file_key):
            raise Unavailable("UPLOAD_TOO_SLOW", "The file took too long to come in. Nothing of it was kept.")
        await store.add_attachment(connection, tenant, coming)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
        await wiring.jobs.enqueue(
            connection, EXAMINE, tenant_id=actor.tenant_id, now=now, arguments={"attachment": coming.id}
        )
    return coming


async def examine(wiring: Wiring, job: Job) -> None:
    """Has a file examined: it can be read from then on, or is refused."""
    tenant_id, key = job.tenant_id, ids.to_uuid(str(job.arguments["attachment"]), "pfl")
    tenant = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        waiting = await store.find_attachment(connection, tenant, key)
    if waiting is None or waiting.state != domain.PENDING:
        return
    examined = await wiring.files.settle(tenant_id, waiting.file_key, waiting.media_type, job.attempt)
    async with wiring.database.transaction(tenant_id) as connection:
        current = await store.find_attachment(connection, tenant, key, lock=True)
        if current is None:
            # It was taken away while it was being examined, and what was just drawn anew goes as well.
            await wiring.files.delete(tenant_id, waiting.file_key)
            return
        if current.state != domain.PENDING:
            return
        is_clean = examined.state == State.CLEAN
        await store.save_attachment(
            connection,
            tenant,
            key,
            state=domain.READY if is_clean else domain.REFUSED,
            reason="" if is_clean else examined.reason,
            media_type=examined.media_type if is_clean else "",
            size=examined.size if is_clean else 0,
            width=examined.width if is_clean else 0,
            height=examined.height if is_clean else 0,
        )
        if current.post_id:
            wiring.changed(connection, tenant_id)


async def list_attachments(actor: Actor, wiring: Wiring) -> tuple[list[Attachment], int]:
    """Returns the caller's files that wait for a post, and how many bytes another one may have."""
    tenant, most = tenant_of(actor), await most_of(wiring.settings, actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        standing = await standing_of(connection, actor, wiring)
        found = await store.list_waiting(connection, tenant, actor.subject_id, domain.MOST_WAITING)
        used = await store.used(connection, tenant, actor.subject_id)
    room = (
        max(0, min(most.of_file, most.of_tenant - used[1]))
        if used[0] < domain.MOST_WAITING and standing.may_post
        else 0
    )
    return found, room


async def open_attachment(actor: Actor, wiring: Wiring, attachment_id: str) -> tuple[str, datetime]:
    """Returns an address at which a file can be read for a moment, and its end."""
    now, key = wiring.clock.now(), ids.to_uuid(attachment_id, "pfl")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.find_attachment(connection, tenant_of(actor), key)
        if found is None:
            raise no_such_attachment()
        is_own = bool(found.author_id) and found.author_id == member_of(actor)
        if found.post_id:
            post, _ = await access_post(connection, actor, found.post_id)
            decides = actor.has(access_pb2.CALLER_MODERATOR, access_pb2.CALLER_ADMIN)
            if not post.is_shown and not is_own and not decides:
                raise no_such_attachment()
        elif not is_own:
            raise no_such_attachment()
    if found.state != domain.READY:
        raise domain.not_ready()
    ticket, end = wiring.tickets.give("community", actor.tenant_id, ids.from_uuid("att", key), now)
    return f"{wiring.content_origin}/files/{ticket}", end


async def delete_attachment(actor: Actor, wiring: Wiring, attachment_id: str) -> None:
    """Takes the caller's own file away, out of its post as well; this needs no terms."""
    tenant, key = tenant_of(actor), ids.to_uuid(attachment_id, "pfl")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        found = await store.find_attachment(connection, tenant, key, lock=True)
        if found is None or found.author_id != actor.subject_id:
            raise no_such_attachment()
        await store.delete_attachment(connection, tenant, attachment_id)
        if found.post_id:
            post = await post_store.get_post(connection, tenant, found.post_id, lock=True)
            await post_store.add_revision(connection, tenant, post, files_removed=1)
            await post_store.save_post(
                connection, tenant, post.id, revision=post.revision + 1, edit_time=wiring.clock.now()
            )
            await topic_store.change_topic(connection, tenant, post.topic_id)
            wiring.changed(connection, actor.tenant_id)


async def read_file(
    actor: Actor, wiring: Wiring, file_id: str, start: int, end: int | None
) -> tuple[Attachment, Content]:
    """Opens a file, or a part of it, for a process that bears a ticket."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.find_attachment(connection, tenant_of(actor), ids.to_uuid(file_id, "att"))
        if found is None or found.state != domain.READY:
            raise no_such_attachment()
    if start < 0:
        start = max(0, found.size + start)
    return found, await wiring.files.get(actor.tenant_id, found.file_key, start=start, end=end)
