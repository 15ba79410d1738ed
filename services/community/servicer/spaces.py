"""Serves `parley.community.v1.SpaceService`."""

from __future__ import annotations

from parley.community.v1 import space_pb2, space_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.community.actions import spaces
from services.community.actions.wiring import Wiring
from services.community.domain.spaces import JOINED, Space
from services.community.servicer.times import Context, stamp


def space_message(space: Space) -> space_pb2.Space:
    """Writes a space."""
    return space_pb2.Space(
        id=space.id,
        slug=space.slug,
        display_name=space.display_name,
        description=space.description,
        category=space.category,
        exposure=space_pb2.Exposure(
            visibility=space_pb2.Visibility.ValueType(space.visibility),
            is_indexed=space.is_indexed,
            has_feed=space.has_feed,
            is_exported=space.is_exported,
        ),
        joining=space_pb2.Joining.ValueType(space.joining),
        position=space.position,
        topic_count=space.topic_count,
        is_archived=space.is_archived,
        is_member=space.membership == JOINED,
        etag=str(space.revision),
        create_time=stamp(space.create_time),
    )


class SpaceServicer(space_pb2_grpc.SpaceServiceServicer):
    """The RPCs of spaces."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateSpace(
        self, request: space_pb2.CreateSpaceRequest, context: Context
    ) -> space_pb2.CreateSpaceResponse:
        """Makes a space."""
        space = self._read(request, ids.new_id("spc"), request.slug, is_archived=False)
        made = await spaces.create_space(current_actor(), self._wiring, space, request.request_id, request)
        return space_pb2.CreateSpaceResponse(space=space_message(made))

    async def UpdateSpace(
        self, request: space_pb2.UpdateSpaceRequest, context: Context
    ) -> space_pb2.UpdateSpaceResponse:
        """Changes a space."""
        space = self._read(request, request.space_id, "", is_archived=request.is_archived)
        changed = await spaces.update_space(current_actor(), self._wiring, space, request.etag)
        return space_pb2.UpdateSpaceResponse(space=space_message(changed))

    def _read(
        self,
        request: space_pb2.CreateSpaceRequest | space_pb2.UpdateSpaceRequest,
        space_id: str,
        slug: str,
        *,
        is_archived: bool,
    ) -> Space:
        return Space(
            id=space_id,
            slug=slug,
            display_name=request.display_name.strip(),
            description=request.description.strip(),
            category=request.category.strip(),
            visibility=request.exposure.visibility,
            is_indexed=request.exposure.is_indexed,
            has_feed=request.exposure.has_feed,
            is_exported=request.exposure.is_exported,
            joining=request.joining,
            position=request.position,
            topic_count=0,
            is_archived=is_archived,
            revision=1,
            create_time=self._wiring.clock.now(),
        )

    async def GetSpace(self, request: space_pb2.GetSpaceRequest, context: Context) -> space_pb2.GetSpaceResponse:
        """Returns a space."""
        found = await spaces.get_space(current_actor(), self._wiring, request.slug)
        return space_pb2.GetSpaceResponse(space=space_message(found))

    async def ListSpaces(self, request: space_pb2.ListSpacesRequest, context: Context) -> space_pb2.ListSpacesResponse:
        """Lists the spaces."""
        page, following = await spaces.list_spaces(current_actor(), self._wiring, request.page_size, request.page_token)
        return space_pb2.ListSpacesResponse(spaces=[space_message(each) for each in page], next_page_token=following)
