"""The pages' stylesheets are sent as one: a name that begins a rule in one of them means nothing else in another."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "gateway" / "pages" / "static"
#: The link that leads past the head of a page; on paper, every sheet leaves it out.
SHARED = {"skip"}


def names_of(sheet: str) -> set[str]:
    """Returns the classes by which rules of a sheet begin."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    selectors = [each.strip() for group in re.findall(r"([^{}]+)\{", plain) for each in group.split(",")]
    return {found[1] for each in selectors if (found := re.match(r"\.([a-z-]+)", each))}


def test_no_two_stylesheets_mean_different_things_by_one_name() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for sheet in sorted(STATIC.glob("*.css")):
        for name in names_of(sheet.read_text()):
            found[name].append(sheet.name)
    assert len(found) > 50
    assert {name: sheets for name, sheets in found.items() if len(sheets) > 1 and name not in SHARED} == {}
