"""What identity knows and decides, without a clock, a database or a network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from parley.identity.v1 import staff_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import (
    InvalidArgument,
    NotFound,
    PermissionDenied,
    Unauthenticated,
)
from kernel.identity import Actor, Regime
from kernel.identity.actor import PLATFORM_CALLERS, STAFF_CALLERS
from kernel.identity.scopes import SCOPES
from services.identity.domain.refusals import (
    ChangedMeanwhile as ChangedMeanwhile,
)
from services.identity.domain.refusals import (
    CodeRejected as CodeRejected,
)
from services.identity.domain.refusals import (
    KeyEnded as KeyEnded,
)
from services.identity.domain.refusals import (
    LinkRejected as LinkRejected,
)
from services.identity.domain.refusals import (
    NameTaken as NameTaken,
)
from services.identity.domain.refusals import (
    PasswordWrong as PasswordWrong,
)
from services.identity.domain.refusals import (
    ScopeUnknown as ScopeUnknown,
)
from services.identity.domain.refusals import (
    SignInRefused as SignInRefused,
)
from services.identity.domain.refusals import (
    SupportNotGranted as SupportNotGranted,
)

ACCESS_TOKEN_LIFE = timedelta(minutes=5)
#: How long an API key works where nothing else was said.
API_KEY_DAYS = 365
KEY_ROTATION = timedelta(days=30)
#: A new key is published this long before it signs, so that every process has fetched it by then.
KEY_LEAD = timedelta(minutes=3)
KEY_OVERLAP = timedelta(days=1)
#: How long a code from a mail is good, how often it may be tried, and how long what it proved is.
PROOF_CODE_LIFE = timedelta(minutes=10)
PROOF_CODE_TRIES = 5
PROOF_CODE_LENGTH = 8
PROOF_LIFE = timedelta(hours=1)
#: As many conversations are reached by one address at most, the latest ones.
PROVED_AT_MOST = 20

PLATFORM_ROLES = PLATFORM_CALLERS
GRANTABLE_ROLES = STAFF_CALLERS | PLATFORM_ROLES
ACTIVE = staff_pb2.Staff.STATE_ACTIVE
SUSPENDED = staff_pb2.Staff.STATE_SUSPENDED
INVITED = staff_pb2.Staff.STATE_INVITED
#: Stands where the hash of a password does while nobody has chosen one; no password matches it.
NO_PASSWORD = ""
#: The use of a session is noted as often as this.
USE_NOTED_EVERY = timedelta(minutes=5)
#: How long a link from a mail is good.
INVITATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=1)


def check_scopes(scopes: Iterable[str]) -> None:
    """Raises ScopeUnknown for a scope that there is not."""
    if not SCOPES.keys() >= set(scopes):
        raise ScopeUnknown


def missing(what: str) -> NotFound:
    """Returns the one answer to an id that does not exist or is another tenant's."""
    return NotFound(f"{what.upper().replace(' ', '_')}_NOT_FOUND", f"There is no such {what}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One customer of the platform, or the platform itself."""

    id: str
    slug: str
    display_name: str
    regime: Regime
    create_time: datetime
    #: When it was closed; None while it is open.
    close_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place on the web where a tenant's widget stands."""

    id: str
    tenant_id: str
    display_name: str
    allowed_origins: tuple[str, ...]
    language: str
    greeting: str
    colour: str
    revision: int
    create_time: datetime
    position: int = 0
    initials: str = ""
    seen_time: datetime | None = None
    seen_origin: str = ""

    @property
    def key(self) -> str:
        """The public key in the tenant's snippet; it carries the tenant, which is not known before."""
        return site_key(self.tenant_id, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """One member of a tenant's staff."""

    id: str
    email: str
    display_name: str
    roles: tuple[int, ...]
    team_ids: tuple[str, ...]
    state: int
    revision: int
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A group of staff that serves together."""

    id: str
    display_name: str
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A service account's key, without its secret."""

    id: str
    display_name: str
    scopes: tuple[str, ...]
    create_time: datetime
    expire_time: datetime
    revoke_time: datetime | None = None
    last_use_time: datetime | None = None
    overlap_end_time: datetime | None = None

    def works_at(self, now: datetime) -> bool:
        """Says whether the key still opens anything."""
        return self.revoke_time is None and now < self.expire_time


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key that signs access tokens; the private half is sealed."""

    id: str
    public_key: bytes
    sealed_private_key: bytes
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a visitor's credential, a receipt's code or a proved address opens."""

    visitor_id: str
    conversation_id: str
    site_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailProof:
    """An address that somebody is proving, or has proved."""

    id: str
    email: str
    language: str
    #: Whose conversation it is proved in; None where it is proved outside any.
    bound: Bound | None
    site_id: str
    tries: int
    create_time: datetime
    expire_time: datetime
    finish_time: datetime | None = None

    def takes_code(self, now: datetime) -> bool:
        """Says whether a code may still be tried."""
        return self.finish_time is None and self.tries < PROOF_CODE_TRIES and now < self.expire_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One place where a member of staff is signed in."""

    id: str
    staff_id: str
    device: str
    create_time: datetime
    use_time: datetime
    expire_time: datetime
    #: When its owner last proved who they are.
    auth_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLink:
    """A link by which somebody chooses a password; nobody's where the address was no account's."""

    id: str
    staff_id: str
    is_invitation: bool
    create_time: datetime
    expire_time: datetime
    use_time: datetime | None = None
    #: The language of the mail; nothing for English.
    language: str = ""

    def is_good(self, now: datetime) -> bool:
        """Says whether it may be used."""
        return self.use_time is None and now < self.expire_time and self.staff_id != ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that was changed; a value that is about a person, or secret, is not repeated."""

    field: str
    before_json: str = ""
    after_json: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change of a tenant's administration."""

    id: str
    #: Empty where the platform's own set-up did it.
    staff_id: str
    action: str
    target_id: str
    changes: tuple[Change, ...]
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportGrant:
    """A tenant's leave for platform staff to read its conversations."""

    id: str
    reason: str
    granted_by: str
    create_time: datetime
    expire_time: datetime
    revoke_time: datetime | None = None
    use_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that is looked up before a tenant is known, so it carries the tenant in it."""

    tenant_id: str
    secret_hash: bytes


def make_entry_secret(key: bytes, tenant_id: str, link_id: str) -> tuple[str, bytes]:
    """Writes the secret of a link, which only whoever has the key can derive from the link's id, and its hash."""
    return make_credential("pel", tenant_id, hmac.digest(key, f"{tenant_id}\x00{link_id}".encode(), "sha256"))


def site_key(tenant_id: str, site_id: str) -> str:
    """Writes a site's public key."""
    return "pk_" + ids.encode(ids.to_uuid(tenant_id, "ten").bytes + ids.to_uuid(site_id, "sit").bytes)


def read_site_key(key: str) -> tuple[str, str]:
    """Reads the tenant's and the site's id out of a public key; raises NotFound for anything else."""
    try:
        raw = ids.decode(key.removeprefix("pk_")) if key.startswith("pk_") else b""
        if len(raw) != 32:
            raise ValueError
    except ValueError:
        raise missing("site") from None
    return "ten_" + ids.encode(raw[:16]), "sit_" + ids.encode(raw[16:])


def make_credential(prefix: str, tenant_id: str, entropy: bytes) -> tuple[str, bytes]:
    """Writes a credential of 32 random bytes and returns it with the hash under which it is found."""
    secret = base64.urlsafe_b64encode(entropy).decode("ascii").rstrip("=")
    text = f"{prefix}_{tenant_id.removeprefix('ten_')}_{secret}"
    return text, hash_credential(text)


def hash_credential(text: str) -> bytes:
    """Returns the hash of a credential. It has 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(text.encode()).digest()


def read_credential(prefix: str, text: str) -> Credential:
    """Reads the tenant out of a credential; raises Unauthenticated for anything malformed."""
    parts = text.split("_", 2)
    if len(parts) == 3 and parts[0] == prefix:
        try:
            if len(ids.decode(parts[1])) == 16:
                return Credential(f"ten_{parts[1]}", hash_credential(text))
        except ValueError:
            pass
    raise Unauthenticated("CREDENTIAL_REJECTED", "The credential is missing, expired or not valid. Sign in again.")


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE = re.compile(f"[{_CROCKFORD}]{{12}}")


def make_receipt_code(key: bytes, tenant_id: str, receipt_id: str) -> str:
    """Writes the code of a receipt: 60 bits that only whoever has the key can derive from the receipt's id.

    So the code is kept nowhere, and asking for it again gives the same one.
    """
    number = int.from_bytes(hmac.digest(key, f"code\x00{tenant_id}\x00{receipt_id}".encode(), "sha256")[:8], "big")
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(55, -1, -5))


def show_receipt_code(code: str) -> str:
    """Writes a code in three groups, as people read and copy it."""
    return "-".join((code[:4], code[4:8], code[8:]))


def read_receipt_code(text: str) -> str:
    """Reads a code in whatever spelling people use; what is none comes out as a text that no receipt has."""
    code = _plain_code(text)
    return code if _CODE.fullmatch(code) else ""


def _plain_code(text: str) -> str:
    return re.sub(r"[\s_.–—-]+", "", text).upper().translate(_MEANT)


def hash_receipt_code(key: bytes, tenant_id: str, code: str) -> bytes:
    """Returns the keyed hash under which a code is found: without the key, the table's reader cannot guess it back.

    A guesser who measures how long the look-up takes learns about hashes that cannot be steered, and so nothing.
    """
    return hmac.digest(key, f"hash\x00{tenant_id}\x00{code}".encode(), "sha256")


def make_proof_code(key: bytes, tenant_id: str, proof_id: str) -> str:
    """Writes the code of a proof, which only whoever has the key can derive from the proof's id.

    It is long enough that the limits on mails and tries leave nobody a chance to guess one, in a year and at all of a
    tenant's addresses. So nobody's address has to be locked, which strangers could do to its owner.
    """
    number = int.from_bytes(hmac.digest(key, f"{tenant_id}\x00{proof_id}".encode(), "sha256")[:16], "big")
    code = "".join(_CROCKFORD[number >> 5 * place & 31] for place in range(PROOF_CODE_LENGTH))
    return f"{code[:4]}-{code[4:]}"


def is_proof_code(code: str, typed: str) -> bool:
    """Says whether somebody typed the code, in whatever spelling, and in the same time whatever was typed."""
    return hmac.compare_digest(_plain_code(code).encode(), _plain_code(typed).encode())


def hash_email(key: bytes, tenant_id: str, email: str) -> bytes:
    """Returns the keyed hash under which a proved address is found again."""
    return hmac.digest(key, f"{tenant_id}\x00{email}".encode(), "sha256")


def plain_email(email: str) -> str:
    """Returns an address as it is compared: without blanks around it and in small letters."""
    return email.strip().lower()


def check_roles(actor: Actor, regime: Regime, roles: Iterable[int]) -> None:
    """Raises PermissionDenied where somebody hands out, or takes, a role that is not theirs to give.

    What makes a visitor, a service account or a process of the platform is no role: an account that had one of those
    would pass for something that it is not. Roles above tenants are given by the platform, in the house only.
    """
    if not GRANTABLE_ROLES.issuperset(roles):
        raise PermissionDenied("ROLE_NOT_GRANTABLE", "That is no role of a member of staff.")
    if PLATFORM_ROLES.isdisjoint(roles):
        return
    if regime is not Regime.HOUSE or not (actor.is_internal or actor.has(access_pb2.CALLER_PLATFORM_ADMIN)):
        raise PermissionDenied("ROLE_NOT_GRANTABLE", "Roles above tenants are given by the platform only.")


def _is_there(value: object) -> bool:
    if isinstance(value, str):
        return any(each.isprintable() and not each.isspace() for each in value)
    return bool(value)


def check_complete(fields: Iterable[str], **values: object) -> None:
    """Raises InvalidArgument where a field that a record cannot be without holds nothing, or nothing that is seen."""
    empty = [name for name in fields if name in values and not _is_there(values[name])]
    if empty:
        raise InvalidArgument(
            "ARGUMENT_INVALID",
            "Some fields are missing or malformed. Nothing was kept.",
            fields=[(name, "must not be empty") for name in empty],
        )


def check_state(current: int, wanted: int) -> None:
    """Raises InvalidArgument where an update would make somebody come who has not, or un-come who has."""
    if wanted != current and (wanted == INVITED or (current == INVITED and wanted == ACTIVE)):
        raise InvalidArgument(
            "STATE_INVALID",
            "Only the owner's own link makes an account that waits one that is in use. Nothing was changed.",
            fields=[("staff.state", "cannot be set to this")],
        )


def check_not_self(actor: Actor, staff_id: str) -> None:
    """Raises InvalidArgument where an administrator would lock the own account out."""
    if actor.subject_id == staff_id:
        raise InvalidArgument("OWN_ACCOUNT", "You cannot take your own access away; ask another administrator.")


def signing_key(keys: Iterable[SigningKey], now: datetime) -> SigningKey | None:
    """Returns the key that signs now: the newest one that everybody has had time to fetch, or else the oldest."""
    ordered = sorted(keys, key=lambda key: key.create_time, reverse=True)
    led = [key for key in ordered if key.create_time <= now - KEY_LEAD]
    return led[0] if led else ordered[-1] if ordered else None


def needs_new_key(keys: Iterable[SigningKey], now: datetime) -> bool:
    """Says whether it is time to make the next key."""
    return all(key.create_time <= now - KEY_ROTATION for key in keys)


def is_retired(key: SigningKey, now: datetime) -> bool:
    """Says whether nothing that a key signed can still be good."""
    return key.create_time <= now - KEY_ROTATION - KEY_LEAD - KEY_OVERLAP


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatInvitation:
    """One rule by which a site offers a chat."""

    page: str
    seconds: int
    text: str
    #: From which visit on; beyond 1 it holds for visitors alone who chose to be recognised.
    least_visits: int = 0
