"""The errors that may leave a service, and how they travel.

    ParleyError
    ├── InvalidArgument      the request is malformed, whoever sends it
    ├── Unauthenticated      no credential, or one that is not good any more
    ├── PermissionDenied     a good credential that does not reach this far
    ├── NotFound             no such thing, or another tenant's: the two look the same
    ├── AlreadyExists        the name is taken
    ├── FailedPrecondition   not in this state of the thing
    ├── Aborted              somebody else changed it first
    ├── ResourceExhausted    too much, too often; says when to come back
    ├── Unavailable          try again; nothing was kept
    └── Internal             a fault of ours; its text is fixed

An error carries a stable reason in UPPER_SNAKE and a sentence for people. Neither ever holds anything that a caller
sent. Whatever is not a ParleyError leaves as INTERNAL with a fixed text.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

import grpc
import grpc.aio
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

DOMAIN = "parley"
STATUS_TRAILER = "grpc-status-details-bin"


class ParleyError(Exception):
    """An error that its receiver may see."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        fields: Iterable[tuple[str, str]] = (),
        retry_after: timedelta | None = None,
    ) -> None:
        """Takes a stable reason, a sentence for people, the (field, rule) pairs at fault, and when to come back."""
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.fields = tuple(fields)
        self.retry_after = retry_after


class InvalidArgument(ParleyError):
    """The request is malformed, whoever sends it."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class Unauthenticated(ParleyError):
    """There is no credential, or it is not good any more."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(ParleyError):
    """The credential is good and does not reach this far."""

    code = grpc.StatusCode.PERMISSION_DENIED


class NotFound(ParleyError):
    """There is no such thing, or it is another tenant's."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyExists(ParleyError):
    """The name is taken."""

    code = grpc.StatusCode.ALREADY_EXISTS


class FailedPrecondition(ParleyError):
    """The thing is not in a state in which this can be done."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class Aborted(ParleyError):
    """Somebody else changed the thing first."""

    code = grpc.StatusCode.ABORTED


class ResourceExhausted(ParleyError):
    """Too much or too often."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Unavailable(ParleyError):
    """It cannot be done now; nothing was kept."""

    code = grpc.StatusCode.UNAVAILABLE


class DeadlineExceeded(ParleyError):
    """It took longer than the caller wanted to wait."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class Internal(ParleyError):
    """A fault of ours."""

    code = grpc.StatusCode.INTERNAL

    def __init__(self) -> None:
        """Carries a fixed reason and text, so that nothing leaks through it."""
        super().__init__("INTERNAL", "Something failed on our side. Nothing was kept; please try again.")


BY_CODE: dict[grpc.StatusCode, type[ParleyError]] = {
    kind.code: kind
    for kind in (
        InvalidArgument,
        Unauthenticated,
        PermissionDenied,
        NotFound,
        AlreadyExists,
        FailedPrecondition,
        Aborted,
        ResourceExhausted,
        Unavailable,
        DeadlineExceeded,
    )
}


def to_status(error: ParleyError) -> status_pb2.Status:
    """Writes an error as a `google.rpc.Status` with one ErrorInfo, and BadRequest or RetryInfo where they help."""
    status = status_pb2.Status(code=error.code.value[0], message=error.detail)
    status.details.append(_pack(error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)))
    if error.fields:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=field, description=rule, reason=rule)
            for field, rule in error.fields
        ]
        status.details.append(_pack(error_details_pb2.BadRequest(field_violations=violations)))
    if error.retry_after is not None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(error.retry_after)
        status.details.append(_pack(error_details_pb2.RetryInfo(retry_delay=delay)))
    return status


def _pack(
    detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest | error_details_pb2.RetryInfo,
) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed


def from_status(code: grpc.StatusCode, status: status_pb2.Status | None) -> ParleyError:
    """Reads what another Parley process answered; what is not in our own terms becomes Internal."""
    kind = BY_CODE.get(code)
    info = error_details_pb2.ErrorInfo()
    if kind is None or status is None or not any(d.Unpack(info) for d in status.details if d.Is(info.DESCRIPTOR)):
        if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
            return Unavailable("UNAVAILABLE", "The service cannot be reached now. Nothing was kept; please try again.")
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceeded("DEADLINE_EXCEEDED", "The answer took too long. Please try again.")
        return Internal()
    fields: list[tuple[str, str]] = []
    retry_after: timedelta | None = None
    bad_request, retry_info = error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    for detail in status.details:
        if detail.Is(bad_request.DESCRIPTOR) and detail.Unpack(bad_request):
            fields = [(violation.field, violation.description) for violation in bad_request.field_violations]
        elif detail.Is(retry_info.DESCRIPTOR) and detail.Unpack(retry_info):
            retry_after = retry_info.retry_delay.ToTimedelta()
    return kind(info.reason, status.message, fields=fields, retry_after=retry_after)


def from_rpc_error(error: grpc.aio.AioRpcError) -> ParleyError:
    """Reads the error of a call to another Parley process."""
    status: status_pb2.Status | None = None
    for key, value in error.trailing_metadata() or ():
        if key == STATUS_TRAILER and isinstance(value, bytes):
            status = status_pb2.Status.FromString(value)
    return from_status(error.code(), status)
