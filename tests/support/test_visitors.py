"""A ticket that a visitor sent, or that was made out of their chat, is reached by all that reaches the visitor."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest
from parley.chat.v1 import conversation_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from parley.support.v1 import thread_pb2, ticket_pb2

from kernel import ids
from kernel.errors import NotFound
from kernel.identity import Subject
from kernel.privacy.age import refuse_minor
from tests.chat.people import claim
from tests.identity.test_credentials import exchange
from tests.identity.test_recognition import remember
from tests.platform import OPERATOR, Platform, Visitor
from tests.privacy.rights import until
from tests.support.desk import Desk, a_desk
from tests.support.filing import examined, send_before
from tests.support.test_files import left, stored
from tests.support.test_form import gateway as gateway  # noqa: PLC0414  # A fixture.

VISITOR, REQUESTER = subject_pb2.SUBJECT_KIND_VISITOR, subject_pb2.SUBJECT_KIND_REQUESTER
CANARY = "Canary-4f6d"


async def sent(desk: Desk, token: str, description: str = f"{CANARY}: it does not open.", **more: Any) -> str:
    """Asks by the form as whoever bears a token, and returns the ticket's id."""
    given = {"email": "pat@people.example", "site_url": "https://shop.example/", "display_name": "Pat"} | more
    request = ticket_pb2.SubmitTicketRequest(**given, description=description)
    answer = await desk.platform.call(desk.tickets.SubmitTicket, request, token=token)
    return next(each.id for each in await desk.list(order="NEWEST") if each.reference == answer.reference)


def named(visitor: Visitor) -> subject_pb2.Subject:
    """Names a visitor, within the tenant that calls."""
    return subject_pb2.Subject(kind=VISITOR, id=visitor.conversation.visitor_id)


def subjects(desk: Desk) -> Any:
    """Returns the way to what the desk owes people."""
    return subject_pb2_grpc.SubjectServiceStub(desk.platform.support)


async def erase(desk: Desk, who: subject_pb2.Subject, *, whole: bool = False) -> dict[str, int]:
    """Has the desk forget somebody, and returns how many records went, by their stores."""
    request = subject_pb2.EraseSubjectRequest(subject=who, whole=whole)
    answer = await desk.platform.call(subjects(desk).EraseSubject, request, tenant_id=desk.tenant.id)
    return {each.store: each.deleted for each in answer.stores if each.deleted}


async def told(desk: Desk, who: subject_pb2.Subject, *, within: str = "") -> set[str]:
    """Returns the values in what somebody is shown of what the desk holds about them."""
    request = subject_pb2.ExportSubjectRequest(subject=who, within_record_id=within)
    answer = await desk.platform.call(subjects(desk).ExportSubject, request, tenant_id=desk.tenant.id)
    files = {each.filename for each in answer.records if each.file_id}
    return files | {value.value for record in answer.records for value in record.values}


async def found_in(desk: Desk, *needles: str) -> dict[str, set[str]]:
    """Returns the desk's tables in which each needle stands, its jobs and its events among them."""
    connection = await asyncpg.connect(desk.platform.config.database_url)
    try:
        names = await connection.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'support'")
        query = "SELECT EXISTS (SELECT FROM support.{} t WHERE t::text LIKE '%' || $1 || '%')"
        return {
            needle: {each["name"] for each in names if await connection.fetchval(query.format(each["name"]), needle)}
            for needle in needles
        }
    finally:
        await connection.close()


async def gone(desk: Desk, ticket_id: str) -> bool:
    """Says whether a ticket is there no more."""
    try:
        await desk.get(ticket_id)
    except NotFound:
        return True
    return False


async def idle_since(desk: Desk, requester_id: str) -> Any:
    """Returns since when nothing of somebody's is open."""
    connection = await asyncpg.connect(desk.platform.config.database_url)
    try:
        query = "SELECT idle_time FROM support.requesters WHERE id = $1"
        return await connection.fetchval(query, ids.to_uuid(requester_id, "rqr"))
    finally:
        await connection.close()


