"""Makes the codes by which people follow what they asked for: short enough to be read out, too many to be guessed."""

from __future__ import annotations

import hmac
from hashlib import sha256

# Crockford's base32: no I, L, O or U, and what is read for one of them is taken for the digit that it looks like.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})
_LENGTH = 12


def code_for(key: bytes, id_: str) -> str:
    """Returns the code of a record: sixty bits that only the platform's key leads to, in three groups of four."""
    bits = int.from_bytes(hmac.new(key, id_.encode(), sha256).digest()[:8], "big") >> 4
    digits = "".join(_DIGITS[bits >> shift & 31] for shift in range(55, -1, -5))
    return "-".join(digits[start : start + 4] for start in range(0, _LENGTH, 4))


def hashed(key: bytes, code: str) -> bytes:
    """Returns what is stored of a code, however it was typed; a text that is no code has a hash that nothing has."""
    plain = "".join(each for each in code.upper() if not each.isspace() and each != "-").translate(_LOOKALIKES)
    return hmac.new(key, b"code/" + plain.encode(), sha256).digest()
