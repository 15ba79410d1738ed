"""Real gRPC servers behind the gateway under test: small services of the contract, and the kernel's own live side.

They answer from what a test put into them and remember what they were asked, so that a test sees what the gateway
passed on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import grpc.aio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf import message_factory
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.identity.v1 import site_pb2, staff_pb2, token_pb2
from parley.live.v1 import live_pb2_grpc
from parley.options.v1 import access_pb2

from kernel.errors import STATUS_TRAILER, NotFound, ParleyError, Unauthenticated, to_status
from kernel.identity import Actor, InternalTokens, KeyRing, Regime, Revocations, TokenVerifier, sign
from kernel.rpc.live import Channel, Frames, LiveServicer
from tests.gateway import rights

SECRET = rights.SECRET
TENANT = "ten_00000000000000000000000001"
SITE = "sit_00000000000000000000000001"
SITE_KEY = "pk_fern"
SHOP = "http://fern.localhost:8400"
KEY_ID = "key-1"


def conversation_id(number: int) -> str:
    """Returns the id of a conversation."""
    return f"cnv_{number:026d}"


async def refuse(context: Any, error: ParleyError) -> None:
    """Ends a call with an error, as the gates of a service do."""
    await context.abort(
        error.code, error.detail, trailing_metadata=((STATUS_TRAILER, to_status(error).SerializeToString()),)
    )


@dataclass
class Backend:
    """All the services, with what they know and what they were asked."""

    signing_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    grants: dict[str, token_pb2.ExchangeCredentialResponse] = field(default_factory=dict)
    sites: dict[str, site_pb2.ResolveSiteKeyResponse] = field(default_factory=dict)
    listed_sites: list[site_pb2.Site] = field(default_factory=list)
    rights: rights.Known = field(default_factory=rights.Known)
    exchanges: int = 0
    resolved: int = 0
    requests: list[Any] = field(default_factory=list)
    metadata: list[dict[str, list[str]]] = field(default_factory=list)
    seen: asyncio.Queue[site_pb2.MarkSiteSeenRequest] = field(default_factory=asyncio.Queue)
    error: ParleyError | Exception | None = None
    #: What the watched conversation says; None ends the stream.
    changes: asyncio.Queue[conversation_pb2.WatchConversationResponse | None] = field(default_factory=asyncio.Queue)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    channels: list[EchoHandler] = field(default_factory=list)
    revocations: Revocations = field(default_factory=Revocations)
    port: int = 0

    def token(self, number: int = 1, *, seconds: float = 600, **changes: Any) -> str:
        """Returns a visitor's access token for a conversation."""
        values: dict[str, Any] = {
            "tenant_id": TENANT,
            "regime": Regime.ASP,
            "callers": frozenset({access_pb2.CALLER_VISITOR}),
            "subject_id": f"vis_{number:026d}",
            "session_id": f"ses_{number:026d}",
            "site_id": SITE,
            "conversation_id": conversation_id(number),
            "issue_time": datetime.now(UTC),
            "expire_time": datetime.now(UTC) + timedelta(seconds=seconds),
        }
        return sign(Actor(**values | changes), KEY_ID, self.signing_key)

    def grant(self, credential: str, *, seconds: float = 600, **changes: Any) -> None:
        """Makes a credential good."""
        expire_time = Timestamp()
        expire_time.FromDatetime(datetime.now(UTC) + timedelta(seconds=seconds))
        values: dict[str, Any] = {
            "access_token": self.token(),
            "expire_time": expire_time,
            "tenant_id": TENANT,
            "callers": [access_pb2.CALLER_VISITOR],
            "subject_id": f"vis_{1:026d}",
            "conversation_id": conversation_id(1),
            "site_id": SITE,
        }
        self.grants[credential] = token_pb2.ExchangeCredentialResponse(**values | changes)

    async def note(self, request: Any, context: Any) -> None:
        """Remembers a call, and refuses it where the test wants that."""
        self.requests.append(request)
        metadata: dict[str, list[str]] = {}
        for key, value in context.invocation_metadata() or ():
            metadata.setdefault(key, []).append(str(value))
        self.metadata.append(metadata)
        if isinstance(self.error, ParleyError):
            await refuse(context, self.error)
        if self.error is not None:
            raise self.error


