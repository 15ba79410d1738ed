"""Puts copies of transcripts together for the tenant, and hands them out.

A copy names its conversations; what they hold is read when the file is had, a few at a time. So it needs no more memory
for thousands than for one, and what was erased, removed or sealed meanwhile is not in it. Each conversation stands in
the ledger before the file can be had, and its reading on record before the file shows it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from google.protobuf.message import Message
from parley.chat.v1 import export_pb2
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, NotFound, ResourceExhausted
from kernel.events import EventType, an_id, one_of
from kernel.identity import Actor, Regime, Subject
from kernel.jobs import Job
from kernel.privacy.recipients import TENANT, permit
from kernel.storage.paging import page_size
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.transcripts import Asked, sought_by
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.actions.written import FORMS, Form
from services.chat.domain import Conversation
from services.chat.store import exports, messages, transcripts
from services.chat.store.exports import Export
from services.chat.store.transcripts import Sought

RUNNING, READY = export_pb2.Export.STATE_RUNNING, export_pb2.Export.STATE_READY
JOB = "export.collect"
KEPT = timedelta(days=1)
#: What stands among the filters of a copy of all conversations.
EVERYTHING = "everything"
#: How many copies somebody may have at once, how many conversations one holds at most, how many lines are looked
#: through in one transaction, and how many conversations and entries are in memory while a file is written.
MOST, LARGEST, LINES, AT_ONCE, ENTRIES = 100, 20_000, 500, 100, 500

#: A copy of a conversation was made for the tenant.
EXPORTED = EventType(
    "transcript.exported",
    {
        "record_id": an_id("cnv"),
        "staff_id": an_id("stf"),
        "purpose": one_of(*access_pb2.Purpose.keys()),
        "export_id": an_id("exp"),
    },
)


class ExportNotReady(FailedPrecondition):
    """The file cannot be had yet."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__("EXPORT_NOT_READY", "The copy is still being put together. Try again in a moment.")


class TooManyExports(ResourceExhausted):
    """Somebody has many copies already."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__("TOO_MANY_EXPORTS", f"You have {MOST} copies, which end after a day. Nothing was begun.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Of what a copy is to be, how and why: of one conversation, of those that a search finds, or of all."""

    format: int
    purpose: int
    conversation_id: UUID | None = None
    asked: Asked | None = None


