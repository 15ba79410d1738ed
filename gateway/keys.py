"""Keeps the public keys with which access tokens are verified, and publishes them.

The gateway verifies a token only to know where a socket belongs; what the token allows is decided by the services.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping

import grpc
from parley.identity.v1 import token_pb2, token_pb2_grpc
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope

from gateway.sessions import ChannelSource
from kernel.identity import InternalTokens, KeyRing
from kernel.rpc.server import follow_keys

_CALL_SECONDS = 5.0
#: An unknown key makes the gateway ask again, but not more often than this.
_ASK_AGAIN_SECONDS = 1.0


class Keys:
    """The keys of identity, as last heard."""

    def __init__(self, channels: ChannelSource, internal: InternalTokens) -> None:
        """Takes the way to identity, and the tokens by which the gateway is known there."""
        self.ring = KeyRing()
        self._tokens = token_pb2_grpc.TokenServiceStub(channels.of("identity"))
        self._internal = internal
        self._raw: dict[str, bytes] = {}
        self._asked = -_ASK_AGAIN_SECONDS
        self._asking = asyncio.Lock()

    async def follow(self) -> None:
        """Keeps the keys as they are at identity, until cancelled."""
        await follow_keys(self.ring, self._fetch)

    async def refresh(self) -> None:
        """Asks for the keys again, unless that was done a moment ago; where identity is away, the old ones stay."""
        async with self._asking:
            if time.monotonic() - self._asked < _ASK_AGAIN_SECONDS:
                return
            try:
                self.ring.replace(await self._fetch())
            except grpc.aio.AioRpcError:
                return
            finally:
                self._asked = time.monotonic()

    async def _fetch(self) -> Mapping[str, bytes]:
        answer = await self._tokens.ListSigningKeys(
            token_pb2.ListSigningKeysRequest(),
            metadata=(("authorization", f"Bearer {self._internal.make()}"),),
            timeout=_CALL_SECONDS,
        )
        self._raw = {key.id: key.public_key for key in answer.keys}
        return self._raw

    async def publish(self, scope: Scope, receive: Receive) -> Response:
        """Answers `GET /.well-known/jwks.json`."""
        keys = [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": key_id,
                "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode(),
            }
            for key_id, raw in self._raw.items()
        ]
        return JSONResponse({"keys": keys}, headers={"cache-control": "public, max-age=60"})
