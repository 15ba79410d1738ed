"""Knows which statements change what stands on pages that everybody sees.

It goes by the statements themselves and not by what an action says of itself, so that what the platform does to these
tables (a purge, an erasure) is noticed like everything else.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: What stands on pages. A new member or a new file stands on none; what a member or a file is, may.
_ADDED = "posts|topics|topic_tags|spaces|terms|reactions|moved_posts|polls|poll_options|poll_votes"
_WRITTEN = f"{_ADDED}|members|revisions|attachments"
_CHANGE = re.compile(
    rf"\b(?:(?:UPDATE|DELETE\s+FROM)\s+(?:ONLY\s+)?\"?community\"?\.\"?(?:{_WRITTEN})\b"
    rf"|INSERT\s+INTO\s+\"?community\"?\.\"?(?:{_ADDED})\b)",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def changes_pages(statement: str) -> bool:
    """Says whether a statement changes what may stand on a page that everybody sees."""
    return _CHANGE.search(statement) is not None
