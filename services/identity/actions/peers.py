"""Asks the other services: privacy what a visitor chose about being remembered, and chat who is in a conversation."""

from __future__ import annotations

from parley.chat.v1 import conversation_pb2, conversation_pb2_grpc
from parley.privacy.v1 import choice_pb2, choice_pb2_grpc

from kernel.rpc.channels import Channels

_KIND = choice_pb2.CHOICE_KIND_RECOGNITION


class Peers:
    """The other services, as identity needs them."""

    def __init__(self, channels: Channels) -> None:
        """Takes the process's channels."""
        self._channels = channels
        self._conversations = conversation_pb2_grpc.ConversationServiceStub(channels.of("chat"))
        self._choices = choice_pb2_grpc.ChoiceServiceStub(channels.of("privacy"))

    async def visitor_of(self, conversation_id: str, token: str) -> str:
        """Returns the visitor of a conversation to whoever has a token that may read it; raises what chat answers."""
        answer: conversation_pb2.GetConversationResponse = await self._channels.call(
            self._conversations.GetConversation,
            conversation_pb2.GetConversationRequest(conversation_id=conversation_id),
            token=token,
        )
        return answer.conversation.visitor_id

    async def choose_recognition(self, tenant_id: str, visitor_id: str, notice_id: str) -> bool:
        """Records that a visitor wants to be remembered, and says whether that counts; raises NotFound for a notice
        that is not the tenant's."""
        return await self._choose(tenant_id, visitor_id, notice_id, choice_pb2.CHOICE_DECISION_GIVEN, signal=False)

    async def withdraw_recognition(self, tenant_id: str, visitor_id: str, notice_id: str, *, by_signal: bool) -> None:
        """Records that a visitor, or the visitor's browser, does not want that any more."""
        # A yes against the browser's signal is recorded as the no that the signal is.
        decision = choice_pb2.CHOICE_DECISION_GIVEN if by_signal else choice_pb2.CHOICE_DECISION_WITHDRAWN
        await self._choose(tenant_id, visitor_id, notice_id, decision, signal=by_signal)

    async def recognition_holds(self, tenant_id: str, visitor_id: str) -> bool:
        """Says whether a visitor's last word was a yes."""
        answer: choice_pb2.GetChoicesResponse = await self._channels.call(
            self._choices.GetChoices, choice_pb2.GetChoicesRequest(visitor_id=visitor_id), tenant_id=tenant_id
        )
        return any(each.kind == _KIND and each.allowed for each in answer.choices)

    async def _choose(
        self,
        tenant_id: str,
        visitor_id: str,
        notice_id: str,
        decision: choice_pb2.ChoiceDecision.ValueType,
        *,
        signal: bool,
    ) -> bool:
        answer: choice_pb2.RecordVisitorChoiceResponse = await self._channels.call(
            self._choices.RecordVisitorChoice,
            choice_pb2.RecordVisitorChoiceRequest(
                kind=_KIND,
                decision=decision,
                notice_id=notice_id,
                visitor_id=visitor_id,
                global_privacy_control=signal,
            ),
            tenant_id=tenant_id,
        )
        return answer.choice.decision == choice_pb2.CHOICE_DECISION_GIVEN
