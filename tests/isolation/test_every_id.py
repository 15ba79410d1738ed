"""Whatever is another tenant's answers exactly as what does not exist, to the byte, and nothing of it changes.

The walk takes every field of every request, frame and route that holds an id, every page token, request id and spoofed
header, as every kind of caller that may send it. What it has to take follows from the committed contract alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from parley.chat.v1 import export_pb2, frame_pb2
from parley.identity.v1 import identity_key_pb2, site_logo_pb2, staff_pb2, tenant_pb2
from parley.options.v1 import access_pb2
from parley.privacy.v1 import request_pb2
from parley.subject.v1 import age_pb2, subject_pb2

from kernel import ids
from tests.isolation.calls import CERTAIN_SECONDS, QUIET_SECONDS, Metadata, Reply, attempt, bearer, live_stream
from tests.isolation.communities import make_room, say_something_of_communities
from tests.isolation.contract import (
    Call,
    Frame,
    Path,
    committed,
    dotted,
    frames,
    id_paths,
    kind_of,
    leaves,
    name_of,
    preset_of,
)
from tests.isolation.helping import say_something_of_tickets
from tests.isolation.samples import ASKED, PICTURE, PUBLIC_KEY, a_message
from tests.isolation.test_every_call import SILENT, Report
from tests.isolation.world import Inhabited, World, at_rest, fingerprint

VISITOR, ANONYMOUS = access_pb2.CALLER_VISITOR, access_pb2.CALLER_ANONYMOUS
OPERATOR, INTERNAL = access_pb2.CALLER_OPERATOR, access_pb2.CALLER_INTERNAL
#: What a mask has to name so that an update looks at a field.
MASKED = {
    "parley.identity.v1.UpdateStaffRequest": ("team_ids",),
    "parley.identity.v1.UpdateSiteRequest": ("display_name",),
    "parley.privacy.v1.UpdateWebhookRequest": ("display_name",),
}
#: Calls of our own processes that store the ids they are given, for their own tenant. They get ids that no other case
#: asks for, so that nobody finds what was stored for them.
STORING = frozenset("InviteVisitor IssueVisitorCredential RecordDisclosure RecordVisitorChoice TakeRating".split())
#: Lists in which a tenant has one page at most, and why.
ONE_PAGE: dict[str, str] = {
    "community:parley.subject.v1.SubjectService.ExportSubject": "holds nothing about anybody but its own members",
    "support:parley.subject.v1.SubjectService.ExportSubject": "holds nothing about visitors",
}
#: What says how far a request, a copy, a mail, a file or a delivery is, which is carried out between two looks.
GOES_ON = frozenset(
    {
        *(f"parley.privacy.v1.SubjectRequest.{name}" for name in ("state", "steps", "receipt", "corrections")),
        *(f"parley.chat.v1.Export.{name}" for name in ("state", "done", "total", "cut")),
        "parley.chat.v1.TranscriptMail.state",
        # A file is examined meanwhile.
        *(f"parley.support.v1.TicketFile.{name}" for name in ("state", "media_type", "size")),
        *(f"parley.community.v1.Attachment.{name}" for name in ("state", "media_type", "size")),
        *(f"parley.privacy.v1.WebhookDelivery.{name}" for name in ("state", "attempts", "status", "failure")),
    }
)
#: What a call that is let in makes anew each time, whatever it was asked with.
MADE_ANEW = {"CreateExport": ("export", "id"), "SetLevel": ("level", "id"), "CreateSavedView": ("view", "id")}
#: Their request ids no walk can try: one takes a code that only a mail holds, one takes in where nothing is yet.
UNTRIED = frozenset({"WriteOwnReply", "ImportCommunity"})
#: Who asks with a request id, where others may ask only for what they bring along.
ASKED_BY = {"OpenTicket": access_pb2.CALLER_SUPPORT_AGENT}


@dataclass(frozen=True, slots=True)
class Case:
    """One field of one call, as one kind of caller."""

    call: Call
    path: Path
    caller: int

    def __str__(self) -> str:
        """Names the case as reports do."""
        return f"{self.call} {dotted(self.path)} as {name_of(self.caller)}"


def cases(calls: list[Call]) -> Iterator[Case]:
    """Yields every id that somebody may send in a call within a tenant."""
    for call in calls:
        if call.access.tenantless:
            continue
        for path in id_paths(call.method.input_type):
            for caller in sorted(call.access.callers):
                yield Case(call, path, caller)


def put(message: Message, path: Path, value: str) -> None:
    """Puts an id into a field, wherever in the message it stands."""
    target: Any = message
    for step in path[:-1]:
        inner = getattr(target, step.name)
        target = (inner[0] if len(inner) else inner.add()) if step.is_repeated else inner
        if not step.is_repeated:
            target.SetInParent()
    leaf = path[-1]
    if leaf.is_repeated:
        target.ClearField(leaf.name)
        getattr(target, leaf.name).append(value)
    else:
        setattr(target, leaf.name, value)
    make_room(target, leaf.name)


def request_of(message: Descriptor, known: Mapping[str, str]) -> Any:
    """Returns a request that is good in a tenant: the ids are its own, and an update changes what it names."""
    request: Any = a_message(message, known)
    for path in id_paths(message):
        put(request, path, known[kind_of(path)])
    for name in MASKED.get(message.full_name, ()):
        request.update_mask.paths.append(name)
    if message is subject_pb2.CorrectSubjectRequest.DESCRIPTOR:
        request.field = "parley.chat.v1.Conversation.display_name"
    if message is subject_pb2.ExportSubjectRequest.DESCRIPTOR:
        # The whole of a person; one record has one page.
        request.record_id = request.case_id = ""
    if message is staff_pb2.ListStaffRequest.DESCRIPTOR:
        request.ClearField("staff_ids")
    if message is age_pb2.RefuseMinorRequest.DESCRIPTOR:
        # The walk refuses nobody of whom other cases ask.
        request.subject.id = ids.random_id("vis")
    if message is request_pb2.CreateRequestRequest.DESCRIPTOR:
        # Nothing is left for an officer to answer, so that the walk may ask often.
        request.kind, request.details = request_pb2.SubjectRequest.KIND_CORRECT, ""
        request.corrections[0].field = "parley.chat.v1.Conversation.display_name"
    if message.full_name in ASKED:
        for name, value in ASKED[message.full_name].items():
            request.ClearField(name)
            if value:
                setattr(request, name, value)
    if message is export_pb2.CreateExportRequest.DESCRIPTOR:
        # Of the two ways to say of what, the one that was put last.
        request.filter.query = "is"
    if message is tenant_pb2.UpdateSettingRequest.DESCRIPTOR:
        request.value_json = "90"
    say_something_of_tickets(request, known)
    say_something_of_communities(request, known)
    if message is identity_key_pb2.SetIdentityKeyRequest.DESCRIPTOR:
        request.public_key = PUBLIC_KEY
    elif message is site_logo_pb2.SetSiteLogoRequest.DESCRIPTOR:
        request.image = PICTURE
    return request


def of_staff(request: Any) -> Any:
    """Returns the same request about a member of staff, where a request is about a person."""
    request.subject.kind = subject_pb2.SUBJECT_KIND_STAFF
    if hasattr(request, "field"):
        request.field = "parley.identity.v1.Staff.display_name"
    return request


def settled(reply: Reply, message: Descriptor) -> Reply:
    """Returns a reply without what differs from one call to the next by itself: fresh secrets, ids and moments."""
    if reply.code != "OK" or not reply.body:
        return reply
    answer = message_factory.GetMessageClass(message).FromString(reply.body)
    for path in leaves(message):
        leaf = path[-1]
        assert leaf.containing_type is not None
        preset = preset_of(leaf.containing_type.full_name, leaf.name)
        # The bytes of an archive hold the moment at which it was made, and the entry in the ledger that says so.
        is_archive = preset == "DATA_EXPORT" and leaf.type == leaf.TYPE_BYTES
        if preset in ("DATA_SECRET", "DATA_INVITATION", "DATA_TIME", "DATA_ACCESS_RECORD") or is_archive:
            _clear(answer, path)
        moving = next((at for at, step in enumerate(path, 1) if step.full_name in GOES_ON), 0)
        if moving:
            _clear(answer, path[:moving])
    return Reply(reply.code, reply.text, reply.metadata, answer.SerializeToString(deterministic=True))


def but_made_anew(call: Call, reply: Reply) -> Reply:
    """Returns a settled reply without the id of what the call made, where two calls make two."""
    reply = settled(reply, call.method.output_type)
    if reply.code != "OK" or call.method.name not in MADE_ANEW:
        return reply
    answer: Any = message_factory.GetMessageClass(call.method.output_type).FromString(reply.body)
    made, name = MADE_ANEW[call.method.name]
    getattr(answer, made).ClearField(name)
    return Reply(reply.code, reply.text, reply.metadata, answer.SerializeToString(deterministic=True))


def _clear(message: Any, path: Path) -> None:
    step, *rest = path
    if not rest:
        message.ClearField(step.name)
    elif step.is_repeated:
        for each in getattr(message, step.name):
            _clear(each, tuple(rest))
    elif message.HasField(step.name):
        _clear(getattr(message, step.name), tuple(rest))


async def compare(
    world: World,
    case: Case,
    foreign: str,
    report: Report,
    *,
    what: str = "",
    change: Callable[[Any], Any] | None = None,
) -> None:
    """Asks once with a foreign id and once with one that does not exist; all that comes back has to be the same."""
    call, channel = case.call, world.channel(case.call)
    metadata = bearer(world.token(case.caller, world.a))
    missing = ids.new_id(foreign[:3])
    # What only the sample makes anew, such as a name, is the same in both.
    template = request_of(call.method.input_type, world.a.known)

    async def both(quiet_seconds: float) -> list[Reply]:
        replies = []
        for value in (foreign, missing):
            request = type(template).FromString(template.SerializeToString())
            put(request, case.path, value)
            if change is not None:
                request = change(request)
            if isinstance(request, subject_pb2.SealSubjectRequest) and case.path[-1].name != "seal_id":
                # One seal id stands for one seal.
                request.seal_id = ids.new_id("hld")
            answer = await attempt(channel, call.method, request, metadata, quiet_seconds=quiet_seconds)
            replies.append(but_made_anew(call, answer))
        return replies

    replies = await both(QUIET_SECONDS)
    if replies[0] != replies[1] and call.method.server_streaming:
        # On a busy machine, a stream that says nothing for a moment may be about to refuse.
        replies = await both(CERTAIN_SECONDS)
    right = replies[0] == replies[1] and not replies[0].holds(foreign)
    report.judge(f"{case}{what}", right, replies)


async def check_ids(world: World, report: Report, calls: list[Call] | None = None) -> None:
    """Every id of another tenant answers as a missing one."""
    for case in cases(world.calls if calls is None else calls):
        foreign = {**world.b.known, **(world.b.others if case.call.method.name in STORING else {})}
        await compare(world, case, foreign[kind_of(case.path)], report)
        if case.path[0].message_type is subject_pb2.Subject.DESCRIPTOR:
            await compare(world, case, foreign["stf"], report, what=" of staff", change=of_staff)


async def check_own_ids(world: World, report: Report) -> None:
    """The very same requests with the tenant's own ids are not refused for what is in them: the walk asks something."""
    for case in cases(world.calls):
        if case.caller not in (OPERATOR, VISITOR, INTERNAL) and len(case.call.access.callers) > 3:
            continue
        own = dict(world.a.known)
        if case.call.method.name in CHANGING:
            # Something of its own for what ends or takes it.
            own |= await world.something_fresh(case.call)
        request = request_of(case.call.method.input_type, own)
        token = world.token(case.caller, world.a, own) if case.caller == VISITOR else world.token(case.caller, world.a)
        reply = await attempt(world.channel(case.call), case.call.method, request, bearer(token))
        report.judge(f"{case} with its own", reply.code not in ("NOT_FOUND", "INVALID_ARGUMENT", "INTERNAL"), reply)


