"""Serves `parley.chat.v1.ReportService`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
from parley.chat.v1 import report_pb2, report_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import reports
from services.chat.actions.report_terms import METRICS
from services.chat.actions.reports import Asked, Figures
from services.chat.actions.wiring import Wiring

PIECE = 64 * 1024

Context = grpc.aio.ServicerContext[Any, Any]


class ReportServicer(report_pb2_grpc.ReportServiceServicer):
    """The RPCs of reports."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetReport(self, request: report_pb2.GetReportRequest, context: Context) -> report_pb2.GetReportResponse:
        """Returns figures."""
        total, rows, zone = await reports.get_report(current_actor(), self._wiring, _asked(request))
        return report_pb2.GetReportResponse(
            total=_row(total, 0),
            rows=[_row(row, request.grouping) for row in rows],
            time_zone=zone,
            metrics=[
                report_pb2.Metric(key=each.key, heading=each.title, definition=each.definition) for each in METRICS
            ],
        )

    async def DownloadReport(
        self, request: report_pb2.DownloadReportRequest, context: Context
    ) -> AsyncIterator[report_pb2.DownloadReportResponse]:
        """Hands figures out as a table."""
        written = await reports.write_report(current_actor(), self._wiring, _asked(request))
        first = report_pb2.DownloadReportResponse(content_type="text/csv", filename="report.csv", data=written[:PIECE])
        yield first
        for at in range(PIECE, len(written), PIECE):
            yield report_pb2.DownloadReportResponse(data=written[at : at + PIECE])

    async def RebuildReports(
        self, request: report_pb2.RebuildReportsRequest, context: Context
    ) -> report_pb2.RebuildReportsResponse:
        """Adds figures up again."""
        count = await reports.rebuild_reports(current_actor(), self._wiring)
        return report_pb2.RebuildReportsResponse(conversations=count)


def _asked(request: report_pb2.GetReportRequest | report_pb2.DownloadReportRequest) -> Asked:
    return Asked(
        first_day=request.first_day,
        last_day=request.last_day,
        grouping=request.grouping,
        site_id=ids.to_uuid(request.site_id, "sit") if request.site_id else None,
        operator_id=ids.to_uuid(request.operator_id, "stf") if request.operator_id else None,
        team_id=ids.to_uuid(request.team_id, "tea") if request.team_id else None,
    )


def _row(figures: Figures, grouping: int) -> report_pb2.ReportRow:
    return report_pb2.ReportRow(
        key="" if grouping == reports.OPERATOR else figures.key,
        operator_id=figures.key if grouping == reports.OPERATOR else "",
        volume=figures.volume,
        missed=figures.missed,
        answered=figures.answered,
        first_wait_seconds=figures.first_wait_seconds,
        first_response_seconds=figures.first_response_seconds,
        handling_seconds=figures.handling_seconds,
    )
