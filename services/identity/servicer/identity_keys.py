"""Serves `parley.identity.v1.IdentityKeyService`."""

from __future__ import annotations

from parley.identity.v1 import identity_key_pb2 as pb
from parley.identity.v1 import identity_key_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import visitor_identity
from services.identity.actions.wiring import Wiring
from services.identity.servicer.times import Context, stamp


class IdentityKeyServicer(identity_key_pb2_grpc.IdentityKeyServiceServicer):
    """Serves `parley.identity.v1.IdentityKeyService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SetIdentityKey(self, request: pb.SetIdentityKeyRequest, context: Context) -> pb.SetIdentityKeyResponse:
        """Sets a public key."""
        end = await visitor_identity.set_identity_key(
            current_actor(), self._wiring, request.site_id, request.public_key
        )
        return pb.SetIdentityKeyResponse(previous_expire_time=stamp(end))

    async def GetIdentityKey(self, request: pb.GetIdentityKeyRequest, context: Context) -> pb.GetIdentityKeyResponse:
        """Returns the public key."""
        found = await visitor_identity.get_identity_key(current_actor(), self._wiring, request.site_id)
        if found is None:
            return pb.GetIdentityKeyResponse()
        return pb.GetIdentityKeyResponse(
            public_key=found.public,
            create_time=stamp(found.create_time),
            previous_expire_time=stamp(found.previous_expire_time),
        )

    async def RemoveIdentityKey(
        self, request: pb.RemoveIdentityKeyRequest, context: Context
    ) -> pb.RemoveIdentityKeyResponse:
        """Takes the public keys away."""
        await visitor_identity.remove_identity_key(current_actor(), self._wiring, request.site_id)
        return pb.RemoveIdentityKeyResponse()
