"""Clears the bytes of what was erased: writes the tables anew in which something was, and lets the old log go.

A deleted row stays on the disk after VACUUM, in its page and in the write-ahead log. Only a table that is written anew
holds what it should hold and nothing else. That takes the table's exclusive lock, so it is done at night, by the owner
(`parley maintain`, or a running `parley up`), and only for tables with a mark of `kernel.storage.leftovers`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

#: The moment of the day, in UTC, at which tables are written anew; the daily purge is over by then.
DAILY = timedelta(hours=3, minutes=40)


def next_time(now: datetime) -> datetime:
    """Returns when the bytes of what is erased now are gone: at the next rewrite."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight + DAILY
    return today if today > now else today + timedelta(days=1)
