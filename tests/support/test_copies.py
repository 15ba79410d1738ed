"""Others on copy: they hear of every answer and reply by mail, and each of them can be forgotten alone."""

from __future__ import annotations

import pytest
import pytest_asyncio
from parley.identity.v1 import tenant_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from parley.support.v1 import record_pb2, ticket_pb2

from kernel.errors import FailedPrecondition, InvalidArgument
from tests.chat.test_transcript_mails import an_address, arrived
from tests.platform import Platform
from tests.support.desk import Desk, a_desk
from tests.support.test_mail import Send, a_mail, address_of, answering, entries_of, tickets_of
from tests.support.test_mail import send as send  # noqa: PLC0414  # A fixture.


@pytest_asyncio.fixture(scope="module")
async def desk(platform: Platform) -> Desk:
    """A company whose answers go out at once."""
    desk = await a_desk(platform)
    request = tenant_pb2.UpdateSettingRequest(name="support.undo_seconds", value_json="0")
    await platform.call(platform.tenants.UpdateSetting, request, token=desk.tenant.admin.token)
    return desk


async def test_whoever_is_on_copy_hears_of_answers_and_replies_in_their_own_name(desk: Desk, send: Send) -> None:
    pat, sam = an_address(), an_address()
    mail = a_mail(address_of(desk), pat, "About https://shop.example: help.")
    mail["Cc"] = f"Sam <{sam}>, {address_of(desk)}"
    await send(mail)
    (ticket,) = await tickets_of(desk, pat)
    whole = await desk.get(ticket.id)
    assert [each.email for each in whole.ticket.copies] == [sam]
    assert sam not in str(whole.events)
    await desk.change(ticket.id, ("ACCEPT",), ("ANSWER", "", "Is it plugged in?"))
    letter = await arrived(desk.platform, sam)
    words = letter.get_body(("plain",))
    assert words is not None
    assert "Is it plugged in?" in words.get_content()
    # The page is the requester's: whoever is on copy has no way to it.
    assert "/support/t/" not in words.get_content()
    await send(answering(letter, sam, "It is, I looked."))
    entries = await entries_of(desk, ticket.id, 3)
    assert (entries[2].body, entries[2].author_email) == ("It is, I looked.", sam)
    assert (await desk.get(ticket.id)).ticket.state == record_pb2.STATE_OPEN
    (copy,) = whole.ticket.copies
    await desk.change(ticket.id, ("REMOVE_COPY", copy.requester_id))
    await send(answering(letter, sam, "Am I still here?"))
    assert len(await tickets_of(desk, sam)) == 1
    assert len((await desk.get(ticket.id)).entries) == 3


async def test_copies_are_changed_and_taken_back_and_are_not_many(desk: Desk) -> None:
    pat = an_address()
    ticket_id = await desk.submit("Help us.", email=pat)
    added = await desk.change(ticket_id, ("ADD_COPY", "", " Sam@People.example "), ("ADD_COPY", "", pat))
    # The requester hears of answers anyway.
    (sam,) = (await desk.get(ticket_id)).ticket.copies
    assert sam.email == "sam@people.example"
    await desk.undo(added.undo_id)
    assert not (await desk.get(ticket_id)).ticket.copies
    added = await desk.change(ticket_id, ("ADD_COPY", "", sam.email))
    removed = await desk.change(ticket_id, ("REMOVE_COPY", sam.requester_id))
    await desk.undo(removed.undo_id)
    assert [each.email for each in (await desk.get(ticket_id)).ticket.copies] == [sam.email]
    with pytest.raises(InvalidArgument, match="CHANGE_MALFORMED"):
        await desk.change(ticket_id, ("ADD_COPY", "", "nobody"))
    with pytest.raises(FailedPrecondition, match="COPIES_LIMITED"):
        await desk.change(ticket_id, *(("ADD_COPY", "", f"p{each}@people.example") for each in range(10)))
    assert len((await desk.get(ticket_id)).ticket.copies) == 1


async def test_whoever_was_on_copy_is_forgotten_alone(desk: Desk) -> None:
    opened = await desk.call(
        desk.tickets.OpenTicket,
        ticket_pb2.OpenTicketRequest(
            email=an_address(),
            site_url="https://shop.example/",
            description="They called.",
            copy_emails=["zoe@people.example"],
        ),
    )
    (zoe,) = opened.ticket.copies
    who = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_REQUESTER, id=zoe.requester_id)
    subjects = subject_pb2_grpc.SubjectServiceStub(desk.platform.support)
    tenant = desk.tenant.id
    copy = await desk.platform.call(
        subjects.ExportSubject, subject_pb2.ExportSubjectRequest(subject=who), tenant_id=tenant
    )
    said = {value.value for record in copy.records for value in record.values}
    assert "zoe@people.example" in said
    assert "They called." not in said
    await desk.platform.call(subjects.EraseSubject, subject_pb2.EraseSubjectRequest(subject=who), tenant_id=tenant)
    whole = await desk.get(opened.ticket.id)
    assert not whole.ticket.copies
    assert [each.body for each in whole.entries] == ["They called."]
