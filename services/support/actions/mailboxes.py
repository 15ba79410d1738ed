"""Keeps the addresses at which requests are taken by mail."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.message import Message

from kernel import ids
from kernel.errors import AlreadyExists, FailedPrecondition, InvalidArgument
from kernel.identity import Actor
from services.support.actions.mail_in import SUPPORT
from services.support.actions.wiring import Wiring, tenant_of
from services.support.store import mails as store
from services.support.store import queues as queue_store
from services.support.store.mails import Mailbox

MOST = 50
#: What has a meaning of its own before the @, and is no mailbox of anybody's.
_RESERVED = frozenset({SUPPORT, "privacy", "corrections", "reply", "postmaster", "abuse", "mailer-daemon", "no-reply"})
_FIRST = Mailbox(id=UUID(int=0), local_part=SUPPORT, queue_id=None, create_time=datetime(1970, 1, 1, tzinfo=UTC))


async def list_mailboxes(actor: Actor, wiring: Wiring) -> list[Mailbox]:
    """Returns a tenant's mailboxes; the first is always there."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return [_FIRST, *await store.list_mailboxes(connection, tenant_of(actor))]


async def create_mailbox(
    actor: Actor, wiring: Wiring, local_part: str, queue_id: UUID | None, request_id: str, request: Message
) -> Mailbox:
    """Makes a mailbox; a retry returns the first one."""
    if local_part in _RESERVED:
        raise InvalidArgument(
            "MAILBOX_RESERVED",
            "This name has a meaning of its own. Nothing was changed; choose another one.",
            fields=[("local_part", "is reserved")],
        )
    tenant, now = tenant_of(actor), wiring.clock.now()
    made = Mailbox(id=ids.new_uuid(), local_part=local_part, queue_id=queue_id, create_time=now)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        claimed = await wiring.idempotency.claim(
            connection, actor, "CreateMailbox", request_id, request, str(made.id), now
        )
        found = await store.list_mailboxes(connection, tenant)
        if claimed != str(made.id):
            return next((each for each in found if str(each.id) == claimed), made)
        if queue_id is not None:
            await queue_store.get_queue(connection, tenant, queue_id)
        if len(found) >= MOST:
            raise FailedPrecondition("TOO_MANY_MAILBOXES", f"There are {MOST} mailboxes already. Nothing was changed.")
        if not await store.add_mailbox(connection, tenant, made):
            raise AlreadyExists(
                "MAILBOX_TAKEN", "There is such a mailbox already.", fields=[("local_part", "is taken")]
            )
    return made


async def delete_mailbox(actor: Actor, wiring: Wiring, mailbox_id: UUID) -> None:
    """Deletes a mailbox; one that is not there is deleted already."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.delete_mailbox(connection, tenant_of(actor), mailbox_id)