async def test_nothing_that_a_minor_sent_to_the_desk_stays_and_what_others_sent_does(platform: Platform) -> None:
    desk = await a_desk(platform)
    minor, control = await desk.tenant.visitor("Pat"), await desk.tenant.visitor("Kim")
    file = await send_before(desk, token=minor.token, name=f"{CANARY}.pdf")
    ticket_id = await sent(
        desk, minor.token, email=f"{CANARY}@people.example".lower(), display_name=CANARY, file_ids=[file]
    )
    await examined(desk, ticket_id)
    # One more is on its way, with which nothing was sent yet.
    await send_before(desk, token=minor.token, name=f"{CANARY} waiting.pdf")
    kept = await sent(desk, control.token, "Control-9d31", email="kim@people.example")
    requester = (await desk.get(ticket_id)).ticket.requester_id
    draft = thread_pb2.SaveDraftRequest(ticket_id=ticket_id, body=f"{CANARY} draft")
    await desk.call(desk.threads.SaveDraft, draft)
    await desk.change(ticket_id, ("ACCEPT",), ("NOTE", "", f"{CANARY} note"), ("ANSWER", "", f"{CANARY} answer"))
    await desk.change(ticket_id, ("ADD_COPY", "", "copy-7c1e@people.example"))
    keys = [str(ids.to_uuid(minor.conversation.visitor_id, "vis")), str(ids.to_uuid(requester, "rqr"))]
    before = await found_in(desk, CANARY, CANARY.lower(), *keys, "copy-7c1e")
    assert {"tickets", "entries", "files", "waiting_files", "drafts"} <= before[CANARY]
    assert {"requesters", "tickets", "access"} <= before[CANARY.lower()] | before[keys[1]]
    subject = Subject(tenant_id=desk.tenant.id, kind=VISITOR, id=minor.conversation.visitor_id)
    stores = await refuse_minor(platform.channels, subject, site_id=desk.tenant.site.id)
    done = {each.store for each in stores if each.deleted}
    assert {f"support.{each}" for each in ("tickets", "entries", "files", "drafts", "requesters", "access")} <= done
    after = await found_in(desk, CANARY, CANARY.lower(), *keys, "copy-7c1e")
    # What happened is on record by ids alone, and those lead nowhere.
    assert not [needle for needle, places in after.items() if places - {"outbox"}]
    assert await gone(desk, ticket_id)
    search = ticket_pb2.SearchTicketsRequest(words=CANARY)
    assert not (await desk.call(desk.tickets.SearchTickets, search)).hits
    await until(left(desk), lambda names: not names)
    assert [each.body for each in (await desk.get(kept)).entries] == ["Control-9d31"]
    # A second time, there is nothing.
    assert await erase(desk, named(minor), whole=True) == {}


async def test_a_visitor_is_forgotten_with_their_tickets_and_with_nobody_else_s(platform: Platform) -> None:
    desk, elsewhere = await a_desk(platform), await a_desk(platform)
    visitor, other = await desk.tenant.visitor("Pat"), await desk.tenant.visitor("Pat")
    mine = await sent(desk, visitor.token)
    # The same address, from which somebody else asked: nobody has proved it.
    closed = await sent(desk, other.token, "The other's.")
    await desk.change(closed, ("DECLINE", "", "No."))
    theirs = await sent(desk, await desk.tenant.anonymous(), "Nobody's.", email="sam@people.example")
    requester = (await desk.get(mine)).ticket.requester_id
    assert (await desk.get(closed)).ticket.requester_id == requester
    # Another company that knows the id reaches nothing by it.
    assert await erase(elsewhere, named(visitor)) == {}
    assert not await told(elsewhere, named(visitor))
    done = await erase(desk, named(visitor))
    assert (done["support.tickets"], done["support.entries"]) == (1, 1)
    assert "support.requesters" not in done
    assert [await gone(desk, each) for each in (mine, closed, theirs)] == [True, False, False]
    # Nothing of theirs is open any more, so that their own period has begun.
    assert await idle_since(desk, requester) is not None
    assert await idle_since(desk, (await desk.get(theirs)).ticket.requester_id) is None
    # Whoever asks under the address is reached by it, as before.
    assert (await erase(desk, named(other)))["support.requesters"] == 1


async def test_a_visitor_is_shown_what_was_sent_and_not_what_the_address_was_answered(platform: Platform) -> None:
    desk = await a_desk(platform)
    first = await sent(desk, await desk.tenant.anonymous(), "Before.", email="ida@people.example", display_name="Ida R")
    visitor, other = await desk.tenant.visitor("Pat"), await desk.tenant.visitor("Sam")
    file = await send_before(desk, token=visitor.token, name="mine.pdf")
    ticket_id = await sent(desk, visitor.token, "My words.", email="ida@people.example", file_ids=[file])
    await examined(desk, ticket_id)
    await desk.change(ticket_id, ("ACCEPT",), ("ANSWER", "", "For Ida alone."))
    shown = await told(desk, named(visitor))
    assert {"My words.", "mine.pdf", "https://shop.example/", visitor.conversation.visitor_id} <= shown
    assert not {"Before.", "For Ida alone.", "Ida R", "ida@people.example"} & shown
    requester = subject_pb2.Subject(kind=REQUESTER, id=(await desk.get(first)).ticket.requester_id)
    assert {"My words.", "For Ida alone.", "ida@people.example", "mine.pdf"} <= await told(desk, requester)
    # The token of a chat shows what was sent in it, and nothing of another one.
    assert "My words." in await told(desk, named(visitor), within=visitor.conversation.id)
    assert not await told(desk, named(visitor), within=other.conversation.id)
    right = subject_pb2.CorrectSubjectRequest(
        subject=named(visitor), field="parley.support.v1.Ticket.site_url", value="https://right.example/"
    )
    await platform.call(subjects(desk).CorrectSubject, right, tenant_id=desk.tenant.id)
    assert (await desk.get(ticket_id)).ticket.site_url == "https://right.example/"
    assert (await desk.get(first)).ticket.site_url == "https://shop.example/"
    # An address that somebody typed is put right by whoever proves it, and by nobody else.
    right = subject_pb2.CorrectSubjectRequest(
        subject=named(visitor), field="parley.support.v1.Ticket.requester_email", value="pat@people.example"
    )
    await platform.call(subjects(desk).CorrectSubject, right, tenant_id=desk.tenant.id)
    assert (await desk.get(ticket_id)).ticket.requester_email == "ida@people.example"


