"""Writes errors as RFC 9457 problem documents.

A problem has a stable `reason`, a sentence for people, and the fields at fault with the rule that each broke. It never
holds a value that the caller sent. What is not an error of our own terms becomes INTERNAL with a fixed text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import grpc
import orjson
from starlette.responses import Response

from kernel.errors import Internal, ParleyError, from_rpc_error

MEDIA_TYPE = "application/problem+json"

STATUS_OF_CODE: dict[grpc.StatusCode, int] = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.INTERNAL: 500,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}


@dataclass(eq=False, kw_only=True)
class Problem(Exception):
    """What went wrong, as HTTP says it. It is raised inside the gateway and written by `response`."""

    status: int
    reason: str
    detail: str
    fields: Sequence[tuple[str, str]] = ()
    retry_after: timedelta | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Returns the problem document."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.reason}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "reason": self.reason,
            "fields": [{"field": name, "rule": rule} for name, rule in self.fields],
        }
        if self.retry_after is not None:
            document["retryAfterMs"] = max(0, math.ceil(self.retry_after.total_seconds() * 1000))
        return document

    def response(self) -> Response:
        """Returns the problem as a response."""
        headers = dict(self.headers)
        headers["cache-control"] = "no-store"
        if self.retry_after is not None:
            headers["retry-after"] = str(max(1, math.ceil(self.retry_after.total_seconds())))
        if self.status == 401:
            headers["www-authenticate"] = 'Bearer realm="parley"'
        return Response(orjson.dumps(self.document()), status_code=self.status, headers=headers, media_type=MEDIA_TYPE)


def from_error(error: BaseException) -> Problem:
    """Returns the problem that an error shows to the outside."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, grpc.aio.AioRpcError):
        error = from_rpc_error(error)
    if not isinstance(error, ParleyError):
        error = Internal()
    return Problem(
        status=STATUS_OF_CODE.get(error.code, 500),
        reason=error.reason,
        detail=error.detail,
        fields=error.fields,
        retry_after=error.retry_after,
    )


def invalid(*fields: tuple[str, str]) -> Problem:
    """Says that fields of the request broke rules, each as (field, rule)."""
    return Problem(
        status=400,
        reason="ARGUMENT_INVALID",
        detail="Some fields are missing or malformed. Nothing was kept.",
        fields=fields,
    )


def malformed(detail: str) -> Problem:
    """Says that the request could not be read; `detail` is a fixed sentence."""
    return Problem(status=400, reason="MALFORMED_REQUEST", detail=detail)


def credential_missing() -> Problem:
    """Says that there is no credential, or none that is good."""
    return Problem(
        status=401,
        reason="CREDENTIAL_REJECTED",
        detail="The credential is missing, expired or not valid. Sign in again.",
    )


def not_found() -> Problem:
    """Says that there is nothing at an address."""
    return Problem(status=404, reason="NOT_FOUND", detail="There is nothing here.")


def method_not_allowed(allowed: Sequence[str]) -> Problem:
    """Says which methods an address answers to."""
    return Problem(
        status=405,
        reason="METHOD_NOT_ALLOWED",
        detail="This address does not answer to that method.",
        headers={"allow": ", ".join(allowed)},
    )


def too_large(largest: int) -> Problem:
    """Says that the request is larger than is read, and how large it may be in bytes."""
    size = f"{largest >> 20} MiB" if largest >= 1 << 20 else f"{largest >> 10} KiB"
    return Problem(
        status=413,
        reason="REQUEST_TOO_LARGE",
        detail=f"The request is larger than {size}. Nothing of it was kept.",
        headers={"connection": "close"},
    )


def too_slow() -> Problem:
    """Says that the request did not arrive in time."""
    return Problem(
        status=408,
        reason="REQUEST_TIMEOUT",
        detail="The request took too long to arrive. Nothing of it was kept.",
        headers={"connection": "close"},
    )


def wrong_origin() -> Problem:
    """Says that a page of another origin tried to use the cookie."""
    return Problem(
        status=403, reason="ORIGIN_REJECTED", detail="This can be done only from the page that holds the session."
    )