class Tokens:
    """Identity's tokens."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    async def ExchangeCredential(self, request: Any, context: Any) -> Any:
        self.backend.exchanges += 1
        credential = getattr(request, request.WhichOneof("credential"))
        if isinstance(credential, token_pb2.ReceiptCode):
            credential = f"{credential.tenant_slug}:{credential.code}"
        if credential not in self.backend.grants:
            await refuse(context, Unauthenticated("CREDENTIAL_REJECTED", "The credential is not good."))
        return self.backend.grants[credential]

    async def ListSigningKeys(self, request: Any, context: Any) -> Any:
        raw = self.backend.signing_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return token_pb2.ListSigningKeysResponse(keys=[token_pb2.SigningKey(id=KEY_ID, public_key=raw)])

    async def SignIn(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        if request.password != "correct horse battery":
            await refuse(context, Unauthenticated("SIGN_IN_REJECTED", "The address or the password is not right."))
        self.backend.grant("ses.new")
        expire_time = Timestamp()
        expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=12))
        return token_pb2.SignInResponse(session="ses.new", expire_time=expire_time)

    async def SignOut(self, request: Any, context: Any) -> Any:
        self.backend.grants.pop(request.session, None)
        return token_pb2.SignOutResponse()


class Sites:
    """Identity's sites."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    async def ResolveSiteKey(self, request: Any, context: Any) -> Any:
        self.backend.resolved += 1
        if isinstance(self.backend.error, ParleyError):
            await refuse(context, self.backend.error)
        if request.site_key not in self.backend.sites:
            await refuse(context, NotFound("SITE_NOT_FOUND", "There is no such site."))
        return self.backend.sites[request.site_key]

    async def MarkSiteSeen(self, request: Any, context: Any) -> Any:
        self.backend.seen.put_nowait(request)
        return site_pb2.MarkSiteSeenResponse()

    async def CreateSite(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return site_pb2.CreateSiteResponse()

    async def ListSites(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return site_pb2.ListSitesResponse(sites=self.backend.listed_sites)

    async def UpdateSite(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return site_pb2.UpdateSiteResponse(site=request.site)


class StaffOnly:
    """Identity's staff."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    async def CreateStaff(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return staff_pb2.CreateStaffResponse()


class Conversations:
    """Chat's conversations."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    async def StartConversation(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return conversation_pb2.StartConversationResponse()

    async def GetConversation(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        conversation = conversation_pb2.Conversation(
            id=request.conversation_id,
            state=conversation_pb2.Conversation.STATE_OPEN,
            head_sequence=2**60,
            create_time=Timestamp(seconds=1_700_000_000),
        )
        return conversation_pb2.GetConversationResponse(conversation=conversation)

    async def ListConversations(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return conversation_pb2.ListConversationsResponse()

    async def ListMessages(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return conversation_pb2.ListMessagesResponse()

    async def PostMessage(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return conversation_pb2.PostMessageResponse(message=conversation_pb2.Message(body=request.body))

    async def WatchConversation(
        self, request: Any, context: Any
    ) -> AsyncIterator[conversation_pb2.WatchConversationResponse]:
        await self.backend.note(request, context)
        try:
            while True:
                change = await self.backend.changes.get()
                if change is None:
                    return
                if change.cursor < 0:
                    await refuse(context, Unauthenticated("CREDENTIAL_REJECTED", "The credential has expired."))
                yield change
        except (asyncio.CancelledError, GeneratorExit):
            # The second where the caller had left more unread than is kept for it.
            self.backend.cancelled.set()
            raise


class EchoHandler:
    """One live channel: says welcome, answers a post by an ack, and a ping by a pong."""

    def __init__(self, channel: Channel, backend: Backend) -> None:
        self.channel = channel
        self.received: list[Any] = []
        self.gone = asyncio.Event()
        self.room = asyncio.Event()
        backend.channels.append(self)

    def say(self, frame: frame_pb2.ServerFrame) -> None:
        """Sends a frame."""
        self.channel.send(frame.SerializeToString())

    def frame(self, name: str, frame: Any) -> None:
        if name == "authenticate":
            welcome = frame_pb2.Welcome(heartbeat_ms=25_000)
            self.say(frame_pb2.ServerFrame(frame_id=frame.frame_id, welcome=welcome))
            return
        self.received.append(frame)
        if name == "post":
            ack = frame_pb2.Ack(client_message_id=frame.post.client_message_id, sequence=len(self.received))
            self.say(frame_pb2.ServerFrame(frame_id=frame.frame_id, ack=ack))
        elif name == "ping":
            self.say(frame_pb2.ServerFrame(frame_id=frame.frame_id, pong=frame_pb2.Pong(heads={"cnv": 7})))

    def refuse(self, frame_id: str, error: ParleyError) -> None:
        self.say(frame_pb2.ServerFrame(frame_id=frame_id, refused=frame_pb2.Refused(reason=error.reason)))

    def credited(self) -> None:
        self.room.set()

    def renewed(self, *_: Any) -> None:
        """Hears that the token was renewed."""

    def closed(self) -> None:
        self.gone.set()


def offer(service: ServiceDescriptor, servicer: object) -> grpc.GenericRpcHandler:
    """Returns a handler for those methods of a service that a servicer has."""
    handlers = {}
    for method in service.methods:
        serve_one = getattr(servicer, method.name, None)
        if serve_one is not None:
            arity = (
                grpc.unary_stream_rpc_method_handler if method.server_streaming else grpc.unary_unary_rpc_method_handler
            )
            handlers[method.name] = arity(
                serve_one,
                request_deserializer=message_factory.GetMessageClass(method.input_type).FromString,
                response_serializer=message_factory.GetMessageClass(method.output_type).SerializeToString,
            )
    return grpc.method_handlers_generic_handler(service.full_name, handlers)


async def serve(backend: Backend, port: int = 0, *, host: str = "127.0.0.1") -> grpc.aio.Server:
    """Starts all services of a backend on one port."""
    server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
    server.add_generic_rpc_handlers(
        (
            offer(token_pb2.DESCRIPTOR.services_by_name["TokenService"], Tokens(backend)),
            offer(site_pb2.DESCRIPTOR.services_by_name["SiteService"], Sites(backend)),
            offer(staff_pb2.DESCRIPTOR.services_by_name["StaffService"], StaffOnly(backend)),
            offer(conversation_pb2.DESCRIPTOR.services_by_name["ConversationService"], Conversations(backend)),
            *(offer(service, servicer) for service, servicer in rights.services(backend)),
        )
    )
    ring = KeyRing()
    ring.replace({KEY_ID: backend.signing_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)})
    live = LiveServicer(
        "chat",
        Frames(frame_pb2.ClientFrame),
        TokenVerifier(InternalTokens(SECRET, "chat"), ring),
        backend.revocations,
        lambda channel: EchoHandler(channel, backend),
        frame_rate=100_000,
    )
    live_pb2_grpc.add_LiveServiceServicer_to_server(live, server)
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    await checks.set("", health_pb2.HealthCheckResponse.SERVING)
    backend.port = server.add_insecure_port(f"{host}:{port}")
    await server.start()
    return server
