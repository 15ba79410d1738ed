"""Carries the trace of a request on to the services, as a W3C traceparent.

A span names the RPC and nothing that anybody sent. Live frames have no spans here: one for each would cost more than
the frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Scope

from gateway.requests import text_header
from kernel.telemetry import traces


@contextmanager
def span(scope: Scope, name: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """Opens a span for a call, below the one that the client names; yields the metadata that carries it on."""
    parent = text_header(scope, b"traceparent")
    with traces.server_span(name, (("traceparent", parent),) if parent else ()):
        yield traces.outgoing()


def traceparent(scope: Scope) -> str:
    """Returns the traceparent that a long-lived connection belongs to, or nothing."""
    with span(scope, "live") as carried:
        return dict(carried).get("traceparent", "")
