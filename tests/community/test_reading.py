"""Who reads what: spaces and groups, search, exposure, deep links, and what is left of a contact for strangers."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley.community.v1 import account_pb2, group_pb2, post_pb2, relation_pb2, space_pb2, topic_pb2

from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from services.community.domain.brakes import TITLES
from services.community.domain.contacts import mask
from services.community.domain.rendering import REL, mentions, render
from tests.community.forum import ANYWAY, Forum, Poster, forum
from tests.platform import Platform

GROUP, MEMBERS = space_pb2.VISIBILITY_GROUP, space_pb2.VISIBILITY_MEMBERS
#: What others have tried; of none of it anything is left that a browser would run.
VECTORS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "![x](https://tracker.example/p.gif)",
    "![x](javascript:alert(1))",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](https://ok.example 'title\" onmouseover=\"alert(1)')",
    "<iframe src=//evil.example>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "`<script>`",
    "```html\n<script>alert(1)</script>\n```",
    '<https://ok.example/"onmouseover=alert(1)>',
    "&#106;avascript:alert(1)",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "<style>@import 'https://evil.example'</style>",
    "<base href=https://evil.example>",
    "[a]: javascript:alert(1)\n\n[a]",
    "|a|\n|-|\n|<b onclick=alert(1)>x|",
    "@somebody<script>",
)


ALLOWED = frozenset("p br strong em s code pre blockquote ul ol li a h3 hr table thead tbody tr th td".split())


def is_harmless(html: str) -> bool:
    """Says whether nothing in a post could run, load or leave by itself."""
    tags = [part.split(">", 1)[0].lower() for part in html.split("<")[1:]]
    # What stands between quotation marks is a value; the rest are names.
    names = [re.sub('"[^"]*"', "", tag).split() for tag in tags]
    return all(
        named[0].lstrip("/") in ALLOWED
        and not any(name.startswith(("on", "style", "src")) for name in named[1:])
        and ("href=" not in tag or f'rel="{REL}"' in tag)
        and re.search(r'href="\s*(?!https?:|\.\./m/|[^":]*")', tag) is None
        for tag, named in zip(tags, names, strict=True)
    )


@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_of_an_attack_is_left(vector: str) -> None:
    assert is_harmless(render(vector)), render(vector)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="<>\"'&[]()!`*_|#@/:;=-\n abonclickjavascript\x00\u202e", max_size=80))
def test_nothing_that_anybody_types_runs(text: str) -> None:
    assert is_harmless(render(text)), render(text)


def test_names_are_mentioned_outside_of_code_and_addresses() -> None:
    assert mentions("@ann_b and `@not` and a@people.example and @ann_b") == ["ann_b"]


def test_contacts_are_masked_and_dates_are_not() -> None:
    said = mask('<p>ann@people.example, +49 (30) 1234-5678, 2026-11-28 <a href="mailto:a@b.example">x</a></p>')
    assert "people" not in said
    assert "1234" not in said
    assert "b.example" not in said
    assert "2026-11-28" in said


async def searched(shop: Forum, words: str, member: Poster | None = None) -> list[str]:
    """Returns what a search shows."""
    request = post_pb2.SearchPostsRequest(words=words)
    found = await shop.call(shop.posts.SearchPosts, request, member.token if member else "")
    return [each.id for each in found.posts]


async def test_a_group_is_read_and_found_by_its_members_only(platform: Platform) -> None:
    shop = await forum(platform)
    group = await shop.space(visibility=GROUP)
    ann, bo = await shop.poster(), await shop.poster()
    join = group_pb2.JoinSpaceRequest(space_id=group.id)
    assert (await shop.call(shop.groups.JoinSpace, join, ann.token)).state == group_pb2.MEMBERSHIP_STATE_ASKED
    with pytest.raises(NotFound):
        await shop.topic(ann, group.id)
    invite = group_pb2.InviteMemberRequest(space_id=group.id, handle=ann.handle)
    await shop.call(shop.groups.InviteMember, invite, shop.admin)
    # Each hears about themselves whether they belong to it.
    look = space_pb2.GetSpaceRequest(slug=group.slug)
    seen = [(await shop.call(shop.spaces.GetSpace, look, each.token)).space.is_member for each in (ann, bo)]
    assert seen == [True, False]
    topic = await shop.topic(ann, group.id, body="A secret about begonias.")
    (post,) = await shop.read(topic.id, ann.token)
    for reader in (None, bo):
        with pytest.raises(NotFound):
            await shop.read(topic.id, reader.token if reader else "")
        assert await searched(shop, "begonias", reader) == []
    assert await searched(shop, "begonias", ann) == [post.id]
    leave = group_pb2.LeaveSpaceRequest(space_id=group.id)
    await shop.call(shop.groups.LeaveSpace, leave, ann.token)
    with pytest.raises(NotFound):
        await shop.read(topic.id, ann.token)


async def test_of_a_group_by_invitation_nobody_else_knows(platform: Platform) -> None:
    shop = await forum(platform)
    hidden = await shop.space(visibility=GROUP, joining=space_pb2.JOINING_INVITATION)
    ann = await shop.poster()
    with pytest.raises(NotFound):
        await shop.call(shop.groups.JoinSpace, group_pb2.JoinSpaceRequest(space_id=hidden.id), ann.token)
    with pytest.raises(NotFound):
        await shop.call(shop.spaces.GetSpace, space_pb2.GetSpaceRequest(slug=hidden.slug), ann.token)
    listed = await shop.call(shop.spaces.ListSpaces, space_pb2.ListSpacesRequest(), ann.token)
    assert hidden.id not in {each.id for each in listed.spaces}
    invite = group_pb2.InviteMemberRequest(space_id=hidden.id, handle=ann.handle)
    await shop.call(shop.groups.InviteMember, invite, shop.admin)
    joined = await shop.call(shop.groups.JoinSpace, group_pb2.JoinSpaceRequest(space_id=hidden.id), ann.token)
    assert joined.state == group_pb2.MEMBERSHIP_STATE_JOINED


async def test_what_was_promised_to_few_is_never_shown_to_more(platform: Platform) -> None:
    shop = await forum(platform)
    inner, outer = await shop.space(visibility=MEMBERS, is_indexed=False), await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, inner.id)
    with pytest.raises(NotFound):
        await shop.read(topic.id)
    move = topic_pb2.ArrangeTopicRequest(topic_id=topic.id, space_id=outer.id)
    widen = space_pb2.UpdateSpaceRequest(space_id=inner.id, display_name="Wider", exposure=outer.exposure)
    for method, request in ((shop.topics.ArrangeTopic, move), (shop.spaces.UpdateSpace, widen)):
        with pytest.raises(FailedPrecondition, match="EXPOSURE_WIDENED"):
            await shop.call(method, request, shop.admin)


async def test_a_link_to_a_post_leads_to_it_however_many_come_and_go(platform: Platform) -> None:
    shop = await forum(platform)
    await shop.set("community.first_day_posts", 100)
    space = await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id)
    posts = [await shop.reply(ann, topic.id, f"Number {number}") for number in range(2, 25)]
    await shop.call(shop.posts.DeletePost, post_pb2.DeletePostRequest(post_id=posts[3].id), ann.token)
    page = await shop.read(topic.id, after=20)
    assert [each.number for each in page] == [21, 22, 23, 24]
    assert "Number 21" in page[0].html
    first = await shop.read(topic.id)
    assert len(first) == 20
    assert first[4].state == topic_pb2.CONTENT_STATE_AUTHOR_DELETED


async def test_a_change_keeps_what_stood_there_and_two_changes_at_once_are_not_both_taken(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id, body="Write to me: ann@people.example", exposure_choice=ANYWAY)
    (post,) = await shop.read(topic.id, ann.token)
    change = post_pb2.UpdatePostRequest(post_id=post.id, body="Do not write to me.", etag=post.etag)
    await shop.call(shop.posts.UpdatePost, change, ann.token)
    with pytest.raises(Exception, match="POST_CHANGED"):
        await shop.call(shop.posts.UpdatePost, change, ann.token)
    before = await shop.call(shop.posts.ListRevisions, post_pb2.ListRevisionsRequest(post_id=post.id))
    assert [each.html for each in before.revisions] == ["<p>Write to me: •••</p>\n"], "strangers see no contacts"
    await shop.call(shop.posts.DeletePost, post_pb2.DeletePostRequest(post_id=post.id), ann.token)
    with pytest.raises(NotFound):
        await shop.call(shop.posts.ListRevisions, post_pb2.ListRevisionsRequest(post_id=post.id))
    assert await searched(shop, "write") == []


async def test_whoever_is_not_signed_in_sees_no_contacts_in_titles_and_profiles_either(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id, "Call +49 170 1234567 or ann@own.example", exposure_choice=ANYWAY)
    change = account_pb2.UpdateAccountRequest(display_name="Ann", about="Write to ann@own.example")
    await shop.call(shop.accounts.UpdateAccount, change, ann.token)
    change.display_name = "ann@own.example"
    with pytest.raises(InvalidArgument, match="NAME_EXPOSES"):
        await shop.call(shop.accounts.UpdateAccount, change, ann.token)
    for token in ("", bo.token):
        read = await shop.call(shop.topics.GetTopic, topic_pb2.GetTopicRequest(topic_id=topic.id), token)
        listed = await shop.call(shop.topics.ListTopics, topic_pb2.ListTopicsRequest(space_id=space.id), token)
        member = await shop.call(shop.accounts.GetMember, account_pb2.GetMemberRequest(handle=ann.handle), token)
        for text in (read.topic.title, listed.topics[0].title, member.about):
            assert ("own.example" in text) == bool(token)
            assert token or "1234567" not in text


async def alike(shop: Forum, member: Poster, title: str) -> list[str]:
    """Returns the topics that are like a title that a member writes."""
    request = topic_pb2.FindSimilarTopicsRequest(title=title)
    return [each.id for each in (await shop.call(shop.topics.FindSimilarTopics, request, member.token)).topics]


async def test_what_is_like_a_title_is_shown_likest_first_and_only_to_whom_it_is_shown_elsewhere(
    platform: Platform,
) -> None:
    shop = await forum(platform)
    ann, bo, cy = [await shop.poster() for _ in range(3)]
    await shop.age(ann, 30, 20)
    space, group = await shop.space(), await shop.space(visibility=GROUP)
    await shop.enter(group.id, ann)
    near = await shop.topic(ann, space.id, "Yellow leaves on a lemon tree", "Why?")
    far = await shop.topic(bo, space.id, "Yellow leaves painted on a fence", "Where?")
    await shop.topic(ann, space.id, "How to sell a car", "How?")
    secret = await shop.topic(ann, group.id, "Yellow leaves of our secret lemon tree", "Hush.")
    title = "My lémon tree has YELLOW leaves"
    assert await alike(shop, bo, title) == [near.id, far.id], "best first, of what is read"
    assert set(await alike(shop, ann, title)) == {near.id, secret.id, far.id}
    assert await alike(shop, bo, "nothing of the kind") == []
    assert await alike(shop, bo, "' & | ! <-> :* \\") == []
    ignored = relation_pb2.SetRelationRequest(handle=ann.handle, kind=relation_pb2.RELATION_KIND_IGNORED)
    await shop.call(shop.relations.SetRelation, ignored, cy.token)
    assert await alike(shop, cy, title) == [far.id]
    (first,) = await shop.read(near.id)
    await shop.call(shop.posts.DeletePost, post_pb2.DeletePostRequest(post_id=first.id), ann.token)
    assert await alike(shop, bo, title) == [far.id], "what was taken away is not shown"
    await asyncio.gather(*(alike(shop, cy, title) for _ in range(TITLES.most - 1)))
    with pytest.raises(ResourceExhausted):
        await asyncio.gather(*(alike(shop, cy, title) for _ in range(9)))


async def test_a_topic_is_found_by_its_title_and_no_longer_than_the_title_stands(platform: Platform) -> None:
    shop = await forum(platform)
    ann, bo = await shop.poster(), await shop.poster()
    space, group = await shop.space(), await shop.space(visibility=GROUP)
    await shop.enter(group.id, ann)
    topic = await shop.topic(ann, space.id, "Monstéra in a dark corner", "Its leaves turn yellow.")
    (first,) = await shop.read(topic.id)
    reply = await shop.reply(bo, topic.id, "Mine likes a dark corner, too.")
    (secret,) = await shop.read((await shop.topic(ann, group.id, "Monstera, among us", "Hush.")).id, ann.token)
    for words in ("monstera", "MONSTERA corner", '"in a dark corner"'):
        assert await searched(shop, words) == [first.id], words
    assert await searched(shop, "corner") == [reply.id, first.id]
    assert await searched(shop, "monstera", bo) == [first.id]
    assert await searched(shop, "monstera", ann) == [secret.id, first.id], "the newest first"
    for place, found in ((space.id, [first.id]), (group.id, [secret.id])):
        request = post_pb2.SearchPostsRequest(words="monstera", space_id=place)
        answer = await shop.call(shop.posts.SearchPosts, request, ann.token)
        assert [each.id for each in answer.posts] == found

    await shop.rows("UPDATE community.posts SET state = 4 WHERE id = :post RETURNING id", post=first.id)
    assert await searched(shop, "monstera") == [], "what begins it is shown less"
    await shop.rows("UPDATE community.posts SET state = 1 WHERE id = :post RETURNING id", post=first.id)
    await shop.rows("UPDATE community.topics SET title = 'Calathea' WHERE id = :topic RETURNING id", topic=topic.id)
    assert await searched(shop, "monstera") == []
    assert await searched(shop, "calathea") == [first.id]
    await shop.call(shop.posts.DeletePost, post_pb2.DeletePostRequest(post_id=first.id), ann.token)
    assert await searched(shop, "calathea") == [reply.id], "the title stays with what others answered"
    await shop.rows("UPDATE community.topics SET state = 4 WHERE id = :topic RETURNING id", topic=topic.id)
    assert await searched(shop, "calathea") == [], "what is shown less is not found"


async def test_whoever_is_not_signed_in_finds_no_contact_in_a_title(platform: Platform) -> None:
    shop = await forum(platform)
    ann = await shop.poster()
    space = await shop.space()
    await shop.topic(ann, space.id, "Write to ann@own.example", "About swaps.", exposure_choice=ANYWAY)
    for token in ("", ann.token):
        request = post_pb2.SearchPostsRequest(words="swaps")
        (post,) = (await shop.call(shop.posts.SearchPosts, request, token)).posts
        assert ("own.example" in post.topic_title) == bool(token)
