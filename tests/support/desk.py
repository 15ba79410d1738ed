"""Builders for the support desk: a company with agents, and people who ask it for help through the real services."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from parley.identity.v1 import tenant_pb2
from parley.options.v1 import access_pb2
from parley.support.v1 import (
    change_pb2,
    change_pb2_grpc,
    queue_pb2,
    queue_pb2_grpc,
    record_pb2,
    thread_pb2_grpc,
    ticket_pb2,
    ticket_pb2_grpc,
)

from tests.platform import SUPERVISOR, Member, Platform, Tenant

AGENT = access_pb2.CALLER_SUPPORT_AGENT


@dataclass(slots=True)
class Desk:
    """A company with an agent and a supervisor, and stubs to its desk."""

    platform: Platform
    tenant: Tenant
    agent: Member
    lead: Member
    tickets: Any = field(default=None)
    changes: Any = field(default=None)
    threads: Any = field(default=None)
    queues: Any = field(default=None)

    def __post_init__(self) -> None:
        channel = self.platform.support
        self.tickets = ticket_pb2_grpc.TicketServiceStub(channel)
        self.changes = change_pb2_grpc.ChangeServiceStub(channel)
        self.threads = thread_pb2_grpc.ThreadServiceStub(channel)
        self.queues = queue_pb2_grpc.QueueServiceStub(channel)

    async def call(self, method: Any, request: Any, who: Member | None = None) -> Any:
        """Calls as the agent, or as somebody else."""
        return await self.platform.call(method, request, token=(who or self.agent).token)

    async def submit(self, description: str = "The shop does not open.", **more: Any) -> str:
        """Asks by the form as somebody on the company's page, and returns the ticket's id."""
        request = ticket_pb2.SubmitTicketRequest(
            **({"email": "pat@people.example", "site_url": "https://shop.example/"} | more), description=description
        )
        sent = await self.platform.call(self.tickets.SubmitTicket, request, token=await self.tenant.anonymous())
        return next(each.id for each in await self.list(order="NEWEST") if each.reference == sent.reference)

    async def list(
        self, *states: str, order: str = "UPDATED", who: Member | None = None, **filters: Any
    ) -> Sequence[record_pb2.Ticket]:
        """Lists tickets."""
        wanted = ticket_pb2.TicketFilter(states=[record_pb2.State.Value(f"STATE_{each}") for each in states], **filters)
        request = ticket_pb2.ListTicketsRequest(filter=wanted, order=ticket_pb2.Order.Value(f"ORDER_{order}"))
        return (await self.call(self.tickets.ListTickets, request, who)).tickets  # type: ignore[no-any-return]

    async def get(self, ticket_id: str, who: Member | None = None) -> ticket_pb2.GetTicketResponse:
        """Opens a ticket."""
        request = ticket_pb2.GetTicketRequest(ticket_id=ticket_id)
        return await self.call(self.tickets.GetTicket, request, who)  # type: ignore[no-any-return]

    async def change(
        self, ticket_ids: str | Sequence[str], *asked: tuple[str, ...], who: Member | None = None, **more: Any
    ) -> change_pb2.ChangeTicketsResponse:
        """Changes tickets; each change is its kind, then its value, then its words."""
        return await self.call(  # type: ignore[no-any-return]
            self.changes.ChangeTickets,
            change_pb2.ChangeTicketsRequest(
                ticket_ids=[ticket_ids] if isinstance(ticket_ids, str) else ticket_ids,
                changes=[a_change(*each) for each in asked],
                **more,
            ),
            who,
        )

    async def undo(self, undo_id: str, who: Member | None = None) -> change_pb2.UndoChangeResponse:
        """Takes changes back."""
        request = change_pb2.UndoChangeRequest(undo_id=undo_id)
        return await self.call(self.changes.UndoChange, request, who)  # type: ignore[no-any-return]

    async def queue(self, label: str, *members: Member, **more: Any) -> str:
        """Makes a queue."""
        request = queue_pb2.CreateQueueRequest(label=label, member_ids=[each.id for each in members], **more)
        return str((await self.call(self.queues.CreateQueue, request, self.lead)).queue.id)

    async def set(self, name: str, value: str | int) -> None:
        """Changes a setting of the company's."""
        request = tenant_pb2.UpdateSettingRequest(name=name, value_json=json.dumps(value))
        await self.platform.call(self.platform.tenants.UpdateSetting, request, token=self.tenant.admin.token)

    async def tag(self, word: str) -> str:
        """Makes a tag."""
        made = await self.call(self.queues.CreateTicketTag, queue_pb2.CreateTicketTagRequest(word=word))
        return str(made.tag.id)


def a_change(kind: str, value: str = "", text: str = "") -> change_pb2.Change:
    """Returns a change."""
    return change_pb2.Change(kind=change_pb2.ChangeKind.Value(f"CHANGE_KIND_{kind}"), value=value, text=text)


async def a_desk(platform: Platform) -> Desk:
    """Returns a new company with an agent and a supervisor."""
    tenant = await platform.tenant()
    return Desk(
        platform, tenant, await tenant.member(AGENT, name="Ada"), await tenant.member(SUPERVISOR, AGENT, name="Lee")
    )
