"""Changes tickets: by hand, by a macro or by a rule, one or many at once, with one undo for all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from google.protobuf.message import Message
from parley.support.v1 import change_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import NotFound, ParleyError
from kernel.identity import Actor
from kernel.privacy.tickets import CLOSE_DAYS, SURVEY_HOURS, SURVEY_ID, UNDO_SECONDS
from services.support.actions import copying, levels, reports
from services.support.actions.seeing import check_purpose, visible_queues
from services.support.actions.wiring import CHANGED, Wiring, staff_of, tenant_of
from services.support.domain import changes, queues, rules, tickets
from services.support.domain.changes import Asked, By, Known, Work
from services.support.domain.files import no_such_file
from services.support.domain.levels import MOVING
from services.support.domain.tickets import Kind, Ticket, no_such_ticket
from services.support.store import copies, lists, macros, thread
from services.support.store import files as file_store
from services.support.store import queues as queue_store
from services.support.store import rules as rule_store
from services.support.store import tickets as store
from services.support.store.rules import Run

#: For how long changes can be taken back.
UNDO_FOR = timedelta(hours=1)
MAIL_JOB, CLOSE_JOB, SURVEY_JOB = "ticket.answer", "ticket.close", "ticket.survey"
_ASSIGN = Kind.Value("CHANGE_KIND_ASSIGN")
_DUPLICATE = Kind.Value("CHANGE_KIND_DUPLICATE")
_MOVE = Kind.Value("CHANGE_KIND_MOVE")
_AUTO, _ME = "auto", "me"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What became of one ticket."""

    ticket_id: UUID
    refusal: str = ""
    etag: str = ""
    entry_id: UUID | None = None


async def known_to(connection: AsyncConnection, wiring: Wiring, tenant_id: str) -> Known:
    """Returns what a tenant has, against which changes are held."""
    tenant = ids.to_uuid(tenant_id, "ten")
    found = await queue_store.list_queues(connection, tenant)
    seconds: int = await wiring.settings.get(tenant_id, UNDO_SECONDS)
    return Known(
        queue_ids=frozenset(each.id for each in found),
        retired_queue_ids=frozenset(each.id for each in found if each.is_retired),
        tag_ids=frozenset(each.id for each in await queue_store.list_tags(connection, tenant) if not each.is_retired),
        fields={each.id: each for each in await queue_store.list_fields(connection, tenant)},
        send_after=timedelta(seconds=seconds),
    )


