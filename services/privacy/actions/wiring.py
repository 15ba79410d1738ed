"""What every action of the privacy service is handed."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.journal import Journal
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
