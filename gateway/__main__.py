"""Starts the gateway of a deployment: the one place where its collaborators are chosen."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping

import grpc.aio
from starlette.types import ASGIApp

from gateway.app import Upstreams, create_app
from gateway.live.replicas import Replica, Replicas
from gateway.metrics import LiveMetrics
from gateway.page_views import HousePages
from gateway.server import Server
from kernel import collector, egress
from kernel.config import Config
from kernel.rpc.channels import CHANNEL_OPTIONS, Channels, certified_as, opened_channel
from kernel.telemetry import logs, metrics, traces
from kernel.valkey import open_redis

_log = logs.get("gateway")

ExtraHosts = Callable[[Config], Mapping[str, ASGIApp | HousePages]]

#: A stream that was lost is opened anew by the gateway, which must know of it; nothing is to be tried again below it. A
#: frozen replica should be noticed early.
_OWN = {"grpc.enable_retries": 0, "grpc.keepalive_timeout_ms": 4_000}
_LIVE_OPTIONS = (
    *(option for option in CHANNEL_OPTIONS if option[0] not in ("grpc.service_config", *_OWN)),
    *_OWN.items(),
)


def live_channel(replica: Replica, config: Config) -> grpc.aio.Channel:
    """Opens the channel that carries the live stream to one replica."""
    port = replica.address.rpartition(":")[2]
    egress.check_target(f"{replica.name}:{port}" if replica.name else replica.address)
    # A replica's certificate is made out to the name that leads to it, and not to its address; or to the service's.
    named = (("grpc.ssl_target_name_override", replica.name),) if replica.name else ()
    options = (*_LIVE_OPTIONS, *(certified_as("chat", config) or named))
    return opened_channel(replica.address, config, options)


async def serve(
    config: Config,
    *,
    stop: asyncio.Event,
    extra_hosts: Mapping[str, ASGIApp | HousePages] | None = None,
    started: asyncio.Future[int] | None = None,
) -> None:
    """Runs a gateway until `stop` is set; `started` gets the port as soon as it listens."""
    channels = Channels(config, "gateway")
    replicas = Replicas(config.addresses("chat"), lambda replica: live_channel(replica, config))
    store = None
    if config.redis_url:
        # A limit that cannot be asked quickly is not worth waiting for.
        store = open_redis(config.redis_url, answer_seconds=0.5)
    upstreams = Upstreams(services=channels, replicas=replicas, store=store)
    app = create_app(config, upstreams, extra_hosts=extra_hosts)
    server = Server(app, config)
    measured = LiveMetrics(app.live)
    metrics.REGISTRY.register(measured)
    exporter = metrics.serve_metrics(config.metrics_port, address=config.metrics_bind) if config.metrics_port else None
    try:
        await server.start()
        collector.settle()
        _log.info("gateway_started", port=server.port)
        if started is not None:
            started.set_result(server.port)
        await stop.wait()
        _log.info("gateway_draining")
        await server.stop()
    finally:
        metrics.REGISTRY.unregister(measured)
        if exporter is not None:
            exporter.close()
        await channels.close()
        if store is not None:
            await store.aclose()


async def _run(extra_hosts: ExtraHosts | None) -> None:
    config = Config.from_env()
    logs.configure("gateway", config.log_level)
    traces.configure("gateway", config.otlp_endpoint)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await serve(config, stop=stop, extra_hosts=extra_hosts(config) if extra_hosts else None)
    finally:
        traces.shutdown()


def main(extra_hosts: ExtraHosts | None = None) -> None:
    """Runs the gateway of this process's environment until it is told to stop, with the hosts that are composed in."""
    egress.activate(Config.from_env())
    with asyncio.Runner(loop_factory=egress.new_event_loop) as runner:
        runner.run(_run(extra_hosts))


if __name__ == "__main__":
    main()
