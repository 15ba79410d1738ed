"""What the desk has beside the talk: tags, notes for colleagues, and texts that are said often."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from parley.chat.v1 import (
    canned_reply_pb2,
    canned_reply_pb2_grpc,
    conversation_pb2,
    frame_pb2,
    note_pb2,
    note_pb2_grpc,
    tag_pb2,
    tag_pb2_grpc,
)
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ParleyError,
    PermissionDenied,
)
from services.chat.domain.desk import check_template
from tests.chat.lines import a_line
from tests.chat.people import claim, close, get
from tests.chat.test_revising import where
from tests.platform import ADMIN, SUPERVISOR, Member, Platform, Tenant, Visitor
from tests.privacy.rights import until

VISITOR = subject_pb2.SUBJECT_KIND_VISITOR


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


@pytest_asyncio.fixture(scope="module")
async def lee(tenant: Tenant) -> Member:
    """Somebody who leads."""
    return await tenant.member(SUPERVISOR, name="Lee")


@pytest_asyncio.fixture(scope="module")
async def robin(tenant: Tenant) -> Member:
    """An operator."""
    return await tenant.member(name="Robin")


async def ask(platform: Platform, method: str, token: str, **fields: Any) -> Any:
    """Calls one of the three services."""
    chat = platform.channels.of("chat")
    for stub, messages in (
        (tag_pb2_grpc.TagServiceStub(chat), tag_pb2),
        (note_pb2_grpc.NoteServiceStub(chat), note_pb2),
        (canned_reply_pb2_grpc.CannedReplyServiceStub(chat), canned_reply_pb2),
    ):
        if hasattr(stub, method):
            return await platform.call(
                getattr(stub, method), getattr(messages, f"{method}Request")(**fields), token=token
            )
    raise AssertionError(method)


async def a_talk(platform: Platform, tenant: Tenant, operator: Member) -> tuple[Visitor, str]:
    """Returns a visitor and the running conversation with an operator."""
    visitor = await tenant.visitor("Zoë")
    await claim(platform, operator.token, visitor.conversation.id)
    return visitor, visitor.conversation.id


async def a_tag(platform: Platform, lee: Member, word: str) -> tag_pb2.Tag:
    """Adds a tag."""
    tag: tag_pb2.Tag = (await ask(platform, "CreateTag", lee.token, word=word)).tag
    return tag


async def tagged(platform: Platform, token: str, view: int, tag_id: str) -> list[str]:
    """Returns the conversations of a list that have a tag."""
    answer = await platform.call(
        platform.chat.ListConversations,
        conversation_pb2.ListConversationsRequest(view=conversation_pb2.InboxView.ValueType(view), tag_id=tag_id),
        token=token,
    )
    return [each.id for each in answer.conversations]


async def held(platform: Platform, tenant: Tenant, visitor: Visitor) -> list[tuple[str, str]]:
    """Returns the values in a visitor's copy, each with the table that it is from."""
    answer = await platform.call(
        subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat")).ExportSubject,
        subject_pb2.ExportSubjectRequest(subject=subject_pb2.Subject(kind=VISITOR, id=visitor.conversation.visitor_id)),
        tenant_id=tenant.id,
    )
    return [(record.record, value.value) for record in answer.records for value in record.values]


