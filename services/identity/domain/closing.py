"""What closing a tenant is, and how long it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: A tenant is closed so long after it was asked for.
WAITS = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A request to close a tenant."""

    id: str
    requested_by: str
    create_time: datetime
    due_time: datetime
