"""From a report to a decision that somebody may appeal against: nothing is lost, and nobody judges their own."""

from __future__ import annotations

import pytest
from parley.community.v1 import account_pb2, moderation_pb2, post_pb2, topic_pb2
from parley.options.v1 import access_pb2

from kernel.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from tests.community.forum import Forum, Poster, forum
from tests.platform import Platform

HARASSMENT, EXPOSED = moderation_pb2.FLAG_KIND_HARASSMENT, moderation_pb2.FLAG_KIND_EXPOSED
REMOVE, NONE, PURGE = (
    moderation_pb2.CASE_ACTION_REMOVE,
    moderation_pb2.CASE_ACTION_NONE,
    moderation_pb2.CASE_ACTION_PURGE,
)
MODERATOR = access_pb2.CALLER_MODERATOR


async def a_post(platform: Platform, body: str = "You are all fools.") -> tuple[Forum, Poster, Poster, post_pb2.Post]:
    """Makes a community in which somebody has posted something."""
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id)
    return shop, ann, bo, await shop.reply(bo, topic.id, body)


async def statements(shop: Forum, member: Poster) -> list[moderation_pb2.Statement]:
    """Returns the statements to a member."""
    request = moderation_pb2.ListStatementsRequest()
    return list((await shop.call(shop.moderation.ListStatements, request, member.token)).statements)


async def appeal(shop: Forum, member: Poster, decision_id: str) -> moderation_pb2.Appeal:
    """Appeals against a decision."""
    request = moderation_pb2.AppealDecisionRequest(decision_id=decision_id, text="It was a joke.")
    return (await shop.call(shop.moderation.AppealDecision, request, member.token)).appeal  # type: ignore[no-any-return]


async def test_the_list_of_cases_says_what_was_reported(platform: Platform) -> None:
    shop, ann, _, post = await a_post(platform)
    await shop.flag(ann.token, post.id, HARASSMENT)
    await shop.flag("", post.id, EXPOSED)
    await shop.flag(shop.admin, post.id, EXPOSED)
    (case,) = await shop.cases()
    assert (list(case.kinds), case.flag_count) == ([EXPOSED, HARASSMENT], 3)


async def test_a_post_that_is_removed_leaves_its_author_a_statement_and_a_copy(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform)
    first, second = await shop.flag(ann.token, post.id, HARASSMENT), await shop.flag(ann.token, post.id, HARASSMENT)
    assert first.flag_id != second.flag_id
    (case,) = await shop.cases()
    assert case.flag_count == 2, "one post has one open case"
    with pytest.raises(InvalidArgument, match="RESTRICTION_WITHOUT_GROUND"):
        await shop.decide(shop.admin, case.id, REMOVE, is_upheld=False)
    decided = await shop.decide(shop.admin, case.id, REMOVE)
    assert decided.post_state == topic_pb2.CONTENT_STATE_REMOVED
    assert decided.flags[0].snapshot == "<p>You are all fools.</p>\n"
    (statement,) = await statements(shop, bo)
    assert statement.decision_visibility == "DECISION_VISIBILITY_CONTENT_DISABLED"
    assert (statement.clause_id, statement.content, statement.may_appeal) == ("R1", "You are all fools.", True)
    assert decided.decisions[0].terms_id == post.terms_id, "the version in force when it was posted"
    assert [each.html for each in await shop.read(post.topic_id)][1] == ""
    assert "fools" in (await shop.read(post.topic_id, bo.token))[1].html, "its author sees it, and its state"
    with pytest.raises(FailedPrecondition, match="CASE_DECIDED"):
        await shop.decide(shop.admin, case.id, NONE)