async def change_tickets(
    actor: Actor,
    wiring: Wiring,
    ticket_ids: Sequence[UUID],
    asked: Sequence[Asked],
    *,
    etag: str,
    seen_entries: int,
    request_id: str,
    request: Message,
    macro_id: UUID | None = None,
) -> tuple[list[Changed], str, datetime | None]:
    """Carries out the same changes on tickets, all or nothing for each, and returns what takes them back.

    Raises NotFound where one is not there for the caller, and for one alone whatever stands against its change.
    """
    now, tenant = wiring.clock.now(), tenant_of(actor)
    asked = [replace(each, value=_named(actor, each)) for each in asked]
    await wiring.peers.check_agents(
        actor.tenant_id, {each.value for each in asked if each.kind == _ASSIGN and each.value.startswith("stf_")}
    )
    by = By(staff_id=staff_of(actor), staff_name=actor.display_name)
    undo_id = ids.new_id("und")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        seen = await visible_queues(connection, actor)
        made = await wiring.idempotency.claim(connection, actor, "ChangeTickets", request_id, request, undo_id, now)
        if made != undo_id:
            kept = await thread.list_answers(connection, tenant, ids.to_uuid(made, "und"))
            # Whoever changed them hears so again, even where they were moved out of their sight since.
            there = await lists.list_by_ids(connection, tenant, [each.ticket_id for each in kept])
            people = {key: each.ticket.requester_id for key, each in there.items()}
            await wiring.access.record_all(connection, actor, people, now)
            return _as_first(kept, made)
        found = await _roots(connection, tenant, ticket_ids, seen)
        sealed = await wiring.access.record_all(
            connection, actor, {each.id: each.requester_id for each in found.values()}, now
        )
        known = await known_to(connection, wiring, actor.tenant_id)
        if macro_id is not None:
            asked = [*(await macros.get_macro(connection, tenant, macro_id)).steps, *asked]
        known = replace(known, queue_ids=known.queue_ids & set(seen)) if not _is_moved(asked) else known
        is_one = len(ticket_ids) == 1
        if not is_one and any(each.file_ids for each in asked):
            raise tickets.ChangeMalformed("changes.file_ids")
        done: list[Changed] = []
        undos: list[thread.Undo] = []
        for ticket_id in ticket_ids:
            ticket = found[ticket_id]
            try:
                if ticket.id in sealed:
                    raise no_such_ticket()
                if is_one:
                    tickets.check_etag(etag, ticket.revision)
                    _check_seen(ticket, asked, seen_entries)
                into = await _targets(connection, tenant, asked, seen)
                work = await carry_out(connection, actor.tenant_id, ticket, asked, by, known, now)
            except ParleyError as error:
                if is_one:
                    raise
                done.append(Changed(ticket_id=ticket_id, refusal=error.reason, etag=ticket.etag))
                continue
            if into is not None:
                await _check_no_circle(connection, tenant, ticket.id, into)
            after = await keep(connection, wiring, actor.tenant_id, work)
            found = {key: after if each.id == after.id else each for key, each in found.items()}
            entry = work.entries[-1].id if work.entries else None
            done.append(Changed(ticket_id=ticket_id, etag=after.etag, entry_id=entry))
            if _can_be_undone(work):
                undos.append(_undo_of(work, after, ids.to_uuid(undo_id, "und"), staff_of(actor), now))
        await thread.add_undos(connection, tenant, undos)
        if request_id:
            await thread.add_answers(connection, tenant, _kept_answer(done, undos, ids.to_uuid(undo_id, "und"), now))
        await wiring.retention.schedule(connection, actor.tenant_id, now)
        wiring.hints.send_after(connection, CHANGED)
    return done, undo_id if undos else "", now + UNDO_FOR if undos else None


def _kept_answer(
    done: Sequence[Changed], undos: Sequence[thread.Undo], undo_id: UUID, now: datetime
) -> list[thread.Answered]:
    return [
        thread.Answered(
            id=undo_id,
            place=place,
            ticket_id=each.ticket_id,
            refusal=each.refusal,
            etag=each.etag,
            entry_id=each.entry_id,
            is_undoable=bool(undos) and not each.refusal,
            create_time=now,
        )
        for place, each in enumerate(done)
    ]


def _as_first(kept: Sequence[thread.Answered], undo_id: str) -> tuple[list[Changed], str, datetime | None]:
    """Returns what the first try of a change answered, and not how the tickets stand now."""
    if not kept:
        raise no_such_ticket()
    done = [
        Changed(ticket_id=each.ticket_id, refusal=each.refusal, etag=each.etag, entry_id=each.entry_id) for each in kept
    ]
    undoable = [each for each in kept if each.is_undoable]
    return done, undo_id if undoable else "", undoable[0].create_time + UNDO_FOR if undoable else None


def _named(actor: Actor, asked: Asked) -> str:
    return actor.subject_id if asked.kind == _ASSIGN and asked.value == _ME else asked.value


def _is_moved(asked: Sequence[Asked]) -> bool:
    # Whoever works on a ticket may hand it over to a queue that only others see.
    return any(each.kind == _MOVE for each in asked)


def _check_seen(ticket: Ticket, asked: Sequence[Asked], seen_entries: int) -> None:
    answers = any(each.kind == Kind.Value("CHANGE_KIND_ANSWER") for each in asked)
    if answers and seen_entries and ticket.entry_count > seen_entries:
        raise tickets.EntriesMissed


