"""Tickets out of a chat or a topic, and surveys after tickets: each knows that the other was there, and no more."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from parley.chat.v1 import conversation_pb2, crossing_pb2, crossing_pb2_grpc
from parley.community.v1 import subscription_pb2, subscription_pb2_grpc
from parley.identity.v1 import tenant_pb2
from parley.options.v1 import access_pb2
from parley.support.v1 import record_pb2, ticket_pb2
from parley.survey.v1 import answering_pb2

from kernel.errors import NotFound, PermissionDenied
from tests.chat.people import claim, read
from tests.chat.test_transcript_mails import an_address, arrived, sent_to
from tests.community.forum import forum
from tests.platform import OPERATOR, SUPERVISOR, Platform
from tests.privacy.rights import until
from tests.support.desk import AGENT, Desk, a_desk
from tests.survey.asking import Asking, definition, question

MODERATOR = access_pb2.CALLER_MODERATOR


def asked(**more: Any) -> ticket_pb2.OpenTicketRequest:
    given = {"email": "pat@people.example", "site_url": "https://shop.example/", "description": "Goes on here."}
    return ticket_pb2.OpenTicketRequest(**given, **more)


async def test_a_ticket_comes_out_of_a_chat_that_its_opener_sees(platform: Platform) -> None:
    desk = await a_desk(platform)
    both = await desk.tenant.member(AGENT, OPERATOR, name="Uma")
    visitor = await desk.tenant.visitor("Pat")
    await claim(platform, both.token, visitor.conversation.id)
    request = asked(conversation_id=visitor.conversation.id)
    ticket = (await desk.call(desk.tickets.OpenTicket, request, both)).ticket
    assert (ticket.source, ticket.conversation_id) == (record_pb2.SOURCE_CHAT, visitor.conversation.id)
    (crossing,) = [each for each in (await desk.get(ticket.id)).events if each.kind == "CAME_FROM_CHAT"]
    assert (crossing.from_value, crossing.staff_id) == (visitor.conversation.id, both.id)
    # Whoever does not see the chat, and whoever names one of another company, hears the same.
    elsewhere = await a_desk(platform)
    stranger = await elsewhere.tenant.member(AGENT, SUPERVISOR)
    for other, who in ((desk, desk.agent), (elsewhere, stranger)):
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            await other.call(other.tickets.OpenTicket, request, who)


async def test_a_ticket_comes_out_of_a_topic_and_knows_nobody_of_the_community(platform: Platform) -> None:
    community = await forum(platform)
    desk = await _desk_of(platform, community.tenant)
    both = await community.tenant.member(AGENT, MODERATOR, name="Uma")
    member = await community.poster()
    topic = await community.topic(member, (await community.space()).id, "It breaks", "Whenever I look.")
    request = asked(topic_id=topic.id)
    whole = await desk.get((await desk.call(desk.tickets.OpenTicket, request, both)).ticket.id)
    assert (whole.ticket.source, whole.ticket.topic_id) == (record_pb2.SOURCE_COMMUNITY, topic.id)
    assert [each.from_value for each in whole.events if each.kind == "CAME_FROM_TOPIC"] == [topic.id]
    said = str(whole)
    assert not any(each in said for each in (member.id, member.email, member.handle, "Whenever I look."))
    elsewhere = await a_desk(platform)
    moderator = await elsewhere.tenant.member(AGENT, MODERATOR)
    for other, who in ((desk, desk.agent), (elsewhere, moderator)):
        with pytest.raises(NotFound, match="TOPIC_NOT_FOUND"):
            await other.call(other.tickets.OpenTicket, request, who)


async def test_whoever_answers_a_chat_makes_a_ticket_of_it_and_the_visitor_is_told(platform: Platform) -> None:
    desk = await a_desk(platform)
    operator, other = await desk.tenant.member(OPERATOR, name="Uma"), await desk.tenant.member(OPERATOR, name="Olu")
    visitor = await desk.tenant.visitor("Pat")
    await claim(platform, operator.token, visitor.conversation.id)
    request = asked(conversation_id=visitor.conversation.id, request_id="once")
    brought = [(await desk.call(desk.tickets.OpenTicket, request, operator)).ticket for _ in range(2)]
    assert brought[0] == brought[1]
    # Who works on no tickets has its code, and reads nothing at the desk.
    assert brought[0] == record_pb2.Ticket(id=brought[0].id, reference=brought[0].reference)
    with pytest.raises(PermissionDenied):
        await desk.get(brought[0].id, operator)
    assert (await desk.get(brought[0].id)).ticket.conversation_id == visitor.conversation.id

    async def told() -> list[Any]:
        await asyncio.sleep(0.05)
        found = await read(platform, visitor.token, visitor.conversation.id)
        return [each for each in found if each.kind == conversation_pb2.Message.KIND_TICKETED]

    (note,) = await until(told, lambda found: len(found) == 1)
    assert (note.body, note.side, note.operator_id) == (brought[0].reference, conversation_pb2.SIDE_UNSPECIFIED, "")
    # Told a second time, as after a failure, it stands there once.
    note_it = crossing_pb2.NoteTicketRequest(
        conversation_id=visitor.conversation.id, ticket_reference=brought[0].reference
    )
    crossings = crossing_pb2_grpc.CrossingServiceStub(platform.channels.of("chat"))
    await platform.call(crossings.NoteTicket, note_it, tenant_id=desk.tenant.id)
    assert len(await told()) == 1
    # Nobody else brings it, nothing but it is brought, and no part of another ticket is made.
    waiting = (await desk.tenant.visitor("Sam")).conversation.id
    for wrong, who in (
        (asked(conversation_id=waiting), operator),
        (asked(), operator),
        (asked(conversation_id=visitor.conversation.id, parent_id=brought[0].id), operator),
        (asked(conversation_id=waiting), await desk.tenant.member(MODERATOR)),
    ):
        with pytest.raises((PermissionDenied, NotFound)):
            await desk.call(desk.tickets.OpenTicket, wrong, who)
    with pytest.raises((PermissionDenied, NotFound)):
        await desk.call(desk.tickets.OpenTicket, request, other)


async def test_a_moderator_makes_a_ticket_of_a_topic_and_its_author_is_told(platform: Platform) -> None:
    community = await forum(platform)
    desk = await _desk_of(platform, community.tenant)
    moderator = await community.tenant.member(MODERATOR, name="Mo")
    member = await community.poster()
    topic = await community.topic(member, (await community.space()).id, "It breaks", "Whenever I look.")
    subscriptions = subscription_pb2_grpc.SubscriptionServiceStub(platform.channels.of("community"))
    # Not even who wants to hear of nothing there is left out.
    await platform.call(
        subscriptions.SetSubscription,
        subscription_pb2.SetSubscriptionRequest(topic_id=topic.id, level=subscription_pb2.SUBSCRIPTION_LEVEL_MUTED),
        token=member.token,
    )
    brought = (await desk.call(desk.tickets.OpenTicket, asked(topic_id=topic.id), moderator)).ticket
    assert (await desk.get(brought.id)).ticket.topic_id == topic.id

    async def told() -> list[Any]:
        await asyncio.sleep(0.05)
        request = subscription_pb2.ListNotificationsRequest()
        found = await platform.call(subscriptions.ListNotifications, request, token=member.token)
        return [each for each in found.notifications if each.kind == subscription_pb2.NOTIFICATION_KIND_TICKETED]

    (news,) = await until(told, lambda found: len(found) == 1)
    assert (news.topic_id, news.number) == (topic.id, 1)
    # The community learns that there is a ticket, and nothing of it.
    assert brought.reference not in str(news)
    with pytest.raises(PermissionDenied, match="CROSSING_REFUSED"):
        await desk.call(desk.tickets.OpenTicket, asked(), moderator)


async def _desk_of(platform: Platform, tenant: Any) -> Desk:
    return Desk(platform, tenant, await tenant.member(AGENT, name="Ada"), await tenant.member(SUPERVISOR, AGENT))


async def test_whoever_asked_is_asked_once_how_it_went(platform: Platform) -> None:
    desk = await a_desk(platform)
    asking = Asking(platform, desk.tenant)
    survey = await asking.published(definition(question("CSAT", "csat")))
    for name, value in (("support.survey_id", f'"{survey.id}"'), ("support.survey_hours", "0")):
        request = tenant_pb2.UpdateSettingRequest(name=name, value_json=value)
        await platform.call(platform.tenants.UpdateSetting, request, token=desk.tenant.admin.token)
    pat, sam = an_address(), an_address()
    ticket_id, declined = await desk.submit("Help.", email=pat), await desk.submit("Buy.", email=sam)
    await desk.change(declined, ("DECLINE",))
    await desk.change(ticket_id, ("ACCEPT",), ("SET_STATE", "RESOLVED"))

    async def events() -> list[str]:
        await asyncio.sleep(0.05)
        return [each.kind for each in (await desk.get(ticket_id)).events]

    await until(events, lambda found: "SURVEY_SENT" in found)
    letters = [each for each in sent_to(platform, pat) if "How did we do" in str(each["Subject"])]
    words = letters[0].get_body(("plain",))
    assert words is not None
    invitation = re.search(r"/survey/([^/\s]+)/from/(\S+)", words.get_content())
    assert invitation is not None
    assert invitation[1] == desk.tenant.site.key
    opened = await platform.call(
        asking.answering.OpenSurvey,
        answering_pb2.OpenSurveyRequest(invitation=invitation[2]),
        token=await desk.tenant.anonymous(),
    )
    assert not opened.is_of_visitor
    # Solved a second time, nobody is asked a second time.
    await desk.change(ticket_id, ("SET_STATE", "OPEN"))
    await desk.change(ticket_id, ("SET_STATE", "RESOLVED"))
    third = await desk.submit("And this.", email=pat)
    await desk.change(third, ("ACCEPT",), ("SET_STATE", "RESOLVED"))

    async def asked_again() -> list[str]:
        await asyncio.sleep(0.05)
        return [each.kind for each in (await desk.get(third)).events]

    await until(asked_again, lambda found: "SURVEY_SENT" in found)
    assert (await events()).count("SURVEY_SENT") == 1
    await arrived(platform, sam)
    assert not [each for each in sent_to(platform, sam) if "How did we do" in str(each["Subject"])]
