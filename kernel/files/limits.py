"""Says how much people may upload: for each file, for each conversation, and for a tenant as a whole."""

from __future__ import annotations

from typing import NamedTuple

from kernel.settings import PeerSettings, Setting, Settings

MEGABYTE = 1_000_000

FILE_MEGABYTES = Setting(
    name="files.most_megabytes",
    default=20,
    minimum=1,
    maximum=100,
    description="How many megabytes a file that somebody sends may have.",
)
RECORD_MEGABYTES = Setting(
    name="files.most_megabytes_together",
    default=100,
    minimum=1,
    maximum=1000,
    description="How many megabytes the files of one conversation may have together.",
)
TENANT_MEGABYTES = Setting(
    name="files.most_megabytes_of_tenant",
    default=10_000,
    minimum=10,
    maximum=1_000_000,
    description="How many megabytes all files of the company may have together.",
)
FROM_VISITORS = Setting(
    name="files.from_visitors",
    default=True,
    description="Whether visitors may send files. Staff may always.",
)
FILE_SETTINGS = (FILE_MEGABYTES, RECORD_MEGABYTES, TENANT_MEGABYTES, FROM_VISITORS)


class Most(NamedTuple):
    """How many bytes a file may have, the files of one record together, and all of a tenant's."""

    of_file: int
    together: int
    of_tenant: int


async def most_of(settings: Settings | PeerSettings, tenant_id: str) -> Most:
    """Returns how much a tenant's people may upload."""
    named = (FILE_MEGABYTES, RECORD_MEGABYTES, TENANT_MEGABYTES)
    return Most(*[await settings.get(tenant_id, each) * MEGABYTE for each in named])
