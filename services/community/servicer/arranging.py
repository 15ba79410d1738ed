"""Serves `parley.community.v1.ArrangementService`."""

from __future__ import annotations

from parley.community.v1 import arrangement_pb2, arrangement_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import arranging
from services.community.actions.wiring import Wiring
from services.community.servicer.times import Context
from services.community.servicer.topics import topic_message


class ArrangementServicer(arrangement_pb2_grpc.ArrangementServiceServicer):
    """The RPCs of putting posts where they belong."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def MovePosts(
        self, request: arrangement_pb2.MovePostsRequest, context: Context
    ) -> arrangement_pb2.MovePostsResponse:
        """Moves posts."""
        topic, moved = await arranging.move_posts(
            current_actor(),
            self._wiring,
            request.topic_id,
            list(request.numbers),
            to_topic_id=request.to_topic_id,
            space_id=request.space_id,
            title=request.title,
            kind=request.kind,
            request_id=request.request_id,
            request=request,
        )
        return arrangement_pb2.MovePostsResponse(topic=topic_message(topic), moved=moved)
