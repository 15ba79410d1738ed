"""Serves `parley.community.v1.RelationService`."""

from __future__ import annotations

from parley.community.v1 import relation_pb2, relation_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import relations
from services.community.actions.wiring import Wiring
from services.community.domain.relations import Relation
from services.community.servicer.accounts import author_message
from services.community.servicer.times import Context, stamp


def _relation_message(relation: Relation) -> relation_pb2.Relation:
    return relation_pb2.Relation(
        member=author_message(relation.member),
        kind=relation_pb2.RelationKind.ValueType(relation.kind),
        create_time=stamp(relation.create_time),
    )


class RelationServicer(relation_pb2_grpc.RelationServiceServicer):
    """The RPCs of keeping others at a distance."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SetRelation(
        self, request: relation_pb2.SetRelationRequest, context: Context
    ) -> relation_pb2.SetRelationResponse:
        """Ignores or blocks a member."""
        kept = await relations.set_relation(current_actor(), self._wiring, request.handle, request.kind)
        return relation_pb2.SetRelationResponse(relation=_relation_message(kept))

    async def ListRelations(
        self, request: relation_pb2.ListRelationsRequest, context: Context
    ) -> relation_pb2.ListRelationsResponse:
        """Lists whom the caller ignores or blocks."""
        page, following = await relations.list_relations(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return relation_pb2.ListRelationsResponse(relations=map(_relation_message, page), next_page_token=following)
