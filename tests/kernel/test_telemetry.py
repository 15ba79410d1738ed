"""Logs, traces and metrics carry what is listed, and never what a person said."""

from __future__ import annotations

import logging
import subprocess
import sys
import urllib.request
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import orjson
import pytest
import structlog
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from kernel.embedded import EngineUrls
from kernel.telemetry import logs, metrics, traces
from tests.kernel.conftest import Room

CANARY = "canary Ada@example.org"


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    text_ = capsys.readouterr().err
    assert "canary" not in text_.lower()
    return [orjson.loads(line) for line in text_.splitlines()]


def test_a_line_holds_listed_keys_and_plain_values_only(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("chat")
    before = metrics.LOG_VALUES_DROPPED.labels("room")._value.get()
    logs.get("room").info("a thing happened", tenant="ten_0a", count=3, body=CANARY, reason=CANARY, kind=["canary", 1])
    (line,) = written(capsys)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "event": "a thing happened",
        "level": "info",
        "logger": "room",
        "service": "chat",
        "tenant": "ten_0a",
        "count": 3,
        "dropped": 3,
    }
    assert metrics.LOG_VALUES_DROPPED.labels("room")._value.get() == before + 3


def test_an_event_that_was_put_together_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("chat")
    logs.get("room").warning(f"they said {CANARY}")
    assert written(capsys)[0]["event"] == "event is not a literal"


