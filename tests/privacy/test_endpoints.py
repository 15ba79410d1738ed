"""When an endpoint that does not answer rests, and when it is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kernel import ids
from services.privacy.domain import webhooks as domain


def test_an_endpoint_is_left_alone_only_when_many_attempts_failed_for_long() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    webhook = domain.Webhook(
        id=ids.new_uuid(),
        display_name="",
        url="",
        event_types=(),
        purpose=domain.SERVICE,
        state=domain.ACTIVE,
        secret=b"",
        create_time=now,
    )
    burst = webhook
    for _ in range(1000):
        burst = domain.failed(burst, 500, now, 0.0)
    assert burst.state == domain.ACTIVE
    slow = webhook
    for hours in range(domain.MOST_FAILURES - 1):
        slow = domain.failed(slow, 0, now + timedelta(hours=hours), 1.0)
        assert slow.state == domain.ACTIVE
        assert slow.rest_time is not None
        assert slow.rest_time <= now + timedelta(hours=hours) + domain.LONGEST_REST
    assert domain.failed(slow, 0, now + timedelta(days=2), 0.0).state == domain.DISABLED
    again = domain.taken(slow, now)
    assert (again.failure_count, again.rest_time) == (0, None)
    waits = [domain.wait_after(attempts, 0.0) for attempts in range(1, domain.MOST_ATTEMPTS)]
    assert waits == sorted(waits)
    assert timedelta(days=1) < sum(waits, timedelta()) < timedelta(days=4)
