"""What an entry of the ledger is, how entries hang together, and what is wrong with a chain that was tampered with."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from parley.options.v1 import access_pb2
from parley.privacy.v1 import ledger_pb2

from kernel.errors import FailedPrecondition
from kernel.identity import Subject

READ = ledger_pb2.LedgerEntry.KIND_READ
EXPORT = ledger_pb2.LedgerEntry.KIND_EXPORT
EMAIL = ledger_pb2.LedgerEntry.KIND_EMAIL
WEBHOOK = ledger_pb2.LedgerEntry.KIND_WEBHOOK
DISCLOSURE = ledger_pb2.LedgerEntry.KIND_DISCLOSURE
GRANT = ledger_pb2.LedgerEntry.KIND_SUPPORT_GRANT
GRANT_USE = ledger_pb2.LedgerEntry.KIND_SUPPORT_USE
GRANT_END = ledger_pb2.LedgerEntry.KIND_SUPPORT_END
ERASURE = ledger_pb2.LedgerEntry.KIND_ERASURE
TRANSFER = ledger_pb2.LedgerEntry.KIND_TRANSFER
CORRECTION = ledger_pb2.LedgerEntry.KIND_CORRECTION
SEAL = ledger_pb2.LedgerEntry.KIND_SEAL
PROOF = ledger_pb2.LedgerEntry.KIND_PROOF

#: What left the platform, and is told to forget as well when the person is forgotten.
DELIVERED = (EMAIL, WEBHOOK, DISCLOSURE)

WHOLE = ledger_pb2.VerifyLedgerResponse.FINDING_UNSPECIFIED
BROKEN = ledger_pb2.VerifyLedgerResponse.FINDING_BROKEN
TRUNCATED = ledger_pb2.VerifyLedgerResponse.FINDING_TRUNCATED
BEHEADED = ledger_pb2.VerifyLedgerResponse.FINDING_BEHEADED
UNSIGNED = ledger_pb2.VerifyLedgerResponse.FINDING_UNSIGNED
REWRITTEN = ledger_pb2.VerifyLedgerResponse.FINDING_REWRITTEN

#: The hash before the first entry.
BEGINNING = bytes(32)
#: The role of the person whom an entry is about, and of the platform itself.
THEMSELVES, PLATFORM = "you", "platform"
#: The roles of the platform's own staff, let in by a tenant, and of somebody whose account is gone.
SUPPORT, SOMEBODY = "platform_support", "staff"
#: The role of a program of the tenant's, which reads by an API key.
PROGRAM = "program"

_ROLES = (
    (access_pb2.CALLER_PRIVACY_OFFICER, "privacy_officer"),
    (access_pb2.CALLER_ADMIN, "admin"),
    (access_pb2.CALLER_SUPERVISOR, "supervisor"),
    (access_pb2.CALLER_OPERATOR, "operator"),
    (access_pb2.CALLER_SUPPORT_AGENT, "support_agent"),
    (access_pb2.CALLER_MODERATOR, "moderator"),
)


def role_of(callers: frozenset[int], purpose: int) -> str:
    """Returns the role in which somebody did something; of several, the one that such a deed is done in."""
    ranked = _ROLES if purpose == access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION else _ROLES[2:] + _ROLES[:2]
    for caller, name in ranked:
        if caller in callers:
            return name
    return ""


class JournalNotReadable(FailedPrecondition):
    """The journal, against which a ledger is held, does not read as it was written."""

    def __init__(self) -> None:
        """Says what is so, and who can help."""
        super().__init__(
            "JOURNAL_DAMAGED",
            "The ledger cannot be verified, because the journal beside it is damaged. Tell whoever runs the platform.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was seen, given or done, before it has its place in the chain."""

    #: What names the deed, so that a retry adds nothing.
    id: str
    kind: int
    time: datetime
    subject: Subject | None = None
    record_id: str = ""
    staff_id: str = ""
    role: str = ""
    purpose: int = access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION
    recipient: str = ""
    #: By what kind of proof somebody was recognised.
    basis: str = ""
    #: True where the law forbids to tell the person.
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One link of a tenant's chain. It never changes, and names people by pseudonyms alone."""

    tenant_id: UUID
    sequence: int
    kind: int
    time: datetime
    pseudonym: UUID | None
    staff_pseudonym: UUID | None
    record_id: str
    role: str
    purpose: int
    recipient: str
    silent: bool
    deed_id: str
    previous_hash: bytes
    basis: str = ""
    entry_hash: bytes = b""

    def computed_hash(self) -> bytes:
        """Returns what the hash of this entry must be."""
        parts = (
            self.tenant_id.bytes,
            self.sequence,
            self.kind,
            self.time.astimezone(UTC).isoformat(timespec="microseconds"),
            self.pseudonym.bytes if self.pseudonym else b"",
            self.staff_pseudonym.bytes if self.staff_pseudonym else b"",
            self.record_id,
            self.role,
            self.purpose,
            self.recipient,
            int(self.silent),
            self.deed_id,
            self.previous_hash,
        )
        # An entry without a basis has the hash that it had before there were any.
        return hashlib.sha256(_written(*parts, *filter(None, [self.basis]))).digest()

    def sealed(self) -> Entry:
        """Returns the entry with its hash."""
        return replace(self, entry_hash=self.computed_hash())


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a chain, and its floor: the entry behind which everything has had its time and was let go."""

    tenant_id: UUID
    sequence: int = 0
    entry_hash: bytes = BEGINNING
    floor_sequence: int = 0
    floor_hash: bytes = BEGINNING
    sign_time: datetime
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        """Returns what the signature is over."""
        return _written(
            b"parley ledger head",
            self.tenant_id.bytes,
            self.sequence,
            self.entry_hash,
            self.floor_sequence,
            self.floor_hash,
            self.sign_time.astimezone(UTC).isoformat(timespec="microseconds"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an inspection of a chain came to."""

    finding: int = WHOLE
    #: The first entry that is wrong or missing.
    sequence: int = 0
    checked: int = 0
    heads_compared: int = 0