async def test_an_appeal_is_decided_by_somebody_else_and_undoes_what_it_reverses(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform)
    await shop.flag(ann.token, post.id, HARASSMENT)
    (case,) = await shop.cases()
    decision = (await shop.decide(shop.admin, case.id, REMOVE)).decisions[0]
    await shop.publish(text="Nobody has accepted this yet.")
    made = await appeal(shop, bo, decision.id)
    with pytest.raises(AlreadyExists, match="APPEALED_ALREADY"):
        await appeal(shop, bo, decision.id)
    with pytest.raises(FailedPrecondition, match="NOTHING_TO_APPEAL"):
        await appeal(shop, ann, decision.id)
    request = moderation_pb2.DecideAppealRequest(appeal_id=made.id, action=NONE, facts="It was a joke indeed.")
    with pytest.raises(PermissionDenied, match="OWN_DECISION"):
        await shop.call(shop.moderation.DecideAppeal, request, shop.admin)
    other = await shop.tenant.member(MODERATOR)
    closed = (await shop.call(shop.moderation.DecideAppeal, request, other.token)).case
    assert (closed.state, closed.post_state) == (
        moderation_pb2.MODERATION_STATE_CLOSED,
        topic_pb2.CONTENT_STATE_LIVE,
    )
    assert "fools" in (await shop.read(post.topic_id))[1].html
    (statement,) = await statements(shop, bo)
    assert statement.is_reversed
    counted = await shop.call(shop.moderation.GetTransparency, moderation_pb2.GetTransparencyRequest())
    assert [(each.clause_id, each.decisions, each.reversed) for each in counted.clauses] == [("R1", 1, 1)]


async def test_whoever_reports_as_staff_does_not_decide(platform: Platform) -> None:
    shop, _, _, post = await a_post(platform)
    await shop.flag(shop.admin, post.id, HARASSMENT)
    (case,) = await shop.cases()
    with pytest.raises(PermissionDenied, match="OWN_FLAG"):
        await shop.decide(shop.admin, case.id, REMOVE)
    other = await shop.tenant.member(MODERATOR)
    assert (await shop.decide(other.token, case.id, REMOVE)).decisions[0].is_upheld


async def test_what_exposes_somebody_is_masked_at_once_in_quotes_too_and_reported_without_an_account(
    platform: Platform,
) -> None:
    shop, ann, bo, post = await a_post(platform, "Ask Jo Miller, Elm Street 5, she knows.")
    await shop.reply(ann, post.topic_id, "> Ask jo miller, elm street 5\n\nReally?", reply_to=post.number)
    flagged = await shop.flag("", post.id, EXPOSED, selection="Elm Street 5")
    assert flagged.masked_count == 2
    for token in ("", ann.token, bo.token):
        said = "".join(each.html for each in await shop.read(post.topic_id, token))
        assert "lm street 5" not in said.lower()
        assert "•••" in said
    with pytest.raises(PermissionDenied, match="ACCOUNT_NEEDED"):
        await shop.flag("", post.id, HARASSMENT)
    (case,) = await shop.cases()
    assert case.is_escalated
    marks = await shop.marks("posts", "revisions")
    await shop.decide(shop.admin, case.id, PURGE)
    assert await shop.marks("posts", "revisions") > marks, "the next rewrite clears what lies on the disk"
    assert len(await statements(shop, bo)) == len(await statements(shop, ann)) == 1
    assert (await statements(shop, bo))[0].content == ""
    asked = await shop.call(shop.moderation.GetFlag, moderation_pb2.GetFlagRequest(flag_id=flagged.flag_id))
    assert asked.is_decided
    assert "Miller" in (await shop.read(post.topic_id))[1].html, "only the selection goes"


async def test_a_refusal_restores_what_was_masked(platform: Platform) -> None:
    shop, _, _, post = await a_post(platform, "The shop is in Elm Street 5.")
    whole = await shop.flag("", post.id, EXPOSED)
    assert whole.masked_count == 1
    assert (await shop.read(post.topic_id))[1].state == topic_pb2.CONTENT_STATE_HIDDEN_PENDING
    (case,) = await shop.cases()
    await shop.decide(shop.admin, case.id, NONE, is_upheld=False)
    assert (await shop.read(post.topic_id))[1].html == "<p>The shop is in Elm Street 5.</p>\n"


