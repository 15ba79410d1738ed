"""Leaving takes away what a member wants gone, in the community and nowhere else; and nothing elsewhere reaches in."""

from __future__ import annotations

from typing import Any

import pytest
from parley.community.v1 import leaving_pb2, topic_pb2
from parley.identity.v1 import staff_pb2
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel.config import SERVICES
from kernel.errors import Unauthenticated
from kernel.identity import Subject
from services.privacy.actions import people as people_module
from tests.community.forum import PASSWORD, Forum, Poster, forum
from tests.platform import Platform

ERASED, ANONYMISED = leaving_pb2.REMAINS_ERASED, leaving_pb2.REMAINS_ANONYMISED


async def leave(shop: Forum, member: Poster, remains: Any, password: str = PASSWORD) -> int:
    """Leaves."""
    request = leaving_pb2.LeaveRequest(remains=remains, password=password)
    return int((await shop.call(shop.leaving.Leave, request, member.token)).posts)


async def exported(shop: Forum, member: Poster) -> str:
    """Returns a member's copy."""
    call = shop.leaving.ExportAccount(
        leaving_pb2.ExportAccountRequest(), metadata=(("authorization", f"Bearer {member.token}"),)
    )
    return b"".join([piece.data async for piece in call]).decode()


async def test_leaving_shows_first_what_stays_and_what_goes(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id, body="My secret garden.")
    await shop.reply(bo, topic.id, "> My secret garden.\n\nWhere?", reply_to=1)
    await shop.reply(bo, topic.id, f"Tell us, @{ann.handle}!")
    seen = await shop.call(shop.leaving.PreviewLeaving, leaving_pb2.PreviewLeavingRequest(), ann.token)
    assert (seen.posts, seen.topics, seen.quoted, seen.mentioned) == (1, 1, 1, 1)
    copy = await exported(shop, ann)
    assert "My secret garden." in copy
    assert ann.email in copy
    assert "Where?" not in copy, "what others said is theirs"


async def test_what_is_erased_is_gone_and_what_others_said_stays(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id, "A title of mine", "My secret garden.")
    await shop.reply(bo, topic.id, "Where?")
    alone = await shop.topic(ann, space.id, "Nobody answered", "Hello?")
    with pytest.raises(Unauthenticated):
        await leave(shop, ann, ERASED, "a wrong password")
    marks, of_titles = await shop.marks("posts", "topics"), await shop.marks("titles")
    assert await leave(shop, ann, ERASED) == 2
    assert await shop.marks("posts", "topics") == marks + 2, "the next rewrite clears what lies on the disk"
    assert await shop.marks("titles") > of_titles, "and where titles are looked up as well"
    looked_up = await shop.rows("SELECT title FROM community.titles WHERE topic_id = :topic", topic=topic.id)
    assert [each.title for each in looked_up] == [""]
    first, second = await shop.read(topic.id)
    assert (first.html, first.author.handle, second.html) == ("", "", "<p>Where?</p>\n")
    read = (await shop.call(shop.topics.GetTopic, topic_pb2.GetTopicRequest(topic_id=topic.id))).topic
    assert read.title == ""
    listed = await shop.call(shop.topics.ListTopics, topic_pb2.ListTopicsRequest(space_id=space.id))
    assert alone.id not in {each.id for each in listed.topics}
    with pytest.raises(Unauthenticated):
        await shop.reply(ann, topic.id, "Still here?")
    again = await shop.poster(ann.handle, ann.email)
    assert again.id != ann.id, "whoever comes back is somebody new"


async def test_what_is_anonymised_stays_without_a_name(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id, "How to prune", "In March.")
    assert await leave(shop, ann, ANONYMISED) == 1
    (post,) = await shop.read(topic.id)
    assert (post.html, post.author.member_id, post.author.handle) == ("<p>In March.</p>\n", "", "")


async def test_forgetting_somebody_elsewhere_never_reaches_the_community_and_leaving_reaches_nothing_else(
    platform: Platform,
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    email = f"both@{shop.tenant.slug}.example"
    ann = await shop.poster(email=email)
    topic = await shop.topic(ann, space.id, body="What I said here.")
    staff = await platform.call(
        platform.staff.CreateStaff,
        staff_pb2.CreateStaffRequest(
            email=email, display_name="Ann", roles=[access_pb2.CALLER_OPERATOR], password=PASSWORD
        ),
        tenant_id=shop.tenant.id,
    )
    visitor = await shop.tenant.visitor("Ann")
    for kind, id_ in (
        (subject_pb2.SUBJECT_KIND_VISITOR, visitor.conversation.visitor_id),
        (subject_pb2.SUBJECT_KIND_STAFF, staff.staff.id),
    ):
        for service in ("identity", "privacy", "chat", "survey", "community"):
            stub: Any = subject_pb2_grpc.SubjectServiceStub(platform.channels.of(service))
            request = subject_pb2.EraseSubjectRequest(subject=subject_pb2.Subject(kind=kind, id=id_))
            await platform.call(stub.EraseSubject, request, tenant_id=shop.tenant.id)
    (post,) = await shop.read(topic.id, ann.token)
    assert "What I said here." in post.html
    assert email in await exported(shop, ann)
    # The other way round: the same address in a chat that goes on, and in the community that is left.
    other = await shop.tenant.visitor("Ann")
    before = await held(platform, shop, other.conversation.visitor_id)
    assert before
    await leave(shop, ann, ERASED)
    assert await held(platform, shop, other.conversation.visitor_id) == before


async def held(platform: Platform, shop: Forum, visitor_id: str) -> list[bytes]:
    """Returns what all other services keep about a visitor."""
    found: list[bytes] = []
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor_id)
    for service in ("identity", "privacy", "chat", "survey"):
        stub: Any = subject_pb2_grpc.SubjectServiceStub(platform.channels.of(service))
        page = await platform.call(
            stub.ExportSubject, subject_pb2.ExportSubjectRequest(subject=subject), tenant_id=shop.tenant.id
        )
        found += [each.SerializeToString(deterministic=True) for each in page.records]
    return found


async def test_a_request_to_the_company_asks_every_service_but_the_community(platform: Platform) -> None:
    shop = await forum(platform)
    people = people_module.People(platform.channels)
    assert set(people._stubs) == set(SERVICES) - {"community"}
    ann = await shop.poster()
    member = Subject(tenant_id=shop.tenant.id, kind=subject_pb2.SUBJECT_KIND_MEMBER, id=ann.id)
    assert not await people.holds_anything(member), "nobody outside the community knows of its members"
