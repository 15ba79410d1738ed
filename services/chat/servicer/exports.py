"""Serves `parley.chat.v1.ExportService`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import grpc.aio
from parley.chat.v1 import export_pb2, export_pb2_grpc
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import exports
from services.chat.actions.exports import Wanted
from services.chat.actions.messages import stamp
from services.chat.actions.wiring import Wiring
from services.chat.servicer.transcripts import asked_by
from services.chat.store.exports import Export

Context = grpc.aio.ServicerContext[Any, Any]


class ExportServicer(export_pb2_grpc.ExportServiceServicer):
    """The RPCs of copies."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateExport(
        self, request: export_pb2.CreateExportRequest, context: Context
    ) -> export_pb2.CreateExportResponse:
        """Begins a copy."""
        wanted = Wanted(
            format=request.format,
            purpose=request.purpose,
            conversation_id=ids.to_uuid(request.conversation_id, "cnv") if request.conversation_id else None,
            asked=asked_by(request.filter) if request.HasField("filter") else None,
        )
        made = await exports.create_export(current_actor(), self._wiring, wanted, request.request_id, request)
        return export_pb2.CreateExportResponse(export=_written(made))

    async def GetExport(self, request: export_pb2.GetExportRequest, context: Context) -> export_pb2.GetExportResponse:
        """Returns a copy."""
        found = await exports.get_export(current_actor(), self._wiring, ids.to_uuid(request.export_id, "exp"))
        return export_pb2.GetExportResponse(export=_written(found))

    async def CancelExport(
        self, request: export_pb2.CancelExportRequest, context: Context
    ) -> export_pb2.CancelExportResponse:
        """Gives a copy up."""
        await exports.cancel_export(current_actor(), self._wiring, ids.to_uuid(request.export_id, "exp"))
        return export_pb2.CancelExportResponse()

    async def ListExports(
        self, request: export_pb2.ListExportsRequest, context: Context
    ) -> export_pb2.ListExportsResponse:
        """Lists copies."""
        page, following = await exports.list_exports(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return export_pb2.ListExportsResponse(exports=[_written(each) for each in page], next_page_token=following)

    async def DownloadExport(
        self, request: export_pb2.DownloadExportRequest, context: Context
    ) -> AsyncIterator[export_pb2.DownloadExportResponse]:
        """Hands a file out."""
        form, pieces = await exports.download_export(
            current_actor(), self._wiring, ids.to_uuid(request.export_id, "exp")
        )
        piece = export_pb2.DownloadExportResponse(content_type=form.content_type, filename=form.filename)
        async for data in pieces:
            piece.data = data
            yield piece
            piece = export_pb2.DownloadExportResponse()


def _written(export: Export) -> export_pb2.Export:
    return export_pb2.Export(
        id=ids.from_uuid("exp", export.id),
        staff_id=ids.from_uuid("stf", export.staff_id),
        format=cast("export_pb2.Export.Format.ValueType", export.format),
        purpose=cast("access_pb2.Purpose.ValueType", export.purpose),
        state=cast("export_pb2.Export.State.ValueType", export.state),
        done=export.done,
        total=export.total,
        cut=export.cut,
        create_time=stamp(export.create_time),
        expire_time=stamp(export.expire_time),
    )