#: Calls that end, take or empty what they are asked for.
CHANGING = frozenset(
    (
        "AdmitHeldMail BlockVisitor CancelExport ClaimConversation CloseConversation CloseSurvey CorrectSubject "
        "ClosePoll CreatePost CreateTopic DeleteAttachment DeleteCalendar DeleteCannedReply DeleteHeldMail DeleteLevel "
        "DeleteMacro DeleteMessage DeleteNote "
        "DeletePost DeleteRule DeleteSavedView DeleteWebhook EraseSubject MergeTicket MovePosts ReportMinor "
        "ReviewDraft RevokeApiKey SetPoll SubmitTicket TransferConversation UndoChange UpdateSavedView UpdateSurvey "
        "VotePoll"
    ).split()
)


async def check_conversations_of_the_same_tenant(world: World, report: Report) -> None:
    """A conversation of the same tenant that is not the caller's to see answers as a missing one, too."""
    a = world.a
    for case in cases(world.calls):
        if kind_of(case.path) != "cnv" or case.caller not in (VISITOR, OPERATOR):
            continue
        others = (a.queued, a.closed, a.elsewhere) if case.caller == VISITOR else (a.elsewhere,)
        for other in others:
            await compare(world, case, other.conversation.id, report, what=" in the same tenant")


