"""Knows which service takes mail for an address, and brings it there. It keeps nothing and remembers nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc.aio
from parley.mail.v1 import mail_pb2, mail_pb2_grpc

from kernel import ids
from kernel.config import Config
from kernel.errors import from_rpc_error
from kernel.mail.addresses import read_reply
from kernel.rpc.channels import Channels

_PIECE = 512 * 1024
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

    async def find(self, address: str) -> Recipient | None:
        """Returns who takes mail for an address, None where nobody does; raises ParleyError where nobody can say."""
        local_part, _, host = address.rpartition("@")
        if host.lower() != self._host:
            return None
        reply = read_reply(local_part)
        if reply is None:
            return None
        return Recipient(reply.service, ids.from_uuid("ten", reply.tenant), local_part.lower())

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
