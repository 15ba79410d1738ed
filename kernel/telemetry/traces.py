"""Follows a request from the browser to the SQL by OpenTelemetry, where an endpoint for traces is configured.

Where there is none, a span costs next to nothing and a caller's traceparent is still handed on. Attributes pass a list
of names on their way out; an exception leaves its type only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.telemetry.allowed import Value, spans_only

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("parley")
_TRACEPARENT = "traceparent"

_provider: TracerProvider | None = None
_memory: InMemorySpanExporter | None = None


def configure(service: str, otlp_endpoint: str = "") -> None:
    """Sends the process's spans to an OTLP endpoint (gRPC; `https://` for TLS); does nothing where there is none."""
    if not otlp_endpoint:
        return
    # Only who sends traces needs the exporter, and importing it takes a fifth of a second.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    # What looks at connections writes to the log, which asks this module for the running trace.
    from kernel import egress  # noqa: PLC0415
    from kernel.privacy.recipients import TRACE_COLLECTOR  # noqa: PLC0415

    parts = urlsplit(otlp_endpoint)
    egress.check(TRACE_COLLECTOR, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    exporter = OTLPSpanExporter(endpoint=otlp_endpoint, insecure=not otlp_endpoint.startswith("https://"))
    _sdk(service).add_span_processor(BatchSpanProcessor(AllowListExporter(exporter)))


def shutdown() -> None:
    """Sends what is still waiting."""
    if _provider is not None:
        _provider.force_flush(5_000)


@contextmanager
def recorded() -> Iterator[InMemorySpanExporter]:
    """Keeps the spans that end meanwhile in memory, for tests."""
    global _memory
    provider = _sdk("test")
    if _memory is None:
        _memory = InMemorySpanExporter()
        provider.add_span_processor(SimpleSpanProcessor(AllowListExporter(_memory)))
    _memory.clear()
    try:
        yield _memory
    finally:
        _memory.clear()


def _sdk(service: str) -> TracerProvider:
    global _provider
    if _provider is None:
        _provider = TracerProvider(resource=Resource({"service.name": service}))
        trace.set_tracer_provider(_provider)
    return _provider


@contextmanager
def server_span(method: str, metadata: Sequence[tuple[str, str | bytes]]) -> Iterator[None]:
    """Opens the span of a call that is being served, below the caller's."""
    carried = next((value for key, value in metadata if key == _TRACEPARENT), None)
    if _provider is None and carried is None:
        yield
        return
    parent = _PROPAGATOR.extract({_TRACEPARENT: carried} if isinstance(carried, str) else {})
    if _provider is None:
        token = otel_context.attach(parent)
        try:
            yield
        finally:
            otel_context.detach(token)
        return
    with _spanning(method, {"rpc.method": method}, kind=SpanKind.SERVER, parent=parent):
        yield


@contextmanager
def span(name: str, **attributes: Value) -> Iterator[None]:
    """Opens a span for a piece of work of this process. Attributes: `batch`, `count`, `event_type`, `job`, `tenant`."""
    if _provider is None:
        yield
        return
    with _spanning(name, {f"parley.{key}": value for key, value in attributes.items()}, kind=SpanKind.INTERNAL):
        yield


@contextmanager
def _spanning(
    name: str, attributes: dict[str, Value], *, kind: SpanKind, parent: otel_context.Context | None = None
) -> Iterator[None]:
    with _TRACER.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        attributes=spans_only(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(Status(StatusCode.ERROR))
            raise


def outgoing() -> tuple[tuple[str, str], ...]:
    """Returns the metadata that carries the running trace on to another process."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    traceparent = carrier.get(_TRACEPARENT)
    # A tracestate is whatever the first sender wrote, so that it is not handed on.
    return ((_TRACEPARENT, traceparent),) if traceparent else ()


def trace_id() -> str:
    """Returns the id of the running trace in 32 hexadecimal digits, or nothing."""
    found = trace.get_current_span().get_span_context()
    return format(found.trace_id, "032x") if found.is_valid else ""


@contextmanager
def statement(words: str) -> Iterator[None]:
    """Opens a span for a statement that does not pass an engine: its kind, never its text or its values."""
    if _provider is None:
        yield
        return
    operation = words.split(None, 1)[0].upper()
    with _spanning(f"sql {operation}", _of_statement(operation), kind=SpanKind.CLIENT):
        yield


def _of_statement(operation: str) -> dict[str, Value]:
    return {"db.system.name": "postgresql", "db.operation.name": operation}


def watch_engine(engine: AsyncEngine) -> None:
    """Opens a span for every statement of an engine: the kind of statement, never its text or its values."""

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def before(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        if _provider is None:
            return
        operation = statement.lstrip().split(None, 1)[0].upper()
        attributes = spans_only(_of_statement(operation))
        context._parley_span = _TRACER.start_span(f"sql {operation}", kind=SpanKind.CLIENT, attributes=attributes)

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def after(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        started: Span | None = getattr(context, "_parley_span", None)
        if started is not None:
            started.end()

    @event.listens_for(engine.sync_engine, "handle_error")
    def failed(context: Any) -> None:
        started: Span | None = getattr(context.execution_context, "_parley_span", None)
        if started is not None:
            started.set_attribute("error.type", type(context.original_exception).__name__)
            started.set_status(Status(StatusCode.ERROR))
            started.end()


class AllowListExporter(SpanExporter):
    """Hands spans on without the attributes, events and texts that are not on the list, whoever made the spans."""

    def __init__(self, inner: SpanExporter) -> None:
        """Takes the exporter that sends."""
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends the spans, stripped."""
        return self._inner.export([_stripped(each) for each in spans])

    def shutdown(self) -> None:
        """Ends the exporter that sends."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Sends what is waiting."""
        return self._inner.force_flush(timeout_millis)


def _stripped(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=spans_only(span.attributes or {}),
        events=(),
        links=(),
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
    )
