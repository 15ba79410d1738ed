"""Makes page tokens: where a list goes on, bound to the tenant, the method and the filters it was asked with.

A token is opaque and sealed: one that was made for another tenant, another list or other filters is refused like
garbage.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeVar

import orjson

from kernel.errors import InvalidArgument
from kernel.identity.tokens import derive_key

_SEAL_BYTES = 16

Row = TypeVar("Row")


class Pages:
    """Seals and opens page tokens."""

    def __init__(self, secret_key: str) -> None:
        """Takes the deployment's secret."""
        self._key = derive_key(secret_key, "pages")

    def token(self, scope: Sequence[object], position: Sequence[str | int]) -> str:
        """Returns the token for a position, an ordered list of texts and numbers, in the list that `scope`
        describes."""
        body = orjson.dumps(list(position))
        return base64.urlsafe_b64encode(self._seal(scope, body) + body).decode("ascii").rstrip("=")

    def position(self, scope: Sequence[object], token: str) -> list[str | int] | None:
        """Returns the position that a token holds, or None for the first page; raises InvalidArgument for a wrong
        one."""
        if not token:
            return None
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        seal, body = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(scope, body)):
            raise InvalidArgument(
                "PAGE_TOKEN_INVALID",
                "The page token does not belong to this list. Start again from the first page.",
                fields=[("page_token", "must come from the same list with the same filters")],
            )
        position: list[str | int] = orjson.loads(body)
        return position

    def cut(
        self, scope: Sequence[object], rows: Sequence[Row], limit: int, position: Callable[[Row], Sequence[str | int]]
    ) -> tuple[list[Row], str]:
        """Returns a page of `limit` rows, of which one more was read, and the next page's token; empty at the end."""
        page = list(rows[:limit])
        return page, self.token(scope, position(page[-1])) if len(rows) > limit else ""

    def _seal(self, scope: Sequence[object], body: bytes) -> bytes:
        message = orjson.dumps([str(part) for part in scope]) + b"\x00" + body
        return hmac.new(self._key, message, sha256).digest()[:_SEAL_BYTES]


def page_size(asked: int, *, default: int, maximum: int) -> int:
    """Returns how many rows to read: the default for 0, never more than the maximum. Negative is refused before."""
    return min(asked or default, maximum)
