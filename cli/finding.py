"""What `parley doctor` finds: something that is not as it should be, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be, and what to do about it."""

    about: str
    found: str
    mend: str
