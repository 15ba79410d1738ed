"""Who a member is, and what is refused to whom before anything is kept."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kernel.errors import FailedPrecondition, NotFound, PermissionDenied, Unauthenticated

#: What a mailed code begins.
SIGN_UP, RESET = 1, 2
CODE_LIFE = timedelta(hours=1)
SESSION_LIFE = timedelta(days=30)
MOST_TRIES = 10
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})
#: Names that would pass for somebody who speaks for the community.
RESERVED = frozenset("admin administrator moderator mod staff support system root official help security".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a tenant's community."""

    id: str
    handle: str
    email: str = field(repr=False)
    password_hash: str = field(repr=False)
    display_name: str = field(repr=False)
    about: str = field(repr=False)
    post_count: int
    create_time: datetime
    suspended_until: datetime | None = None
    #: How far the member is trusted, for whoever is asked; 0 where nobody looked.
    trust: int = 0
    #: How much was removed lately, for those who moderate.
    removals: int = 0
    #: How often a form came back faster than people type, for those who moderate.
    fast: int = 0

    def is_suspended(self, now: datetime) -> bool:
        """Says whether the member may only read."""
        return self.suspended_until is not None and self.suspended_until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What begins with a mailed code."""

    id: str
    kind: int
    handle: str
    email: str = field(repr=False)
    password_hash: str = field(repr=False)
    tries: int
    expire_time: datetime

    def takes_code(self, now: datetime) -> bool:
        """Says whether a code may be tried."""
        return self.expire_time > now and self.tries < MOST_TRIES


def plain_email(email: str) -> str:
    """Returns an address as it is compared."""
    return email.strip().lower()


def make_code(key: bytes, tenant_id: str, pending_id: str) -> str:
    """Writes the code of a beginning, which only whoever has the key derives from its id."""
    number = int.from_bytes(hmac.digest(key, f"{tenant_id}\x00{pending_id}".encode(), "sha256")[:16], "big")
    code = "".join(_DIGITS[number >> 5 * place & 31] for place in range(8))
    return f"{code[:4]}-{code[4:]}"


def is_code(code: str, typed: str) -> bool:
    """Says whether somebody typed the code, in whatever spelling, and in the same time whatever was typed."""
    return hmac.compare_digest(_plain(code), _plain(typed))


def _plain(code: str) -> bytes:
    return "".join(each for each in code.upper() if each.isalnum()).translate(_MEANT).encode()


def code_rejected() -> PermissionDenied:
    """Returns the one answer to every code that is not good."""
    return PermissionDenied("CODE_REJECTED", "The code is not right, or not good any more. Nothing was changed.")


def sign_in_rejected() -> Unauthenticated:
    """Returns the one answer to a wrong address and to a wrong password."""
    return Unauthenticated("SIGN_IN_REJECTED", "The address or the password is not right.")


def session_ended() -> Unauthenticated:
    """Returns what somebody is told whose session is over."""
    return Unauthenticated("SESSION_ENDED", "This session is over. Sign in again; nothing was kept.")


def too_young() -> FailedPrecondition:
    """Returns what somebody under the age limit is told; it carries no age."""
    return FailedPrecondition("AGE_REFUSED", "You cannot join. Nothing of what you typed was kept.")


def handle_taken() -> FailedPrecondition:
    """Returns what is said where a name cannot be had."""
    return FailedPrecondition(
        "HANDLE_TAKEN", "This name is taken. Choose another one; nothing was kept.", fields=[("handle", "taken")]
    )


def no_such_member() -> NotFound:
    """Returns what is said where there is nobody of that name."""
    return NotFound("MEMBER_NOT_FOUND", "There is no such member.")