async def create_export(actor: Actor, wiring: Wiring, wanted: Wanted, request_id: str, request: Message) -> Export:
    """Begins a copy; one of a single conversation is ready at once."""
    permit(actor.regime, TENANT)
    now, kept = wiring.clock.now(), await wiring.kept_for(actor.tenant_id)
    tenant_id, staff_id = tenant_of(actor), ids.to_uuid(actor.subject_id, "stf")
    export = Export(
        tenant_id=tenant_id,
        id=ids.new_uuid(),
        staff_id=staff_id,
        staff_name=actor.display_name,
        format=wanted.format,
        purpose=wanted.purpose,
        state=RUNNING,
        query=wanted.asked.query if wanted.asked else "",
        filters=_filters(wanted.asked) if wanted.conversation_id or wanted.asked else {EVERYTHING: "yes"},
        create_time=now,
        expire_time=now + KEPT,
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(
            connection, actor, "CreateExport", request_id, request, str(export.id), now
        )
        if made != str(export.id):
            return await _own(connection, actor, UUID(made), now)
        if await exports.count_exports(connection, tenant_id, staff_id, now) >= MOST:
            raise TooManyExports
        await exports.add_export(connection, export)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
        if wanted.conversation_id is None:
            arguments = {"export_id": ids.from_uuid("exp", export.id)}
            await wiring.jobs.enqueue(connection, JOB, tenant_id=actor.tenant_id, now=now, arguments=arguments)
            return export
        found = await find_kept(connection, wiring, tenant_id, wanted.conversation_id, kept)
        conversation = domain.check_over(domain.check_read(viewer_of(actor), found, now))
        reader = replace(actor, purpose=wanted.purpose)
        await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
        await _enter(connection, wiring, reader, export, [conversation.id], now)
        ready = replace(export, state=READY, done=1, total=1)
        await exports.save_export(connection, ready)
        return ready


async def collect(wiring: Wiring, job: Job) -> None:
    """Enters what a search finds into its copy, some lines in each transaction, so that it can be gone on with."""
    tenant_id, export_id = ids.to_uuid(job.tenant_id, "ten"), ids.to_uuid(str(job.arguments["export_id"]), "exp")
    while True:
        now = wiring.clock.now()
        async with wiring.database.transaction(job.tenant_id) as connection:
            export = await exports.find_export(connection, tenant_id, export_id, lock=True)
            if export is None or export.state != RUNNING or export.expire_time <= now:
                return
            actor = _actor_of(job.tenant_id, export)
            if EVERYTHING in export.filters:
                export = await _collect_kept(connection, wiring, actor, export, now)
                await exports.save_export(connection, export)
                if export.state == READY:
                    return
                continue
            sought = await sought_by(actor, wiring, _asked(export))
            if not export.total:
                found = await _count(connection, wiring, job.tenant_id, sought)
                export = replace(export, total=min(LARGEST, found))
            export = await _collect_some(connection, wiring, actor, export, sought, now)
            await exports.save_export(connection, export)
            if export.state == READY:
                return


async def _count(connection: AsyncConnection, wiring: Wiring, tenant_id: str, sought: Sought) -> int:
    end = None if sought.until is None else transcripts.first_id_at(sought.until)
    return await wiring.database.aside(connection, tenant_id, lambda where: exports.count_found(where, sought, end))


async def _collect_some(
    connection: AsyncConnection, wiring: Wiring, actor: Actor, export: Export, sought: Sought, now: datetime
) -> Export:
    reached = export.reached
    places = await wiring.database.aside(
        connection,
        actor.tenant_id,
        lambda where: transcripts.find_places(where, sought, before=reached, limit=LINES),
    )
    fresh = list(dict.fromkeys(place.conversation_id for place in places))
    room = LARGEST - export.done
    done = await _enter(connection, wiring, actor, export, fresh[:room], now)
    export = replace(export, done=export.done + done, reached=places[-1].hit if places else export.reached)
    if len(places) == LINES and len(fresh) <= room:
        return export
    # The words are needed no longer, and are somebody's business.
    return replace(export, state=READY, total=export.done, cut=len(fresh) > room, query="", reached=None)


async def _collect_kept(
    connection: AsyncConnection, wiring: Wiring, actor: Actor, export: Export, now: datetime
) -> Export:
    closed_after = now - await wiring.kept_for(actor.tenant_id)
    if not export.total:
        export = replace(export, total=await exports.count_kept(connection, export.tenant_id, closed_after, LARGEST))
    found = await exports.list_kept(connection, export.tenant_id, closed_after, before=export.reached, limit=LINES)
    room = LARGEST - export.done
    done = await _enter(connection, wiring, actor, export, found[:room], now)
    export = replace(export, done=export.done + done, reached=found[-1] if found else export.reached)
    if len(found) == LINES and len(found) <= room:
        return export
    return replace(export, state=READY, total=export.done, cut=len(found) > room, reached=None)


async def _enter(
    connection: AsyncConnection,
    wiring: Wiring,
    actor: Actor,
    export: Export,
    conversation_ids: Sequence[UUID],
    now: datetime,
) -> int:
    """Enters conversations into a copy and into the ledger; returns how many were not in it."""
    added = dict(await exports.add_items(connection, export.tenant_id, export.id, conversation_ids))
    await wiring.outbox.append_all(
        connection,
        EXPORTED,
        tenant_id=actor.tenant_id,
        now=now,
        told=[
            (
                [_visitor(actor.tenant_id, visitor_id)],
                {
                    "record_id": ids.from_uuid("cnv", conversation_id),
                    "staff_id": actor.subject_id,
                    "purpose": access_pb2.Purpose.Name(access_pb2.Purpose.ValueType(actor.purpose)),
                    "export_id": ids.from_uuid("exp", export.id),
                },
            )
            for conversation_id, visitor_id in added.items()
        ],
    )
    return len(added)


async def get_export(actor: Actor, wiring: Wiring, export_id: UUID) -> Export:
    """Returns one of the caller's copies."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await _own(connection, actor, export_id, wiring.clock.now())


async def list_exports(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Export], str]:
    """Returns a page of the caller's copies and the next page's token."""
    limit, scope = page_size(size, default=20, maximum=100), (actor.tenant_id, actor.subject_id, "exports")
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await exports.list_exports(
            connection,
            tenant_of(actor),
            ids.to_uuid(actor.subject_id, "stf"),
            now=wiring.clock.now(),
            before=before,
            limit=limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (str(each.id),))


async def cancel_export(actor: Actor, wiring: Wiring, export_id: UUID) -> None:
    """Gives up one of the caller's copies, however far it is."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await _own(connection, actor, export_id, wiring.clock.now())
        await exports.delete_export(connection, tenant_of(actor), export_id)


async def download_export(actor: Actor, wiring: Wiring, export_id: UUID) -> tuple[Form, AsyncIterator[bytes]]:
    """Returns how a copy's file is written, and the file piece by piece."""
    export = await get_export(actor, wiring, export_id)
    if export.state != READY:
        raise ExportNotReady
    form = FORMS[export.format]
    return form, _pieces(replace(actor, purpose=export.purpose), wiring, export, form)


async def _pieces(reader: Actor, wiring: Wiring, export: Export, form: Form) -> AsyncIterator[bytes]:
    kept, after, first = await wiring.kept_for(reader.tenant_id), None, True
    head = form.head()
    while True:
        now = wiring.clock.now()
        async with wiring.database.transaction(reader.tenant_id) as connection:
            found = await exports.list_items(
                connection, export.tenant_id, export.id, closed_after=now - kept, after=after, limit=AT_ONCE
            )
            records = {each.id: each.visitor_id for each in found}
            sealed = await wiring.access.record_all(connection, reader, records, now)
        if head:
            # The first piece leaves when the first readings are on record.
            yield head.encode()
            head = ""
        shown = [conversation for conversation in found if conversation.id not in sealed]
        async for piece in _written(wiring, reader.tenant_id, shown, form, first=first):
            yield piece.encode()
        first = first and not shown
        if len(found) < AT_ONCE:
            break
        after = found[-1].id
    async with wiring.database.transaction(reader.tenant_id) as connection:
        # One that was given up meanwhile breaks off, so that nobody takes a part for the whole.
        await _given(connection, export.tenant_id, export.id)
    yield form.foot().encode()


async def _written(
    wiring: Wiring, tenant_id: str, shown: Sequence[Conversation], form: Form, *, first: bool
) -> AsyncIterator[str]:
    """Yields some conversations as they are written; `first` says that none stands before them."""
    waiting, current, begun = deque(shown), None, False
    place: tuple[UUID, int] | None = None
    conversation_ids = [conversation.id for conversation in shown]
    while conversation_ids:
        async with wiring.database.transaction(tenant_id) as connection:
            page = await messages.list_messages_among(
                connection, ids.to_uuid(tenant_id, "ten"), conversation_ids, place, ENTRIES
            )
        written = ""
        for conversation_id, entries in groupby(page, key=attrgetter("conversation_id")):
            while current is None or current.id != conversation_id:
                written += "" if current is None else form.end()
                current, begun = waiting.popleft(), False
                written += form.begin(current, first=first)
                first = False
            written += form.entries(current, entries, first=not begun)
            begun = True
        if len(page) < ENTRIES:
            written += "" if current is None else form.end()
            for conversation in waiting:
                written += form.begin(conversation, first=first) + form.end()
                first = False
            yield written
            return
        yield written
        place = (page[-1].conversation_id, page[-1].sequence)


async def _own(connection: AsyncConnection, actor: Actor, export_id: UUID, now: datetime) -> Export:
    export = await exports.find_export(connection, tenant_of(actor), export_id)
    if export is None or ids.from_uuid("stf", export.staff_id) != actor.subject_id or export.expire_time <= now:
        raise NotFound("EXPORT_NOT_FOUND", "There is no such copy.")
    return export


async def _given(connection: AsyncConnection, tenant_id: UUID, export_id: UUID) -> None:
    if await exports.find_export(connection, tenant_id, export_id) is None:
        raise NotFound("EXPORT_NOT_FOUND", "There is no such copy.")


def _visitor(tenant_id: str, visitor_id: UUID) -> Subject:
    return Subject(tenant_id=tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=ids.from_uuid("vis", visitor_id))


def _actor_of(tenant_id: str, export: Export) -> Actor:
    """Returns who asked for a copy, as its job works for them."""
    return Actor(
        tenant_id=tenant_id,
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_SUPERVISOR}),
        subject_id=ids.from_uuid("stf", export.staff_id),
        display_name=export.staff_name,
        purpose=export.purpose,
    )


def _filters(asked: Asked | None) -> dict[str, str]:
    if asked is None:
        return {}
    values = {
        "operator_id": asked.operator_id,
        "site_id": asked.site_id,
        "tag_id": asked.tag_id,
        "since": asked.since and asked.since.isoformat(),
        "until": asked.until and asked.until.isoformat(),
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def _asked(export: Export) -> Asked:
    kept = export.filters
    return Asked(
        query=export.query,
        operator_id=UUID(kept["operator_id"]) if "operator_id" in kept else None,
        site_id=UUID(kept["site_id"]) if "site_id" in kept else None,
        tag_id=UUID(kept["tag_id"]) if "tag_id" in kept else None,
        since=datetime.fromisoformat(kept["since"]) if "since" in kept else None,
        until=datetime.fromisoformat(kept["until"]) if "until" in kept else None,
    )
