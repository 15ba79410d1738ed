"""Opens channels to Parley's other services, and calls them with a deadline, a token and a trace.

A channel spreads its calls over all replicas and tries again only what was never carried out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
import grpc.aio
import orjson
from google.protobuf.message import Message

from kernel import egress
from kernel.certificates import Certificates
from kernel.config import Config
from kernel.errors import from_rpc_error
from kernel.identity import InternalTokens
from kernel.rpc.certificates import RenewingChannel, client_credentials
from kernel.rpc.names import NamedChannel, split, target_of
from kernel.telemetry import traces

DEADLINE = 10.0
MAX_MESSAGE_BYTES = 4 * 1024 * 1024

# UNAVAILABLE means that the call reached no server, or one that was going away and says so before it works.
_SERVICE_CONFIG = orjson.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "0.5s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
).decode()

CHANNEL_OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.enable_retries", 1),
    # A host that is gone says nothing, and is noticed by what it does not answer. A process that only has much to do
    # answers within seconds, and loses nothing that it was sent.
    ("grpc.keepalive_time_ms", 11_000),
    ("grpc.keepalive_timeout_ms", 8_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


def channel_credentials(config: Config) -> grpc.ChannelCredentials | None:
    """Returns the mTLS credentials of a client, or None where the deployment uses none."""
    if not config.mtls_ca:
        return None
    return client_credentials(Certificates.between_processes(config).pair)


def open_channel(target: str, config: Config) -> grpc.aio.Channel:
    """Opens a channel to one target, which is one of the platform's own services.

    With mTLS it takes a renewed certificate for its next calls.
    """
    egress.check_target(target)
    return opened_channel(target, config, CHANNEL_OPTIONS)


def opened_channel(target: str, config: Config, options: tuple[tuple[str, Any], ...]) -> grpc.aio.Channel:
    """Opens a channel to a target that was checked."""
    if not config.mtls_ca:
        return grpc.aio.insecure_channel(target, options=options)
    return RenewingChannel(
        Certificates.between_processes(config),
        lambda credentials: grpc.aio.secure_channel(target, credentials, options=options),
    )


def open_replicas(service: str, config: Config) -> grpc.aio.Channel:
    """Opens a channel that is spread over all replicas of a service, by their addresses or by names."""
    addresses = config.addresses(service)
    egress.check_target(",".join(addresses))
    options = (*CHANNEL_OPTIONS, *certified_as(service, config))
    if len(addresses) == 1:
        return opened_channel(addresses[0], config, options)
    if any(split(address) for address in addresses):
        return NamedChannel(addresses, lambda target: opened_channel(target, config, options))
    return opened_channel(target_of(addresses), config, options)


def certified_as(service: str, config: Config) -> tuple[tuple[str, str], ...]:
    """Returns the option that says to whom a certificate must be made out, where it is not the address that was set.

    A channel to several addresses believes one name, which is the service's.
    """
    if not config.mtls_ca or len(config.addresses(service)) == 1:
        return ()
    return (("grpc.ssl_target_name_override", service),)


#: What a service says first to whoever may send it a stream.
LET_IN = "parley-let-in"


#: How often a stream is opened in vain before the service counts as away, and how long passes before the next try.
_OPENED_AT_MOST, _OPENED_AGAIN_SECONDS = 3, 0.2


async def opened(open_call: Callable[[], Any]) -> tuple[Any, bool]:
    """Opens a stream; returns its call, and whether the service lets it in.

    A single call that meets a connection which is just ending is tried again by gRPC itself. A stream is not, and until
    it is let in nothing was written to it, so that it is opened again here.
    """
    left = _OPENED_AT_MOST
    while True:
        call, left = open_call(), left - 1
        is_in = await is_let_in(call)
        if is_in or not left or await call.code() is not grpc.StatusCode.UNAVAILABLE:
            return call, is_in
        await asyncio.sleep(_OPENED_AGAIN_SECONDS)


async def is_let_in(call: Any) -> bool:
    """Waits until a service lets a stream in; False where it refuses, and the call's status is to say why.

    A client that writes into a refusal loses the reason: it would hear of an internal error.
    """
    return LET_IN in {name for name, _ in await call.initial_metadata() or ()}


class Channels:
    """The channels of one process."""

    def __init__(self, config: Config, service: str) -> None:
        """Takes the settings and the name of the process that calls."""
        self._config = config
        self._channels: dict[str, grpc.aio.Channel] = {}
        self.tokens = InternalTokens(config.secret_key, service)

    def of(self, service: str) -> grpc.aio.Channel:
        """Returns the channel to a service, spread over all of its replicas."""
        if service not in self._channels:
            self._channels[service] = open_replicas(service, self._config)
        return self._channels[service]

    async def call(
        self,
        method: Callable[..., Any],
        request: Message,
        *,
        tenant_id: str = "",
        token: str = "",
        deadline: float = DEADLINE,
    ) -> Any:
        """Calls a unary method of a stub as this process, or with another's token, and returns its response.

        Errors come back as ParleyError.
        """
        metadata = (("authorization", f"Bearer {token or self.tokens.make(tenant_id)}"), *traces.outgoing())
        try:
            return await method(request, timeout=deadline, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None

    async def close(self) -> None:
        """Closes every channel."""
        for channel in self._channels.values():
            await channel.close()