async def test_a_tag_is_seen_and_filtered_by_staff_and_never_shown_to_the_visitor(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    visitor, conversation_id = await a_talk(platform, tenant, robin)
    late = await a_tag(platform, lee, "Late order")
    async with a_line(platform) as line:
        zoe = await line.open(visitor.token)
        await zoe.subscribe(conversation_id)
        changed = await ask(
            platform, "SetConversationTags", robin.token, conversation_id=conversation_id, tag_ids=[late.id]
        )
        assert list(changed.conversation.tag_ids) == [late.id]
        assert not [
            frame for frame in zoe.frames if frame.conversation.tag_ids or frame.subscribed.conversation.tag_ids
        ]
    assert not (await get(platform, visitor.token, conversation_id)).tag_ids
    for token, view in ((robin.token, conversation_pb2.INBOX_VIEW_MINE), (lee.token, conversation_pb2.INBOX_VIEW_ALL)):
        assert await tagged(platform, token, view, late.id) == [conversation_id]
    other = await a_tag(platform, lee, "Other")
    assert await tagged(platform, lee.token, conversation_pb2.INBOX_VIEW_ALL, other.id) == []
    # A new word is the word everywhere, and in the copy of whom it is about.
    await ask(platform, "UpdateTag", lee.token, tag_id=late.id, word="Delayed", etag=late.etag)
    assert ("chat.conversation_tags", "Delayed") in await held(platform, tenant, visitor)


async def test_tags_and_notes_go_with_the_person_whom_they_are_about(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    visitor, conversation_id = await a_talk(platform, tenant, robin)
    tag = await a_tag(platform, lee, "Canary-tag-11aa")
    await ask(platform, "SetConversationTags", robin.token, conversation_id=conversation_id, tag_ids=[tag.id])
    await ask(platform, "AddNote", robin.token, conversation_id=conversation_id, body="Canary-note-22bb")
    await platform.call(
        subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat")).EraseSubject,
        subject_pb2.EraseSubjectRequest(subject=subject_pb2.Subject(kind=VISITOR, id=visitor.conversation.visitor_id)),
        tenant_id=tenant.id,
    )
    assert await where(platform, "Canary-note-22bb") == set()
    assert await where(platform, "Canary-tag-11aa") == {"chat.tags"}
    assert not (await get(platform, lee.token, conversation_id)).tag_ids
    assert await tagged(platform, lee.token, conversation_pb2.INBOX_VIEW_ALL, tag.id) == []


async def test_a_word_stands_in_the_list_once_and_two_who_change_it_hear_of_each_other(
    platform: Platform, lee: Member, robin: Member
) -> None:
    made = await asyncio.gather(
        *(ask(platform, "CreateTag", lee.token, word=word) for word in ("Refund", "refund", "REFUND ")),
        return_exceptions=True,
    )
    (first,) = [each.tag for each in made if not isinstance(each, BaseException)]
    assert {type(each) for each in made if isinstance(each, BaseException)} == {AlreadyExists}
    await ask(platform, "UpdateTag", lee.token, tag_id=first.id, word="Refunds", etag=first.etag)
    with pytest.raises(Aborted, match="CHANGED_MEANWHILE"):
        await ask(platform, "UpdateTag", lee.token, tag_id=first.id, word="Money back", etag=first.etag)
    with pytest.raises(PermissionDenied):
        await ask(platform, "CreateTag", robin.token, word="Mine")
    with pytest.raises(InvalidArgument):
        await ask(platform, "CreateTag", lee.token, word="   ")


async def test_a_retired_tag_stays_where_it_is_and_comes_nowhere_else(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    (_, one), (_, two) = await a_talk(platform, tenant, robin), await a_talk(platform, tenant, robin)
    tag = await a_tag(platform, lee, "Old campaign")
    await ask(platform, "SetConversationTags", robin.token, conversation_id=one, tag_ids=[tag.id])
    await ask(platform, "UpdateTag", lee.token, tag_id=tag.id, word=tag.word, retired=True)
    again = await ask(platform, "SetConversationTags", robin.token, conversation_id=one, tag_ids=[tag.id])
    assert list(again.conversation.tag_ids) == [tag.id]
    with pytest.raises(FailedPrecondition, match="TAG_RETIRED"):
        await ask(platform, "SetConversationTags", robin.token, conversation_id=two, tag_ids=[tag.id])
    stranger = await (await platform.tenant()).member(SUPERVISOR)
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await ask(platform, "SetConversationTags", stranger.token, conversation_id=one, tag_ids=[])


async def test_a_note_is_shown_to_the_visitor_neither_live_nor_in_the_copy(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    visitor, conversation_id = await a_talk(platform, tenant, robin)
    note = (
        await ask(platform, "AddNote", robin.token, conversation_id=conversation_id, body=" Wants it by Friday. ")
    ).note
    assert (note.body, note.staff_name) == ("Wants it by Friday.", "Robin")
    for method, fields in (("ListNotes", {}), ("AddNote", {"body": "x"})):
        with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
            await ask(platform, method, visitor.token, conversation_id=conversation_id, **fields)
    async with a_line(platform) as line:
        zoe = await line.open(visitor.token)
        await zoe.subscribe(conversation_id)
        await ask(platform, "AddNote", robin.token, conversation_id=conversation_id, body="Is in a hurry.")
        await zoe.ask(ping=frame_pb2.Ping())
        assert not [frame for frame in zoe.frames if b"hurry" in frame.SerializeToString()]
    # Whoever may not read the talk reads no notes either.
    with pytest.raises(PermissionDenied, match="MONITORING_NEEDS_REASON"):
        await ask(platform, "ListNotes", lee.token, conversation_id=conversation_id)
    kim = await tenant.member()
    with pytest.raises(NotFound):
        await ask(platform, "ListNotes", kim.token, conversation_id=conversation_id)
    assert "Is in a hurry." not in {value for _, value in await held(platform, tenant, visitor)}
    await close(platform, robin.token, conversation_id)
    listed = (await ask(platform, "ListNotes", lee.token, conversation_id=conversation_id)).notes
    assert [each.body for each in listed] == ["Wants it by Friday.", "Is in a hurry."]
    for _ in range(2):
        await ask(platform, "DeleteNote", robin.token, conversation_id=conversation_id, note_id=note.id)
    left = (await ask(platform, "ListNotes", robin.token, conversation_id=conversation_id)).notes
    assert [each.body for each in left] == ["Is in a hurry."]


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("UPDATE chat.conversations SET erase_time = now() WHERE id = $1", "CONVERSATION_ERASED"),
        ("DELETE FROM chat.conversations WHERE id = $1", "CONVERSATION_NOT_FOUND"),
    ],
)
async def test_no_note_comes_after_an_erasure_that_is_under_way(
    platform: Platform, tenant: Tenant, robin: Member, ending: str, reason: str
) -> None:
    _, conversation_id = await a_talk(platform, tenant, robin)
    owner = await asyncpg.connect(platform.config.database_url)
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    try:
        async with owner.transaction():
            await owner.execute(ending, ids.to_uuid(conversation_id, "cnv"))
            adding = asyncio.ensure_future(
                ask(platform, "AddNote", robin.token, conversation_id=conversation_id, body="Late.")
            )
            await until(lambda: owner.fetchval(waiting), bool)
        with pytest.raises(NotFound, match=reason):
            await adding
        left = await owner.fetchval(
            "SELECT count(*) FROM chat.notes WHERE conversation_id = $1", ids.to_uuid(conversation_id, "cnv")
        )
    finally:
        await owner.close()
    assert left == 0


async def test_a_note_is_deleted_by_its_author_or_a_leader(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    visitor = await tenant.visitor("Zoë")
    conversation_id = visitor.conversation.id
    note = (await ask(platform, "AddNote", robin.token, conversation_id=conversation_id, body="Mine")).note
    kim = await tenant.member()
    await claim(platform, kim.token, conversation_id)
    with pytest.raises(PermissionDenied, match="NOTE_NOT_YOURS"):
        await ask(platform, "DeleteNote", kim.token, conversation_id=conversation_id, note_id=note.id)
    await close(platform, kim.token, conversation_id)
    await ask(platform, "DeleteNote", lee.token, conversation_id=conversation_id, note_id=note.id)


async def test_whoever_watches_whispers_to_whoever_answers_and_the_visitor_hears_nothing(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    visitor, conversation_id = await a_talk(platform, tenant, robin)
    await platform.call(
        platform.chat.MonitorConversation,
        conversation_pb2.MonitorConversationRequest(conversation_id=conversation_id, reason="Training", minutes=10),
        token=lee.token,
    )
    async with a_line(platform) as line:
        answers, zoe = await line.open(robin.token), await line.open(visitor.token)
        for socket in (answers, zoe):
            await socket.subscribe(conversation_id)
        for body in ("Offer them the refund.", "And say sorry."):
            await ask(platform, "AddNote", lee.token, conversation_id=conversation_id, body=body)
        await answers.until(lambda frame: frame.conversation.note_count == 2)
        await zoe.ask(ping=frame_pb2.Ping())
        assert not [
            frame for frame in zoe.frames if frame.conversation.note_count or frame.subscribed.conversation.note_count
        ]
    notes = (await ask(platform, "ListNotes", robin.token, conversation_id=conversation_id)).notes
    assert [(each.staff_name, each.body) for each in notes] == [
        ("Lee", "Offer them the refund."),
        ("Lee", "And say sorry."),
    ]


@pytest.mark.parametrize(
    ("template", "is_good"),
    [
        ("Hello {visitor_name|there}, {operator_name} of {site} here.", True),
        ("No placeholder at all.", True),
        ("Hello {visitor_name|}!", True),
        ("Hello {visitorname}", False),
        ("Hello {VISITOR_NAME}", False),
        ("Hello {}", False),
        ("Hello {visitor_name", False),
        ("Hello visitor_name}", False),
        ("{{visitor_name}}", False),
        ("{operator_name|{site}}", False),
        (" \n ", False),
    ],
)
def test_a_placeholder_that_nothing_would_fill_is_refused(template: str, is_good: bool) -> None:
    if is_good:
        assert check_template(template) == template
        return
    with pytest.raises(InvalidArgument):
        check_template(template)


async def test_the_teams_texts_are_everybodys_and_ones_own_are_ones_own(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    admin = await tenant.member(ADMIN)
    text = "Hello {visitor_name|there}."
    with pytest.raises(PermissionDenied, match="SHARED_BY_ALL"):
        await ask(platform, "CreateCannedReply", robin.token, shortcut="hello", template=text)
    shared = (await ask(platform, "CreateCannedReply", admin.token, shortcut="hello", template=text)).canned_reply
    own = (
        await ask(platform, "CreateCannedReply", robin.token, shortcut="hello", template="Hi!", personal=True)
    ).canned_reply
    german = (
        await ask(platform, "CreateCannedReply", lee.token, shortcut="hello", language="de", template="Hallo!")
    ).canned_reply
    with pytest.raises(AlreadyExists, match="SHORTCUT_EXISTS"):
        await ask(platform, "CreateCannedReply", lee.token, shortcut="hello", language="DE", template="Moin!")

    async def seen(token: str) -> set[str]:
        return {each.id for each in (await ask(platform, "ListCannedReplies", token)).canned_replies}

    assert {shared.id, own.id, german.id} <= await seen(robin.token)
    assert own.id not in await seen(lee.token)
    with pytest.raises(NotFound, match="CANNED_REPLY_NOT_FOUND"):
        await ask(platform, "UpdateCannedReply", lee.token, canned_reply_id=own.id, shortcut="hi", template="Hi")
    with pytest.raises(PermissionDenied, match="SHARED_BY_ALL"):
        await ask(platform, "DeleteCannedReply", robin.token, canned_reply_id=shared.id)
    changed = await ask(
        platform,
        "UpdateCannedReply",
        lee.token,
        canned_reply_id=shared.id,
        shortcut="hello",
        template="Good day.",
        etag=shared.etag,
    )
    assert changed.canned_reply.etag != shared.etag
    with pytest.raises(Aborted, match="CHANGED_MEANWHILE"):
        await ask(
            platform,
            "UpdateCannedReply",
            lee.token,
            canned_reply_id=shared.id,
            shortcut="hello",
            template="Bye.",
            etag=shared.etag,
        )
    # Somebody else's is nothing to delete, and stays.
    await ask(platform, "DeleteCannedReply", lee.token, canned_reply_id=own.id)
    assert own.id in await seen(robin.token)
    for _ in range(2):
        await ask(platform, "DeleteCannedReply", robin.token, canned_reply_id=own.id)
    assert own.id not in await seen(robin.token)


async def test_a_retry_adds_nothing_twice(platform: Platform, tenant: Tenant, robin: Member, lee: Member) -> None:
    _, conversation_id = await a_talk(platform, tenant, robin)
    once = {"request_id": "0123456789abcdefghij"}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("CreateTag", lee.token, {"word": "Once"}),
        ("AddNote", robin.token, {"conversation_id": conversation_id, "body": "Once"}),
        ("CreateCannedReply", robin.token, {"shortcut": "once", "template": "Once", "personal": True}),
    ]
    for method, token, fields in calls:
        first, again = [await ask(platform, method, token, **fields, **once) for _ in range(2)]
        assert first == again
        name = next(name for name in ("word", "body", "template") if name in fields)
        with pytest.raises(ParleyError, match="REQUEST_ID_REUSED"):
            await ask(platform, method, token, **fields | {name: "Twice"}, **once)
