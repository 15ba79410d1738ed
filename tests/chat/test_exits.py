"""When a chat is over its visitor is offered the survey that is meant for it, and a mailed copy leads to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from parley.chat.v1 import exit_pb2, exit_pb2_grpc, tag_pb2, tag_pb2_grpc
from parley.identity.v1 import staff_pb2

from kernel import ids
from kernel.errors import NotFound, Unavailable
from kernel.jobs import Job
from kernel.rpc.channels import Channels
from services.chat.actions import exits, transcript_mails
from services.chat.actions.peers import Peers
from services.chat.store import conversations
from services.chat.store import transcript_mails as store
from services.chat.store.transcript_mails import TranscriptMail
from tests.chat.inside import a_wiring, visitor_of
from tests.chat.people import claim, close
from tests.chat.test_transcript_mails import an_address, arrived, mail
from tests.platform import SUPERVISOR, Platform, Visitor, free_ports
from tests.survey.asking import Asking, asking, definition, question

ASKED = definition(question("CSAT", "csat", "How was it?"))


async def offered(shop: Asking, visitor: Visitor, conversation_id: str = "") -> exit_pb2.OfferExitSurveyResponse:
    """Returns what a visitor is offered."""
    stub: Any = exit_pb2_grpc.ExitServiceStub(shop.platform.channels.of("chat"))
    request = exit_pb2.OfferExitSurveyRequest(conversation_id=conversation_id or visitor.conversation.id)
    answer: exit_pb2.OfferExitSurveyResponse = await shop.platform.call(
        stub.OfferExitSurvey, request, token=visitor.token
    )
    return answer


async def tagged(shop: Asking, visitor: Visitor, word: str) -> str:
    """Puts a new tag on a conversation, and returns its id."""
    stub: Any = tag_pb2_grpc.TagServiceStub(shop.platform.channels.of("chat"))
    lee = await shop.tenant.member(SUPERVISOR)
    made = await shop.platform.call(stub.CreateTag, tag_pb2.CreateTagRequest(word=word), token=lee.token)
    await shop.platform.call(
        stub.SetConversationTags,
        tag_pb2.SetConversationTagsRequest(conversation_id=visitor.conversation.id, tag_ids=[made.tag.id]),
        token=lee.token,
    )
    return str(made.tag.id)


async def a_talk(shop: Asking) -> Visitor:
    """Returns a visitor in a running chat."""
    visitor, robin = await shop.tenant.visitor("Zoë"), await shop.tenant.member()
    await claim(shop.platform, robin.token, visitor.conversation.id)
    return visitor


async def test_a_survey_is_offered_after_the_chat_and_the_same_one_each_time(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    zoe = await a_talk(shop)
    assert (await offered(shop, zoe)).invitation == "", "nothing is offered while the chat runs"
    await close(platform, zoe.token, zoe.conversation.id)
    offer, again = await offered(shop, zoe), await offered(shop, zoe)
    assert (offer.title, offer.question_count) == ("How was it?", 1)
    await shop.submit(zoe.token, offer.invitation, {"csat": 5})
    # The second text is another one, and the invitation is the same: it was answered.
    opened = await shop.open(zoe.token, again.invitation)
    assert opened.is_answered
    assert survey.id


async def test_a_chat_s_site_team_and_tags_choose_the_survey(platform: Platform) -> None:
    shop = await asking(platform)
    zoe, ann = await a_talk(shop), await a_talk(shop)
    tag_id = await tagged(shop, zoe, "Late delivery")
    team = await platform.call(
        platform.staff.CreateTeam, staff_pb2.CreateTeamRequest(display_name="Night"), token=shop.admin
    )
    tags = await shop.published(definition(question("CSAT", "csat"), thanks_text="tags"), tags=[tag_id])
    await shop.published(definition(question("NPS", "nps")), team_ids=[team.team.id])
    for visitor in (zoe, ann):
        await close(platform, visitor.token, visitor.conversation.id)
    chosen = await offered(shop, zoe)
    assert (await shop.open(zoe.token, chosen.invitation)).definition.thanks_text == "tags"
    assert (await offered(shop, ann)).invitation == "", "neither the tag nor the team is this chat's"
    await shop.submit(zoe.token, chosen.invitation, {"csat": 4})
    (row,) = await shop.responses(tags.id)
    assert list(row.tags) == [tag_id]


async def test_another_s_chat_offers_nothing_as_a_missing_one_does(platform: Platform) -> None:
    shop, other = await asking(platform), await asking(platform)
    await shop.published(ASKED)
    zoe, ann, eve = await a_talk(shop), await a_talk(shop), await a_talk(other)
    for visitor in (ann, eve):
        with pytest.raises(NotFound) as refused:
            await offered(shop, visitor, zoe.conversation.id)
        assert refused.value.reason == "CONVERSATION_NOT_FOUND"


async def test_a_mailed_copy_of_a_chat_that_is_over_leads_to_its_survey(platform: Platform) -> None:
    shop = await asking(platform)
    await shop.published(ASKED)
    zoe, early, late = await a_talk(shop), an_address(), an_address()
    await mail(platform, zoe.token, zoe.conversation.id, early)
    assert "/survey/" not in str((await arrived(platform, early)).get_body(("plain",)))
    await close(platform, zoe.token, zoe.conversation.id)
    await mail(platform, zoe.token, zoe.conversation.id, late)
    letter = (await arrived(platform, late)).get_body(("plain",))
    assert letter is not None
    (link,) = [line for line in letter.get_content().splitlines() if "/survey/" in line]
    start = f"{platform.config.origin('widget')}/survey/{shop.tenant.site.key}/from/"
    assert link.startswith(start)
    await shop.submit(await shop.tenant.anonymous(), link.removeprefix(start), {"csat": 2})


async def test_without_surveys_nothing_is_offered_and_the_copy_goes_out_all_the_same(platform: Platform) -> None:
    shop = await asking(platform)
    await shop.published(ASKED)
    zoe, address = await a_talk(shop), an_address()
    await close(platform, zoe.token, zoe.conversation.id)
    (port,) = free_ports(1)
    away = Channels(platform.config.with_addresses({"survey": (f"127.0.0.1:{port}",)}), "chat")
    tenant_id, conversation_id = ids.to_uuid(shop.tenant.id, "ten"), ids.to_uuid(zoe.conversation.id, "cnv")
    try:
        async with a_wiring(platform) as wiring:
            alone = replace(wiring, peers=Peers(away))
            async with wiring.database.transaction(shop.tenant.id) as connection:
                found = await conversations.find_conversation(connection, tenant_id, conversation_id)
                assert found is not None
                waiting = TranscriptMail(
                    tenant_id=tenant_id,
                    id=ids.new_uuid(),
                    conversation_id=conversation_id,
                    email=address,
                    state=transcript_mails.WAITING,
                    create_time=wiring.clock.now(),
                )
                await store.add_mail(connection, waiting)
            with pytest.raises(Unavailable):
                await exits.offer_exit_survey(visitor_of(found), alone, conversation_id, "en")
            job = Job(
                id=ids.new_uuid(),
                tenant_id=shop.tenant.id,
                kind=transcript_mails.JOB,
                key=None,
                arguments={"mail_id": ids.from_uuid("tml", waiting.id)},
                attempt=1,
            )
            await transcript_mails.send(alone, job)
    finally:
        await away.close()
    assert "/survey/" not in str((await arrived(platform, address)).get_body(("plain",)))
