"""Counts and times what the processes do, for Prometheus. No label names a person, or anything that a caller sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

from kernel.config import CannotStart
from kernel.telemetry.allowed import LABELS

# One registry for each process: the names of metrics are the process's public surface.
REGISTRY = CollectorRegistry()
ProcessCollector(namespace="parley", registry=REGISTRY)

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


def counter(name: str, doc: str, labels: tuple[str, ...] = ()) -> Counter:
    """Makes a counter `parley_<name>_total`; raises ValueError for a label that is not on the list."""
    return Counter(name, doc, _checked(labels), namespace="parley", registry=REGISTRY)


def gauge(name: str, doc: str, labels: tuple[str, ...] = ()) -> Gauge:
    """Makes a gauge `parley_<name>`; raises ValueError for a label that is not on the list."""
    return Gauge(name, doc, _checked(labels), namespace="parley", registry=REGISTRY)


def seconds(name: str, doc: str, labels: tuple[str, ...] = ()) -> Histogram:
    """Makes a histogram of durations; raises ValueError for a label that is not on the list."""
    return Histogram(name, doc, _checked(labels), namespace="parley", registry=REGISTRY, buckets=_FAST)


def sizes(name: str, doc: str, labels: tuple[str, ...] = ()) -> Histogram:
    """Makes a histogram of counts; raises ValueError for a label that is not on the list."""
    return Histogram(name, doc, _checked(labels), namespace="parley", registry=REGISTRY, buckets=_SIZES)


def _checked(labels: tuple[str, ...]) -> tuple[str, ...]:
    unknown = set(labels) - LABELS
    if unknown:
        raise ValueError(f"labels that kernel.telemetry.allowed does not list: {sorted(unknown)}")
    return labels


RPC_SECONDS = seconds("rpc_seconds", "How long calls took.", ("service", "method", "code"))
LIVE_CHANNELS = gauge("live_channels", "How many live channels are open.", ("service",))
LIVE_BATCH = sizes("live_batch_size", "How many envelopes or messages one event carried.", ("service", "kind"))
LOG_VALUES_DROPPED = counter(
    "log_values_dropped", "Values that the log's list of keys did not let through.", ("logger",)
)

_rpc_children: dict[tuple[str, str, str], Histogram] = {}


def observe_rpc(service: str, method: str, code: str, duration: float) -> None:
    """Notes one finished call: its service, the full name of its method, its status code's name, its seconds."""
    key = (service, method, code)
    child = _rpc_children.get(key)
    if child is None:
        # Looking a child up costs more than noting the value; there are as many as methods times codes.
        child = _rpc_children[key] = RPC_SECONDS.labels(service, method, code)
    child.observe(duration)


@dataclass(frozen=True, slots=True)
class MetricsServer:
    """A running /metrics."""

    server: WSGIServer
    thread: threading.Thread

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return self.server.server_port

    def close(self) -> None:
        """Stops it."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def serve_metrics(port: int, *, address: str = "127.0.0.1") -> MetricsServer:
    """Serves the process's metrics on a port of its own, on loopback unless told otherwise; 0 takes any free port."""
    try:
        server, thread = start_http_server(port, addr=address, registry=REGISTRY)
    except OSError as error:
        raise CannotStart(
            f"/metrics cannot be served at {address}:{port} ({error.strerror}): see PARLEY_METRICS_PORT and "
            "PARLEY_METRICS_BIND."
        ) from None
    return MetricsServer(server, thread)
