"""Two members write to one another after the one who was asked has said so, and nobody else reads it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from parley.community.v1 import direct_pb2, leaving_pb2, relation_pb2, subscription_pb2

from kernel.errors import FailedPrecondition, NotFound, ParleyError, PermissionDenied, ResourceExhausted
from tests.community.forum import PASSWORD, Forum, Poster, forum
from tests.platform import Platform

ACCEPT, DECLINE = direct_pb2.CONTACT_ANSWER_ACCEPT, direct_pb2.CONTACT_ANSWER_DECLINE
BLOCK = direct_pb2.CONTACT_ANSWER_BLOCK
ASKED, OPEN = direct_pb2.THREAD_STATE_ASKED, direct_pb2.THREAD_STATE_OPEN


async def ask(shop: Forum, member: Poster, handle: str, body: str = "May I?", request_id: str = "") -> Any:
    """Asks for contact."""
    request = direct_pb2.AskContactRequest(handle=handle, body=body, request_id=request_id)
    return (await shop.call(shop.direct.AskContact, request, member.token)).thread


async def answer(shop: Forum, member: Poster, thread_id: str, said: Any) -> Any:
    """Answers a request."""
    request = direct_pb2.AnswerContactRequest(thread_id=thread_id, answer=said)
    return (await shop.call(shop.direct.AnswerContact, request, member.token)).thread


async def write(shop: Forum, member: Poster, thread_id: str, body: str, request_id: str = "") -> Any:
    """Writes to the other."""
    request = direct_pb2.SendMessageRequest(thread_id=thread_id, body=body, request_id=request_id)
    return (await shop.call(shop.direct.SendMessage, request, member.token)).message


async def read(shop: Forum, member: Poster, thread_id: str, **more: int) -> Any:
    """Reads a thread."""
    request = direct_pb2.ListMessagesRequest(thread_id=thread_id, **more)
    return await shop.call(shop.direct.ListMessages, request, member.token)


async def test_nothing_but_one_message_is_written_before_the_request_is_accepted(platform: Platform) -> None:
    shop = await forum(platform)
    ann, bo, cy = await shop.poster(), await shop.poster(), await shop.poster()
    thread = await ask(shop, ann, bo.handle, "May I **ask**?", "first-one")
    assert (await ask(shop, ann, bo.handle, "May I **ask**?", "first-one")).id == thread.id
    for trying in (ask(shop, ann, bo.handle, "Hello?"), ask(shop, bo, ann.handle, "And I?")):
        with pytest.raises(FailedPrecondition, match="CONTACT_NOT_ACCEPTED"):
            await trying
    with pytest.raises(FailedPrecondition, match="CONTACT_NOT_ACCEPTED"):
        await write(shop, ann, thread.id, "Hello?")
    with pytest.raises(FailedPrecondition, match="OWN_REQUEST"):
        await answer(shop, ann, thread.id, ACCEPT)
    listed = await shop.call(shop.direct.ListThreads, direct_pb2.ListThreadsRequest(), bo.token)
    assert [(each.other.handle, each.state, each.last_number, each.read_number) for each in listed.threads] == [
        (ann.handle, ASKED, 1, 0)
    ]
    assert (await answer(shop, bo, thread.id, ACCEPT)).state == OPEN
    await write(shop, bo, thread.id, "You may.", "second-one")
    assert (await write(shop, bo, thread.id, "You may.", "second-one")).number == 2
    page = await read(shop, ann, thread.id, page_size=1)
    assert [(each.number, each.is_own, each.html) for each in page.messages] == [(2, False, "<p>You may.</p>\n")]
    (first,) = (await read(shop, ann, thread.id, before_number=page.next_before_number)).messages
    assert first.html == "<p>May I <strong>ask</strong>?</p>\n"
    for stranger in (cy.token, shop.admin):
        with pytest.raises((NotFound, PermissionDenied)):
            await shop.call(shop.direct.ListMessages, direct_pb2.ListMessagesRequest(thread_id=thread.id), stranger)
    with pytest.raises(NotFound):
        await write(shop, cy, thread.id, "Me too.")


async def test_whoever_declines_is_left_alone_and_whoever_asked_learns_nothing(platform: Platform) -> None:
    shop = await forum(platform)
    ann, bo = await shop.poster(), await shop.poster()
    thread = await ask(shop, ann, bo.handle)
    await answer(shop, bo, thread.id, DECLINE)
    listed = await shop.call(shop.direct.ListThreads, direct_pb2.ListThreadsRequest(), ann.token)
    assert [each.state for each in listed.threads] == [ASKED]
    with pytest.raises(FailedPrecondition, match="CONTACT_NOT_ACCEPTED"):
        await ask(shop, ann, bo.handle, "Please?")
    await answer(shop, bo, thread.id, BLOCK)
    with pytest.raises(PermissionDenied, match="KEPT_AWAY"):
        await ask(shop, ann, bo.handle, "Please?")
    listed = await shop.call(shop.relations.ListRelations, relation_pb2.ListRelationsRequest(), bo.token)
    assert [each.member.handle for each in listed.relations] == [ann.handle]


async def test_two_who_ask_one_another_at_once_have_one_thread_and_new_members_ask_few(platform: Platform) -> None:
    shop = await forum(platform)
    ann, bo = await shop.poster(), await shop.poster()
    tried = await asyncio.gather(ask(shop, ann, bo.handle), ask(shop, bo, ann.handle), return_exceptions=True)
    assert sum(isinstance(each, ParleyError) for each in tried) == 1
    others = [await shop.poster() for _ in range(4)]
    cy = await shop.poster()
    for other in others[:3]:
        await ask(shop, cy, other.handle)
    with pytest.raises(ResourceExhausted, match="TOO_OFTEN"):
        await ask(shop, cy, others[3].handle)
    await shop.age(cy, 5, posts=5)
    await ask(shop, cy, others[3].handle)
    with pytest.raises(FailedPrecondition, match="OWN_ACCOUNT"):
        await ask(shop, cy, cy.handle)


async def test_a_message_is_told_once_until_it_is_seen_and_goes_with_its_author(platform: Platform) -> None:
    shop = await forum(platform)
    ann, bo = await shop.poster(), await shop.poster()
    thread = await ask(shop, ann, bo.handle, "My secret words.")
    await answer(shop, bo, thread.id, ACCEPT)
    await write(shop, ann, thread.id, "More of them.")
    listed = await shop.call(
        shop.subscriptions.ListNotifications, subscription_pb2.ListNotificationsRequest(), bo.token
    )
    assert [(each.thread_id, each.author.handle) for each in listed.notifications] == [(thread.id, ann.handle)]
    await write(shop, bo, thread.id, "Mine.")
    delete = direct_pb2.DeleteMessageRequest(thread_id=thread.id, number=1)
    with pytest.raises(NotFound):
        await shop.call(shop.direct.DeleteMessage, delete, bo.token)
    await shop.call(shop.direct.DeleteMessage, delete, ann.token)
    assert (await read(shop, bo, thread.id)).messages[0].html == ""
    copy = shop.leaving.ExportAccount(
        leaving_pb2.ExportAccountRequest(), metadata=(("authorization", f"Bearer {ann.token}"),)
    )
    text = b"".join([piece.data async for piece in copy]).decode()
    assert "More of them." in text
    assert "Mine." not in text, "what the other wrote is the other's"
    request = leaving_pb2.LeaveRequest(remains=leaving_pb2.REMAINS_ANONYMISED, password=PASSWORD)
    await shop.call(shop.leaving.Leave, request, ann.token)
    left = await read(shop, bo, thread.id)
    assert [each.html for each in left.messages] == ["<p>Mine.</p>\n"]
    assert left.thread.other.handle == ""
    with pytest.raises(FailedPrecondition):
        await write(shop, bo, thread.id, "Still there?")
    await shop.call(shop.leaving.Leave, request, bo.token)
    assert not await shop.rows("SELECT 1 FROM community.threads WHERE id = :id", id=thread.id)
