"""Serves `parley.identity.v1.TokenService`."""

from __future__ import annotations

from typing import cast

from parley.identity.v1 import token_pb2, token_pb2_grpc
from parley.options.v1 import access_pb2

from kernel.rpc.gates import current_actor
from services.identity.actions import credentials, receipt_codes, signing_in
from services.identity.actions.credentials import Issued
from services.identity.actions.wiring import Wiring
from services.identity.servicer.second_factors import made_message
from services.identity.servicer.times import Context, stamp


class TokenServicer(token_pb2_grpc.TokenServiceServicer):
    """Serves `parley.identity.v1.TokenService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ExchangeCredential(
        self, request: token_pb2.ExchangeCredentialRequest, context: Context
    ) -> token_pb2.ExchangeCredentialResponse:
        """Exchanges a credential for an access token."""
        match request.WhichOneof("credential"):
            case "session":
                issued = await credentials.exchange_session(self._wiring, request.session)
            case "api_key":
                issued = await credentials.exchange_api_key(self._wiring, request.api_key)
            case "visitor_credential":
                issued = await credentials.exchange_visitor_credential(self._wiring, request.visitor_credential)
            case "receipt_code":
                typed = request.receipt_code
                issued = await receipt_codes.exchange_receipt_code(
                    self._wiring, typed.tenant_slug, typed.code, typed.network_address
                )
            case "tenant_slug":
                issued = await credentials.exchange_tenant_slug(self._wiring, request.tenant_slug)
            case "remembered_credential":
                issued = await credentials.exchange_remembered_credential(self._wiring, request.remembered_credential)
            case _:
                issued = await credentials.exchange_site_key(self._wiring, request.site_key)
        return _exchanged(issued)

    async def IssueVisitorCredential(
        self, request: token_pb2.IssueVisitorCredentialRequest, context: Context
    ) -> token_pb2.IssueVisitorCredentialResponse:
        """Issues a visitor's credential."""
        text, issued = await credentials.issue_visitor_credential(
            current_actor(), self._wiring, request.visitor_id, request.conversation_id, request.site_id
        )
        return token_pb2.IssueVisitorCredentialResponse(
            visitor_credential=text,
            access_token=issued.token,
            access_token_expire_time=stamp(issued.actor.expire_time),
        )

    async def ListSigningKeys(
        self, request: token_pb2.ListSigningKeysRequest, context: Context
    ) -> token_pb2.ListSigningKeysResponse:
        """Lists the public keys."""
        return token_pb2.ListSigningKeysResponse(
            keys=[
                token_pb2.SigningKey(id=key.id, public_key=key.public_key, create_time=stamp(key.create_time))
                for key in self._wiring.signer.keys
            ]
        )

    async def SignIn(self, request: token_pb2.SignInRequest, context: Context) -> token_pb2.SignInResponse:
        """Signs a staff member in."""
        signed_in = await signing_in.sign_in(
            self._wiring,
            request.tenant_slug,
            request.email,
            request.password,
            address=request.network_address,
            device=request.device,
            known_device=request.known_device,
        )
        return token_pb2.SignInResponse(
            session=signed_in.secret,
            expire_time=stamp(signed_in.expire_time),
            challenge=signed_in.challenge,
            second_factor=made_message(signed_in.new_factor),
            known_device=signed_in.known_device,
        )

    async def SignOut(self, request: token_pb2.SignOutRequest, context: Context) -> token_pb2.SignOutResponse:
        """Ends a session."""
        await credentials.sign_out(self._wiring, request.session)
        return token_pb2.SignOutResponse()


def _exchanged(issued: Issued) -> token_pb2.ExchangeCredentialResponse:
    actor = issued.actor
    return token_pb2.ExchangeCredentialResponse(
        access_token=issued.token,
        expire_time=stamp(actor.expire_time),
        tenant_id=actor.tenant_id,
        callers=cast("list[access_pb2.Caller.ValueType]", sorted(actor.callers)),
        subject_id=actor.subject_id,
        conversation_id=actor.conversation_id,
        site_id=actor.site_id,
        is_remembered=issued.remembered_until is not None,
        remembered_until_time=stamp(issued.remembered_until),
    )
