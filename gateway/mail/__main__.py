"""Starts the door for mail of a deployment."""

from __future__ import annotations

import asyncio
import signal

from gateway.mail.door import Door
from gateway.mail.recipients import Recipients
from kernel import egress
from kernel.config import Config
from kernel.rpc.channels import Channels
from kernel.telemetry import logs, metrics, traces

_log = logs.get("mail.door")


async def serve(config: Config, *, stop: asyncio.Event, started: asyncio.Future[int] | None = None) -> None:
    """Takes mail until `stop` is set; `started` gets the port as soon as it listens."""
    channels = Channels(config, "mail")
    door = Door(config, Recipients(config, channels))
    exporter = metrics.serve_metrics(config.metrics_port, address=config.metrics_bind) if config.metrics_port else None
    try:
        await door.start()
        _log.info("door_opened", port=door.port)
        if started is not None:
            started.set_result(door.port)
        await stop.wait()
        _log.info("door_closing")
        await door.stop()
    finally:
        if exporter is not None:
            exporter.close()
        await channels.close()


async def _run(config: Config) -> None:
    logs.configure("mail", config.log_level)
    traces.configure("mail", config.otlp_endpoint)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await serve(config, stop=stop)
    finally:
        traces.shutdown()


def main() -> None:
    """Runs the door of this process's environment until it is told to stop."""
    config = Config.from_env()
    egress.activate(config)
    with asyncio.Runner(loop_factory=egress.new_event_loop) as runner:
        runner.run(_run(config))


if __name__ == "__main__":
    main()
