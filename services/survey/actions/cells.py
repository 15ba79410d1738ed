"""Writes texts as cells of a CSV file that no spreadsheet takes for a formula."""

from __future__ import annotations

#: With what a spreadsheet begins a formula; a tabulator or a line break before it does not keep it from that.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def plain(text: str) -> str:
    """Returns a text as it stands in a cell: with an apostrophe before whatever might begin a formula."""
    return f"'{text}" if text.lstrip(" \u00a0\u200b\ufeff").startswith(_FORMULA) else text