class Inspection:
    """Walks a chain once, entry by entry, and remembers what it has to compare at the end. It holds one entry."""

    def __init__(self, head: Head, noted: dict[int, bytes]) -> None:
        """Takes the signed head, and the hashes of earlier heads that were noted apart, by their sequence."""
        self._head = head
        self._noted = noted
        self._sequence, self._hash = head.floor_sequence, head.floor_hash
        self._checked = 0
        self.wrong: Verdict | None = None
        # What was noted of entries that have had their time cannot be compared any more.
        self._compared = sum(1 for sequence in noted if head.floor_sequence <= sequence <= head.sequence)
        if noted.get(head.floor_sequence, head.floor_hash) != head.floor_hash:
            self.wrong = Verdict(finding=REWRITTEN, sequence=head.floor_sequence)

    def look(self, entry: Entry) -> None:
        """Looks at the next entry."""
        if self.wrong is not None:
            return
        self._checked += 1
        if self._checked == 1 and entry.sequence > self._sequence + 1:
            self._find(BEHEADED, self._sequence + 1)
        elif (
            entry.sequence != self._sequence + 1
            or entry.previous_hash != self._hash
            or not hmac.compare_digest(entry.computed_hash(), entry.entry_hash)
        ):
            self._find(BROKEN, self._sequence + 1)
        elif self._noted.get(entry.sequence, entry.entry_hash) != entry.entry_hash:
            self._find(REWRITTEN, entry.sequence)
        self._sequence, self._hash = entry.sequence, entry.entry_hash

    def verdict(self) -> Verdict:
        """Says what it came to, after the last entry."""
        if self.wrong is None:
            furthest = max((self._head.sequence, *self._noted))
            if self._sequence < furthest:
                self._find(TRUNCATED, self._sequence + 1)
            elif (self._sequence, self._hash) != (self._head.sequence, self._head.entry_hash):
                self._find(BROKEN, min(self._sequence, self._head.sequence) + 1)
        found = self.wrong or Verdict()
        return replace(found, checked=self._checked, heads_compared=self._compared)

    def _find(self, finding: int, sequence: int) -> None:
        self.wrong = Verdict(finding=finding, sequence=sequence)


def _written(*parts: bytes | str | int) -> bytes:
    """Writes values so that no two lists of values are written alike: each with its length before it."""
    raw = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"".join(len(each).to_bytes(4, "big") + each for each in raw)
