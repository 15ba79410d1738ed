"""Files of tickets: taken in within bounds, examined first, seen by whom they are for, gone with their ticket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc.aio
import orjson
import pytest
import pytest_asyncio
from parley.files.v1 import files_pb2, files_pb2_grpc
from parley.identity.v1 import tenant_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from parley.support.v1 import change_pb2, file_pb2, portal_pb2, portal_pb2_grpc, thread_pb2
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    from_rpc_error,
)
from kernel.files.tickets import Tickets
from kernel.storage import Database, runtime_url
from services.support.actions.links import Links
from tests.platform import Member, Platform
from tests.privacy.rights import until
from tests.support.desk import Desk, a_change, a_desk
from tests.support.filing import PDF, TicketFile, add, examined, files_of, read, send_before, stub


@pytest_asyncio.fixture(scope="module")
async def desk(platform: Platform) -> Desk:
    """A company with an agent and a supervisor."""
    return await a_desk(platform)


async def bytes_at(desk: Desk, url: str) -> bytes:
    """Returns what the content host would hand out at an address."""
    ticket = Tickets(desk.platform.config.secret_key).read(url.rpartition("/files/")[2], datetime.now(UTC))
    assert ticket is not None
    assert (ticket.service, ticket.tenant_id) == ("support", desk.tenant.id)
    return await own_bytes(desk, ticket.file_id)


async def own_bytes(desk: Desk, file_id: str) -> bytes:
    call: Any = files_pb2_grpc.FileServiceStub(desk.platform.support).ReadFile(
        files_pb2.ReadFileRequest(file_id=file_id),
        metadata=(("authorization", f"Bearer {desk.platform.channels.tokens.make(desk.tenant.id)}"),),
    )
    try:
        return b"".join([each.data async for each in call])
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from None


async def test_a_file_of_the_form_is_examined_and_then_read_by_staff(desk: Desk) -> None:
    first, second = await send_before(desk, PDF[:500], PDF[500:]), await send_before(desk, b"MZ\x00", name="x.pdf")
    ticket_id = await desk.submit("See the bill.", file_ids=[first, second])
    bill, program = await examined(desk, ticket_id)
    assert (bill.id, bill.filename, bill.media_type, bill.size) == (first, "bill.pdf", "application/pdf", len(PDF))
    assert bill.state == TicketFile.STATE_READY
    assert (program.state, program.reason) == (TicketFile.STATE_REFUSED, "FILE_TYPE_NOT_ALLOWED")
    whole = await desk.get(ticket_id)
    assert [each.id for each in whole.files] == [first, second]
    assert {each.entry_id for each in whole.files} == {whole.entries[0].id}
    assert await bytes_at(desk, await read(desk, ticket_id, first)) == PDF
    with pytest.raises(FailedPrecondition, match="FILE_NOT_READY"):
        await read(desk, ticket_id, second)
    # What went with one request goes with no other.
    with pytest.raises(NotFound, match="FILE_NOT_FOUND"):
        await desk.submit("Again.", file_ids=[first])


async def test_a_file_without_a_request_is_read_by_nobody_and_goes_after_a_day(desk: Desk) -> None:
    before = len(stored(desk))
    waiting = await send_before(desk, request_id="the-same-file")
    token = await desk.tenant.anonymous()
    assert await send_before(desk, token=token, request_id="the-same-file") == waiting
    with pytest.raises(NotFound):
        await own_bytes(desk, waiting)
    elsewhere = await a_desk(desk.platform)
    with pytest.raises(NotFound, match="FILE_NOT_FOUND"):
        await elsewhere.submit("Mine now.", file_ids=[waiting])
    assert len(stored(desk)) == before + 1
    async with tables(desk) as connection:
        await connection.execute(text("UPDATE support.waiting_files SET create_time = create_time - interval '25 h'"))
    await purge(desk)
    await until(left(desk), lambda names: len(names) == before)
    with pytest.raises(NotFound, match="FILE_NOT_FOUND"):
        await desk.submit("Too late.", file_ids=[waiting])


@asynccontextmanager
async def tables(desk: Desk) -> AsyncIterator[AsyncConnection]:
    """Yields the company's tables, to move time in them."""
    config = desk.platform.config
    database = Database(runtime_url(config.database_url, config.secret_key, "support"))
    try:
        async with database.transaction(desk.tenant.id) as connection:
            yield connection
    finally:
        await database.close()


