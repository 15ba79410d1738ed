"""What the browser log decides: what it keeps of a browser, and until when."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One chat that was started, as far as the browser goes."""

    id: str
    site_id: str
    network_address: str
    family: int
    major_version: int
    hour_time: datetime
    is_shortened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many chats were started with a kind of browser on a day."""

    site_id: str
    day: date
    family: int
    count: int


def plain_address(text: str) -> str:
    """Returns an address in its one spelling; nothing for what is none, and IPv4 as it is where IPv6 wraps it."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


def hour_of(moment: datetime) -> datetime:
    """Returns the hour of a moment, which is all that the log knows: a finer one would lead to a conversation."""
    return moment.replace(minute=0, second=0, microsecond=0)


def last_in_full(now: datetime, days: int) -> datetime:
    """Returns the hour up to which addresses are shortened today, so that none is ever older than `days` in full.

    Addresses are shortened once a day, so that whatever would grow too old before the next time goes now.
    """
    return now - timedelta(days=days) + _DAY
