"""What every action of identity is handed."""

from __future__ import annotations

from dataclasses import dataclass, field

from kernel.clock import Clock
from kernel.events import Outbox
from kernel.identity import derive_key
from kernel.identity.passwords import Passwords
from kernel.jobs import Jobs
from kernel.journal import Journal
from kernel.limits import Guesses
from kernel.mail import Mailer, Templates
from kernel.privacy.retention import Retention
from kernel.settings import Settings
from kernel.storage import Database
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.identity.actions.peers import Peers
from services.identity.actions.sealing import Seal
from services.identity.actions.signing import Signer


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """The keys from which codes and the hashes of addresses are derived."""

    receipts: bytes = field(repr=False)
    proofs: bytes = field(repr=False)
    addresses: bytes = field(repr=False)
    links: bytes = field(repr=False)
    recovery: bytes = field(repr=False)
    devices: bytes = field(repr=False)
    visitors: bytes = field(repr=False)
    subjects: bytes = field(repr=False)

    @classmethod
    def of(cls, secret_key: str) -> CodeKeys:
        """Derives them from the deployment's secret."""
        uses = (
            "receipt codes",
            "e-mail codes",
            "proved addresses",
            "entry links",
            "recovery codes",
            "known devices",
            "named visitors",
            "oidc subjects",
        )
        return cls(*(derive_key(secret_key, use) for use in uses))


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
    guesses: Guesses
    codes: CodeKeys
    jobs: Jobs
    mailer: Mailer
    templates: Templates
    settings: Settings
    retention: Retention
    journal: Journal
    peers: Peers
    #: Where the console is, for links in mails.
    console_origin: str
    seal: Seal
    #: The OpenID issuers at which staff may sign in.
    oidc_issuers: frozenset[str]
