"""A tenant's own system, as the tests of webhooks have it: it listens on loopback and remembers what it was told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from parley.options.v1 import access_pb2
from parley.privacy.v1 import webhook_pb2

from tests.platform import Platform, Tenant


@dataclass(frozen=True, slots=True)
class Told:
    """One request that came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body, read."""
        read: dict[str, Any] = orjson.loads(self.body)
        return read

    def is_signed(self, secret: str) -> bool:
        """Says whether one of the signatures is by a secret, as whoever implements Standard Webhooks would."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return right in self.headers["webhook-signature"].split(" ")


@dataclass(slots=True)
class Endpoint:
    """What listens, what it answers next, and what it was told."""

    url: str = ""
    #: The statuses of the next answers; when there are none left, everything is taken.
    answers: list[int] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads one request and answers it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        status = self.answers.pop(0) if self.answers else 204
        writer.write(f"HTTP/1.1 {status} Fine\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        async with self._news:
            self.told.append(Told(headers, body))
            self._news.notify_all()

    async def wait(self, count: int = 1, *, kind: str = "", seconds: float = 15.0) -> list[Told]:
        """Waits until so many requests of a type came in, and returns them."""

        def found() -> list[Told]:
            return [each for each in self.told if not kind or each.document["type"] == kind]

        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: len(found()) >= count)
        return found()


@asynccontextmanager
async def an_endpoint() -> AsyncIterator[Endpoint]:
    """Runs a tenant's system."""
    endpoint = Endpoint()
    server = await asyncio.start_server(endpoint.take, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in?from=parley"
    try:
        yield endpoint
    finally:
        server.close()
        await server.wait_closed()


async def subscribe(
    platform: Platform,
    tenant: Tenant,
    url: str,
    *event_types: str,
    purpose: access_pb2.Purpose.ValueType = access_pb2.PURPOSE_ESSENTIAL_SERVICE,
    name: str = "Till",
) -> tuple[webhook_pb2.Webhook, str]:
    """Adds an endpoint and returns it with its secret."""
    request = webhook_pb2.CreateWebhookRequest(
        display_name=name, url=url, event_types=event_types or ("conversation.started",), purpose=purpose
    )
    made = await platform.call(platform.webhooks.CreateWebhook, request, token=tenant.admin.token)
    return made.webhook, made.secret


async def deliveries(
    platform: Platform, tenant: Tenant, webhook: webhook_pb2.Webhook
) -> list[webhook_pb2.WebhookDelivery]:
    """Returns the first page of the deliveries to an endpoint."""
    request = webhook_pb2.ListWebhookDeliveriesRequest(webhook_id=webhook.id)
    answer = await platform.call(platform.webhooks.ListWebhookDeliveries, request, token=tenant.admin.token)
    return list(answer.deliveries)
