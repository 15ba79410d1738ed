"""Runs one of the two processes of the bare chain: `python -m bench.bare gateway|service`, told by its environment."""

from __future__ import annotations

import asyncio
import gc
import os
import sys

import uvloop

from bench.bare import gateway, service


def main() -> None:
    """Runs it until it is told to stop."""
    environ = os.environ
    address, redis_url = environ["BENCH_SERVICE"], environ["BENCH_REDIS_URL"]
    gc.collect()
    gc.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if sys.argv[1] == "gateway":
            runner.run(gateway.run(int(environ["BENCH_PORT"]), address, redis_url))
        else:
            runner.run(service.run(address, environ["BENCH_DATABASE_URL"], redis_url))


if __name__ == "__main__":
    main()
