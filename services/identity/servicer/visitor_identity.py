"""Serves `parley.identity.v1.VisitorIdentityService`."""

from __future__ import annotations

from parley.identity.v1 import visitor_identity_pb2 as pb
from parley.identity.v1 import visitor_identity_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import visitor_identity
from services.identity.actions.wiring import Wiring
from services.identity.servicer.times import Context, stamp


def _token_of(context: Context) -> str:
    """Returns the token with which a call came; the gates have verified it."""
    metadata = dict(context.invocation_metadata() or ())
    return str(metadata.get("authorization", "")).removeprefix("Bearer ")


class VisitorIdentityServicer(visitor_identity_pb2_grpc.VisitorIdentityServiceServicer):
    """Serves `parley.identity.v1.VisitorIdentityService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def VerifyVisitor(self, request: pb.VerifyVisitorRequest, context: Context) -> pb.VerifyVisitorResponse:
        """Takes a site's word."""
        issued, name = await visitor_identity.verify_visitor(current_actor(), self._wiring, request.identity_token)
        return pb.VerifyVisitorResponse(
            access_token=issued.token, expire_time=stamp(issued.actor.expire_time), display_name=name
        )

    async def GetVisitorIdentity(
        self, request: pb.GetVisitorIdentityRequest, context: Context
    ) -> pb.GetVisitorIdentityResponse:
        """Returns whom the site named."""
        found = await visitor_identity.get_visitor_identity(
            current_actor(), self._wiring, request.conversation_id, _token_of(context)
        )
        if found is None:
            return pb.GetVisitorIdentityResponse()
        return pb.GetVisitorIdentityResponse(
            is_verified=True,
            external_id=found.external_id,
            display_name=found.display_name,
            email=found.email,
            verify_time=stamp(found.verify_time),
        )

    async def RotateIdentitySecret(
        self, request: pb.RotateIdentitySecretRequest, context: Context
    ) -> pb.RotateIdentitySecretResponse:
        """Makes a new secret."""
        secret, end = await visitor_identity.rotate_identity_secret(current_actor(), self._wiring, request.site_id)
        return pb.RotateIdentitySecretResponse(secret=secret, previous_expire_time=stamp(end))

    async def GetIdentitySecret(
        self, request: pb.GetIdentitySecretRequest, context: Context
    ) -> pb.GetIdentitySecretResponse:
        """Says what there is."""
        found = await visitor_identity.get_identity_secret(current_actor(), self._wiring, request.site_id)
        if found is None:
            return pb.GetIdentitySecretResponse()
        return pb.GetIdentitySecretResponse(
            is_on=True, create_time=stamp(found.create_time), previous_expire_time=stamp(found.previous_expire_time)
        )

    async def EndIdentitySecret(
        self, request: pb.EndIdentitySecretRequest, context: Context
    ) -> pb.EndIdentitySecretResponse:
        """Takes the secrets away."""
        await visitor_identity.end_identity_secret(current_actor(), self._wiring, request.site_id)
        return pb.EndIdentitySecretResponse()
