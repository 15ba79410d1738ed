"""What every action of the privacy service is handed."""

from __future__ import annotations

from dataclasses import dataclass, field

from kernel.clock import Clock
from kernel.events import Outbox
from kernel.jobs import Jobs
from kernel.journal import Journal
from kernel.mail import Mailer
from kernel.mail.arrivals import Arrivals
from kernel.posting import Poster
from kernel.privacy.retention import Retention
from kernel.settings import PeerSettings
from kernel.storage import Database
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.privacy.actions.peers import Peers
from services.privacy.actions.rights import Rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The parts that the actions work with."""

    database: Database
    clock: Clock
    pages: Pages
    idempotency: Idempotency
    peers: Peers
    settings: PeerSettings
    retention: Retention
    journal: Journal
    rights: Rights
    outbox: Outbox
    jobs: Jobs
    mailer: Mailer
    arrivals: Arrivals
    poster: Poster
    #: The recipients that this deployment could have and has not.
    unused: frozenset[str]
    #: The deployment's key, from which keys for one use each are derived.
    secret_key: str = field(repr=False)
