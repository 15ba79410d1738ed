"""The time zone in which a tenant means its days and hours."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kernel.settings import Setting

#: A name that nobody knows counts as UTC, so that a figure is shown rather than none.
REPORTS_ZONE = Setting(
    name="reports.time_zone",
    default="UTC",
    minimum=1,
    maximum=64,
    description="The time zone of the reports' days and hours, by its IANA name such as Europe/Vienna.",
)
UTC_NAME = "UTC"


def zone_named(name: str) -> ZoneInfo:
    """Returns the time zone with a name; UTC where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(UTC_NAME)