async def test_a_suspended_member_reads_appeals_and_exports(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform)
    await shop.flag(ann.token, post.id, HARASSMENT)
    (case,) = await shop.cases()
    decision = (await shop.decide(shop.admin, case.id, REMOVE)).decisions[0]
    request = moderation_pb2.SuspendMemberRequest(handle=bo.handle, days=7, clause_id="R1", facts="Again.")
    await shop.call(shop.moderation.SuspendMember, request, shop.admin)
    with pytest.raises(FailedPrecondition, match="MEMBER_SUSPENDED"):
        await shop.reply(bo, post.topic_id, "More")
    assert (await appeal(shop, bo, decision.id)).by_author
    assert [each.decision_account for each in await statements(shop, bo)] == ["DECISION_ACCOUNT_SUSPENDED", ""]
    own = await shop.call(shop.accounts.GetAccount, account_pb2.GetAccountRequest(), bo.token)
    assert own.account.suspended_until_time.seconds
    request.days = 0
    await shop.call(shop.moderation.SuspendMember, request, shop.admin)
    assert (await shop.reply(bo, post.topic_id, "Thank you.")).number


async def test_another_companys_moderator_finds_no_case(platform: Platform) -> None:
    shop, ann, _, post = await a_post(platform)
    other = await forum(platform)
    await shop.flag(ann.token, post.id, HARASSMENT)
    (case,) = await shop.cases()
    with pytest.raises(NotFound):
        await shop.call(
            shop.moderation.GetModerationCase, moderation_pb2.GetModerationCaseRequest(case_id=case.id), other.admin
        )
    with pytest.raises(PermissionDenied):
        await shop.call(
            shop.moderation.GetModerationCase, moderation_pb2.GetModerationCaseRequest(case_id=case.id), ann.token
        )


async def test_whoever_is_restricted_on_the_appeal_of_a_reporter_appeals_once_as_well(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform)
    await shop.flag(ann.token, post.id, HARASSMENT)
    (case,) = await shop.cases()
    first = (await shop.decide(shop.admin, case.id, NONE, is_upheld=False)).decisions[0]
    made = await appeal(shop, ann, first.id)
    await settle(shop, made.id, REMOVE)
    (statement,) = await statements(shop, bo)
    assert statement.may_appeal
    with pytest.raises(FailedPrecondition, match="APPEAL_DECIDED"):
        await appeal(shop, ann, statement.decision_id)
    made = await appeal(shop, bo, statement.decision_id)
    await settle(shop, made.id, REMOVE)
    # That is the end for both: each has been heard once.
    last, _ = await statements(shop, bo)
    assert not last.may_appeal
    for member in (ann, bo):
        with pytest.raises(FailedPrecondition, match="APPEAL_DECIDED"):
            await appeal(shop, member, last.decision_id)


async def settle(shop: Forum, appeal_id: str, action: moderation_pb2.CaseAction.ValueType) -> None:
    """Decides an appeal, as somebody who has not decided before."""
    other = await shop.tenant.member(MODERATOR)
    request = moderation_pb2.DecideAppealRequest(
        appeal_id=appeal_id, action=action, clause_id="R1" if action != NONE else "", facts="So it is."
    )
    await shop.call(shop.moderation.DecideAppeal, request, other.token)


async def test_whoever_reported_is_told_why_nothing_was_done_and_nothing_of_why_something_was(
    platform: Platform,
) -> None:
    shop, ann, _, post = await a_post(platform)
    flagged = await shop.flag("", post.id, EXPOSED)
    (case,) = await shop.cases()
    request = moderation_pb2.DecideModerationCaseRequest(case_id=case.id, action=NONE)
    with pytest.raises(InvalidArgument, match="REASONS_MISSING"):
        await shop.call(shop.moderation.DecideModerationCase, request, shop.admin)
    request.facts = "That name is the shop's own."
    await shop.call(shop.moderation.DecideModerationCase, request, shop.admin)
    asked = await shop.call(shop.moderation.GetFlag, moderation_pb2.GetFlagRequest(flag_id=flagged.flag_id))
    assert asked.facts == "That name is the shop's own."
    right = await shop.flag(ann.token, post.id, HARASSMENT)
    (case,) = await shop.cases()
    await shop.decide(shop.admin, case.id, REMOVE)
    asked = await shop.call(shop.moderation.GetFlag, moderation_pb2.GetFlagRequest(flag_id=right.flag_id), ann.token)
    assert (asked.flag.is_upheld, asked.facts) == (True, "")