async def purge(desk: Desk) -> None:
    subjects = subject_pb2_grpc.SubjectServiceStub(desk.platform.support)
    await desk.platform.call(subjects.PurgeExpired, subject_pb2.PurgeExpiredRequest(), tenant_id=desk.tenant.id)


def stored(desk: Desk) -> list[Path]:
    """Returns every file that lies anywhere for the company."""
    return [each for each in (desk.platform.config.data_dir / "files" / desk.tenant.id).rglob("*") if each.is_file()]


def left(desk: Desk) -> Callable[[], Awaitable[list[Path]]]:
    """Returns what looks which files lie there; their removal is a job, which tells nobody."""

    async def look() -> list[Path]:
        await asyncio.sleep(0.05)
        return stored(desk)

    return look


async def test_staff_add_files_that_the_requester_sees_once_the_answer_went_out(desk: Desk) -> None:
    desk = await a_desk(desk.platform)
    ticket_id = await desk.submit("How do I do it?", email="fay@people.example")
    sent = await add(desk, ticket_id, request_id="how-it-is-done")
    assert (await add(desk, ticket_id, request_id="how-it-is-done")).id == sent.id
    other = await add(desk, ticket_id, name="wrong.pdf", who=desk.lead)
    await examined(desk, ticket_id)
    assert [each.entry_id for each in await files_of(desk, ticket_id)] == ["", ""]
    with pytest.raises(FailedPrecondition, match="FILE_IN_USE"):
        await remove(desk, ticket_id, other.id)
    await remove(desk, ticket_id, other.id, who=desk.lead)
    await remove(desk, ticket_id, other.id, who=desk.lead)
    with pytest.raises(InvalidArgument, match="CHANGE_MALFORMED"):
        await desk.call(desk.changes.ChangeTickets, with_files(ticket_id, "SET_SUBJECT", sent.id))
    changed = await desk.call(desk.changes.ChangeTickets, with_files(ticket_id, "ANSWER", sent.id))
    entry_id = changed.tickets[0].entry_id
    assert [each.entry_id for each in await files_of(desk, ticket_id)] == [entry_id]
    link = Links(desk.platform.config.secret_key, "").make(desk.tenant.id, ids.to_uuid(ticket_id, "tkt"))
    # While it can be taken back it was not said yet; taken back, its file lies at the composer again.
    assert not (await opened(desk, link)).files
    take_back = thread_pb2.UndoAnswerRequest(ticket_id=ticket_id, entry_id=entry_id)
    await desk.call(desk.threads.UndoAnswer, take_back)
    assert [each.entry_id for each in await files_of(desk, ticket_id)] == [""]
    note = await desk.call(desk.changes.ChangeTickets, with_files(ticket_id, "NOTE", sent.id))
    assert not (await opened(desk, link)).files
    await desk.undo(note.undo_id)
    with pytest.raises(NotFound, match="FILE_NOT_FOUND"):
        await desk.call(desk.changes.ChangeTickets, with_files(ticket_id, "ANSWER", sent.id))
    again = await add(desk, ticket_id)
    await examined(desk, ticket_id)
    await set_to(desk, "support.undo_seconds", 1)
    await desk.call(desk.changes.ChangeTickets, with_files(ticket_id, "ANSWER", again.id))
    shown = await until(lambda: opened(desk, link), lambda found: bool(found.files))
    assert [(each.id, each.staff_id) for each in shown.files] == [(again.id, "")]
    portal = portal_pb2_grpc.PortalServiceStub(desk.platform.support)
    way = await desk.platform.call(portal.OpenOwnFile, portal_pb2.OpenOwnFileRequest(link=link, file_id=again.id))
    assert await bytes_at(desk, way.url) == PDF
    with pytest.raises(NotFound, match="FILE_NOT_FOUND"):
        await desk.platform.call(portal.OpenOwnFile, portal_pb2.OpenOwnFileRequest(link=link, file_id=sent.id))


async def opened(desk: Desk, link: str) -> portal_pb2.OpenTicketLinkResponse:
    """Returns a ticket as whoever has its link sees it."""
    portal = portal_pb2_grpc.PortalServiceStub(desk.platform.support)
    found: portal_pb2.OpenTicketLinkResponse = await desk.platform.call(
        portal.OpenTicketLink, portal_pb2.OpenTicketLinkRequest(link=link)
    )
    return found


