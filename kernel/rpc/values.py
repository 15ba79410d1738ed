"""Names values of enums that came from another process, which may be of the release after this one."""

from __future__ import annotations

from typing import Any


def named(enum: Any, number: int) -> str:
    """Returns the name of an enum's value, or its number as text where only a later release knows it.

    Whoever asks the enum itself for the name is answered by an error for such a value, and its reader gets nothing at
    all. `enum` is what the generated module has under the enum's name.
    """
    found = enum.DESCRIPTOR.values_by_number.get(int(number))
    return str(number) if found is None else str(found.name)
