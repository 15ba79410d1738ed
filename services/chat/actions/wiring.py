"""What every action of chat is handed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kernel import ids
from kernel.clock import Clock
from kernel.events import Outbox
from kernel.files import Files
from kernel.files.removals import Removals
from kernel.files.tickets import Tickets
from kernel.identity import Actor
from kernel.jobs import Jobs
from kernel.journal import Journal
from kernel.mail import Mailer, Templates
from kernel.mail.addresses import Addresses
from kernel.mail.arrivals import Arrivals
from kernel.privacy.access import AccessRecorder
from kernel.privacy.retention import Retention
from kernel.settings import PeerSettings
from kernel.storage import Database
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.chat.actions.glances import Glances
from services.chat.actions.hub import Hub
from services.chat.actions.marks import Marks
from services.chat.actions.origins import Origins
from services.chat.actions.peers import Peers
from services.chat.actions.presence import Presence
from services.chat.actions.queue import Queue
from services.chat.actions.tasks import Tasks
from services.chat.actions.writer import Writer
from services.chat.domain import Viewer

KeptFor = Callable[[str], Awaitable[timedelta]]
#: Says whether a tenant's visitors see the names of who read what they said, or the purposes only.
ShowsReaders = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The parts that the actions work with."""

    database: Database
    clock: Clock
    outbox: Outbox
    pages: Pages
    idempotency: Idempotency
    access: AccessRecorder
    hub: Hub
    glances: Glances
    writer: Writer
    marks: Marks
    peers: Peers
    origins: Origins
    kept_for: KeptFor
    shows_readers: ShowsReaders
    retention: Retention
    journal: Journal
    tasks: Tasks
    settings: PeerSettings
    jobs: Jobs
    files: Files
    removals: Removals
    tickets: Tickets
    #: Where browsers read files.
    content_origin: str
    #: Where a survey is answered on a page of its own.
    widget_origin: str
    queue: Queue
    #: How long somebody who answers may be silent before it goes back to the queue.
    lease: timedelta
    presence: Presence
    mailer: Mailer
    templates: Templates
    arrivals: Arrivals
    addresses: Addresses


def viewer_of(actor: Actor) -> Viewer:
    """Returns an actor with the ids that it has among the conversations."""
    return Viewer(
        actor,
        ids.to_uuid(actor.subject_id, "stf") if actor.is_staff else None,
        ids.to_uuid(actor.conversation_id, "cnv") if actor.conversation_id else None,
    )


def tenant_of(actor: Actor) -> UUID:
    """Returns the key of an actor's tenant."""
    return ids.to_uuid(actor.tenant_id, "ten")