async def _roots(
    connection: AsyncConnection, tenant: UUID, ticket_ids: Sequence[UUID], seen: Sequence[UUID]
) -> dict[UUID, Ticket]:
    """Returns the tickets that are meant: a part stands for that of which it is one. All are locked."""
    found = await store.lock_tickets(connection, tenant, ticket_ids, seen)
    if len(found) != len(set(ticket_ids)):
        raise no_such_ticket()
    for ticket_id, ticket in list(found.items()):
        if ticket.merged_into_id is not None:
            found[ticket_id] = await store.root_of(connection, tenant, ticket_id, lock=True)
    return found


async def _targets(
    connection: AsyncConnection, tenant: UUID, asked: Sequence[Asked], seen: Sequence[UUID]
) -> UUID | None:
    into: UUID | None = None
    for each in asked:
        if each.kind == _DUPLICATE:
            into = changes.id_of(each.value, "tkt")
            await store.get_ticket(connection, tenant, into, seen)
    return into


async def _check_no_circle(connection: AsyncConnection, tenant: UUID, ticket_id: UUID, into: UUID) -> None:
    if (await store.root_of(connection, tenant, into)).id == ticket_id:
        raise tickets.ChangeMalformed("into_id")


async def carry_out(
    connection: AsyncConnection,
    tenant_id: str,
    ticket: Ticket,
    asked: Sequence[Asked],
    by: By,
    known: Known,
    now: datetime,
) -> Work:
    """Carries changes out on a locked ticket, without writing anything but who was given something."""
    work = Work.on(ticket, by, now)
    for each in asked:
        given = each
        if each.kind == _ASSIGN and each.value == _AUTO:
            chosen = await whoever_is_next(connection, tenant_id, work.ticket, now)
            given = replace(each, value=ids.from_uuid("stf", chosen) if chosen else "")
        changes.carry_out(work, given, known)
    return work


async def whoever_is_next(connection: AsyncConnection, tenant_id: str, ticket: Ticket, now: datetime) -> UUID | None:
    """Returns who of its queue is given a ticket, and notes it; nobody where the queue gives nothing out."""
    tenant = ids.to_uuid(tenant_id, "ten")
    queue = await queue_store.get_queue(connection, tenant, ticket.queue_id)
    in_turn = await queue_store.members_in_turn(connection, tenant, queue.id)
    busy = await store.count_open_by_assignee(connection, tenant, in_turn) if in_turn else {}
    chosen = queues.next_of(queue.assignment or queues.MANUAL, in_turn, busy)
    if chosen is not None:
        await queue_store.note_given(connection, tenant, queue.id, chosen, now)
    return chosen


