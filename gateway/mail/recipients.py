"""Knows which service takes mail for an address, and brings it there. It keeps nothing and remembers nobody."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc.aio
from parley.identity.v1 import token_pb2, token_pb2_grpc
from parley.mail.v1 import mail_pb2, mail_pb2_grpc

from kernel import ids
from kernel.config import SERVICES, Config
from kernel.errors import InvalidArgument, NotFound, Unauthenticated, from_rpc_error
from kernel.mail.addresses import read_reply
from kernel.rpc.channels import Channels

_PIECE = 512 * 1024
_KEPT_SECONDS, _KEPT_TENANTS = 60.0, 5_000
_SLUG, _LOCAL_PART = re.compile(r"[a-z0-9][a-z0-9-]{0,62}"), re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
#: What every company has beside its own mailboxes: whoever writes there reaches those who answer for privacy.
_OF_PRIVACY = frozenset({"privacy", "corrections"})
_ASK_SECONDS, _TAKE_SECONDS = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who takes mail for one address."""

    service: str
    tenant_id: str
    local_part: str

    def __repr__(self) -> str:
        """Names the service only: what stands before the @ may be a secret."""
        return f"Recipient({self.service})"


class Recipients:
    """The addresses of the platform."""

    def __init__(self, config: Config, channels: Channels) -> None:
        """Takes the host of the platform's addresses, and the way to the services."""
        self._host = config.mail_domain.lower()
        self._channels = channels
        self._tenants: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def find(self, address: str) -> Recipient | None:
        """Returns who takes mail for an address, None where nobody does; raises ParleyError where nobody can say."""
        local_part, _, host = address.lower().rpartition("@")
        if host == self._host:
            reply = read_reply(local_part)
            if reply is None:
                return None
            return Recipient(reply.service, ids.from_uuid("ten", reply.tenant), local_part)
        # Whatever stands below is a company's own, by its short name.
        slug, _, above = host.partition(".")
        if above != self._host or not _SLUG.fullmatch(slug) or not _LOCAL_PART.fullmatch(local_part):
            return None
        tenant_id = await self._tenant_of(slug)
        service = "privacy" if local_part in _OF_PRIVACY else "support"
        if not tenant_id or service not in SERVICES:
            return None
        return Recipient(service, tenant_id, local_part)

    async def _tenant_of(self, slug: str) -> str:
        until, known = self._tenants.get(slug, (0.0, ""))
        if time.monotonic() < until:
            return known
        try:
            answer = await self._channels.call(
                token_pb2_grpc.TokenServiceStub(self._channels.of("identity")).ExchangeCredential,
                token_pb2.ExchangeCredentialRequest(tenant_slug=slug),
                deadline=_ASK_SECONDS,
            )
            known = str(answer.tenant_id)
        except (NotFound, Unauthenticated, InvalidArgument):
            known = ""
        self._tenants[slug] = (time.monotonic() + _KEPT_SECONDS, known)
        self._tenants.move_to_end(slug)
        while len(self._tenants) > _KEPT_TENANTS:
            self._tenants.popitem(last=False)
        return known

    async def check(self, recipient: Recipient) -> None:
        """Raises NotFound where the service knows no such address."""
        stub = mail_pb2_grpc.MailServiceStub(self._channels.of(recipient.service))
        await self._channels.call(
            stub.FindRecipient,
            mail_pb2.FindRecipientRequest(local_part=recipient.local_part),
            tenant_id=recipient.tenant_id,
            deadline=_ASK_SECONDS,
        )

    async def deliver(self, recipient: Recipient, return_path: str, data: bytes) -> None:
        """Brings a mail to its service, and comes back once it is kept there; raises ParleyError where it is not."""
        stub = mail_pb2_grpc.MailServiceStub(self._channels.of(recipient.service))
        token = self._channels.tokens.make(recipient.tenant_id)
        try:
            await stub.TakeMail(
                _pieces(recipient.local_part, return_path, data),
                timeout=_TAKE_SECONDS,
                metadata=(("authorization", f"Bearer {token}"),),
            )
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None


async def _pieces(local_part: str, return_path: str, data: bytes) -> AsyncIterator[mail_pb2.TakeMailRequest]:
    yield mail_pb2.TakeMailRequest(local_part=local_part, return_path=return_path, data=data[:_PIECE])
    for start in range(_PIECE, len(data), _PIECE):
        yield mail_pb2.TakeMailRequest(data=data[start : start + _PIECE])
