"""What every action of the support desk is handed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from kernel import ids
from kernel.clock import Clock
from kernel.events import Outbox
from kernel.files import Files
from kernel.files.removals import Removals
from kernel.files.tickets import Tickets
from kernel.hints import Hints
from kernel.identity import Actor
from kernel.jobs import Jobs
from kernel.mail import Mailer, Templates
from kernel.mail.addresses import Addresses
from kernel.mail.arrivals import Arrivals
from kernel.privacy.access import AccessRecorder
from kernel.privacy.retention import TICKET_DAYS, Retention
from kernel.privacy.tickets import CLOSE_DAYS, LANGUAGE
from kernel.rpc.channels import Channels
from kernel.settings import PeerSettings
from kernel.storage import Database
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.support.actions.links import Links
from services.support.actions.peers import Peers

#: The topic under which this service's replicas hint at changed tickets.
CHANGED = "tickets:support"


class Woken:
    """Wakes all who watch, each of them once for every hint."""

    def __init__(self) -> None:
        """Begins without anybody."""
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """The event that the next hint sets."""
        return self._next

    def wake(self) -> None:
        """Wakes everybody who waits."""
        self._next.set()
        self._next = asyncio.Event()

    async def follow(self, hints: Hints) -> None:
        """Passes hints on to all who watch, until cancelled."""
        heard = hints.listen(CHANGED)
        while True:
            await heard.wait()
            heard.clear()
            self.wake()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The parts that the actions work with."""

    database: Database
    clock: Clock
    outbox: Outbox
    pages: Pages
    idempotency: Idempotency
    access: AccessRecorder
    settings: PeerSettings
    retention: Retention
    jobs: Jobs
    channels: Channels
    peers: Peers
    hints: Hints
    mailer: Mailer
    templates: Templates
    links: Links
    files: Files
    removals: Removals
    tickets: Tickets
    content_origin: str
    arrivals: Arrivals
    addresses: Addresses
    #: The name under which our mail server notes what it found out about senders; empty for none.
    mail_checked_by: str
    #: Whoever watches waits for this one, which is set and made anew with every hint.
    woken: Woken = field(default_factory=Woken)

    async def kept_days(self, tenant_id: str) -> int:
        """Returns for how many days a tenant's tickets are kept after they were closed."""
        days: int = await self.settings.get(tenant_id, TICKET_DAYS)
        return days

    async def close_after(self, tenant_id: str) -> timedelta:
        """Returns after how long without a word what is resolved is over."""
        days: int = await self.settings.get(tenant_id, CLOSE_DAYS)
        return timedelta(days=days)

    async def language(self, tenant_id: str) -> str:
        """Returns the language that a tenant's desk speaks with those whose own is unknown."""
        tag: str = await self.settings.get(tenant_id, LANGUAGE)
        return tag


def tenant_of(actor: Actor) -> UUID:
    """Returns the key of an actor's tenant."""
    return ids.to_uuid(actor.tenant_id, "ten")


def visitor_of(actor: Actor) -> UUID | None:
    """Returns the key of the visitor whom a caller's token names, also before a chat; None for everybody else."""
    return ids.to_uuid(actor.subject_id, "vis") if actor.subject_id.startswith("vis_") else None


def staff_of(actor: Actor) -> UUID:
    """Returns the key of a member of staff."""
    return ids.to_uuid(actor.subject_id, "stf")
