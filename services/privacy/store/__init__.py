"""Keeps what the privacy service knows, one module for each noun. It decides nothing.

Every module with tables is imported here, so that whoever asks for the metadata sees all of them.
"""

from services.privacy.store import (
    browser_log,
    choices,
    feedback,
    ledger,
    legal,
    notices,
    page_views,
    policies,
    refusals,
    requests,
    retention,
    webhooks,
)
from services.privacy.store.tables import metadata

__all__ = [
    "browser_log",
    "choices",
    "feedback",
    "ledger",
    "legal",
    "metadata",
    "notices",
    "page_views",
    "policies",
    "refusals",
    "requests",
    "retention",
    "webhooks",
]
