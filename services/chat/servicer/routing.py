"""Serves `parley.chat.v1.RoutingService`."""

from __future__ import annotations

from typing import Any, cast

import grpc.aio
from parley.chat.v1 import conversation_pb2, routing_pb2, routing_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import transfers
from services.chat.actions.messages import conversation_message, stamp
from services.chat.actions.wiring import Wiring
from services.chat.domain import Conversation
from services.chat.domain.routing import NOWHERE, Place, Rule, Transfer

Context = grpc.aio.ServicerContext[Any, Any]


class RoutingServicer(routing_pb2_grpc.RoutingServiceServicer):
    """The RPCs about who answers."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListRoutingRules(
        self, request: routing_pb2.ListRoutingRulesRequest, context: Context
    ) -> routing_pb2.ListRoutingRulesResponse:
        """Lists what the tenant set."""
        found = await transfers.list_rules(current_actor(), self._wiring)
        return routing_pb2.ListRoutingRulesResponse(rules=[_rule(each) for each in found])

    async def SetSiteRouting(
        self, request: routing_pb2.SetSiteRoutingRequest, context: Context
    ) -> routing_pb2.SetSiteRoutingResponse:
        """Sets how a site's conversations are given out."""
        wanted = Rule(
            scope_id=ids.to_uuid(request.site_id, "sit"),
            is_site=True,
            mode=request.mode,
            team_id=ids.to_uuid(request.team_id, "tea") if request.team_id else None,
        )
        changed = await transfers.set_rule(current_actor(), self._wiring, wanted, request.etag)
        return routing_pb2.SetSiteRoutingResponse(rule=_rule(changed))

    async def SetTeamRouting(
        self, request: routing_pb2.SetTeamRoutingRequest, context: Context
    ) -> routing_pb2.SetTeamRoutingResponse:
        """Sets how a team's conversations are given out."""
        wanted = Rule(scope_id=ids.to_uuid(request.team_id, "tea"), is_site=False, mode=request.mode)
        changed = await transfers.set_rule(current_actor(), self._wiring, wanted, request.etag)
        return routing_pb2.SetTeamRoutingResponse(rule=_rule(changed))

    async def TransferConversation(
        self, request: routing_pb2.TransferConversationRequest, context: Context
    ) -> routing_pb2.TransferConversationResponse:
        """Hands a conversation on."""
        changed = await transfers.transfer_conversation(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            request.note.strip(),
            to_staff_id=ids.to_uuid(request.staff_id, "stf") if request.staff_id else None,
            to_team_id=ids.to_uuid(request.team_id, "tea") if request.team_id else None,
        )
        return routing_pb2.TransferConversationResponse(conversation=await self._written(changed))

    async def AcceptTransfer(
        self, request: routing_pb2.AcceptTransferRequest, context: Context
    ) -> routing_pb2.AcceptTransferResponse:
        """Takes what was offered."""
        changed = await transfers.accept_transfer(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return routing_pb2.AcceptTransferResponse(conversation=await self._written(changed))

    async def ReturnTransfer(
        self, request: routing_pb2.ReturnTransferRequest, context: Context
    ) -> routing_pb2.ReturnTransferResponse:
        """Ends an offer."""
        changed = await transfers.return_transfer(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return routing_pb2.ReturnTransferResponse(conversation=await self._written(changed))

    async def ListTransfers(
        self, request: routing_pb2.ListTransfersRequest, context: Context
    ) -> routing_pb2.ListTransfersResponse:
        """Lists how a conversation was handed on."""
        found = await transfers.list_transfers(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return routing_pb2.ListTransfersResponse(transfers=[_transfer(each) for each in found])

    async def ListRunningConversations(
        self, request: routing_pb2.ListRunningConversationsRequest, context: Context
    ) -> routing_pb2.ListRunningConversationsResponse:
        """Lists what waits or runs."""
        page, following = await transfers.list_running(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return routing_pb2.ListRunningConversationsResponse(
            conversations=[
                routing_pb2.RunningConversation(
                    conversation=await self._written(each, place), waiting_time=stamp(since)
                )
                for each, place, since in page
            ],
            next_page_token=following,
        )

    async def _written(self, conversation: Conversation, place: Place = NOWHERE) -> conversation_pb2.Conversation:
        kept = await self._wiring.kept_for(ids.from_uuid("ten", conversation.tenant_id))
        return conversation_message(conversation, kept, place)


def _rule(rule: Rule) -> routing_pb2.RoutingRule:
    return routing_pb2.RoutingRule(
        scope_id=ids.from_uuid("sit" if rule.is_site else "tea", rule.scope_id),
        mode=cast("routing_pb2.RoutingMode.ValueType", rule.mode),
        team_id=ids.from_uuid("tea", rule.team_id) if rule.team_id else "",
        etag=str(rule.revision),
    )


def _transfer(transfer: Transfer) -> routing_pb2.Transfer:
    return routing_pb2.Transfer(
        id=ids.from_uuid("trf", transfer.id),
        from_staff_id=ids.from_uuid("stf", transfer.from_staff_id),
        to_staff_id=ids.from_uuid("stf", transfer.to_staff_id) if transfer.to_staff_id else "",
        to_team_id=ids.from_uuid("tea", transfer.to_team_id) if transfer.to_team_id else "",
        note=transfer.note,
        state=cast("routing_pb2.Transfer.State.ValueType", transfer.state),
        create_time=stamp(transfer.create_time),
    )
