"""What every action of identity is handed."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.events import Outbox
from kernel.journal import Journal
from kernel.privacy.retention import Retention
from kernel.settings import Settings
from kernel.storage import Database
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.identity.actions.passwords import Passwords
from services.identity.actions.sign_in_limits import SignInLimits
from services.identity.actions.signing import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The parts that the actions work with."""

    database: Database
    clock: Clock
    outbox: Outbox
    pages: Pages
    idempotency: Idempotency
    passwords: Passwords
    signer: Signer
    limits: SignInLimits
    settings: Settings
    retention: Retention
    journal: Journal
