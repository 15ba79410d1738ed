"""What people ask support is for solving their problem: read for that alone, told to nobody, gone after its period."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from parley.support.v1 import ticket_pb2
from sqlalchemy import text

from kernel.errors import NotFound, PermissionDenied
from kernel.identity import Actor
from kernel.identity.actor import Regime
from kernel.privacy.rules import access_of
from kernel.storage import Database, runtime_url
from services.privacy.domain.webhooks import CATALOGUE
from services.support.actions import seeing
from services.support.store.tables import metadata
from tests.platform import Platform
from tests.support.desk import AGENT, a_desk

SUPPORT = access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT


def test_a_call_for_another_purpose_is_denied() -> None:
    actor = Actor(tenant_id="ten_x", regime=Regime.ASP, callers=frozenset({AGENT}))
    for purpose in access_pb2.Purpose.values():
        asking = replace(actor, purpose=purpose)
        if purpose in (SUPPORT, access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION):
            seeing.check_purpose(asking)
        else:
            with pytest.raises(PermissionDenied, match="PURPOSE_REFUSED"):
                seeing.check_purpose(asking)


def test_every_call_that_shows_a_ticket_is_for_support_and_nothing_tells_others_of_it() -> None:
    for service in ticket_pb2.DESCRIPTOR.services_by_name.values():
        for method in service.methods:
            assert access_of(method).purpose == SUPPORT, method.full_name
    assert not [name for name, each in CATALOGUE.items() if each.peer == "support"]


async def test_another_queue_s_words_are_not_found(platform: Platform) -> None:
    desk = await a_desk(platform)
    other = await desk.tenant.member(AGENT, name="Uma")
    private = await desk.queue("Security", desk.agent, is_private=True)
    ticket_id = await desk.submit("A xylophone fell on the server.")
    await desk.change(ticket_id, ("MOVE", private), ("NOTE", "", "The xylophone is red."))
    search = ticket_pb2.SearchTicketsRequest(words="xylophone")
    found = await desk.call(desk.tickets.SearchTickets, search)
    assert {hit.ticket.id for hit in found.hits} == {ticket_id}
    assert [part.text for part in found.hits[0].parts if part.is_marked]
    assert not (await desk.call(desk.tickets.SearchTickets, search, other)).hits
    assert not await desk.list(who=other)
    with pytest.raises(NotFound, match="TICKET_NOT_FOUND"):
        await desk.get(ticket_id, other)
    with pytest.raises(NotFound, match="TICKET_NOT_FOUND"):
        await desk.change(ticket_id, ("ACCEPT",), who=other)
    stranger = await a_desk(platform)
    assert not (await stranger.call(stranger.tickets.SearchTickets, search)).hits


async def test_a_ticket_deletes_itself_so_many_days_after_it_was_closed(platform: Platform) -> None:
    desk = await a_desk(platform)
    closed, still_open = await desk.submit("Old."), await desk.submit("New.", email="kim@people.example")
    await desk.change(closed, ("ACCEPT",), ("NOTE", "", "Done."), ("SET_STATE", "RESOLVED"), ("SET_STATE", "CLOSED"))
    told, promised = await desk.get(closed), await desk.get(still_open)
    assert told.kept_days == promised.kept_days == 30
    assert told.ticket.purge_time.ToDatetime() - told.ticket.close_time.ToDatetime() == timedelta(days=30)
    assert not promised.ticket.HasField("purge_time")
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "support"))
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.support)
    try:
        for days, gone in ((29, False), (2, True)):
            async with database.transaction(desk.tenant.id) as connection:
                for statement in (
                    "UPDATE support.tickets SET close_time = close_time - CAST(:days AS interval)",
                    "UPDATE support.requesters SET idle_time = idle_time - CAST(:days AS interval)",
                ):
                    await connection.execute(text(statement), {"days": timedelta(days=days)})
            await platform.call(subjects.PurgeExpired, subject_pb2.PurgeExpiredRequest(), tenant_id=desk.tenant.id)
            if gone:
                with pytest.raises(NotFound):
                    await desk.get(closed)
            else:
                assert (await desk.get(closed)).ticket.subject == "Old."
        async with database.transaction(desk.tenant.id) as connection:
            for name in ("entries", "events", "undos", "requesters", "tickets"):
                count = (await connection.execute(text(f"SELECT count(*) FROM support.{name}"))).scalar_one()
                assert count == {"entries": 1, "events": 1, "undos": 0, "requesters": 1, "tickets": 1}[name], name
    finally:
        await database.close()
    assert (await desk.get(still_open)).ticket.subject == "New."
    assert metadata.tables["support.tickets"].info["purge"] == ("close_time", "retention.ticket_days")


async def test_forgetting_somebody_takes_all_of_their_tickets(platform: Platform) -> None:
    desk = await a_desk(platform)
    ticket_id = await desk.submit("Forget me.", email="ida@people.example")
    kept = await desk.submit("Not me.", email="kim@people.example")
    requester = (await desk.get(ticket_id)).ticket.requester_id
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.support)
    who = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_REQUESTER, id=requester)
    copy = await platform.call(
        subjects.ExportSubject, subject_pb2.ExportSubjectRequest(subject=who), tenant_id=desk.tenant.id
    )
    said = {value.value for record in copy.records for value in record.values}
    assert {"Forget me.", "ida@people.example", "https://shop.example/"} <= said
    await platform.call(subjects.EraseSubject, subject_pb2.EraseSubjectRequest(subject=who), tenant_id=desk.tenant.id)
    with pytest.raises(NotFound):
        await desk.get(ticket_id)
    assert (await desk.get(kept)).ticket.subject == "Not me."
