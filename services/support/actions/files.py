"""Takes in the files of tickets, has them examined, and opens them to whoever sees the ticket.

A file comes for a request that is not sent yet (and waits a day for it), for a ticket from its staff, or with a mail.
Staff's own are seen by staff alone until an answer names them and goes out. Bytes can be read once they were passed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, ParleyError, PermissionDenied, Unavailable
from kernel.filenames import file_name
from kernel.files import Content, Examined, State, new_key
from kernel.files.limits import FROM_VISITORS, Most, most_of
from kernel.identity import Actor
from kernel.jobs import Job
from kernel.mail.intake import Attached
from services.support.actions.seeing import check_purpose, see_ticket
from services.support.actions.wiring import CHANGED, Wiring, staff_of, tenant_of, visitor_of
from services.support.domain import files
from services.support.domain.files import TicketFile, TooManyFiles, WaitingFile, no_such_file
from services.support.store import files as store
from services.support.store import tickets as ticket_store

EXAMINE = "ticket.examine"
_PIECE = 256 * 1024
#: A program of the company's sends as the company; everybody else only where it takes files from people.
_OUTSIDE = (access_pb2.CALLER_ANONYMOUS, access_pb2.CALLER_VISITOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A file on its way in: what its sender calls it, and what they say that it is."""

    filename: str
    media_type: str


async def upload_request_file(
    actor: Actor, wiring: Wiring, coming: Coming, pieces: AsyncIterator[bytes], request_id: str, request: Message
) -> UUID:
    """Takes in a file for a request that is to come, and returns its id; a retry returns the first one.

    Nothing is kept of one that is empty, too large, or whose sender breaks off.
    """
    check_purpose(actor)
    if not await most_of_one(actor, wiring):
        raise PermissionDenied("FILES_NOT_TAKEN", "This company takes no files here. Nothing of it was kept.")
    most, tenant = await most_of(wiring.settings, actor.tenant_id), tenant_of(actor)
    # Nobody can guess it, so that nobody sends another one's file.
    file_id = ids.to_uuid(ids.random_id("att"), "att")
    key = new_key(ids.from_uuid("att", file_id))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        room = await _room_before(connection, tenant, most)
        await wiring.removals.expect(connection, actor.tenant_id, key, wiring.clock.now())
    stored = await wiring.files.put(actor.tenant_id, ids.from_uuid("att", file_id), pieces, most_bytes=room, key=key)
    try:
        now = wiring.clock.now()
        async with wiring.database.transaction(actor.tenant_id) as connection:
            made = await wiring.idempotency.claim(
                connection, actor, "UploadRequestFile", request_id, request, str(file_id), now
            )
            if made != str(file_id):
                await wiring.files.delete(actor.tenant_id, key)
                return UUID(made)
            # Two at once may each have had room; what came last has none any more.
            await store.lock_waiting(connection, tenant)
            await _room_before(connection, tenant, most, coming=stored.size)
            await _keep(connection, wiring, key)
            waiting = WaitingFile(
                id=file_id,
                filename=file_name(coming.filename),
                media_type=coming.media_type,
                size=stored.size,
                file_key=key,
                create_time=now,
                visitor_id=visitor_of(actor),
            )
            await store.add_waiting(connection, tenant, waiting)
            await wiring.retention.schedule(connection, actor.tenant_id, now)
    except Exception:
        await wiring.files.delete(actor.tenant_id, key)
        raise
    return file_id


async def most_of_one(actor: Actor, wiring: Wiring) -> int:
    """Returns how many bytes a file may have that somebody sends with a request; 0 where none is taken."""
    if any(actor.has(each) for each in _OUTSIDE):
        return await most_from_outside(wiring, actor.tenant_id)
    return (await most_of(wiring.settings, actor.tenant_id)).of_file


async def most_from_outside(wiring: Wiring, tenant_id: str) -> int:
    """Returns how many bytes a file of a requester's may have; 0 where the company takes none."""
    if not await wiring.settings.get(tenant_id, FROM_VISITORS):
        return 0
    return (await most_of(wiring.settings, tenant_id)).of_file