async def suspended(shop: Forum, member: Poster, days: int = 7) -> None:
    """Suspends a member, or ends that."""
    request = moderation_pb2.SuspendMemberRequest(handle=member.handle, days=days, clause_id="R1", facts="Again.")
    await shop.call(shop.moderation.SuspendMember, request, shop.admin)


async def test_a_suspension_is_appealed_against_and_ended_by_somebody_else(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform)
    await suspended(shop, bo)
    assert await shop.cases() == [], "it waits for nobody until somebody appeals"
    (statement,) = await statements(shop, bo)
    assert statement.may_appeal
    with pytest.raises(NotFound):
        await appeal(shop, ann, statement.decision_id)
    made = await appeal(shop, bo, statement.decision_id)
    (case,) = await shop.cases()
    assert (case.is_suspension, case.author.handle, case.post_id) == (True, bo.handle, "")
    request = moderation_pb2.DecideAppealRequest(appeal_id=made.id, action=NONE, facts="Too hard.")
    with pytest.raises(PermissionDenied, match="OWN_DECISION"):
        await shop.call(shop.moderation.DecideAppeal, request, shop.admin)
    other = await shop.tenant.member(MODERATOR)
    purge = moderation_pb2.DecideAppealRequest(appeal_id=made.id, action=PURGE, clause_id="R1", facts="Gone.")
    with pytest.raises(InvalidArgument, match="SUSPENSION_STANDS_OR_ENDS"):
        await shop.call(shop.moderation.DecideAppeal, purge, other.token)
    await shop.call(shop.moderation.DecideAppeal, request, other.token)
    assert (await shop.reply(bo, post.topic_id, "Thank you.")).number
    (statement,) = await statements(shop, bo)
    assert (statement.is_reversed, statement.may_appeal) == (True, False)
    counted = await shop.call(shop.moderation.GetTransparency, moderation_pb2.GetTransparencyRequest())
    assert [(each.clause_id, each.decisions, each.reversed) for each in counted.clauses] == [("R1", 1, 1)]


async def test_a_suspension_that_stands_is_stated_again_and_counts_as_no_removal(platform: Platform) -> None:
    shop, _, bo, post = await a_post(platform)
    await suspended(shop, bo)
    (statement,) = await statements(shop, bo)
    await settle(shop, (await appeal(shop, bo, statement.decision_id)).id, REMOVE)
    last, first = await statements(shop, bo)
    assert [each.decision_account for each in (last, first)] == ["DECISION_ACCOUNT_SUSPENDED"] * 2
    assert (first.is_reversed, first.may_appeal, last.may_appeal) == (False, False, False)
    with pytest.raises(FailedPrecondition, match="MEMBER_SUSPENDED"):
        await shop.reply(bo, post.topic_id, "More")
    looked = await shop.call(shop.accounts.GetMember, account_pb2.GetMemberRequest(handle=bo.handle), shop.admin)
    assert looked.removal_count == 0


async def test_an_appeal_against_a_suspension_leaves_a_later_one_as_it_is(platform: Platform) -> None:
    shop, _, bo, post = await a_post(platform)
    await suspended(shop, bo)
    (statement,) = await statements(shop, bo)
    made = await appeal(shop, bo, statement.decision_id)
    await suspended(shop, bo, 30)
    await settle(shop, made.id, NONE)
    with pytest.raises(FailedPrecondition, match="MEMBER_SUSPENDED"):
        await shop.reply(bo, post.topic_id, "More")
