"""Hashes and checks passwords with argon2id, a few at a time, off the event loop."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_AT_ONCE = 2
#: What makes hashes: the library's recommended cost (RFC 9106, low-memory profile).
HASHER = PasswordHasher()


class Passwords:
    """Argon2id."""

    def __init__(self) -> None:
        """Prepares a hash that no password matches, so that an unknown account costs as much as a known one."""
        self._hasher = HASHER
        self._nobody = self._hasher.hash("nobody has this password")
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """Returns a password's hash."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Says whether a password is the hashed one; none takes as long and is never right."""
        async with self._turn:
            right = await asyncio.to_thread(self._verify, password, password_hash or self._nobody)
        return right and bool(password_hash)

    def _verify(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
