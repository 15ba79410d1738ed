"""What the page-view tallies decide: which pages are counted apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from kernel.errors import PermissionDenied

#: So many pages of a site are counted apart on a day; all others are counted together.
PATHS_A_DAY = 200
OTHERS = "*"


class HouseOnly(PermissionDenied):
    """Pages are counted on the house's own site and nowhere else."""

    def __init__(self) -> None:
        """Says the rule."""
        super().__init__("HOUSE_ONLY", "Pages are counted on the platform's own site only. Nothing was kept.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageViews:
    """How often a page was read on a day."""

    site_id: str
    path: str
    day: date
    count: int


def tally(known: Iterable[str], counted: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    """Returns what is added to which path: to one that is known or still has room, or else to all others together."""
    apart = {path for path in known if path != OTHERS}
    added: Counter[str] = Counter()
    for path, count in counted:
        if path not in apart and len(apart) < PATHS_A_DAY:
            apart.add(path)
        added[path if path in apart else OTHERS] += count
    return added