def test_an_exception_leaves_its_type_and_where_it_was_raised(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("chat")
    secret = CANARY
    try:
        try:
            int(secret)
        except ValueError as error:
            raise RuntimeError(f"could not read {secret}") from error
    except RuntimeError as error:
        logs.get("room").error("it failed", exc_info=error)
        logs.get("room").error("it failed", exc_info=True)
    first, second = written(capsys)
    assert first["error"] == "RuntimeError"
    assert first["causes"] == ["ValueError"]
    assert first["stack"][0].startswith("tests/kernel/test_telemetry.py:")
    assert first["stack"][0].endswith("test_an_exception_leaves_its_type_and_where_it_was_raised")
    assert second["stack"] == first["stack"]


async def test_an_error_of_the_database_leaves_its_code(
    engines: EngineUrls, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("chat")
    engine = create_async_engine(engines.database_url.replace("postgresql:", "postgresql+asyncpg:", 1))
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as raised:
            await connection.execute(text(f"SELECT '{CANARY}'::int"))
    await engine.dispose()
    logs.get("store").error("it failed", exc_info=raised.value)
    (line,) = written(capsys)
    assert line["sqlstate"] == "22P02"


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("chat", "warning")
    logs.get("room").info("a thing happened")
    assert written(capsys) == []
    logs.configure("chat", "debug")
    logs.get("room").debug("a detail")
    assert written(capsys)[0]["level"] == "debug"


def test_libraries_are_routed_in_without_their_words(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("gateway")
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 1)
    logging.getLogger("uvicorn.access").info('%s - "%s"', "203.0.113.9", "/canary")
    logging.getLogger("sqlalchemy.engine").warning("SELECT %s", CANARY)
    structlog.get_logger().error(f"foreign {CANARY}", who=CANARY)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(CANARY, stacklevel=1)
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("asyncio").exception(CANARY)
    lines = written(capsys)
    assert [(line.get("logger"), line["event"]) for line in lines] == [
        ("uvicorn.error", "Started server process [%d]"),
        ("sqlalchemy.engine", "a library logged"),
        (None, "a library logged"),
        ("py.warnings", "a library logged"),
        ("asyncio", "a library logged"),
    ]
    assert lines[-1]["error"] == "ValueError"


def test_an_uncaught_exception_is_a_line_of_the_log() -> None:
    script = (
        "import threading; from kernel.telemetry import logs; logs.configure('chat')\n"
        "def fail(): raise ValueError('canary')\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join(); fail()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    lines = [orjson.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line["error"]) for line in lines] == [("uncaught exception", "ValueError")] * 2
    assert "canary" not in done.stderr


def test_a_call_is_followed_into_the_next_process(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("chat")
    incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with traces.recorded() as spans:
        with traces.server_span("parley.chat.v1.Chat.Post", [("traceparent", incoming), ("tracestate", "canary=1")]):
            with traces.span("commit", batch=3, kind=CANARY):
                logs.get("room").info("a thing happened")
                ((key, outgoing),) = traces.outgoing()
        inner, outer = spans.get_finished_spans()
    assert key == "traceparent"
    assert outgoing.split("-")[1] == "0af7651916cd43dd8448eb211c80319c" == written(capsys)[0]["trace_id"]
    assert dict(inner.attributes or {}) == {"parley.batch": 3}
    assert dict(outer.attributes or {}) == {"rpc.method": "parley.chat.v1.Chat.Post"}
    assert outer.parent is not None
    assert format(outer.parent.span_id, "016x") == "b7ad6b7169203331"


def test_a_malformed_traceparent_begins_a_new_trace() -> None:
    with traces.recorded() as spans:
        with traces.server_span("m", [("traceparent", "nonsense")]):
            assert len(traces.trace_id()) == 32
        (span,) = spans.get_finished_spans()
    assert span.parent is None


def test_a_failed_span_says_which_kind_of_error_only() -> None:
    with traces.recorded() as spans:
        with pytest.raises(ValueError, match="canary"), traces.server_span("m", ()):
            raise ValueError(CANARY)
        # A span of somebody else's, who knows no list.
        with trace.get_tracer("other").start_as_current_span("other", attributes={"user.email": CANARY}) as foreign:
            foreign.record_exception(ValueError(CANARY))
        mine, other = spans.get_finished_spans()
    assert dict(mine.attributes or {}) == {"rpc.method": "m", "error.type": "ValueError"}
    assert "canary" not in mine.to_json() + other.to_json()


async def test_statements_are_spans_without_their_text(engines: EngineUrls) -> None:
    engine = create_async_engine(engines.database_url.replace("postgresql:", "postgresql+asyncpg:", 1))
    traces.watch_engine(engine)
    # Whatever else runs in this process is of other traces.
    with traces.recorded() as spans, traces.span("own"):
        own = traces.trace_id()
        async with engine.connect() as connection:
            await connection.execute(text("select 'canary'"))
            with pytest.raises(DBAPIError):
                await connection.execute(text("DELETE FROM canary"))
        ended = spans.get_finished_spans()
    found = [span for span in ended if span.name.startswith("sql") and f"{span.context.trace_id:032x}" == own]
    await engine.dispose()
    assert [span.name for span in found] == ["sql SELECT", "sql DELETE"]
    assert (found[1].attributes or {})["error.type"] == "ProgrammingError"
    assert "canary" not in "".join(span.to_json() for span in found)


def test_without_an_endpoint_a_traceparent_is_still_handed_on() -> None:
    script = (
        "from kernel.telemetry import traces; traces.configure('chat')\n"
        "with traces.server_span('m', [('traceparent', '00-' + 'a' * 32 + '-' + 'b' * 16 + '-01')]):\n"
        "    with traces.span('s', batch=1): print(traces.outgoing()[0][1], traces.trace_id())\n"
        "with traces.server_span('m', []): print(traces.outgoing(), traces.trace_id() == '')\n"
        "traces.shutdown()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"00-{'a' * 32}-{'b' * 16}-01 {'a' * 32}\n() True\n"


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Takes spans as a collector does."""

    def __init__(self) -> None:
        self.received: list[trace_service_pb2.ExportTraceServiceRequest] = []

    def Export(
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: Any
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        self.received.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()


def test_an_endpoint_gets_the_spans_without_what_is_not_listed() -> None:
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(1))
    add_to: Any = trace_service_pb2_grpc.add_TraceServiceServicer_to_server
    add_to(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    script = (
        "import sys; from opentelemetry import trace; from kernel.telemetry import traces\n"
        "traces.configure('chat', sys.argv[1])\n"
        "with traces.span('commit', batch=3):\n"
        "    trace.get_current_span().set_attribute('user.name', 'canary')\n"
        "    trace.get_current_span().record_exception(ValueError('canary'))\n"
        "traces.shutdown()"
    )
    subprocess.run([sys.executable, "-c", script, f"http://127.0.0.1:{port}"], check=True)
    server.stop(None).wait()
    (request,) = collector.received
    (span,) = request.resource_spans[0].scope_spans[0].spans
    assert span.name == "commit"
    assert [(each.key, each.value.int_value) for each in span.attributes] == [("parley.batch", 3)]
    assert "canary" not in str(request)


def test_metrics_are_served_on_loopback() -> None:
    metrics.observe_rpc("chat", "parley.chat.v1.Chat.Post", "OK", 0.003)
    metrics.observe_rpc("chat", "parley.chat.v1.Chat.Post", "OK", 0.3)
    metrics.LIVE_CHANNELS.labels("chat").set(2)
    metrics.LIVE_BATCH.labels("chat", "messages").observe(20)
    server = metrics.serve_metrics(0)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
            page = answer.read().decode()
    finally:
        server.close()
    labels = 'code="OK",method="parley.chat.v1.Chat.Post",service="chat"'
    assert f"parley_rpc_seconds_count{{{labels}}} 2.0" in page
    assert 'parley_live_channels{service="chat"} 2.0' in page


def test_a_label_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ValueError, match="visitor"):
        metrics.counter("odd", "An odd one.", ("visitor",))


async def test_a_call_is_followed_down_to_its_statements(chat: Room, tenant: str) -> None:
    with traces.recorded() as spans, traces.server_span("parley.chat.v1.Chat.Post", ()):
        async with chat.database.transaction(tenant) as connection:
            await connection.execute(text("SELECT id FROM chat.notes"))
        trace_id = traces.trace_id()
        found = spans.get_finished_spans()
    # The tenant is bound with BEGIN, which is no statement of its own.
    assert [span.name for span in found] == ["sql SELECT"]
    assert {format(span.context.trace_id, "032x") for span in found if span.context} == {trace_id}