async def keep(connection: AsyncConnection, wiring: Wiring, tenant_id: str, work: Work) -> Ticket:
    """Writes what was done to a ticket, with all that follows from it, and returns it as it is now."""
    tenant = ids.to_uuid(tenant_id, "ten")
    for tag_id in work.tags_on:
        if await store.put_tag(connection, tenant, work.ticket.id, tag_id):
            work.note("TAGGED", "", ids.from_uuid("ttg", tag_id))
    for tag_id in work.tags_off:
        if await store.take_tag(connection, tenant, work.ticket.id, tag_id):
            work.note("UNTAGGED", ids.from_uuid("ttg", tag_id), "")
    for field_id, value in work.fields.items():
        before = await store.set_field_value(connection, tenant, work.ticket.id, field_id, value)
        work.fields_before.setdefault(field_id, before)
    if work.follows is not None and work.by.staff_id is not None:
        await store.set_follower(connection, tenant, work.ticket.id, work.by.staff_id, follows=work.follows)
    await copying.change(connection, tenant, work)
    if not work.is_changed:
        return work.ticket
    if not MOVING.isdisjoint(each.kind for each in work.happened):
        work.ticket = await levels.reckon(connection, wiring, tenant_id, work.ticket, work.happened, work.now)
    work.ticket = replace(work.ticket, update_time=work.now, revision=work.before.revision + 1)
    await store.save_ticket(connection, tenant, work.ticket)
    await thread.add_entries(connection, tenant, work.entries)
    for entry_id, file_ids in work.files.items():
        put = await file_store.put_into_entry(connection, tenant, work.ticket.id, entry_id, file_ids)
        if put != len(file_ids):
            raise no_such_file()
    await thread.add_events(connection, tenant, work.happened)
    await reports.note(connection, tenant, work)
    for entry in work.entries:
        if entry.send_time is not None:
            await wiring.jobs.enqueue(
                connection,
                MAIL_JOB,
                tenant_id=tenant_id,
                now=work.now,
                due=entry.send_time,
                key=str(entry.id),
                arguments={"entry": ids.from_uuid("ent", entry.id)},
            )
    if work.ticket.state == tickets.RESOLVED and work.before.state != tickets.RESOLVED:
        days: int = await wiring.settings.get(tenant_id, CLOSE_DAYS)
        await wiring.jobs.enqueue(
            connection,
            CLOSE_JOB,
            tenant_id=tenant_id,
            now=work.now,
            due=work.now + timedelta(days=days),
            arguments={"ticket": ids.from_uuid("tkt", work.ticket.id), "revision": work.ticket.revision},
        )
        hours: int = await wiring.settings.get(tenant_id, SURVEY_HOURS)
        if await wiring.settings.get(tenant_id, SURVEY_ID):
            await wiring.jobs.enqueue(
                connection,
                SURVEY_JOB,
                tenant_id=tenant_id,
                now=work.now,
                due=work.now + timedelta(hours=hours),
                arguments={"ticket": ids.from_uuid("tkt", work.ticket.id)},
            )
    if (work.ticket.close_time is None) != (work.before.close_time is None):
        copied = await copies.list_copies(connection, tenant, work.ticket.id)
        people = [work.ticket.requester_id, *(each.id for each in copied)]
        await store.note_idle(connection, tenant, people, work.now)
    # What a rule does sets off no rule, and what is taken back is not done again by one.
    if work.by.rule_id is None and not any(each.kind == "UNDONE" for each in work.happened):
        return await _run_rules(connection, wiring, tenant_id, work)
    return work.ticket


async def _run_rules(connection: AsyncConnection, wiring: Wiring, tenant_id: str, work: Work) -> Ticket:
    """Runs the rules that what happened sets off, each on the ticket as the one before left it, and notes each run."""
    tenant = ids.to_uuid(tenant_id, "ten")
    happened = {each.kind for each in work.happened}
    set_off = [
        each
        for each in await rule_store.list_rules(connection, tenant)
        if each.is_on and rules.trigger_name(each.trigger) in happened
    ]
    ticket = work.ticket
    if not set_off:
        return ticket
    email = (await store.get_requester(connection, tenant, ticket.requester_id)).email
    known = await known_to(connection, wiring, tenant_id)
    for rule in set_off:
        if not rules.fits(rule.conditions, ticket, email):
            continue
        refusal = ""
        try:
            done = await carry_out(connection, tenant_id, ticket, rule.steps, By(rule_id=rule.id), known, work.now)
            ticket = await keep(connection, wiring, tenant_id, done)
        except ParleyError as error:
            refusal = error.reason
        run = Run(id=ids.new_uuid(), ticket_id=ticket.id, rule_id=rule.id, refusal=refusal, time=work.now)
        await rule_store.add_run(connection, tenant, run)
    return ticket


def _can_be_undone(work: Work) -> bool:
    return bool(work.happened or work.entries)


