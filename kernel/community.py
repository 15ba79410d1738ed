"""What the community service and the gateway say to one another besides calls: by which stamps pages are kept.

A page of a topic stands under `WHOLE` and `of_topic`; every other page that is kept stands under `WHOLE` and `GROWN`.
What was only added (a reply, a topic, a reaction) gives its topic and `GROWN` another stamp. Whatever else happens,
and above all what takes something away, gives `WHOLE` another one.
"""

from __future__ import annotations

WHOLE, GROWN = "community", "grown"
#: No page that is kept is shown longer than this after it was begun, whatever its stamps say.
PAGE_SECONDS = 5.0


def of_topic(topic_id: str) -> str:
    """Returns the scope of a topic's pages."""
    return topic_id
