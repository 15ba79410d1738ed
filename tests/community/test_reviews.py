"""The platform's reviewers see what no community may bury, and decide by the rules of its moderators."""

from __future__ import annotations

import pytest
from parley.community.v1 import moderation_pb2, review_pb2, review_pb2_grpc
from parley.options.v1 import access_pb2

from kernel.errors import FailedPrecondition, NotFound, PermissionDenied
from tests.community.forum import Forum, Poster, forum
from tests.platform import Platform

REMOVE, NONE = moderation_pb2.CASE_ACTION_REMOVE, moderation_pb2.CASE_ACTION_NONE
MODERATOR, REVIEWER = access_pb2.CALLER_MODERATOR, access_pb2.CALLER_PLATFORM_REVIEWER


async def a_reviewer(platform: Platform) -> str:
    """Returns the token of a reviewer of the platform, who is nothing else."""
    return (await (await platform.tenant(house=True)).member(REVIEWER)).token


async def waiting(shop: Forum, token: str) -> dict[str, review_pb2.Review]:
    """Returns what waits of a community, by the case."""
    desk = review_pb2_grpc.ReviewServiceStub(shop.platform.community)
    found: dict[str, review_pb2.Review] = {}
    after = ""
    while True:
        page = await shop.call(desk.ListReviews, review_pb2.ListReviewsRequest(page_size=100, page_token=after), token)
        for each in page.reviews:
            if each.community == f"Tenant {shop.tenant.slug}":
                read = await shop.call(desk.GetReview, review_pb2.GetReviewRequest(review_id=each.id), token)
                found[read.review.case.id] = read.review
        after = page.next_page_token
        if not after:
            return found


async def decide(
    shop: Forum, token: str, review_id: str, action: int = 0, *, is_upheld: bool = True
) -> moderation_pb2.ModerationCase:
    """Decides as a reviewer; without an action, what was decided stands."""
    desk = review_pb2_grpc.ReviewServiceStub(shop.platform.community)
    request = review_pb2.DecideReviewRequest(
        review_id=review_id,
        is_upheld=is_upheld,
        action=moderation_pb2.CaseAction.ValueType(action),
        clause_id="R1" if action not in (0, NONE) else "",
        facts="Seen from above.",
    )
    return (await shop.call(desk.DecideReview, request, token)).case  # type: ignore[no-any-return]


async def reported(shop: Forum, kind: int, author: Poster | None = None) -> tuple[Poster, str]:
    """Returns the author of a post that was reported, and the case."""
    ann, bo = author or await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, (await shop.space()).id, body="Something that should not be here.")
    (post,) = await shop.read(topic.id)
    await shop.flag(bo.token, post.id, kind)
    return ann, next(each.id for each in await shop.cases() if each.post_id == post.id)


async def test_what_is_illegal_waits_for_a_reviewer_whatever_the_community_decides(platform: Platform) -> None:
    shop, ines = await forum(platform), await a_reviewer(platform)
    _, spam = await reported(shop, moderation_pb2.FLAG_KIND_SPAM)
    ann, case_id = await reported(shop, moderation_pb2.FLAG_KIND_ILLEGAL)
    (review,) = (await waiting(shop, ines)).values()
    assert (review.case.id, review.reason) == (case_id, review_pb2.REVIEW_REASON_ILLEGAL)
    assert spam != case_id
    assert "should not be here" in review.case.flags[0].snapshot
    assert [each.id for each in review.clauses] == ["R1", "R2"]
    with pytest.raises(FailedPrecondition, match="REVIEW_UNDECIDED"):
        await decide(shop, ines, review.id)
    await shop.decide(shop.admin, case_id, NONE, is_upheld=False)
    # The community buried it; it waits all the same, and is overruled, with a statement to its author.
    decided = await decide(shop, ines, review.id, REMOVE)
    assert [each.action for each in decided.decisions] == [NONE, REMOVE]
    assert decided.flags[0].is_upheld
    statements = await shop.call(shop.moderation.ListStatements, moderation_pb2.ListStatementsRequest(), ann.token)
    assert [each.facts for each in statements.statements] == ["Seen from above."]
    assert await waiting(shop, ines) == {}
    with pytest.raises(NotFound, match="REVIEW_NOT_FOUND"):
        await decide(shop, ines, review.id, NONE)


