"""What has had its time goes by itself: the officer sees beforehand what would go, and afterwards what went."""

from __future__ import annotations

from datetime import timedelta

import pytest
from parley.privacy.v1 import retention_pb2, retention_pb2_grpc

from kernel.clock import ManualClock, SystemClock
from kernel.errors import PermissionDenied
from kernel.privacy.retention import PURGED, read, written
from kernel.privacy.subjects.purging import Purged
from tests.chat.inside import a_wiring
from tests.chat.people import close
from tests.platform import OFFICER, Platform
from tests.privacy.rights import until

DAYS = "retention.transcript_days"


def stub(platform: Platform) -> retention_pb2_grpc.RetentionServiceStub:
    return retention_pb2_grpc.RetentionServiceStub(platform.channels.of("privacy"))


async def test_a_daily_purge_is_counted_before_and_reported_after(platform: Platform) -> None:
    tenant = await platform.tenant()
    officer, visitor = await tenant.member(OFFICER), await tenant.visitor("Zoë")
    await close(platform, visitor.token, visitor.conversation.id)
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        clock.advance(timedelta(days=6))
        assert not [each for each in await wiring.retention.purge(tenant.id, dry_run=True) if each.deleted]
        shorter = await wiring.retention.purge(tenant.id, dry_run=True, tried_days={DAYS: 5})
        assert {each.store: each.deleted for each in shorter}["chat.conversations"] == 1
        kept = await wiring.retention.purge(tenant.id, tried_days={DAYS: 5})
        assert not [each for each in kept if each.deleted], "periods that are tried never remove anything"
        clock.advance(timedelta(days=175))
        assert await wiring.retention.runner().run_due()

    async def purges() -> list[retention_pb2.Purge]:
        page: retention_pb2.ListPurgesResponse = await platform.call(
            stub(platform).ListPurges, retention_pb2.ListPurgesRequest(), token=officer.token
        )
        return list(page.purges)

    (purge,) = await until(purges, bool)
    assert purge.service == "chat"
    assert {each.store: each.records for each in purge.stores}["chat.conversations"] == 1


async def test_a_preview_asks_every_service_and_changes_nothing(platform: Platform) -> None:
    tenant = await platform.tenant()
    officer = await tenant.member(OFFICER)
    request = retention_pb2.PreviewPurgeRequest(
        periods=[
            retention_pb2.TriedPeriod(setting=DAYS, days=1),
            retention_pb2.TriedPeriod(setting="retention.ledger_days", days=30),
        ]
    )
    answer = await platform.call(stub(platform).PreviewPurge, request, token=officer.token)
    assert list(answer.stores) == []
    with pytest.raises(PermissionDenied):
        await platform.call(stub(platform).PreviewPurge, request, token=(await tenant.member()).token)


def test_a_report_holds_names_of_tables_and_numbers_and_nothing_else() -> None:
    purged = [Purged("chat.messages", 12, 3), Purged("chat.conversations", 1)]
    assert written(purged) == "chat.messages=12/3 chat.conversations=1/0"
    assert read(written(purged)) == purged
    assert read("") == []
    (check,) = PURGED.attributes.values()
    assert check(written(purged))
    assert check("")
    for wrong in ("Zoë=1/0", "chat.messages=1", "chat.messages=1/0 ", "chat.messages=1/0;x", "chat.messages=-1/0"):
        assert not check(wrong)
