"""The errors that a call ends with, one class for each kind.

    ParleyError
    ├── InvalidArgument      the request breaks a rule; `fields` names where
    ├── Unauthenticated      there is no credential, or it is good no more
    ├── PermissionDenied     the credential does not reach this far
    ├── NotFound             there is no such thing, or it is another tenant's
    ├── AlreadyExists        the name, or the request id, is taken
    ├── FailedPrecondition   the thing is not in a state in which this can be done
    ├── Aborted              somebody else changed the thing first
    ├── ResourceExhausted    too much or too often; `retry_after` says how long to wait
    ├── Unavailable          it cannot be done now; nothing was kept
    ├── DeadlineExceeded     it took longer than the caller wanted to wait
    └── Internal             everything else: a fault of the platform's

`reason` is stable and made to be compared with; the text is for people and may change.
"""

from __future__ import annotations

import grpc
import grpc.aio
from google.rpc import error_details_pb2, status_pb2

_TRAILER = "grpc-status-details-bin"


class ParleyError(Exception):
    """A call that was refused or failed."""

    def __init__(
        self, reason: str, text: str, *, fields: tuple[str, ...] = (), retry_after: float | None = None
    ) -> None:
        """Takes what the platform said."""
        super().__init__(f"{reason}: {text}" if reason else text)
        self.reason = reason
        self.text = text
        #: The fields that are wrong, as paths; never their values.
        self.fields = fields
        #: For how many seconds to wait before the next try, where the platform says so.
        self.retry_after = retry_after


class InvalidArgument(ParleyError):
    """The request breaks a rule."""


class Unauthenticated(ParleyError):
    """There is no credential, or it is good no more."""


class PermissionDenied(ParleyError):
    """The credential does not reach this far."""


class NotFound(ParleyError):
    """There is no such thing, or it is another tenant's."""


class AlreadyExists(ParleyError):
    """The name, or the request id, is taken."""


class FailedPrecondition(ParleyError):
    """The thing is not in a state in which this can be done."""


class Aborted(ParleyError):
    """Somebody else changed the thing first."""


class ResourceExhausted(ParleyError):
    """Too much or too often."""


class Unavailable(ParleyError):
    """It cannot be done now."""


class DeadlineExceeded(ParleyError):
    """It took longer than the caller wanted to wait; whether it was done is not known."""


class Internal(ParleyError):
    """A fault of the platform's."""


_KINDS: dict[grpc.StatusCode, type[ParleyError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.ABORTED: Aborted,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}


def of_rpc(error: grpc.aio.AioRpcError) -> ParleyError:
    """Returns the error that a gRPC call ended with."""
    info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    for key, value in error.trailing_metadata() or ():
        if key == _TRAILER and isinstance(value, bytes):
            for detail in status_pb2.Status.FromString(value).details:
                for each in (info, bad, retry):
                    if detail.Is(each.DESCRIPTOR):
                        detail.Unpack(each)
    return _KINDS.get(error.code(), Internal)(
        info.reason,
        error.details() or "The call failed.",
        fields=tuple(each.field for each in bad.field_violations),
        retry_after=retry.retry_delay.ToTimedelta().total_seconds() if retry.HasField("retry_delay") else None,
    )
