"""What is put before others says something, and no sign in it breaks or turns round what stands beside it."""

from __future__ import annotations

from typing import Any

import pytest
from parley.community.v1 import account_pb2, direct_pb2, draft_pb2, moderation_pb2, post_pb2, space_pb2, terms_pb2

from kernel.errors import InvalidArgument
from services.community.domain.texts import line_of
from tests.community.forum import forum
from tests.platform import Platform

#: Blanks, and signs that nobody sees.
NOTHING = " \u200b\u2060\n\ufeff "


async def test_what_says_nothing_or_cannot_be_kept_is_refused_wherever_somebody_says_it(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id)
    (post,) = await shop.read(topic.id)
    clauses = [terms_pb2.Clause(id="R1", title="Be kind", text=NOTHING)]
    exposure = space_pb2.Exposure(visibility=space_pb2.VISIBILITY_EVERYBODY)
    for blank in (NOTHING, "a\x00b"):
        everywhere: list[tuple[Any, Any, str]] = [
            (shop.posts.CreatePost, post_pb2.CreatePostRequest(topic_id=topic.id, body=blank), bo.token),
            (shop.posts.UpdatePost, post_pb2.UpdatePostRequest(post_id=post.id, body=blank), ann.token),
            (shop.direct.AskContact, direct_pb2.AskContactRequest(handle=bo.handle, body=blank), ann.token),
            (
                shop.spaces.CreateSpace,
                space_pb2.CreateSpaceRequest(slug="blank", display_name=blank, exposure=exposure),
                shop.admin,
            ),
            (shop.terms.PublishTerms, terms_pb2.PublishTermsRequest(clauses=clauses, warning="Mind."), shop.admin),
        ]
        for method, request, token in everywhere:
            with pytest.raises(InvalidArgument, match="TEXT_"):
                await shop.call(method, request, token)
        for title, body in ((blank, "A body."), ("A title", blank)):
            with pytest.raises(InvalidArgument, match="TEXT_"):
                await shop.topic(ann, space.id, title, body)


async def test_what_may_be_empty_is_kept_without_the_sign_that_no_text_has(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    (post,) = await shop.read((await shop.topic(ann, space.id)).id)
    everywhere: list[tuple[Any, Any]] = [
        (shop.drafts.SaveDraft, draft_pb2.SaveDraftRequest(space_id=space.id, body="a\x00")),
        (
            shop.moderation.FlagPost,
            moderation_pb2.FlagPostRequest(post_id=post.id, kind=moderation_pb2.FLAG_KIND_SPAM, text="a\x00"),
        ),
        (shop.accounts.UpdateAccount, account_pb2.UpdateAccountRequest(about="a\x00")),
    ]
    for method, request in everywhere:
        with pytest.raises(InvalidArgument, match="TEXT_MALFORMED"):
            await shop.call(method, request, bo.token)


async def test_a_title_is_one_line_that_is_read_in_its_direction(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id, "Read\r\nBcc: me \u202etxt.exe")
    assert topic.title == "Read Bcc: me txt.exe"


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("a\u2028b\x1b[31m", "a b [31m"),
        ("\u2067x\u2069", "x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👧", "👩\u200d👧"),
    ],
)
def test_signs_that_join_letters_stay(typed: str, line: str) -> None:
    assert line_of(typed) == line
