"""What every action of surveys is handed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel import ids
from kernel.clock import Clock
from kernel.events import Outbox
from kernel.identity import Actor
from kernel.jobs import Jobs
from kernel.privacy.access import AccessRecorder
from kernel.privacy.retention import Retention
from kernel.privacy.surveys import THRESHOLD
from kernel.rpc.channels import Channels
from kernel.settings import PeerSettings
from kernel.storage import Database
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.survey.actions.peers import Peers
from services.survey.actions.sealing import Sealing
from services.survey.domain.disclosure import threshold_of


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
    sealing: Sealing

    async def threshold(self, tenant_id: str) -> int:
        """Returns how many people a number speaks of at least."""
        setting: int = await self.settings.get(tenant_id, THRESHOLD)
        return threshold_of(setting)


def tenant_of(actor: Actor) -> UUID:
    """Returns the key of an actor's tenant."""
    return ids.to_uuid(actor.tenant_id, "ten")