async def test_another_tenants_id_answers_as_a_missing_one(world: World) -> None:
    before = await at_rest(world.owner_url, world.b.id)
    report = Report()
    await check_ids(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert await fingerprint(world.owner_url, world.b.id) == before
    assert len(report.cases) >= implied_cases() > 80


def implied_cases() -> int:
    """Counts, from the committed contract alone, the ids that somebody may send in a call within a tenant."""
    contract, count = committed(), 0
    for method in contract.methods():
        access = contract.option("MethodOptions", method, "parley.options.v1.access")
        if not access.tenantless:
            count += len(list(id_paths(method.input_type))) * len(access.callers)
    return count


async def test_a_conversation_that_is_not_the_callers_answers_as_a_missing_one(world: World) -> None:
    report = Report()
    await check_conversations_of_the_same_tenant(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 20


async def test_the_walks_requests_are_good_ones(untouched: World) -> None:
    report = Report()
    await check_own_ids(untouched, report)
    assert not report.wrong, "\n".join(report.wrong)


# Live frames.


class Channel(Protocol):
    """Whatever frames can be sent on: a channel of a stream, or a socket at the gateway."""

    async def ask(self, frame: frame_pb2.ClientFrame, *, silent: bool = False) -> list[bytes | str]:
        """Sends a frame and returns all that is said until it is answered."""


class Probe(Protocol):
    """Whatever opens channels."""

    async def open(self, token: str) -> Channel:
        """Opens a channel with a token."""


async def check_frame_ids(world: World, report: Report, probe: Probe) -> None:
    """Every id in a live frame answers as a missing one."""
    for frame in frames():
        assert frame.member.message_type is not None
        for path in id_paths(frame.member.message_type):
            for caller in sorted(frame.access.callers):
                foreign = [world.b.open.conversation.id]
                if caller in (VISITOR, OPERATOR):
                    foreign.append(world.a.elsewhere.conversation.id)
                for value in foreign:
                    said = [await _ask(world, probe, frame, path, caller, each) for each in (value, ids.new_id("cnv"))]
                    right = said[0] == said[1] and value.encode() not in b"".join(map(_raw, said[0]))
                    whose = "another tenant's" if value == foreign[0] else "a colleague's"
                    report.judge(f"{frame}.{dotted(path)} as {name_of(caller)}, {whose}", right, said)


def _raw(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


async def _ask(world: World, probe: Probe, frame: Frame, path: Path, caller: int, value: str) -> list[bytes | str]:
    channel = await probe.open(world.token(caller, world.a))
    sent = frame_pb2.ClientFrame(frame_id="asked")
    assert frame.member.message_type is not None
    inner = a_message(frame.member.message_type, world.a.known)
    put(inner, path, value)
    getattr(sent, frame.name).CopyFrom(inner)
    # Of those that are silent when all is well, only these are refused for an id.
    return await channel.ask(sent, silent=frame.name in SILENT - {"typing", "read"})


async def test_another_tenants_id_in_a_live_frame_answers_as_a_missing_one(world: World) -> None:
    before = await at_rest(world.owner_url, world.b.id)
    report = Report()
    async with live_stream(world.platform) as probe:
        await check_frame_ids(world, report, probe)
    assert not report.wrong, "\n".join(report.wrong)
    assert await fingerprint(world.owner_url, world.b.id) == before
    assert len(report.cases) >= implied_frames() >= 15


def implied_frames() -> int:
    """Counts, from the committed contract alone, the ids that somebody may send in a live frame."""
    implied = 0
    for frame in frames():
        assert frame.member.message_type is not None
        implied += len(list(id_paths(frame.member.message_type))) * len(frame.access.callers)
    return implied


# Page tokens, request ids, and headers that claim to be somebody else.


def calls_with(world: World, name: str) -> list[tuple[Call, FieldDescriptor]]:
    """Returns the calls within a tenant whose request has a field."""
    return [
        (call, call.method.input_type.fields_by_name[name])
        for call in world.calls
        if name in call.method.input_type.fields_by_name and not call.access.tenantless
    ]


async def a_page(world: World, call: Call, of: Inhabited, caller: int, token: str = "", known: Any = None) -> Reply:
    """Asks for one row of a list, from a token on."""
    request = request_of(call.method.input_type, known or of.known)
    request.page_size, request.page_token = 1, token
    return await attempt(world.channel(call), call.method, request, bearer(world.token(caller, of)))


async def check_page_tokens(world: World, report: Report) -> None:
    """A page token of another tenant, of another list or of nobody is refused in the same bytes."""
    tokens: dict[str, str] = {}
    for call, _ in calls_with(world, "page_token"):
        reply = await a_page(world, call, world.b, min(call.access.callers))
        answer: Any = message_factory.GetMessageClass(call.method.output_type).FromString(reply.body)
        tokens[str(call)] = answer.next_page_token
        report.judge(f"{call} has a second page", bool(answer.next_page_token) != (str(call) in ONE_PAGE), reply)
    for call, _ in calls_with(world, "page_token"):
        caller = min(call.access.callers)
        garbage = await a_page(world, call, world.a, caller, "garbage")
        report.judge(f"{call} with garbage", garbage.reason == "PAGE_TOKEN_INVALID", garbage)
        for origin, token in tokens.items():
            if not token:
                continue
            for known in (world.a.known, world.b.known):
                reply = await a_page(world, call, world.a, caller, token, known)
                report.judge(f"{call} with a page token of the other tenant's {origin}", reply == garbage, reply)


async def test_a_page_token_opens_its_own_list_only(world: World) -> None:
    report = Report()
    await check_page_tokens(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 50


async def test_a_request_id_says_nothing_of_another_tenant(untouched: World) -> None:
    """The same request id in two tenants, with the same words and with others, is two requests."""
    report, world = Report(), untouched
    for call, _ in calls_with(world, "request_id"):
        if call.method.name in UNTRIED:
            continue
        caller = ASKED_BY.get(call.method.name, min(call.access.callers))
        answers: list[tuple[Reply, bytes]] = []
        await world.refresh()
        for number, of in enumerate((world.b, world.a, world.b)):
            request = request_of(call.method.input_type, of.known)
            request.request_id = f"the-same-for-everybody-{call.method.name}"
            if number == 2:
                # A retry in the first tenant still finds the first.
                request = type(request).FromString(answers[0][1])
            reply = await attempt(world.channel(call), call.method, request, bearer(world.token(caller, of)))
            answers.append((reply, request.SerializeToString()))
        first, second, again = (settled(each[0], call.method.output_type) for each in answers)
        report.judge(
            f"{call} in two tenants", first.code == second.code == "OK" and (first != second or not first.body), answers
        )
        retried = again == first or again.reason == "SECRET_SHOWN_ONCE"
        report.judge(f"{call} again", retried, answers)
        changed = request_of(call.method.input_type, world.b.known)
        changed.request_id = f"the-same-for-everybody-{call.method.name}"
        reply = await attempt(world.channel(call), call.method, changed, bearer(world.token(caller, world.b)))
        if changed.SerializeToString() != answers[0][1]:
            report.judge(f"{call} with other words", reply.reason == "REQUEST_ID_REUSED", reply)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) >= 10


async def test_no_header_says_whose_a_call_is(world: World) -> None:
    report = Report()
    spoofed = [
        (name, value)
        for name in ("x-tenant-id", "tenant-id", "tenant", "x-parley-tenant", "tid", "x-forwarded-tenant", "cookie")
        for value in (world.b.id, world.b.id)
    ]
    for call in world.calls:
        for caller in sorted(call.access.callers)[:2]:
            if call.method.name.startswith(("Create", "Publish", "Start", "List")) and call.access.tenantless:
                continue
            # An empty request is as good as any: what is asked is whose it is.
            metadata = bearer(world.token(caller, world.a))
            if call.method.name == "PurgeExpired":
                # What fell due while the walks went on goes with the first.
                await attempt(world.channel(call), call.method, b"", metadata)
            plain, claimed = await _twice(world, call, metadata, spoofed, QUIET_SECONDS)
            if plain != claimed and call.method.server_streaming:
                plain, claimed = await _twice(world, call, metadata, spoofed, CERTAIN_SECONDS)
            report.judge(f"{call} as {name_of(caller)}", plain == claimed, (plain, claimed))
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 40


async def _twice(world: World, call: Call, metadata: Metadata, more: Metadata, quiet_seconds: float) -> list[Reply]:
    return [
        but_made_anew(call, await attempt(world.channel(call), call.method, b"", each, quiet_seconds=quiet_seconds))
        for each in (metadata, (*metadata, *more))
    ]
