"""Writes moments as the contract has them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Context = grpc.aio.ServicerContext[Any, Any]


def stamp(moment: datetime | None) -> Timestamp | None:
    """Writes a moment; none stays none, which leaves the field unset."""
    if moment is None:
        return None
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86400 + since.seconds, nanos=since.microseconds * 1000)
