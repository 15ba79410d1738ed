"""Makes what one call of a walk takes away, so that the next case finds something of its own again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message
from parley.chat.v1 import export_pb2, export_pb2_grpc
from parley.options.v1 import access_pb2
from parley.support.v1 import (
    calendar_pb2,
    calendar_pb2_grpc,
    change_pb2,
    change_pb2_grpc,
    file_pb2,
    file_pb2_grpc,
    level_pb2,
    level_pb2_grpc,
    macro_pb2,
    macro_pb2_grpc,
    rule_pb2,
    rule_pb2_grpc,
)

from kernel import ids
from tests.isolation.communities import a_message, a_poll, a_post, a_topic, a_waiting_file
from tests.isolation.sendings import hold_mails
from tests.isolation.tellings import an_endpoint
from tests.support.desk import Desk

if TYPE_CHECKING:
    from tests.isolation.world import World

_STEP = macro_pb2.MacroStep(kind=change_pb2.CHANGE_KIND_SET_SEVERITY, value="MAJOR")


async def _post(world: World) -> Mapping[str, str]:
    member = world.token(access_pb2.CALLER_MEMBER, world.a)
    return {"pst": await a_post(world.platform, world.a.rights["haven"], member)}


async def _poll(world: World) -> Mapping[str, str]:
    member = world.token(access_pb2.CALLER_MEMBER, world.a)
    return {"pst": await a_poll(world.platform, world.a.rights["haven"], member)}


async def _topic(world: World) -> Mapping[str, str]:
    member = world.token(access_pb2.CALLER_MEMBER, world.a)
    return {"top": await a_topic(world.platform, world.a.known["spc"], member)}


async def _message(world: World) -> Mapping[str, str]:
    member = world.token(access_pb2.CALLER_MEMBER, world.a)
    return {"message number": str(await a_message(world.platform, world.a.known["thr"], member))}


async def _file_for_a_post(world: World) -> Mapping[str, str]:
    file_id = await a_waiting_file(world.platform, world.token(access_pb2.CALLER_MEMBER, world.a))
    return {"pfl": file_id, "waiting file": file_id}


async def _webhook(world: World) -> Mapping[str, str]:
    # Of these a tenant has a few only.
    return {"whk": await an_endpoint(world.platform, world.token(access_pb2.CALLER_ADMIN, world.a))}


async def _copy(world: World) -> Mapping[str, str]:
    exports = export_pb2_grpc.ExportServiceStub(world.platform.channels.of("chat"))
    request = export_pb2.CreateExportRequest(
        conversation_id=world.a.closed.conversation.id,
        format=export_pb2.Export.FORMAT_TEXT,
        purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
    )
    return {"exp": (await _call(world, exports.CreateExport, request, access_pb2.CALLER_SUPERVISOR)).export.id}


async def _held_mail(world: World) -> Mapping[str, str]:
    opened = world.a.open
    held = await hold_mails(world.platform, world.a.tenant, opened, begun=True)
    return held | {"cnv": opened.conversation.id, "vis": opened.conversation.visitor_id}


async def _level(world: World) -> Mapping[str, str]:
    levels = level_pb2_grpc.LevelServiceStub(world.platform.support)
    request = level_pb2.SetLevelRequest(resolution_minutes=600)
    return {"lvl": (await _call(world, levels.SetLevel, request, access_pb2.CALLER_ADMIN)).level.id}


async def _calendar(world: World) -> Mapping[str, str]:
    calendars = calendar_pb2_grpc.CalendarServiceStub(world.platform.support)
    request = calendar_pb2.CreateCalendarRequest(label=ids.random_id("cal"), zone="Europe/Berlin")
    return {"cal": (await _call(world, calendars.CreateCalendar, request, access_pb2.CALLER_ADMIN)).calendar.id}


async def _macro(world: World) -> Mapping[str, str]:
    macros = macro_pb2_grpc.MacroServiceStub(world.platform.support)
    request = macro_pb2.CreateMacroRequest(label=ids.random_id("mac"), steps=[_STEP])
    return {"mac": (await _call(world, macros.CreateMacro, request, access_pb2.CALLER_SUPPORT_AGENT)).macro.id}


async def _view(world: World) -> Mapping[str, str]:
    macros = macro_pb2_grpc.MacroServiceStub(world.platform.support)
    request = macro_pb2.CreateSavedViewRequest(label=ids.random_id("vew"))
    return {"vew": (await _call(world, macros.CreateSavedView, request, access_pb2.CALLER_SUPPORT_AGENT)).view.id}


async def _rule(world: World) -> Mapping[str, str]:
    rules = rule_pb2_grpc.RuleServiceStub(world.platform.support)
    request = rule_pb2.CreateRuleRequest(label=ids.random_id("rul"), trigger=rule_pb2.TRIGGER_OPENED, steps=[_STEP])
    return {"rul": (await _call(world, rules.CreateRule, request, access_pb2.CALLER_ADMIN)).rule.id}


async def _undo(world: World) -> Mapping[str, str]:
    changes = change_pb2_grpc.ChangeServiceStub(world.platform.support)
    change = change_pb2.Change(kind=change_pb2.CHANGE_KIND_ADD_TAG, value=world.a.known["ttg"])
    request = change_pb2.ChangeTicketsRequest(ticket_ids=[world.a.known["another ticket"]], changes=[change])
    changed = await _call(world, changes.ChangeTickets, request, access_pb2.CALLER_SUPPORT_AGENT)
    return {"und": changed.undo_id}


async def _two_tickets(world: World) -> Mapping[str, str]:
    agent = replace(world.a.everything, token=world.token(access_pb2.CALLER_SUPPORT_AGENT, world.a))
    desk = Desk(world.platform, world.a.tenant, agent, agent)
    return {"tkt": await desk.submit("A part of it."), "another ticket": await desk.submit("The whole of it.")}


async def _waiting_file(world: World) -> Mapping[str, str]:
    files = file_pb2_grpc.TicketFileServiceStub(world.platform.support)

    async def pieces() -> AsyncIterator[file_pb2.UploadRequestFileRequest]:
        yield file_pb2.UploadRequestFileRequest(filename="bill.txt", data=b"What it cost.")

    token = world.token(access_pb2.CALLER_ANONYMOUS, world.a)
    made = await files.UploadRequestFile(pieces(), metadata=(("authorization", f"Bearer {token}"),))
    return {"att": made.file_id, "waiting file": made.file_id}


async def _call(world: World, method: Any, request: Message, caller: int) -> Any:
    return await world.platform.call(method, request, token=world.token(caller, world.a))


_MADE: Mapping[str, Callable[[World], Awaitable[Mapping[str, str]]]] = {
    "AdmitHeldMail": _held_mail,
    "CancelExport": _copy,
    "DeleteCalendar": _calendar,
    "DeleteHeldMail": _held_mail,
    "CreatePost": _file_for_a_post,
    "CreateTopic": _file_for_a_post,
    "DeleteAttachment": _file_for_a_post,
    "DeleteLevel": _level,
    "DeleteMacro": _macro,
    "DeleteMessage": _message,
    "DeletePost": _post,
    **dict.fromkeys(("ClosePoll", "SetPoll", "VotePoll"), _poll),
    "DeleteRule": _rule,
    "DeleteSavedView": _view,
    "DeleteWebhook": _webhook,
    "MergeTicket": _two_tickets,
    "MovePosts": _topic,
    "ReviewDraft": _file_for_a_post,
    "SubmitTicket": _waiting_file,
    "UndoChange": _undo,
    "UpdateSavedView": _view,
}


async def fresh_for(world: World, name: str) -> Mapping[str, str]:
    """Returns the ids of what was made for a call, in the first tenant."""
    return await _MADE[name](world) if name in _MADE else {}
