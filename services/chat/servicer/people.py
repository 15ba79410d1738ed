"""Serves what concerns the person in a conversation: earlier conversations, the age limit, and blocks."""

from __future__ import annotations

from typing import Any, cast

import grpc.aio
from parley.chat.v1 import block_pb2, block_pb2_grpc, person_pb2, person_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import blocks, persons
from services.chat.actions.messages import conversation_message, entry_messages, stamp
from services.chat.actions.wiring import Wiring
from services.chat.domain.blocks import Block

Context = grpc.aio.ServicerContext[Any, Any]


def _block(block: Block) -> block_pb2.Block:
    return block_pb2.Block(
        id=ids.from_uuid("blk", block.id),
        conversation_id=ids.from_uuid("cnv", block.conversation_id),
        visitor_id=ids.from_uuid("vis", block.visitor_id),
        reason=cast("block_pb2.BlockReason.ValueType", block.reason),
        staff_id=ids.from_uuid("stf", block.staff_id),
        staff_name=block.staff_name,
        create_time=stamp(block.create_time),
        end_time=stamp(block.end_time),
    )


class PersonServicer(person_pb2_grpc.PersonServiceServicer):
    """The RPCs about the person in a conversation."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListPersonConversations(
        self, request: person_pb2.ListPersonConversationsRequest, context: Context
    ) -> person_pb2.ListPersonConversationsResponse:
        """Lists the visitor's other conversations."""
        actor = current_actor()
        found = await persons.list_person_conversations(
            actor, self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        kept = await self._wiring.kept_for(actor.tenant_id)
        return person_pb2.ListPersonConversationsResponse(
            conversations=[conversation_message(each, kept) for each in found]
        )

    async def ListPersonMessages(
        self, request: person_pb2.ListPersonMessagesRequest, context: Context
    ) -> person_pb2.ListPersonMessagesResponse:
        """Lists what was said in one of them."""
        page, head = await persons.list_person_messages(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            ids.to_uuid(request.past_conversation_id, "cnv"),
            request.after_sequence,
            request.page_size,
        )
        return person_pb2.ListPersonMessagesResponse(messages=entry_messages(page), head_sequence=head)

    async def ReportMinor(
        self, request: person_pb2.ReportMinorRequest, context: Context
    ) -> person_pb2.ReportMinorResponse:
        """Carries out the rule about who is too young."""
        await persons.report_minor(current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"))
        return person_pb2.ReportMinorResponse()


class BlockServicer(block_pb2_grpc.BlockServiceServicer):
    """The RPCs of blocks."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def BlockVisitor(
        self, request: block_pb2.BlockVisitorRequest, context: Context
    ) -> block_pb2.BlockVisitorResponse:
        """Blocks the visitor of a conversation."""
        block = await blocks.block_visitor(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            request.reason,
            request.hours,
        )
        return block_pb2.BlockVisitorResponse(block=_block(block))

    async def ListBlocks(self, request: block_pb2.ListBlocksRequest, context: Context) -> block_pb2.ListBlocksResponse:
        """Lists the blocks that hold."""
        found, following = await blocks.list_blocks(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return block_pb2.ListBlocksResponse(blocks=[_block(each) for each in found], next_page_token=following)

    async def LiftBlock(self, request: block_pb2.LiftBlockRequest, context: Context) -> block_pb2.LiftBlockResponse:
        """Ends a block."""
        block = await blocks.lift_block(current_actor(), self._wiring, ids.to_uuid(request.block_id, "blk"))
        return block_pb2.LiftBlockResponse(block=_block(block))
