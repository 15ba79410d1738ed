"""Makes a retried mutation return the first result.

A record keeps an HMAC of the request and the id of the resource for a day, in the transaction of the mutation itself;
it never keeps the request or the response, which hold what people said.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from google.protobuf.message import Message
from sqlalchemy import LargeBinary, MetaData, Table, Text, delete, select
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import AlreadyExists
from kernel.identity import Actor
from kernel.identity.tokens import derive_key
from kernel.storage.tables import column, tenant_table

KEPT = timedelta(days=1)


def table(metadata: MetaData) -> Table:
    """Returns the table in a service's schema."""
    name = f"{metadata.schema}.idempotency"
    if name in metadata.tables:
        return metadata.tables[name]
    return tenant_table(
        "idempotency",
        metadata,
        column("method", Text, "- a name from the contract"),
        column("request_id", Text, "- made by the client's code"),
        column("request_mac", LargeBinary, "- a keyed hash"),
        column("resource_id", Text, "- an opaque id"),
        column("create_time", TIMESTAMP(timezone=True), "- when the record was made"),
        key=("method", "request_id"),
        purge=("create_time", KEPT.days),
    )


class Idempotency:
    """One service's memory of the mutations of the last day."""

    def __init__(self, metadata: MetaData, secret_key: str) -> None:
        """Takes the service's tables and the deployment's secret."""
        self._table = table(metadata)
        self._key = derive_key(secret_key, "idempotency")

    async def claim(
        self,
        connection: AsyncConnection,
        actor: Actor,
        method: str,
        request_id: str,
        request: Message,
        resource_id: str,
        now: datetime,
    ) -> str:
        """Returns the id under which to carry out a mutation: `resource_id`, or the first one's where this is a retry.

        Two at once take turns on the row; the same request id with another request raises AlreadyExists.
        """
        if not request_id:
            return resource_id
        scope, mac = self.scope(actor, method), self.mac(request)
        made = await connection.execute(
            insert(self._table)
            .values(
                tenant_id=ids.to_uuid(actor.tenant_id, "ten"),
                method=scope,
                request_id=request_id,
                request_mac=mac,
                resource_id=resource_id,
                create_time=now,
            )
            .on_conflict_do_nothing()
            .returning(self._table.c.resource_id)
        )
        if made.scalar() is not None:
            return resource_id
        first = (
            await connection.execute(
                select(self._table.c.request_mac, self._table.c.resource_id).where(
                    self._table.c.tenant_id == ids.to_uuid(actor.tenant_id, "ten"),
                    self._table.c.method == scope,
                    self._table.c.request_id == request_id,
                )
            )
        ).one()
        self.require_same(first.request_mac, mac)
        found: str = first.resource_id
        return found

    def scope(self, actor: Actor, method: str) -> str:
        """Returns the method under which a caller's requests are kept.

        The caller is part of it, so that nobody can probe for what another caller did.
        """
        return f"{method} {actor.subject_id or actor.site_id}"

    def mac(self, request: Message) -> bytes:
        """Returns the hash by which a request is known again."""
        return hmac.new(self._key, request.SerializeToString(deterministic=True), sha256).digest()

    def require_same(self, first: bytes, mac: bytes) -> None:
        """Raises AlreadyExists where two requests with one id are not the same."""
        if not hmac.compare_digest(first, mac):
            raise AlreadyExists(
                "REQUEST_ID_REUSED",
                "This request id was used for another request. Nothing was changed.",
                fields=[("request_id", "must be new for a new request")],
            )

    async def purge(self, connection: AsyncConnection, now: datetime) -> int:
        """Forgets the bound tenant's records of more than a day ago and returns how many there were."""
        gone = await connection.execute(delete(self._table).where(self._table.c.create_time < now - KEPT))
        return gone.rowcount
