"""Serves `parley.identity.v1.ApiKeyService`."""

from __future__ import annotations

from datetime import timedelta

from parley.identity.v1 import api_key_pb2, api_key_pb2_grpc

from kernel import ids
from kernel.identity.scopes import SCOPES
from kernel.rpc.gates import current_actor
from services.identity.actions import api_keys
from services.identity.actions.wiring import Wiring
from services.identity.domain import API_KEY_DAYS, ApiKey
from services.identity.servicer.times import Context, stamp


def api_key_message(key: ApiKey) -> api_key_pb2.ApiKey:
    """Writes a service account's key."""
    return api_key_pb2.ApiKey(
        id=key.id,
        display_name=key.display_name,
        scopes=key.scopes,
        create_time=stamp(key.create_time),
        revoke_time=stamp(key.revoke_time),
        expire_time=stamp(key.expire_time),
        last_use_time=stamp(key.last_use_time),
        overlap_end_time=stamp(key.overlap_end_time),
    )


class ApiKeyServicer(api_key_pb2_grpc.ApiKeyServiceServicer):
    """Serves `parley.identity.v1.ApiKeyService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateApiKey(
        self, request: api_key_pb2.CreateApiKeyRequest, context: Context
    ) -> api_key_pb2.CreateApiKeyResponse:
        """Creates a key."""
        now = self._wiring.clock.now()
        key = ApiKey(
            id=ids.new_id("key"),
            display_name=request.display_name,
            scopes=tuple(request.scopes),
            create_time=now,
            expire_time=now + timedelta(days=request.days or API_KEY_DAYS),
        )
        made, secret = await api_keys.create_api_key(current_actor(), self._wiring, key, request.request_id, request)
        return api_key_pb2.CreateApiKeyResponse(api_key=api_key_message(made), secret=secret)

    async def ListApiKeys(
        self, request: api_key_pb2.ListApiKeysRequest, context: Context
    ) -> api_key_pb2.ListApiKeysResponse:
        """Lists keys."""
        found, following = await api_keys.list_api_keys(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return api_key_pb2.ListApiKeysResponse(
            api_keys=[api_key_message(key) for key in found], next_page_token=following
        )

    async def ListApiKeyScopes(
        self, request: api_key_pb2.ListApiKeyScopesRequest, context: Context
    ) -> api_key_pb2.ListApiKeyScopesResponse:
        """Lists what a key may be allowed."""
        return api_key_pb2.ListApiKeyScopesResponse(
            scopes=[api_key_pb2.ApiKeyScope(scope=name, allows=text) for name, text in SCOPES.items()]
        )

    async def RotateApiKey(
        self, request: api_key_pb2.RotateApiKeyRequest, context: Context
    ) -> api_key_pb2.RotateApiKeyResponse:
        """Gives a key a new secret."""
        overlap = timedelta(hours=request.overlap_hours)
        key, secret = await api_keys.rotate_api_key(
            current_actor(), self._wiring, request.api_key_id, overlap, request.request_id, request
        )
        return api_key_pb2.RotateApiKeyResponse(api_key=api_key_message(key), secret=secret)

    async def RevokeApiKey(
        self, request: api_key_pb2.RevokeApiKeyRequest, context: Context
    ) -> api_key_pb2.RevokeApiKeyResponse:
        """Revokes a key."""
        return api_key_pb2.RevokeApiKeyResponse(
            api_key=api_key_message(await api_keys.revoke_api_key(current_actor(), self._wiring, request.api_key_id))
        )
