"""Writes moments as the contract has them, for every servicer."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp

Context = grpc.aio.ServicerContext[Any, Any]


def stamp(moment: datetime | None) -> Timestamp | None:
    """Writes a moment; none stays none, which leaves the field unset.

    What is returned is shared: put it into a message, which copies it, and change it nowhere.
    """
    return None if moment is None else written(moment)


@lru_cache(maxsize=256)
def written(moment: datetime) -> Timestamp:
    """Writes a moment that there is; what is returned is shared as well."""
    # All that happens in one batch has one moment, and each is written several times.
    made = Timestamp()
    made.FromDatetime(moment)
    return made
