"""A client for programs that call Parley by gRPC, such as a company's own services.

It stands on the stubs alone and knows nothing of the platform's inside: channels with TLS or mTLS and a token that is
asked for anew when it ends, retries that change nothing twice, pages read to their end, a conversation followed across
broken connections, and errors as exceptions.
"""

from parley_client.connection import Connection, Tls
from parley_client.errors import (
    Aborted,
    AlreadyExists,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    NotFound,
    ParleyError,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
)
from parley_client.following import follow
from parley_client.pages import pages

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Connection",
    "DeadlineExceeded",
    "FailedPrecondition",
    "Internal",
    "InvalidArgument",
    "NotFound",
    "ParleyError",
    "PermissionDenied",
    "ResourceExhausted",
    "Tls",
    "Unauthenticated",
    "Unavailable",
    "follow",
    "pages",
]
