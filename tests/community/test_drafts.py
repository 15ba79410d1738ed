"""Drafts are their author's alone; what in one leads to a person is marked before anybody else reads it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley.community.v1 import draft_pb2, exposure_pb2, leaving_pb2, post_pb2, space_pb2

from kernel.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound
from services.community.domain import contacts
from tests.community.forum import ANYWAY, MASK, PASSWORD, Forum, Poster, forum
from tests.platform import Platform


async def save(shop: Forum, member: Poster, **values: Any) -> draft_pb2.Draft:
    """Keeps a draft."""
    made = await shop.call(shop.drafts.SaveDraft, draft_pb2.SaveDraftRequest(**values), member.token)
    return made.draft  # type: ignore[no-any-return]  # The stubs carry no types.


async def find(shop: Forum, member: Poster, **place: str) -> draft_pb2.FindDraftResponse:
    """Returns what is kept for a place."""
    return await shop.call(  # type: ignore[no-any-return]  # The stubs carry no types.
        shop.drafts.FindDraft, draft_pb2.FindDraftRequest(**place), member.token
    )


async def review(shop: Forum, member: Poster, body: str, **more: Any) -> draft_pb2.ReviewDraftResponse:
    """Has a text looked at."""
    return await shop.call(  # type: ignore[no-any-return]  # The stubs carry no types.
        shop.drafts.ReviewDraft, draft_pb2.ReviewDraftRequest(body=body, **more), member.token
    )


async def test_a_draft_is_its_authors_alone_and_goes_when_it_is_posted(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.join(), await shop.poster()
    kept = await save(shop, ann, space_id=space.id, title="Half a th", body="I wonder")
    assert (await find(shop, ann, space_id=space.id)).draft.body == "I wonder"
    assert not (await find(shop, bo, space_id=space.id)).HasField("draft")
    with pytest.raises(NotFound):
        await shop.call(shop.drafts.DeleteDraft, draft_pb2.DeleteDraftRequest(draft_id=kept.id), bo.token)
    again = await save(shop, ann, space_id=space.id, body="I wonder why", etag=kept.etag)
    assert again.id == kept.id
    with pytest.raises(Aborted, match="DRAFT_CHANGED"):
        await save(shop, ann, space_id=space.id, body="From the other window", etag=kept.etag)
    topic = await shop.topic(bo, space.id)
    await save(shop, ann, topic_id=topic.id, body="An answer")
    listed = await shop.call(shop.drafts.ListDrafts, draft_pb2.ListDraftsRequest(page_size=1), ann.token)
    assert [each.topic_id for each in listed.drafts] == [topic.id]
    request = draft_pb2.ListDraftsRequest(page_size=1, page_token=listed.next_page_token)
    assert [each.id for each in (await shop.call(shop.drafts.ListDrafts, request, ann.token)).drafts] == [kept.id]
    await shop.accept(ann)
    await shop.reply(ann, topic.id, "An answer")
    assert not (await find(shop, ann, topic_id=topic.id)).HasField("draft")
    assert (await find(shop, ann, space_id=space.id)).draft.body == "I wonder why"


async def test_a_draft_for_two_places_for_none_or_for_a_group_of_others_is_refused(platform: Platform) -> None:
    shop = await forum(platform)
    space, group = await shop.space(), await shop.space(visibility=space_pb2.VISIBILITY_GROUP)
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id)
    with pytest.raises(InvalidArgument):
        await save(shop, ann, body="Nowhere")
    with pytest.raises(InvalidArgument):
        await save(shop, ann, space_id=space.id, topic_id=topic.id, body="Everywhere")
    with pytest.raises(NotFound):
        await save(shop, ann, space_id=group.id, body="Inside")
    kept = await save(shop, ann, space_id=space.id, body="My secret draft")
    copy = shop.leaving.ExportAccount(
        leaving_pb2.ExportAccountRequest(), metadata=(("authorization", f"Bearer {ann.token}"),)
    )
    assert "My secret draft" in b"".join([piece.data async for piece in copy]).decode()
    request = leaving_pb2.LeaveRequest(remains=leaving_pb2.REMAINS_ANONYMISED, password=PASSWORD)
    await shop.call(shop.leaving.Leave, request, ann.token)
    assert not await shop.rows("SELECT 1 FROM community.drafts WHERE id = :id", id=kept.id)


async def test_what_leads_to_a_person_is_marked_where_it_stands_and_nothing_of_it_is_kept(platform: Platform) -> None:
    shop = await forum(platform)
    ann = await shop.poster()
    body = "Ask 🙂 ann@people.example or 030 1234567, Lindenstraße 12, card 4111 1111 1111 1111; not 2024-05-01."
    seen = await review(shop, ann, body)
    kinds = draft_pb2.FindingKind
    assert [(each.kind, body[each.start : each.end]) for each in seen.findings] == [
        (kinds.FINDING_KIND_EMAIL, "ann@people.example"),
        (kinds.FINDING_KIND_PHONE, "030 1234567"),
        (kinds.FINDING_KIND_ADDRESS, "Lindenstraße 12"),
        (kinds.FINDING_KIND_CARD, "4111 1111 1111 1111"),
    ]
    assert seen.masked_body == "Ask 🙂 ••• or •••, •••, card •••; not 2024-05-01."
    assert not await shop.rows("SELECT 1 FROM community.exposure_choices WHERE member_id = :id", id=ann.id)
    await review(shop, ann, body, moves_to_ticket=True)
    chosen = await shop.rows("SELECT kind, choice FROM community.exposure_choices WHERE member_id = :id", id=ann.id)
    assert {tuple(each) for each in chosen} == {(kind, 3) for kind in (1, 2, 3, 4)}


async def test_nothing_that_leads_to_a_person_is_posted_without_a_choice(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id)
    said = "Write to ann@people.example."
    for choice in (exposure_pb2.EXPOSURE_CHOICE_UNSPECIFIED, exposure_pb2.EXPOSURE_CHOICE_TICKET):
        with pytest.raises(FailedPrecondition, match="EXPOSES_SOMEBODY"):
            await shop.reply(ann, topic.id, said, exposure_choice=choice)
        with pytest.raises(FailedPrecondition, match="EXPOSES_SOMEBODY"):
            await shop.topic(ann, space.id, f"A title with {said}"[:60], exposure_choice=choice)
    masked = await shop.reply(ann, topic.id, said, exposure_choice=MASK)
    assert masked.body == "Write to •••."
    with pytest.raises(FailedPrecondition, match="EXPOSES_SOMEBODY"):
        await shop.call(shop.posts.UpdatePost, post_pb2.UpdatePostRequest(post_id=masked.id, body=said), ann.token)
    with pytest.raises(InvalidArgument, match="POST_EMPTY"):
        await shop.reply(ann, topic.id, "ann@people.example", exposure_choice=MASK)
    assert (await shop.reply(ann, topic.id, said, exposure_choice=ANYWAY)).body == said
    chosen = await shop.rows("SELECT kind, choice FROM community.exposure_choices WHERE member_id = :id", id=ann.id)
    assert sorted(tuple(each) for each in chosen) == [(1, 1), (1, 2)], "what was refused is not kept"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["a.b@c.example", "+49 30 1234567", "4111 1111 1111 1111"]))
def test_whatever_stands_around_it_is_left_as_it_is(around: str, contact: str) -> None:
    masked = contacts.without(f"{around} {contact} end")
    assert contact not in masked
    assert masked.endswith(" end")
    assert contacts.find(masked) == [] or contacts.without(masked) != masked


def test_a_letter_that_is_none_keeps_the_search_quick() -> None:
    for each in ("a." * 10_000 + "@", "1 " * 10_000, "A" * 20_000, "/home/" * 3_000, "Aa " * 6_000):
        contacts.find(each)
