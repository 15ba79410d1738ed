"""Says what a run of the end of keeping is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: For how many days it is kept that a purge ran, and how much it removed.
RUNS_KEPT_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgedStore:
    """How many records of a store went, or would go, and how many are held for a legal case."""

    store: str
    records: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """One run of one service."""

    id: str
    service: str
    time: datetime
    stores: tuple[PurgedStore, ...]