async def remove(desk: Desk, ticket_id: str, file_id: str, who: Member | None = None) -> None:
    request = file_pb2.RemoveTicketFileRequest(ticket_id=ticket_id, file_id=file_id)
    await desk.call(stub(desk).RemoveTicketFile, request, who)


async def set_to(desk: Desk, name: str, value: object) -> None:
    request = tenant_pb2.UpdateSettingRequest(name=name, value_json=orjson.dumps(value).decode())
    await desk.platform.call(desk.platform.tenants.UpdateSetting, request, token=desk.tenant.admin.token)


def with_files(ticket_id: str, kind: str, *file_ids: str) -> change_pb2.ChangeTicketsRequest:
    change = a_change(kind, text="Here it is.")
    change.file_ids.extend(file_ids)
    return change_pb2.ChangeTicketsRequest(ticket_ids=[ticket_id], changes=[change])


async def test_nobody_sends_more_than_the_company_takes_or_reads_what_is_not_theirs(platform: Platform) -> None:
    desk = await a_desk(platform)
    await set_to(desk, "files.most_megabytes", 1)
    await set_to(desk, "files.most_megabytes_of_tenant", 10)
    megabyte = b"%PDF-1.7\n" + b"x" * 900_000
    with pytest.raises(InvalidArgument, match="FILE_TOO_LARGE"):
        await send_before(desk, megabyte, b"x" * 100_000)
    with pytest.raises(InvalidArgument, match="FILE_EMPTY"):
        await send_before(desk, b"")
    # What nobody sends a request with takes a tenth at most, and staff have room all the while.
    outcomes = await asyncio.gather(*(send_before(desk, megabyte) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) in (
        ["InvalidArgument", "str"],
        ["ResourceExhausted", "str"],
    )
    ticket_id = await desk.submit("Look.")
    private = await desk.queue("Alone", desk.lead, is_private=True)
    kept = await add(desk, ticket_id, megabyte, name="../../etc/\u202efdp.exe")
    assert kept.filename == "fdp.exe"
    await examined(desk, ticket_id)
    await desk.change(ticket_id, ("MOVE", private))
    elsewhere = await a_desk(platform)
    for other in (desk, elsewhere):
        for tried in (files_of(other, ticket_id), read(other, ticket_id, kept.id), add(other, ticket_id)):
            with pytest.raises(NotFound, match="TICKET_NOT_FOUND"):
                await tried
    theirs = await elsewhere.submit("Mine.")
    with pytest.raises(NotFound, match="FILE_NOT_FOUND"):
        await read(elsewhere, theirs, kept.id)
    with pytest.raises(NotFound, match="FILE_NOT_FOUND"):
        await elsewhere.call(elsewhere.changes.ChangeTickets, with_files(theirs, "ANSWER", kept.id))
    await set_to(desk, "files.from_visitors", False)
    with pytest.raises(PermissionDenied, match="FILES_NOT_TAKEN"):
        await send_before(desk)


async def test_files_are_in_the_copy_of_their_requester_and_go_with_them(platform: Platform) -> None:
    desk = await a_desk(platform)
    mine = await send_before(desk, name="my bill.pdf")
    ticket_id = await desk.submit("Forget my bill.", email="ida@people.example", file_ids=[mine])
    await examined(desk, ticket_id)
    assert len(stored(desk)) == 1
    who = subject_pb2.Subject(
        kind=subject_pb2.SUBJECT_KIND_REQUESTER, id=(await desk.get(ticket_id)).ticket.requester_id
    )
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.support)
    copy = await platform.call(
        subjects.ExportSubject, subject_pb2.ExportSubjectRequest(subject=who), tenant_id=desk.tenant.id
    )
    (held,) = [each for each in copy.records if each.file_id]
    assert (held.file_id, held.filename) == (mine, "my bill.pdf")
    assert await own_bytes(desk, mine) == PDF
    await platform.call(subjects.EraseSubject, subject_pb2.EraseSubjectRequest(subject=who), tenant_id=desk.tenant.id)
    with pytest.raises(NotFound):
        await own_bytes(desk, mine)
    await until(left(desk), lambda names: not names)
