"""Serves `parley.support.v1.ReportService`."""

from __future__ import annotations

from parley.support.v1 import record_pb2, report_pb2, report_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context, stamp
from services.support.actions import reports
from services.support.actions.wiring import Wiring
from services.support.servicer.messages import an_id


class ReportServicer(report_pb2_grpc.ReportServiceServicer):
    """The RPC of reports."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetDeskReport(
        self, request: report_pb2.GetDeskReportRequest, context: Context
    ) -> report_pb2.GetDeskReportResponse:
        """Returns the report."""
        queue_id = ids.to_uuid(request.queue_id, "que") if request.queue_id else None
        found = await reports.get_report(current_actor(), self._wiring, request.days, queue_id)
        return report_pb2.GetDeskReportResponse(
            backlog=[
                report_pb2.StateCount(state=record_pb2.State.ValueType(state), count=count)
                for state, count in found.backlog
            ],
            ages=[report_pb2.AgeCount(from_hours=hours, count=count) for hours, count in found.ages],
            agents=[
                report_pb2.AgentCount(
                    staff_id=an_id("stf", staff_id),
                    open=each.get("OPEN", 0),
                    answers=each.get("ANSWERED", 0),
                    resolved=each.get("RESOLVED", 0),
                )
                for staff_id, each in sorted(found.agents.items())
            ],
            days=[
                report_pb2.DayCount(
                    day=stamp(day),
                    opened=each.get("OPENED", 0),
                    resolved=each.get("RESOLVED", 0),
                    missed=each.get("LEVEL_MISSED", 0),
                    replies=each.get("REPLIED", 0),
                    answers=each.get("ANSWERED", 0),
                )
                for day, each in sorted(found.days.items())
            ],
        )
