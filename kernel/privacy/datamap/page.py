"""Writes the data map for people, as a page of the documentation and as JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict

from kernel.privacy.datamap.entries import DataMap, Entry, Store

_HEAD = """# The data map

What the platform holds about people: where, why, for how long, who sees it, and what forgetting somebody does to it.
This page is made from the contract and the declared tables (`parley datamap`); nothing in it is written by hand. The
same map stands in [data-map.json](data-map.json), with every field that is not about a person and the reason, and in
the language of privacy tools in [data-map.fideslang.yml](data-map.fideslang.yml).

“Kept” names the class of period. The periods themselves are at the end; a tenant may shorten and never lengthen them.
A field without a column is carried by calls and stored nowhere.
"""


def as_json(data_map: DataMap) -> str:
    """Returns the whole map as JSON."""
    # One line for each field and table, so that a change of one is a difference of one line.
    parts = [
        f'"{name}": [\n' + ",\n".join(json.dumps(asdict(each), ensure_ascii=False) for each in rows) + "\n]"
        for name, rows in (("entries", data_map.entries), ("stores", data_map.stores))
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def as_page(data_map: DataMap) -> str:
    """Returns the map as a page of Markdown."""
    parts = [_HEAD]
    for service in data_map.services():
        entries = [each for each in data_map.entries if each.service == service and each.is_personal]
        stores = [each for each in data_map.stores if each.service == service]
        if entries or stores:
            parts.append(f"\n## {service}\n")
        if entries:
            parts.append(_table(_ENTRY_HEAD, [_entry_row(each) for each in entries]))
        if stores:
            parts.append("\n" + _table(_STORE_HEAD, [_store_row(each) for each in stores]))
    parts.append(_not_personal(data_map))
    parts.append(_periods(data_map))
    return "".join(parts)


_ENTRY_HEAD = ("field", "what it is", "category", "why", "kept", "seen by", "erasure", "clauses", "columns")
_STORE_HEAD = ("table", "about", "rows end", "columns of the platform's own")


def _entry_row(entry: Entry) -> list[str]:
    marks = [mark for mark, is_so in (("secret", entry.secret), ("correctable", entry.correctable)) if is_so]
    return [
        f"`{entry.field.split('.v1.', 1)[-1]}`",
        entry.what,
        f"`{entry.category}`",
        "<br>".join(f"`{each}`" for each in entry.purposes),
        entry.retention,
        ", ".join(entry.seen_by) or "nobody",
        ", ".join([entry.erasure, *marks]),
        " ".join(entry.clauses),
        "<br>".join(
            f"`{each.name}`" + (f" (about the {' and the '.join(each.about)})" if each.about else "")
            for each in entry.columns
        ),
    ]


def _store_row(store: Store) -> list[str]:
    if store.about:
        about = "each " + ", each ".join(store.about)
    elif store.uncovered:
        about = f"not asked: {store.uncovered}"
    elif store.belongs_to:
        about = "belongs to " + ", ".join(f"`{each}`" for each in store.belongs_to)
    else:
        about = "nobody"
    own = "<br>".join(f"`{name}`: {why}" for name, why in store.others)
    return [f"`{store.name}`", about, store.purge or "with what they belong to", own]


def _table(head: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def _not_personal(data_map: DataMap) -> str:
    reasons: dict[str, int] = defaultdict(int)
    for entry in data_map.entries:
        if not entry.is_personal:
            reasons[entry.not_personal] += 1
    rows = [[why, str(count)] for why, count in sorted(reasons.items(), key=lambda each: (-each[1], each[0]))]
    return "\n## Not about a person\n\n" + _table(("why", "fields"), rows)


def _periods(data_map: DataMap) -> str:
    periods = {entry.retention: entry.period for entry in data_map.entries}
    return "\n## Periods\n\n" + _table(("class", "how long"), [[name, each] for name, each in sorted(periods.items())])
