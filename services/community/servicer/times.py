"""Writes moments as the contract has them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp

Context = grpc.aio.ServicerContext[Any, Any]


def stamp(moment: datetime | None) -> Timestamp | None:
    """Writes a moment; none stays none, which leaves the field unset."""
    if moment is None:
        return None
    written = Timestamp()
    written.FromDatetime(moment)
    return written