def _undo_of(work: Work, after: Ticket, undo_id: UUID, staff_id: UUID, now: datetime) -> thread.Undo:
    before: dict[str, Any] = {
        name: _plain(getattr(work.before, name))
        for name in changes.UNDONE
        if getattr(work.before, name) != getattr(after, name)
    }
    happened = {each.kind for each in work.happened}
    kept = {
        "ticket": before,
        "made": {name: _plain(getattr(after, name)) for name in before},
        "on": [str(each) for each in work.tags_on] if "TAGGED" in happened else [],
        "off": [str(each) for each in work.tags_off] if "UNTAGGED" in happened else [],
        "fields": {str(key): value for key, value in work.fields_before.items()},
        "copies_on": [str(each) for each in work.copied],
        "copies_off": [str(each) for each in work.uncopied],
        "entries": [str(each.id) for each in work.entries if each.kind == tickets.ANSWER],
    }
    return thread.Undo(
        id=undo_id,
        ticket_id=after.id,
        staff_id=staff_id,
        before=orjson.dumps(kept).decode(),
        create_time=now,
    )


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _read(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if name.endswith("_id"):
        return UUID(value)
    return datetime.fromisoformat(value) if name.endswith("_time") else value


async def undo_change(actor: Actor, wiring: Wiring, undo_id: UUID) -> list[Changed]:
    """Takes the caller's changes back, on every ticket that still is as they made it; what went out stays out.

    What others, a rule or a mail have added since, and what they changed besides, hinders nobody and stays.
    """
    now, tenant = wiring.clock.now(), tenant_of(actor)
    by = By(staff_id=staff_of(actor), staff_name=actor.display_name)
    done: list[Changed] = []
    async with wiring.database.transaction(actor.tenant_id) as connection:
        check_purpose(actor)
        kept = await thread.take_undos(connection, tenant, undo_id, staff_of(actor))
        if not kept or kept[0].create_time < now - UNDO_FOR:
            raise no_such_undo()
        # Whoever moved a ticket out of sight may bring it back.
        everywhere = [each.id for each in await queue_store.list_queues(connection, tenant)]
        found = await store.lock_tickets(connection, tenant, [each.ticket_id for each in kept], everywhere)
        for each in kept:
            ticket = found.get(each.ticket_id)
            if ticket is None or not _is_as_made(ticket, each):
                etag = "" if ticket is None else ticket.etag
                done.append(Changed(ticket_id=each.ticket_id, refusal="CHANGED_SINCE", etag=etag))
                continue
            after = await _bring_back(connection, wiring, actor.tenant_id, ticket, each, by, now)
            done.append(Changed(ticket_id=each.ticket_id, etag=after.etag))
        wiring.hints.send_after(connection, CHANGED)
    return done


def _is_as_made(ticket: Ticket, kept: thread.Undo) -> bool:
    made: dict[str, Any] = orjson.loads(kept.before)["made"]
    return all(_plain(getattr(ticket, name)) == value for name, value in made.items())


async def _bring_back(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    ticket: Ticket,
    kept: thread.Undo,
    by: By,
    now: datetime,
) -> Ticket:
    tenant, before = ids.to_uuid(tenant_id, "ten"), orjson.loads(kept.before)
    work = Work.on(ticket, by, now)
    values = {name: _read(name, value) for name, value in before["ticket"].items()}
    work.ticket = replace(ticket, **values)
    work.tags_off = [UUID(each) for each in before["on"]]
    work.tags_on = [UUID(each) for each in before["off"]]
    work.fields = {UUID(field_id): value for field_id, value in before["fields"].items()}
    work.copies_off = [UUID(each) for each in before["copies_on"]]
    gone = await copies.list_emails(connection, tenant, [UUID(each) for each in before["copies_off"]])
    work.copies_on = list(gone.values())
    for each in before["entries"]:
        entry = await thread.find_entry(connection, tenant, UUID(each), lock=True)
        if entry is not None and entry.send_state == tickets.WAITING and not entry.is_withdrawn:
            draft = thread.Draft(body=entry.body, is_internal=False, update_time=now)
            await thread.withdraw_entry(connection, tenant, entry.id)
            await file_store.take_out_of_entry(connection, tenant, entry.id)
            assert by.staff_id is not None
            await thread.save_draft(connection, tenant, ticket.id, by.staff_id, draft)
    work.note("UNDONE", changes.state_name(ticket.state), changes.state_name(work.ticket.state))
    return await keep(connection, wiring, tenant_id, work)


def no_such_undo() -> NotFound:
    """Returns the one answer to what cannot be taken back, or not any more, or is somebody else's."""
    return NotFound("UNDO_NOT_FOUND", "This cannot be taken back any more.")


def asked_of(change: change_pb2.Change) -> Asked:
    """Reads a change of the contract."""
    return Asked(
        kind=change.kind,
        value=change.value,
        text=change.text,
        file_ids=tuple(ids.to_uuid(each, "att") for each in change.file_ids),
    )
