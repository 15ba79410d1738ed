"""Tells Prometheus of the live side when it asks, so that no frame pays for being counted."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.live import Live


class LiveMetrics(Collector):
    """The numbers of one gateway's sockets and streams."""

    def __init__(self, live: Live) -> None:
        """Takes the live side."""
        self._live = live

    def collect(self) -> Iterator[Metric]:
        """Reads the numbers."""
        yield GaugeMetricFamily(
            "parley_gateway_sockets", "How many live sockets are open.", value=len(self._live.sockets)
        )
        ready = sum(link.ready for link in self._live.links)
        yield GaugeMetricFamily("parley_gateway_streams", "How many streams to chat replicas are open.", value=ready)
        up, down = self._live.frames
        frames = CounterMetricFamily("parley_gateway_frames", "Frames carried.", labels=("kind",))
        frames.add_metric(("up",), up)
        frames.add_metric(("down",), down)
        yield frames
