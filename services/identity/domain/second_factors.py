"""Codes of authenticator apps (RFC 6238) and recovery codes: how they are made, written, read and compared."""

from __future__ import annotations

import base64
import hmac
import re
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from kernel.errors import FailedPrecondition, PermissionDenied

#: How long a code of an app lasts, and how many digits it has; every app understands these.
STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
#: A clock may be wrong by so many steps, either way.
DRIFT = 1
RECOVERY_CODES = 10
#: How long a sign-in waits for its code, and how often one may be tried.
CHALLENGE_LIFE = timedelta(minutes=5)
CHALLENGE_TRIES = 5
#: For how long it is enough to have proved who one is.
FRESH_FOR = timedelta(minutes=15)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})


class SecondFactorWrong(PermissionDenied):
    """The code is wrong, used, or too old; which one is never said."""

    def __init__(self) -> None:
        """Carries the one answer."""
        super().__init__("SECOND_FACTOR_WRONG", "The code is not right, or it was used. Wait for the next one.")


class ProofNeeded(PermissionDenied):
    """It is too long ago that the caller proved who they are."""

    def __init__(self) -> None:
        """Says what to do next."""
        super().__init__("PROOF_NEEDED", "Prove once more who you are, then do it again. Nothing was changed.")


class SecondFactorRequired(FailedPrecondition):
    """The tenant asks everybody for a second factor."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__("SECOND_FACTOR_REQUIRED", "Your organisation asks for a second factor. Nothing was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """What an account has beside its password."""

    sealed_secret: bytes
    #: The step of the last code that was taken; it and those before it are taken no more.
    last_step: int
    confirm_time: datetime | None
    recovery_codes_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A sign-in whose password was right and that waits for its code."""

    id: str
    staff_id: str
    #: The secret of a second factor that is being made by this sign-in; None where the account has one.
    sealed_secret: bytes | None
    device: str
    tries: int
    expire_time: datetime


def code_at(secret: bytes, step: int) -> str:
    """Returns the code of a step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(moment: datetime) -> int:
    """Returns the step that a moment lies in."""
    return int(moment.timestamp()) // STEP_SECONDS


def matching_step(secret: bytes, typed: str, now: datetime, after: int) -> int | None:
    """Returns the step whose code was typed, of those about now and later than one; None where it is no such code."""
    plain = re.sub(r"[\s-]+", "", typed)
    found = None
    for step in range(max(step_of(now) - DRIFT, 0), step_of(now) + DRIFT + 1):
        # Every step is compared, so that it takes as long whichever it is.
        if hmac.compare_digest(code_at(secret, step).encode(), plain.encode()) and step > after:
            found = step
    return found


def write_secret(secret: bytes) -> str:
    """Writes a secret as people type it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def otpauth_uri(secret: bytes, tenant: str, email: str) -> str:
    """Writes the address that an app's camera reads."""
    label = quote(f"{tenant}:{email}", safe="")
    return f"otpauth://totp/{label}?secret={write_secret(secret)}&issuer={quote(tenant, safe='')}"


def make_recovery_code(entropy: bytes) -> str:
    """Writes a recovery code of 50 bits, in two groups as people copy it."""
    number = int.from_bytes(entropy[:7], "big")
    code = "".join(_ALPHABET[number >> shift & 31] for shift in range(45, -1, -5))
    return f"{code[:5]}-{code[5:]}"


def hash_recovery_code(key: bytes, tenant_id: str, staff_id: str, typed: str) -> bytes:
    """Returns the keyed hash under which a recovery code is found, in whatever spelling it was typed."""
    plain = re.sub(r"[\s_.–—-]+", "", typed).upper().translate(_MEANT)
    return hmac.digest(key, f"{tenant_id}\x00{staff_id}\x00{plain}".encode(), "sha256")


def make_known_device(key: bytes, account: str, nonce: str, until: int) -> str:
    """Writes what makes a browser a known one of an account, until a moment."""
    signed = hmac.digest(key, f"{account}\x00{nonce}\x00{until}".encode(), "sha256")
    return f"{nonce}.{until}.{base64.urlsafe_b64encode(signed).decode().rstrip('=')}"


def read_known_device(key: bytes, account: str, text: str, now: datetime) -> str:
    """Returns what a known browser of an account is called; nothing for one that is not."""
    nonce, _, rest = text.partition(".")
    until = rest.partition(".")[0]
    if not (until.isascii() and until.isdigit() and len(until) < 12 and int(until) > now.timestamp()):
        return ""
    return nonce if hmac.compare_digest(make_known_device(key, account, nonce, int(until)), text) else ""
