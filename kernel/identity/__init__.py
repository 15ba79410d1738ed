"""Who calls, and whom data is about: types that everything carries, and the tokens that prove them."""

from kernel.identity.actor import Actor, Regime, Subject
from kernel.identity.keys import KeyRing
from kernel.identity.revocations import Revocations
from kernel.identity.tokens import InternalTokens, TokenVerifier, derive_key, sign, verify

__all__ = [
    "Actor",
    "InternalTokens",
    "KeyRing",
    "Regime",
    "Revocations",
    "Subject",
    "TokenVerifier",
    "derive_key",
    "sign",
    "verify",
]
