"""What the community service and the gateway say to one another besides calls: which hint tells of changed pages."""

from __future__ import annotations


def topic_of(tenant_id: str) -> str:
    """Returns the topic of the hints that a tenant's community has changed."""
    return f"community:{tenant_id}"
