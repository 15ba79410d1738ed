"""Changes, takes back and removes what was said, each time by an entry of the conversation's own sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.events import EventType, a_count, an_id
from kernel.identity import Actor, Subject
from kernel.journal import Redacted
from kernel.storage import leftovers
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation, Entry, Viewer, revising
from services.chat.store import revisions
from services.chat.store.messages import Appended
from services.chat.store.tables import PREVIOUS_DAYS, messages, metadata

_ATTRIBUTES = {"conversation_id": an_id("cnv"), "sequence": a_count}
EDITED = EventType("message.edited", _ATTRIBUTES)
RETRACTED = EventType("message.retracted", _ATTRIBUTES)
REDACTED = EventType("message.redacted", _ATTRIBUTES)

_KINDS: dict[int, tuple[int, EventType]] = {
    revising.EDITED: (domain.EDITED, EDITED),
    revising.RETRACTED: (domain.RETRACTED, RETRACTED),
    revising.REMOVED: (domain.REMOVED, REDACTED),
}

Check = Callable[[Viewer, Conversation, Entry | None, datetime], Entry]


async def edit_message(actor: Actor, wiring: Wiring, conversation_id: UUID, sequence: int, body: str) -> Entry:
    """Changes what the caller said and returns it as it stands; the same text again changes nothing."""
    if not body.strip() or "\x00" in body:
        raise InvalidArgument(
            "ARGUMENT_INVALID", "There is nothing to say.", fields=[("body", "must hold something that can be read")]
        )
    return await _revised(actor, wiring, conversation_id, sequence, revising.check_revise, revising.EDITED, body)


async def retract_message(actor: Actor, wiring: Wiring, conversation_id: UUID, sequence: int) -> Entry:
    """Takes back what the caller said and returns what is left of it; a second time changes nothing."""

    def check(viewer: Viewer, conversation: Conversation, entry: Entry | None, now: datetime) -> Entry:
        if entry is not None and entry.revision == revising.RETRACTED and revising.is_author(viewer, entry):
            return entry
        return revising.check_revise(viewer, conversation, entry, now)

    return await _revised(actor, wiring, conversation_id, sequence, check, revising.RETRACTED, "")


async def redact_message(actor: Actor, wiring: Wiring, conversation_id: UUID, sequence: int) -> Entry:
    """Removes for good what was said, and what stood there before; a second time changes nothing."""

    def check(viewer: Viewer, conversation: Conversation, entry: Entry | None, now: datetime) -> Entry:
        return revising.check_redact(viewer, conversation, entry)

    return await _revised(actor, wiring, conversation_id, sequence, check, revising.REMOVED, "")


async def list_previous_texts(
    actor: Actor, wiring: Wiring, conversation_id: UUID, sequence: int
) -> Sequence[tuple[int, str, datetime]]:
    """Returns what stood in a message before its changes. The reading is recorded first."""
    kept = await wiring.kept_for(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        viewer, now = viewer_of(actor), wiring.clock.now()
        conversation = domain.check_read(
            viewer, await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept), now
        )
        reader = domain.reader_of(viewer, conversation, now)
        await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
        return await revisions.list_previous(
            connection, conversation.tenant_id, conversation.id, sequence, now - timedelta(days=PREVIOUS_DAYS)
        )


async def _revised(
    actor: Actor, wiring: Wiring, conversation_id: UUID, sequence: int, check: Check, revision: int, body: str
) -> Entry:
    kept = await wiring.kept_for(actor.tenant_id)
    now, viewer = wiring.clock.now(), viewer_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        conversation = domain.check_read(
            viewer,
            await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept, lock=True),
            now,
        )
        reader = domain.reader_of(viewer, conversation, now)
        # What is held for a legal case is not changed either: the look at the seals refuses it.
        await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
        found = await revisions.find_message(connection, conversation.tenant_id, conversation.id, sequence)
        said = check(viewer, conversation, found, now)
        if (said.revision == revision and said.body == body) or (said.revision == 0 and said.body == body):
            return said
        changed = replace(said, body=body, revision=revision, revise_time=now)
        event, appended = await _change(connection, wiring, viewer, conversation, said, changed, now)
    wiring.hub.committed(conversation.tenant_id, [(event, appended)])
    return changed


async def _change(
    connection: AsyncConnection,
    wiring: Wiring,
    viewer: Viewer,
    conversation: Conversation,
    said: Entry,
    changed: Entry,
    now: datetime,
) -> tuple[Entry, Appended]:
    tenant_id = conversation.tenant_id
    kind, announced = _KINDS[changed.revision]
    event = Entry(
        conversation_id=conversation.id,
        id=ids.new_uuid(),
        kind=kind,
        side=domain.side_of(viewer),
        operator_id=viewer.staff_id,
        body=changed.body,
        target_sequence=said.sequence,
    )
    appended = await revisions.add_event(connection, tenant_id, event, now)
    if changed.revision == revising.REMOVED:
        await revisions.clear(connection, tenant_id, conversation.id, said.sequence, changed.revision, now)
    else:
        await revisions.revise(connection, tenant_id, changed)
        await revisions.keep_previous(connection, tenant_id, said, appended.sequence, now)
        await leftovers.mark(connection, metadata, [messages.name], now)
    tenant = ids.from_uuid("ten", tenant_id)
    conversation_id = ids.from_uuid("cnv", conversation.id)
    await wiring.outbox.append(
        connection,
        announced,
        tenant_id=tenant,
        now=now,
        subjects=[
            Subject(
                tenant_id=tenant,
                kind=subject_pb2.SUBJECT_KIND_VISITOR,
                id=ids.from_uuid("vis", conversation.visitor_id),
            )
        ],
        attributes={"conversation_id": conversation_id, "sequence": str(said.sequence)},
    )
    if changed.revision == revising.REMOVED:
        # It is on record before it is committed, so that no backup from before brings the text back.
        await wiring.journal.append(
            Redacted(
                tenant_id=tenant,
                conversation_id=conversation_id,
                message_id=ids.from_uuid("msg", said.id),
                sequence=said.sequence,
            )
        )
    return event, appended