async def test_a_ticket_out_of_a_chat_goes_with_its_visitor_and_so_do_its_parts(platform: Platform) -> None:
    desk = await a_desk(platform)
    visitor = await desk.tenant.visitor("Pat")
    operator = await desk.tenant.member(OPERATOR, name="Uma")
    await claim(platform, operator.token, visitor.conversation.id)
    given = {"email": "pat@people.example", "site_url": "https://shop.example/"}
    request = ticket_pb2.OpenTicketRequest(
        **given, description=f"{CANARY} of the chat", conversation_id=visitor.conversation.id
    )
    whole = (await desk.call(desk.tickets.OpenTicket, request, operator)).ticket.id
    part = ticket_pb2.OpenTicketRequest(**given, description=f"{CANARY} of the whole", parent_id=whole)
    part_id = (await desk.call(desk.tickets.OpenTicket, part)).ticket.id
    supplier = ticket_pb2.OpenTicketRequest(
        **(given | {"email": "supplier@parts.example"}), description="One more, please.", parent_id=whole
    )
    other_id = (await desk.call(desk.tickets.OpenTicket, supplier)).ticket.id
    assert f"{CANARY} of the chat" in await told(desk, named(visitor), within=visitor.conversation.id)
    done = await erase(desk, named(visitor))
    assert (done["support.tickets"], done["support.requesters"]) == (2, 1)
    assert [await gone(desk, each) for each in (whole, part_id, other_id)] == [True, True, False]


async def test_who_is_remembered_is_known_before_the_next_chat(platform: Platform) -> None:
    desk = await a_desk(platform)
    visitor = await desk.tenant.visitor("Pat")
    await remember(platform, desk.tenant, visitor)
    back = await exchange(platform, remembered_credential=visitor.credential)
    ticket_id = await sent(desk, back.access_token)
    # It belongs to no chat, so that no chat's token shows it; whatever reaches the visitor does.
    assert not await told(desk, named(visitor), within=visitor.conversation.id)
    assert f"{CANARY}: it does not open." in await told(desk, named(visitor))
    assert (await erase(desk, named(visitor)))["support.tickets"] == 1
    assert await gone(desk, ticket_id)


async def test_a_legal_hold_on_a_visitor_keeps_the_ticket_until_it_is_lifted(platform: Platform) -> None:
    desk = await a_desk(platform)
    visitor, hold = await desk.tenant.visitor("Pat"), ids.new_id("hld")
    ticket_id = await sent(desk, visitor.token)
    who = subject_pb2.Subject(kind=REQUESTER, id=(await desk.get(ticket_id)).ticket.requester_id)
    seal = subject_pb2.SealSubjectRequest(subject=named(visitor), reason=subject_pb2.SEAL_REASON_HELD, seal_id=hold)
    sealed = await platform.call(subjects(desk).SealSubject, seal, tenant_id=desk.tenant.id)
    assert sealed.records >= 2
    for each in (named(visitor), who):
        assert "support.tickets" not in await erase(desk, each, whole=True)
    assert not await told(desk, named(visitor))
    assert not await gone(desk, ticket_id)
    lift = subject_pb2.UnsealSubjectRequest(seal_id=hold)
    answer = await platform.call(subjects(desk).UnsealSubject, lift, tenant_id=desk.tenant.id)
    assert {"support.tickets", "support.requesters"} <= {each.store for each in answer.stores if each.deleted}
    assert await gone(desk, ticket_id)


async def test_what_was_sent_in_a_chat_goes_as_its_operator_reports_a_minor(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    desk = await a_desk(platform)
    visitor = await desk.tenant.visitor("Pat")
    operator = await desk.tenant.member(OPERATOR)
    await claim(platform, operator.token, visitor.conversation.id)

    def bearing(token: str) -> dict[str, str]:
        return {"host": "api.localhost", "authorization": f"Bearer {token}", "accept": "application/json"}

    said = {"email": "pat@people.example", "siteUrl": "https://shop.example/", "description": CANARY}
    answer = await gateway.post("/v1/support/requests", json=said, headers=bearing(visitor.token))
    assert answer.status_code == 200, answer.text
    (ticket,) = await desk.list()
    assert ticket.conversation_id == visitor.conversation.id
    path = f"/v1/conversations/{visitor.conversation.id}:reportMinor"
    answer = await gateway.post(path, json={}, headers=bearing(operator.token))
    assert answer.status_code == 200, answer.text
    assert await desk.list() == []
    with pytest.raises(NotFound):
        await platform.call(
            platform.chat.GetConversation,
            conversation_pb2.GetConversationRequest(conversation_id=visitor.conversation.id),
            token=operator.token,
        )
    assert not stored(desk)
