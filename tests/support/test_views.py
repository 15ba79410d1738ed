"""Saved views: who changes which, what its lines say, and who has it from then on."""

from __future__ import annotations

from typing import Any

import pytest
from parley.support.v1 import macro_pb2, macro_pb2_grpc, record_pb2, ticket_pb2

from kernel.errors import Aborted, InvalidArgument, NotFound
from tests.platform import Member, Platform
from tests.support.desk import AGENT, Desk, a_desk

COLUMNS = [macro_pb2.TICKET_COLUMN_QUEUE, macro_pb2.TICKET_COLUMN_DUE]


class Views:
    """The views of a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.stub = macro_pb2_grpc.MacroServiceStub(desk.platform.support)

    async def save(self, who: Member | None = None, **more: Any) -> macro_pb2.SavedView:
        request = macro_pb2.CreateSavedViewRequest(**({"label": "Mine"} | more))
        return (await self.desk.call(self.stub.CreateSavedView, request, who)).view  # type: ignore[no-any-return]

    async def change(self, view: macro_pb2.SavedView, who: Member | None = None, **more: Any) -> macro_pb2.SavedView:
        given: dict[str, Any] = {
            "label": view.label,
            "filter": view.filter,
            "is_shared": view.is_shared,
            "columns": view.columns,
        }
        request = macro_pb2.UpdateSavedViewRequest(view_id=view.id, **(given | more))
        return (await self.desk.call(self.stub.UpdateSavedView, request, who)).view  # type: ignore[no-any-return]

    async def of(self, who: Member | None = None) -> list[str]:
        listed = await self.desk.call(self.stub.ListSavedViews, macro_pb2.ListSavedViewsRequest(), who)
        return [each.label for each in listed.views]


async def test_a_view_is_renamed_refiltered_and_shared_by_its_maker(platform: Platform) -> None:
    views = Views(await a_desk(platform))
    other = await views.desk.tenant.member(AGENT, name="Olu")
    made = await views.save(columns=COLUMNS)
    assert (list(made.columns), made.is_own, made.is_shared) == (COLUMNS, True, False)
    urgent = ticket_pb2.TicketFilter(priorities=[record_pb2.PRIORITY_URGENT])
    changed = await views.change(
        made, label="Urgent", filter=urgent, is_shared=True, columns=COLUMNS[:1], etag=made.etag
    )
    assert (changed.id, changed.label, changed.filter, list(changed.columns)) == (
        made.id,
        "Urgent",
        urgent,
        COLUMNS[:1],
    )
    assert await views.of(other) == ["Urgent"]
    # Whoever read it before that overwrites nothing.
    with pytest.raises(Aborted, match="TICKET_CHANGED"):
        await views.change(made, etag=made.etag)
    back = await views.change(changed, is_shared=False)
    assert back.is_own
    assert await views.of(other) == []


async def test_a_shared_view_is_changed_by_its_maker_and_by_supervisors_alone(platform: Platform) -> None:
    views = Views(await a_desk(platform))
    other, lead = await views.desk.tenant.member(AGENT, name="Olu"), views.desk.lead
    shared, own = await views.save(label="All of us", is_shared=True), await views.save(label="Mine alone")
    for view, who in ((shared, other), (own, other), (own, lead)):
        with pytest.raises(NotFound, match="VIEW_NOT_FOUND"):
            await views.change(view, who, label="Taken over")
    changed = await views.change(shared, lead, label="All of you")
    assert not changed.is_own
    # Shared no more, it is its maker's, whoever took it back.
    await views.change(changed, lead, is_shared=False)
    assert await views.of(lead) == []
    assert await views.of() == ["All of you", "Mine alone"]


async def test_a_view_names_what_is_there_and_each_column_once(platform: Platform) -> None:
    views = Views(await a_desk(platform))
    made = await views.save()
    elsewhere = await a_desk(platform)
    foreign = ticket_pb2.TicketFilter(queue_id=await elsewhere.queue("Elsewhere"))
    with pytest.raises(NotFound, match="QUEUE_NOT_FOUND"):
        await views.change(made, filter=foreign)
    for wrong in ([0], [1, 1], [99]):
        with pytest.raises(InvalidArgument):
            await views.change(made, columns=wrong)
