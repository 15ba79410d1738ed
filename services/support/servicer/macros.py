"""Serves `parley.support.v1.MacroService`."""

from __future__ import annotations

from collections.abc import Iterable

from parley.support.v1 import change_pb2, macro_pb2, macro_pb2_grpc, ticket_pb2

from kernel import ids
from kernel.identity import Actor
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context
from services.support.actions import macros
from services.support.actions.wiring import Wiring, staff_of
from services.support.domain.changes import Asked
from services.support.servicer.messages import an_id
from services.support.store.macros import Macro, SavedView


def _macro(macro: Macro) -> macro_pb2.Macro:
    return macro_pb2.Macro(
        id=an_id("mac", macro.id),
        label=macro.label,
        steps=[
            macro_pb2.MacroStep(kind=change_pb2.ChangeKind.ValueType(each.kind), value=each.value, words=each.text)
            for each in macro.steps
        ],
        etag=str(macro.revision),
        is_fix=macro.is_fix,
    )


def _steps(steps: Iterable[macro_pb2.MacroStep]) -> list[Asked]:
    return [Asked(kind=each.kind, value=each.value, text=each.words) for each in steps]


def _columns(wanted: Iterable[macro_pb2.TicketColumn.ValueType]) -> tuple[int, ...]:
    return tuple(int(each) for each in wanted)


def _view(actor: Actor, view: SavedView) -> macro_pb2.SavedView:
    return macro_pb2.SavedView(
        id=an_id("vew", view.id),
        label=view.label,
        filter=view.filter,
        order=ticket_pb2.Order.ValueType(view.sort),
        is_shared=view.is_shared,
        columns=[macro_pb2.TicketColumn.ValueType(each) for each in view.columns],
        is_own=view.staff_id == staff_of(actor),
        etag=str(view.revision),
    )


class MacroServicer(macro_pb2_grpc.MacroServiceServicer):
    """The RPCs of macros and saved views."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateMacro(
        self, request: macro_pb2.CreateMacroRequest, context: Context
    ) -> macro_pb2.CreateMacroResponse:
        """Keeps a macro."""
        made = Macro(
            id=ids.new_uuid(),
            label=request.label,
            steps=_steps(request.steps),
            is_fix=request.is_fix,
            create_time=self._wiring.clock.now(),
        )
        kept = await macros.create_macro(current_actor(), self._wiring, made, request.request_id, request)
        return macro_pb2.CreateMacroResponse(macro=_macro(kept))

    async def ListMacros(self, request: macro_pb2.ListMacrosRequest, context: Context) -> macro_pb2.ListMacrosResponse:
        """Lists macros."""
        found = await macros.list_macros(current_actor(), self._wiring)
        return macro_pb2.ListMacrosResponse(macros=[_macro(each) for each in found])

    async def UpdateMacro(
        self, request: macro_pb2.UpdateMacroRequest, context: Context
    ) -> macro_pb2.UpdateMacroResponse:
        """Changes a macro."""
        changed = await macros.update_macro(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.macro_id, "mac"),
            request.label,
            _steps(request.steps),
            request.etag,
        )
        return macro_pb2.UpdateMacroResponse(macro=_macro(changed))

    async def DeleteMacro(
        self, request: macro_pb2.DeleteMacroRequest, context: Context
    ) -> macro_pb2.DeleteMacroResponse:
        """Deletes a macro."""
        await macros.delete_macro(current_actor(), self._wiring, ids.to_uuid(request.macro_id, "mac"))
        return macro_pb2.DeleteMacroResponse()

    async def CreateSavedView(
        self, request: macro_pb2.CreateSavedViewRequest, context: Context
    ) -> macro_pb2.CreateSavedViewResponse:
        """Keeps a view."""
        actor = current_actor()
        made = SavedView(
            id=ids.new_uuid(),
            staff_id=staff_of(actor),
            label=request.label,
            filter=request.filter,
            sort=request.order,
            is_shared=request.is_shared,
            columns=_columns(request.columns),
        )
        kept = await macros.create_view(actor, self._wiring, made, request.request_id, request)
        return macro_pb2.CreateSavedViewResponse(view=_view(actor, kept))

    async def ListSavedViews(
        self, request: macro_pb2.ListSavedViewsRequest, context: Context
    ) -> macro_pb2.ListSavedViewsResponse:
        """Lists views."""
        actor = current_actor()
        found = await macros.list_views(actor, self._wiring)
        return macro_pb2.ListSavedViewsResponse(views=[_view(actor, each) for each in found])

    async def UpdateSavedView(
        self, request: macro_pb2.UpdateSavedViewRequest, context: Context
    ) -> macro_pb2.UpdateSavedViewResponse:
        """Replaces a view."""
        actor, view_id = current_actor(), ids.to_uuid(request.view_id, "vew")
        wanted = SavedView(
            id=view_id,
            staff_id=staff_of(actor),
            label=request.label,
            filter=request.filter,
            sort=request.order,
            is_shared=request.is_shared,
            columns=_columns(request.columns),
        )
        changed = await macros.update_view(actor, self._wiring, view_id, wanted, request.etag)
        return macro_pb2.UpdateSavedViewResponse(view=_view(actor, changed))

    async def DeleteSavedView(
        self, request: macro_pb2.DeleteSavedViewRequest, context: Context
    ) -> macro_pb2.DeleteSavedViewResponse:
        """Deletes a view."""
        await macros.delete_view(current_actor(), self._wiring, ids.to_uuid(request.view_id, "vew"))
        return macro_pb2.DeleteSavedViewResponse()
