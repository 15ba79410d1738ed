"""How the desk is doing: counts that outlive the tickets, hold no words, and know only the caller's queues."""

from __future__ import annotations

import pytest
from parley.support.v1 import record_pb2, report_pb2, report_pb2_grpc

from kernel.errors import PermissionDenied
from tests.platform import Platform
from tests.support.desk import a_desk


async def test_a_report_counts_what_is_open_and_what_came_and_went(platform: Platform) -> None:
    desk = await a_desk(platform)
    stub = report_pb2_grpc.ReportServiceStub(platform.support)
    first, second, third = [await desk.submit(f"Number {each}.") for each in range(3)]
    await desk.change(first, ("ACCEPT",), ("ASSIGN", "me"), ("ANSWER", "", "Done."), ("SET_STATE", "RESOLVED"))
    await desk.change(second, ("ACCEPT",), ("ASSIGN", "me"))
    await desk.change(third, ("DUPLICATE", second))
    report = await desk.call(stub.GetDeskReport, report_pb2.GetDeskReportRequest(), desk.lead)
    assert {each.state: each.count for each in report.backlog} == {
        record_pb2.STATE_OPEN: 1,
        record_pb2.STATE_RESOLVED: 1,
    }
    assert [each.count for each in report.ages] == [1, 0, 0, 0, 0, 0]
    (day,) = report.days
    assert (day.opened, day.answers, day.resolved, day.replies, day.missed) == (3, 1, 1, 0, 0)
    (agent,) = report.agents
    assert (agent.staff_id, agent.open, agent.answers, agent.resolved) == (desk.agent.id, 1, 1, 1)
    with pytest.raises(PermissionDenied):
        await desk.call(stub.GetDeskReport, report_pb2.GetDeskReportRequest())
