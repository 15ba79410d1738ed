"""The desk's inside for tests: its jobs on the platform's own database, at a moment that a test chooses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.jobs import Job
from kernel.rpc.process import Process
from services.support.__main__ import wire
from services.support.actions.wiring import Wiring
from tests.support.desk import Desk


@asynccontextmanager
async def later(desk: Desk, by: timedelta) -> AsyncIterator[Wiring]:
    """Yields what the desk's jobs work with, so much later than now."""
    process = Process(desk.platform.config, clock=ManualClock(SystemClock().now() + by))
    try:
        yield wire(process)
    finally:
        await process.close()


def a_job(desk: Desk, kind: str, **arguments: Any) -> Job:
    """Returns a job of the company's, as the runner hands it over."""
    return Job(id=ids.new_uuid(), tenant_id=desk.tenant.id, kind=kind, key=None, arguments=arguments, attempt=1)