async def test_a_reviewer_decides_an_appeal_that_nobody_of_the_community_may(platform: Platform) -> None:
    shop, ines = await forum(platform), await a_reviewer(platform)
    ann, case_id = await reported(shop, moderation_pb2.FLAG_KIND_HARASSMENT)
    assert await waiting(shop, ines) == {}, "what nobody appealed against stays with the community"
    decision = (await shop.decide(shop.admin, case_id, REMOVE)).decisions[0]
    request = moderation_pb2.AppealDecisionRequest(decision_id=decision.id, text="It was a quotation.")
    await shop.call(shop.moderation.AppealDecision, request, ann.token)
    review = (await waiting(shop, ines))[case_id]
    assert review.reason == review_pb2.REVIEW_REASON_APPEAL
    assert review.case.appeals[0].text == "It was a quotation."
    decided = await decide(shop, ines, review.id, NONE)
    assert decided.state == moderation_pb2.MODERATION_STATE_CLOSED
    (statement,) = (
        await shop.call(shop.moderation.ListStatements, moderation_pb2.ListStatementsRequest(), ann.token)
    ).statements
    assert statement.is_reversed
    assert await waiting(shop, ines) == {}


async def test_an_appeal_that_a_colleague_decides_waits_for_no_reviewer_any_more(platform: Platform) -> None:
    shop, ines = await forum(platform), await a_reviewer(platform)
    ann, case_id = await reported(shop, moderation_pb2.FLAG_KIND_SPAM)
    decision = (await shop.decide(shop.admin, case_id, REMOVE)).decisions[0]
    request = moderation_pb2.AppealDecisionRequest(decision_id=decision.id, text="It was none.")
    appeal = (await shop.call(shop.moderation.AppealDecision, request, ann.token)).appeal
    colleague = await shop.tenant.member(MODERATOR)
    settle = moderation_pb2.DecideAppealRequest(appeal_id=appeal.id, action=REMOVE, clause_id="R1", facts="It was.")
    await shop.call(shop.moderation.DecideAppeal, settle, colleague.token)
    assert await waiting(shop, ines) == {}


async def test_a_reviewer_does_not_decide_twice_and_leaves_standing_what_is_right(platform: Platform) -> None:
    shop, ines = await forum(platform), await a_reviewer(platform)
    ann, case_id = await reported(shop, moderation_pb2.FLAG_KIND_ILLEGAL)
    decision = (await decide(shop, ines, (await waiting(shop, ines))[case_id].id, REMOVE)).decisions[0]
    request = moderation_pb2.AppealDecisionRequest(decision_id=decision.id, text="It was none.")
    await shop.call(shop.moderation.AppealDecision, request, ann.token)
    review = (await waiting(shop, ines))[case_id]
    with pytest.raises(PermissionDenied, match="OWN_DECISION"):
        await decide(shop, ines, review.id, NONE)
    _, other = await reported(shop, moderation_pb2.FLAG_KIND_ILLEGAL)
    await shop.decide(shop.admin, other, REMOVE)
    left = await decide(shop, ines, (await waiting(shop, ines))[other].id)
    assert len(left.decisions) == 1
    assert set(await waiting(shop, ines)) == {case_id}


async def test_nobody_of_a_community_sees_the_reviewers_desk(platform: Platform) -> None:
    shop = await forum(platform)
    for token in (shop.admin, (await shop.tenant.member(MODERATOR)).token, (await shop.poster()).token):
        with pytest.raises(PermissionDenied):
            await waiting(shop, token)
