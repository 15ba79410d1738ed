"""Serves `parley.support.v1.SenderDomainService`."""

from __future__ import annotations

from parley.support.v1 import sender_pb2, sender_pb2_grpc

from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context
from services.support.actions import senders
from services.support.actions.senders import Domain, Senders
from services.support.actions.wiring import Wiring


class SenderDomainServicer(sender_pb2_grpc.SenderDomainServiceServicer):
    """What is published about the domains that a company's mail shows."""

    def __init__(self, wiring: Wiring, known: Senders) -> None:
        """Takes what the actions work with, and what the deployment's mail shows."""
        self._wiring = wiring
        self._known = known

    async def ListSenderDomains(
        self, request: sender_pb2.ListSenderDomainsRequest, context: Context
    ) -> sender_pb2.ListSenderDomainsResponse:
        """Looks the domains up."""
        found = await senders.list_sender_domains(current_actor(), self._wiring, self._known)
        return sender_pb2.ListSenderDomainsResponse(domains=[_written(each) for each in found])


def _written(domain: Domain) -> sender_pb2.SenderDomain:
    return sender_pb2.SenderDomain(
        domain=domain.domain,
        uses=[sender_pb2.DomainUse.ValueType(each) for each in domain.uses],
        checks=[
            sender_pb2.SenderCheck(
                method=sender_pb2.SenderMethod.ValueType(each.method),
                finding=sender_pb2.Finding.ValueType(each.finding),
                stands_at=each.name,
                found=each.found,
                wanted=each.wanted,
            )
            for each in domain.checks
        ],
    )
