"""What was said is found by its words, by those who lead a team and say why, and each reading is on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp
from parley.chat.v1 import (
    revision_pb2,
    revision_pb2_grpc,
    tag_pb2,
    tag_pb2_grpc,
    transcript_pb2,
    transcript_pb2_grpc,
)
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.errors import InvalidArgument, NotFound, PermissionDenied
from services.chat.actions import transcripts
from services.chat.actions.transcripts import Asked
from services.chat.domain import CLOSED
from services.chat.store import conversations as store
from tests.chat.inside import a_conversation, a_wiring, say, staff_of
from tests.chat.people import claim, close, post, read, readers
from tests.platform import ADMIN, OFFICER, SUPERVISOR, Member, Platform, Tenant, Visitor
from tests.privacy.rights import Kind, ask, settled

SERVE = access_pb2.PURPOSE_ESSENTIAL_SERVICE
QUALITY = access_pb2.PURPOSE_FUNCTIONAL_SERVICE_MONITORING
LEGAL = access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


@pytest_asyncio.fixture(scope="module")
async def lee(tenant: Tenant) -> Member:
    """Somebody who leads its team."""
    return await tenant.member(SUPERVISOR, name="Lee")


@pytest_asyncio.fixture(scope="module")
async def robin(tenant: Tenant) -> Member:
    """Somebody who answers."""
    return await tenant.member()


def stub(platform: Platform) -> transcript_pb2_grpc.TranscriptServiceStub:
    return transcript_pb2_grpc.TranscriptServiceStub(platform.channels.of("chat"))


async def a_talk(platform: Platform, tenant: Tenant, operator: Member, *said: str, ended: bool = True) -> Visitor:
    """Returns a visitor who said something to an operator."""
    visitor = await tenant.visitor("Zoë")
    await claim(platform, operator.token, visitor.conversation.id)
    for text in said:
        await post(platform, visitor.token, visitor.conversation.id, text)
    if ended:
        await close(platform, operator.token, visitor.conversation.id)
    return visitor


async def search(
    platform: Platform, token: str, query: str, *, purpose: int = SERVE, size: int = 0, page: str = "", **filters: Any
) -> transcript_pb2.SearchTranscriptsResponse:
    answer: transcript_pb2.SearchTranscriptsResponse = await platform.call(
        stub(platform).SearchTranscripts,
        transcript_pb2.SearchTranscriptsRequest(
            filter=transcript_pb2.TranscriptFilter(query=query, **filters),
            purpose=access_pb2.Purpose.ValueType(purpose),
            page_size=size,
            page_token=page,
        ),
        token=token,
    )
    return answer


async def found(platform: Platform, token: str, query: str, **asked: Any) -> list[str]:
    return [line.conversation_id for line in (await search(platform, token, query, **asked)).found]


async def opened(
    platform: Platform, token: str, conversation_id: str, purpose: int = SERVE
) -> transcript_pb2.GetTranscriptResponse:
    answer: transcript_pb2.GetTranscriptResponse = await platform.call(
        stub(platform).GetTranscript,
        transcript_pb2.GetTranscriptRequest(
            conversation_id=conversation_id, purpose=access_pb2.Purpose.ValueType(purpose)
        ),
        token=token,
    )
    return answer


def at(moment: datetime) -> Timestamp:
    written = Timestamp()
    written.FromDatetime(moment)
    return written


def marked(line: transcript_pb2.Found) -> Sequence[str]:
    return [part.text for part in line.parts if part.marked]


async def test_words_are_found_whatever_their_accents_and_shown_where_they_stand(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    zoe = await a_talk(platform, tenant, robin, "Where is my Crème-brûlée set, please?", "It was ordered in May")
    (line,) = (await search(platform, lee.token, "creme brulee")).found
    assert line.conversation_id == zoe.conversation.id
    assert "".join(part.text for part in line.parts) == "Where is my Crème-brûlée set, please"
    assert set(marked(line)) <= {"Crème-brûlée", "Crème", "brûlée"}
    assert marked(line)
    assert (line.display_name, line.operator_id, line.site_id) == ("Zoë", robin.id, tenant.site.id)
    assert await found(platform, lee.token, '"creme may"') == []
    assert await found(platform, lee.token, "brulee -please") == []


async def test_pages_follow_one_another_and_hold_each_line_once(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    zoe = await a_talk(platform, tenant, robin, *(f"pagination lamp {number}" for number in range(5)))
    lines, page = [], ""
    for _ in range(3):
        answer = await search(platform, lee.token, "pagination lamp", size=2, page=page)
        lines += [line.sequence for line in answer.found]
        page = answer.next_page_token
    assert page == ""
    assert lines == sorted(set(lines), reverse=True)
    assert len(lines) == 5
    token = (await search(platform, lee.token, "pagination lamp", size=2)).next_page_token
    for query, purpose in (("lamp", SERVE), ("pagination lamp", QUALITY)):
        with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
            await search(platform, lee.token, query, purpose=purpose, size=2, page=token)
    assert zoe.conversation.id


async def test_operator_site_and_period_narrow_the_search(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    kim = await tenant.member()
    first = await a_talk(platform, tenant, robin, "narrowing kettle")
    second = await a_talk(platform, tenant, kim, "narrowing kettle")
    both = [second.conversation.id, first.conversation.id]
    now = SystemClock().now()
    assert await found(platform, lee.token, "narrowing") == both
    assert await found(platform, lee.token, "narrowing", operator_id=kim.id) == both[:1]
    assert await found(platform, lee.token, "narrowing", site_id=tenant.site.id) == both
    assert await found(platform, lee.token, "narrowing", site_id=ids.new_id("sit")) == []
    assert await found(platform, lee.token, "narrowing", since=at(now - timedelta(hours=1))) == both
    assert await found(platform, lee.token, "narrowing", since=at(now + timedelta(hours=1))) == []
    assert await found(platform, lee.token, "narrowing", until=at(now - timedelta(hours=1))) == []


async def test_a_tag_narrows_the_search(platform: Platform, tenant: Tenant, robin: Member, lee: Member) -> None:
    tags = tag_pb2_grpc.TagServiceStub(platform.channels.of("chat"))
    made = await platform.call(tags.CreateTag, tag_pb2.CreateTagRequest(word="Kettles"), token=tenant.admin.token)
    tagged, other = [await a_talk(platform, tenant, robin, "tagged kettle") for _ in range(2)]
    request = tag_pb2.SetConversationTagsRequest(conversation_id=tagged.conversation.id, tag_ids=[made.tag.id])
    await platform.call(tags.SetConversationTags, request, token=robin.token)
    assert await found(platform, lee.token, "tagged") == [other.conversation.id, tagged.conversation.id]
    assert await found(platform, lee.token, "tagged", tag_id=made.tag.id) == [tagged.conversation.id]
    assert await found(platform, lee.token, "tagged", tag_id=ids.new_id("tag")) == []


async def test_a_text_that_was_removed_is_found_no_longer(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    zoe = await a_talk(platform, tenant, robin, "my card is 4111222233334444", ended=False)
    said = next(each for each in await read(platform, zoe.token, zoe.conversation.id) if "4111" in each.body)
    await platform.call(
        revision_pb2_grpc.RevisionServiceStub(platform.channels.of("chat")).RedactMessage,
        revision_pb2.RedactMessageRequest(conversation_id=zoe.conversation.id, sequence=said.sequence),
        token=robin.token,
    )
    await close(platform, robin.token, zoe.conversation.id)
    assert await found(platform, lee.token, "4111222233334444") == []


async def test_only_those_who_lead_search_and_only_for_a_purpose(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    zoe = await a_talk(platform, tenant, robin, "guarded spoon")
    for token in (robin.token, zoe.token, (await tenant.member(OFFICER)).token, (await tenant.member(ADMIN)).token):
        with pytest.raises(PermissionDenied):
            await search(platform, token, "guarded")
        with pytest.raises(PermissionDenied):
            await opened(platform, token, zoe.conversation.id)
    for purpose in (0, access_pb2.PURPOSE_FUNCTIONAL_SERVICE_IMPROVE, access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS):
        with pytest.raises(InvalidArgument):
            await search(platform, lee.token, "guarded", purpose=purpose)
        with pytest.raises(InvalidArgument):
            await opened(platform, lee.token, zoe.conversation.id, purpose)


@pytest.mark.parametrize(
    "query", ["-guarded", "   ", "'; & | ! <-> :*", "\x00", '"', "or or or", "(((((", "\ue000guarded\ue001", "a" * 200]
)
async def test_whatever_is_typed_finds_something_or_nothing_and_breaks_nothing(
    platform: Platform, lee: Member, query: str
) -> None:
    assert len(await found(platform, lee.token, query)) <= 20


async def test_every_reading_is_on_record_for_the_purpose_that_was_declared(
    platform: Platform, tenant: Tenant, robin: Member
) -> None:
    jo = await tenant.member(SUPERVISOR, name="Jo")
    shown = await a_talk(platform, tenant, robin, "recorded fork")
    other = await a_talk(platform, tenant, robin, "another knife")
    await search(platform, jo.token, "recorded fork", purpose=QUALITY)
    seen = [each for each in await readers(platform, jo.token, shown.conversation.id) if each.staff_id == jo.id]
    assert [each.purpose for each in seen] == [QUALITY]
    answer = await opened(platform, jo.token, shown.conversation.id, LEGAL)
    assert "recorded fork" in [message.body for message in answer.messages]
    seen = [each for each in await readers(platform, jo.token, shown.conversation.id) if each.staff_id == jo.id]
    assert {each.purpose for each in seen} == {QUALITY, LEGAL}
    assert all(each.staff_id != jo.id for each in await readers(platform, jo.token, other.conversation.id))


async def test_what_runs_is_neither_found_nor_opened(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    zoe = await a_talk(platform, tenant, robin, "running saucepan", ended=False)
    waiting = await tenant.visitor("Ida")
    await post(platform, waiting.token, waiting.conversation.id, "running saucepan")
    assert await found(platform, lee.token, "saucepan") == []
    for talk in (zoe, waiting):
        with pytest.raises(PermissionDenied, match="MONITORING_NEEDS_REASON"):
            await opened(platform, lee.token, talk.conversation.id)
    await close(platform, robin.token, zoe.conversation.id)
    assert await found(platform, lee.token, "saucepan") == [zoe.conversation.id]


async def test_another_tenants_words_are_not_there(platform: Platform, tenant: Tenant, robin: Member) -> None:
    zoe = await a_talk(platform, tenant, robin, "foreign ladle")
    stranger = await (await platform.tenant()).member(SUPERVISOR)
    assert await found(platform, stranger.token, "foreign ladle") == []
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await opened(platform, stranger.token, zoe.conversation.id)


async def test_whoever_was_forgotten_is_not_found(platform: Platform, tenant: Tenant, lee: Member) -> None:
    robin = await tenant.member()
    zoe = await a_talk(platform, tenant, robin, "forgotten thimble")
    assert await found(platform, lee.token, "thimble") == [zoe.conversation.id]
    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    await settled(platform, tenant, made.tracking_code)
    assert await found(platform, lee.token, "thimble") == []
    with pytest.raises(NotFound):
        await opened(platform, lee.token, zoe.conversation.id)


async def test_what_is_sealed_is_not_found(platform: Platform, tenant: Tenant, robin: Member, lee: Member) -> None:
    zoe = await a_talk(platform, tenant, robin, "sealed bobbin")
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat"))
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=zoe.conversation.visitor_id)
    for reason in (subject_pb2.SEAL_REASON_RESTRICTED, subject_pb2.SEAL_REASON_HELD):
        seal_id = ids.new_id("req")
        request = subject_pb2.SealSubjectRequest(subject=subject, seal_id=seal_id, reason=reason)
        assert await found(platform, lee.token, "bobbin") == [zoe.conversation.id]
        await platform.call(subjects.SealSubject, request, tenant_id=tenant.id)
        assert await found(platform, lee.token, "bobbin") == []
        with pytest.raises(PermissionDenied, match="RECORD_SEALED"):
            await opened(platform, lee.token, zoe.conversation.id)
        await platform.call(
            subjects.UnsealSubject, subject_pb2.UnsealSubjectRequest(seal_id=seal_id), tenant_id=tenant.id
        )


async def test_what_has_had_its_time_is_not_found(platform: Platform) -> None:
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        tenant_id = ids.new_id("ten")
        lee = staff_of(tenant_id, SUPERVISOR)
        conversation = await a_conversation(wiring, tenant_id)
        await say(wiring, conversation, "expired ribbon")
        async with wiring.database.transaction(tenant_id) as connection:
            ended = replace(conversation, state=CLOSED, close_time=datetime.now(UTC))
            await store.save_conversation(connection, ended)
        assert (await transcripts.search_transcripts(lee, wiring, Asked(query="ribbon"), SERVE, 0, ""))[0]
        clock.advance(timedelta(days=181))
        assert not (await transcripts.search_transcripts(lee, wiring, Asked(query="ribbon"), SERVE, 0, ""))[0]


async def test_markup_in_a_line_stays_text(platform: Platform, tenant: Tenant, robin: Member, lee: Member) -> None:
    await a_talk(platform, tenant, robin, "<b>injected</b> \ue000button\ue001 <script>alert(1)</script>")
    (line,) = (await search(platform, lee.token, "injected")).found
    assert marked(line) == ["injected"]
    assert "".join(part.text for part in line.parts) == "injected</b> button <script>alert(1)</script"
