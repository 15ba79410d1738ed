"""The names that logs and traces may carry, and the form of their values. Whatever is not listed here stays inside.

A new name is added here, where a reviewer sees it, and only for what the platform itself makes: ids, codes, counts,
times.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LOG_KEYS = frozenset(
    {
        "attempt",
        "attempts",
        "batch",
        "bytes",
        "causes",
        "channel_count",
        "code",
        "consumer",
        "conversation",
        "count",
        "cursor",
        "dropped",
        "duration_ms",
        "engine",
        "error",
        "event",
        "event_type",
        "file",
        "job",
        "kind",
        "level",
        "limit",
        "logger",
        "method",
        "peer",
        "pid",
        "port",
        "reason",
        "replica",
        "retry_after_ms",
        "revision",
        "sequence",
        "service",
        "setting",
        "signal",
        "site",
        "size",
        "sqlstate",
        "stack",
        "state",
        "status",
        "tenant",
        "time",
        "trace_id",
        "version",
    }
)

SPAN_KEYS = frozenset(
    {
        "db.operation.name",
        "db.response.returned_rows",
        "db.system.name",
        "error.type",
        "parley.batch",
        "parley.count",
        "parley.event_type",
        "parley.job",
        "parley.tenant",
        "rpc.method",
        "rpc.response.status_code",
        "service.instance.id",
        "service.name",
        "telemetry.sdk.language",
        "telemetry.sdk.name",
        "telemetry.sdk.version",
    }
)

LABELS = frozenset({"service", "method", "code", "kind", "outcome", "job", "consumer", "logger", "state"})

# Ids, codes, type names and paths of code have no space, no quote and no @; what a person typed nearly always has one.
_WORD = re.compile(r"[\w.:/<>\[\]+-]{0,160}", re.ASCII)

Value = str | int | float | bool


def is_plain(value: object) -> bool:
    """Says whether a value is a number, a truth value, or one short word of the platform's own."""
    if isinstance(value, str):
        return _WORD.fullmatch(value) is not None
    return isinstance(value, bool | int | float)


def spans_only(values: Mapping[str, object]) -> dict[str, Value]:
    """Returns those attributes that a span may carry."""
    return {key: value for key, value in values.items() if key in SPAN_KEYS and is_plain(value)}  # type: ignore[misc]  # is_plain tells the type.