async def _room_before(connection: AsyncConnection, tenant: UUID, most: Most, *, coming: int = 0) -> int:
    _, _, of_tenant = await store.used_bytes(connection, tenant, UUID(int=0))
    waiting = await store.waiting_bytes(connection, tenant)
    # Whoever sends files and never a request takes no room from those who work.
    bounds = most._replace(together=most.of_tenant // files.WAITING_PART)
    return files.room_for((0, waiting, of_tenant + waiting), bounds, coming=coming)


async def _keep(connection: AsyncConnection, wiring: Wiring, key: str) -> None:
    if not await wiring.removals.keep(connection, key):
        raise Unavailable("UPLOAD_TOO_SLOW", "The file took too long to come in. Nothing of it was kept.")


async def attach(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    ticket_id: UUID,
    entry_id: UUID,
    file_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """Lets files that waited go with what their sender wrote; raises NotFound where one is not there (any more)."""
    if not file_ids:
        return
    tenant, most = ids.to_uuid(tenant_id, "ten"), await most_of(wiring.settings, tenant_id)
    waited = await store.take_waiting(connection, tenant, file_ids)
    if len(waited) != len(file_ids):
        raise no_such_file()
    used = await store.used_bytes(connection, tenant, ticket_id)
    files.room_for(used, most._replace(of_file=most.together), coming=sum(each.size for each in waited))
    for each in waited:
        # Its record goes from one table to the other, and with a record its bytes would go.
        await _keep(connection, wiring, each.file_key)
    in_order = sorted(waited, key=lambda each: file_ids.index(each.id))
    made = [
        TicketFile(
            id=each.id,
            ticket_id=ticket_id,
            entry_id=entry_id,
            filename=each.filename,
            media_type=each.media_type,
            size=each.size,
            state=files.PENDING,
            file_key=each.file_key,
            create_time=each.create_time,
        )
        for each in in_order
    ]
    await _add(connection, wiring, tenant_id, made, now)


async def _add(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, made: Sequence[TicketFile], now: datetime
) -> None:
    await store.add_files(connection, ids.to_uuid(tenant_id, "ten"), made)
    for each in made:
        if each.state == files.PENDING:
            arguments = {"file": ids.from_uuid("att", each.id)}
            await wiring.jobs.enqueue(connection, EXAMINE, tenant_id=tenant_id, now=now, arguments=arguments)


async def upload_ticket_file(
    actor: Actor,
    wiring: Wiring,
    ticket_id: UUID,
    coming: Coming,
    pieces: AsyncIterator[bytes],
    request_id: str,
    request: Message,
) -> TicketFile:
    """Takes in a file that staff add to a ticket; a retry returns the first one, as it is by then."""
    most, tenant, file_id = await most_of(wiring.settings, actor.tenant_id), tenant_of(actor), ids.new_uuid()
    key = new_key(ids.from_uuid("tkt", ticket_id))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await see_ticket(connection, actor, wiring, ticket_id)
        root = await ticket_store.root_of(connection, tenant, ticket_id)
        room = files.room_for(await store.used_bytes(connection, tenant, root.id), most)
        await wiring.removals.expect(connection, actor.tenant_id, key, wiring.clock.now())
    folder = ids.from_uuid("tkt", ticket_id)
    stored = await wiring.files.put(actor.tenant_id, folder, pieces, most_bytes=room, key=key)
    try:
        now = wiring.clock.now()
        async with wiring.database.transaction(actor.tenant_id) as connection:
            await see_ticket(connection, actor, wiring, ticket_id)
            root = await ticket_store.root_of(connection, tenant, ticket_id, lock=True)
            made = await wiring.idempotency.claim(
                connection, actor, "UploadTicketFile", request_id, request, str(file_id), now
            )
            if made != str(file_id):
                await wiring.files.delete(actor.tenant_id, key)
                first = await store.find_file(connection, tenant, UUID(made))
                if first is None:
                    raise no_such_file()
                return first
            files.room_for(await store.used_bytes(connection, tenant, root.id), most, coming=stored.size)
            await _keep(connection, wiring, key)
            added = TicketFile(
                id=file_id,
                ticket_id=root.id,
                staff_id=staff_of(actor),
                filename=file_name(coming.filename),
                media_type=coming.media_type,
                size=stored.size,
                state=files.PENDING,
                file_key=key,
                create_time=now,
            )
            await _add(connection, wiring, actor.tenant_id, [added], now)
    except Exception:
        await wiring.files.delete(actor.tenant_id, key)
        raise
    return added


async def take_from_mail(
    wiring: Wiring, tenant_id: str, arrival_id: UUID, attached: Sequence[Attached]
) -> list[TicketFile]:
    """Takes in the files of a mail before it is read, and returns them without their ticket, for `keep_of_mail`.

    What finds no room is named without its bytes, so that staff see that it came.
    """
    tenant, most, now = ids.to_uuid(tenant_id, "ten"), await most_of(wiring.settings, tenant_id), wiring.clock.now()
    folder = ids.from_uuid("arr", arrival_id)
    taken: list[TicketFile] = []
    for each in attached:
        key, reason, size = new_key(folder), "", 0
        async with wiring.database.transaction(tenant_id) as connection:
            _, _, of_tenant = await store.used_bytes(connection, tenant, UUID(int=0))
            await wiring.removals.expect(connection, tenant_id, key, now)
        try:
            used = (len(taken), sum(one.size for one in taken), of_tenant)
            room = files.room_for(used, most)
            stored = await wiring.files.put(tenant_id, folder, _pieces(each.data), most_bytes=room, key=key)
            size = stored.size
        except Unavailable:
            raise
        except ParleyError as error:
            reason = error.reason
        taken.append(
            TicketFile(
                id=ids.new_uuid(),
                ticket_id=UUID(int=0),
                filename=file_name(each.filename),
                media_type="" if reason else each.media_type[:100],
                size=size,
                state=files.REFUSED if reason else files.PENDING,
                reason=reason,
                file_key=key,
                create_time=now,
            )
        )
    return taken


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield data[at : at + _PIECE]


async def keep_of_mail(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    ticket_id: UUID,
    entry_id: UUID,
    taken: Sequence[TicketFile],
    now: datetime,
) -> None:
    """Lets the files of a mail go with the entry that it became."""
    for each in taken:
        await _keep(connection, wiring, each.file_key)
    placed = [replace(each, ticket_id=ticket_id, entry_id=entry_id) for each in taken]
    await _add(connection, wiring, tenant_id, placed, now)


async def examine(wiring: Wiring, job: Job) -> None:
    """Has a file examined, and notes what became of it."""
    tenant_id, file_id = job.tenant_id, ids.to_uuid(str(job.arguments["file"]), "att")
    tenant = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        waiting = await store.find_file(connection, tenant, file_id)
    if waiting is None or waiting.state != files.PENDING:
        return
    examined = await wiring.files.settle(tenant_id, waiting.file_key, waiting.media_type, job.attempt)
    async with wiring.database.transaction(tenant_id) as connection:
        current = await store.find_file(connection, tenant, file_id, lock=True)
        if current is None:
            # It was erased while it was being examined, and what was just drawn anew goes as well.
            await wiring.files.delete(tenant_id, waiting.file_key)
            return
        if current.state == files.PENDING:
            await store.save_examined(connection, tenant, _after(current, examined))
            wiring.hints.send_after(connection, CHANGED)


def _after(file: TicketFile, examined: Examined) -> TicketFile:
    if examined.state != State.CLEAN:
        return replace(file, state=files.REFUSED, reason=examined.reason, media_type="", size=0)
    return replace(
        file,
        state=files.READY,
        media_type=examined.media_type,
        size=examined.size,
        width=examined.width,
        height=examined.height,
    )


async def list_ticket_files(actor: Actor, wiring: Wiring, ticket_id: UUID) -> tuple[list[TicketFile], int]:
    """Returns the files of a ticket and how many bytes another one may have. The reading is recorded first."""
    most, tenant = await most_of(wiring.settings, actor.tenant_id), tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        ticket = await see_ticket(connection, actor, wiring, ticket_id)
        together = [ticket.id, *await ticket_store.parts_of(connection, tenant, ticket.id)]
        found = await store.list_files(connection, tenant, together, files.MOST_FILES)
        used = await store.used_bytes(connection, tenant, ticket.id)
    try:
        room = files.room_for(used, most) if actor.is_staff else 0
    except TooManyFiles:
        room = 0
    return found, room


async def open_ticket_file(actor: Actor, wiring: Wiring, ticket_id: UUID, file_id: UUID) -> tuple[str, datetime]:
    """Returns an address at which a file can be read for a moment, and its end. The reading is recorded first."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        ticket = await see_ticket(connection, actor, wiring, ticket_id)
        together = [ticket.id, *await ticket_store.parts_of(connection, tenant, ticket.id)]
        found = await store.find_file(connection, tenant, file_id)
    if found is None or found.ticket_id not in together:
        raise no_such_file()
    return address_of(wiring, actor.tenant_id, found)


def address_of(wiring: Wiring, tenant_id: str, file: TicketFile) -> tuple[str, datetime]:
    """Returns an address at which a file can be read for a moment; raises FailedPrecondition for one not passed."""
    if file.state != files.READY:
        raise FailedPrecondition("FILE_NOT_READY", "This file cannot be read: it was not passed.")
    ticket, end = wiring.tickets.give("support", tenant_id, ids.from_uuid("att", file.id), wiring.clock.now())
    return f"{wiring.content_origin}/files/{ticket}", end


async def remove_ticket_file(actor: Actor, wiring: Wiring, ticket_id: UUID, file_id: UUID) -> None:
    """Takes away a file of the caller's that goes with nothing yet."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await see_ticket(connection, actor, wiring, ticket_id)
        root = await ticket_store.root_of(connection, tenant, ticket_id)
        found = await store.find_file(connection, tenant, file_id, lock=True)
        if found is None or found.ticket_id != root.id:
            return
        if found.entry_id is not None or found.staff_id != staff_of(actor):
            raise FailedPrecondition("FILE_IN_USE", "This file goes with what was written, or is a colleague's.")
        await store.remove_loose(connection, tenant, root.id, file_id, staff_of(actor))


async def read_file(
    actor: Actor, wiring: Wiring, file_id: str, start: int, end: int | None
) -> tuple[TicketFile, Content]:
    """Opens a file, or a part of it, for a process that bears a ticket or puts together somebody's own copy."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.find_file(connection, tenant_of(actor), ids.to_uuid(file_id, "att"))
    if found is None or found.state != files.READY:
        raise no_such_file()
    if start < 0:
        start = max(0, found.size + start)
    return found, await wiring.files.get(actor.tenant_id, found.file_key, start=start, end=end)
