"""Serves `parley.support.v1.LevelService`."""

from __future__ import annotations

from parley.support.v1 import level_pb2, level_pb2_grpc, record_pb2

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context
from services.support.actions import levels
from services.support.actions.wiring import Wiring
from services.support.domain.levels import Level
from services.support.servicer.messages import an_id


def _level(level: Level) -> level_pb2.Level:
    return level_pb2.Level(
        id=an_id("lvl", level.id),
        queue_id=an_id("que", level.queue_id),
        priority=record_pb2.Priority.ValueType(level.priority),
        triage_minutes=level.triage_minutes,
        first_response_minutes=level.first_response_minutes,
        next_response_minutes=level.next_response_minutes,
        resolution_minutes=level.resolution_minutes,
        warn_minutes=level.warn_minutes,
        calendar_id=an_id("cal", level.calendar_id),
    )


class LevelServicer(level_pb2_grpc.LevelServiceServicer):
    """The RPCs of promises."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SetLevel(self, request: level_pb2.SetLevelRequest, context: Context) -> level_pb2.SetLevelResponse:
        """Sets a promise."""
        wanted = Level(
            id=ids.new_uuid(),
            queue_id=ids.to_uuid(request.queue_id, "que") if request.queue_id else None,
            priority=request.priority,
            triage_minutes=request.triage_minutes,
            first_response_minutes=request.first_response_minutes,
            next_response_minutes=request.next_response_minutes,
            resolution_minutes=request.resolution_minutes,
            warn_minutes=request.warn_minutes,
            calendar_id=ids.to_uuid(request.calendar_id, "cal") if request.calendar_id else None,
        )
        return level_pb2.SetLevelResponse(level=_level(await levels.set_level(current_actor(), self._wiring, wanted)))

    async def ListLevels(self, request: level_pb2.ListLevelsRequest, context: Context) -> level_pb2.ListLevelsResponse:
        """Lists promises."""
        found = await levels.list_levels(current_actor(), self._wiring)
        return level_pb2.ListLevelsResponse(levels=[_level(each) for each in found])

    async def DeleteLevel(
        self, request: level_pb2.DeleteLevelRequest, context: Context
    ) -> level_pb2.DeleteLevelResponse:
        """Takes a promise away."""
        await levels.delete_level(current_actor(), self._wiring, ids.to_uuid(request.level_id, "lvl"))
        return level_pb2.DeleteLevelResponse()
