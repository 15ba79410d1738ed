"""In whatever order flags, decisions and appeals come: no statement is lost, and nobody judges their own."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from parley.community.v1 import moderation_pb2, topic_pb2
from parley.options.v1 import access_pb2

from kernel.errors import ParleyError
from tests.community.forum import forum
from tests.platform import Platform

NONE, REMOVE, RESTRICT = (
    moderation_pb2.CASE_ACTION_NONE,
    moderation_pb2.CASE_ACTION_REMOVE,
    moderation_pb2.CASE_ACTION_RESTRICT,
)
HIDDEN = (topic_pb2.CONTENT_STATE_HIDDEN_PENDING, topic_pb2.CONTENT_STATE_REMOVED)
#: What may happen: who does it, and what they do.
STEPS = st.tuples(
    st.one_of(
        st.tuples(st.just("flag"), st.sampled_from(["reporter", "staff"]), st.sampled_from([1, 3, 4])),
        st.tuples(st.just("decide"), st.sampled_from(["first", "second"]), st.sampled_from([NONE, REMOVE, RESTRICT])),
        st.tuples(st.just("appeal"), st.sampled_from(["author", "reporter"]), st.just(0)),
        st.tuples(st.just("settle"), st.sampled_from(["first", "second", "third"]), st.sampled_from([NONE, REMOVE])),
    ),
    # In which of the cases, the last one being 0.
    st.sampled_from([0, 0, 1]),
)


@settings(max_examples=4, deadline=None, database=None)
@given(steps=st.lists(STEPS, min_size=4, max_size=9))
async def test_no_path_loses_a_statement_or_lets_anybody_judge_their_own(
    platform: Platform, steps: list[tuple[tuple[str, str, Any], int]]
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    reporter, author = await shop.poster(), await shop.poster()
    post = await shop.reply(author, (await shop.topic(reporter, space.id)).id, "A word.")
    staff = {"first": shop.tenant.admin, "staff": shop.tenant.admin}
    for name in ("second", "third"):
        staff[name] = await shop.tenant.member(access_pb2.CALLER_MODERATOR)
    cases: set[str] = set()
    state = topic_pb2.CONTENT_STATE_LIVE
    for (step, who, what), back in steps:
        before = sum([len((await _case(shop, each)).decisions) for each in cases])
        try:
            token = (staff.get(who) or {"reporter": reporter, "author": author}[who]).token
            await _take(shop, post.id, cases, step, what, back, token)
        except ParleyError:
            continue
        finally:
            known = [await _case(shop, each) for each in cases]
            decided = sum(len(each.decisions) for each in known)
            now = (await shop.read(post.topic_id, shop.admin))[1].state
            assert not (state in HIDDEN and now not in HIDDEN and decided == before), "un-hidden without a decision"
            last = [each.decisions[-1].action for each in known if each.decisions]
            assert REMOVE not in last or now in HIDDEN, "what one case took away, no other brings back"
            state = now
    statements = await shop.call(shop.moderation.ListStatements, moderation_pb2.ListStatementsRequest(), author.token)
    found = [await _case(shop, each) for each in cases]
    restricting = {each.id for case in found for each in case.decisions if each.action != NONE}
    assert {each.decision_id for each in statements.statements} == restricting
    for case in found:
        deciders = [each.decided_by for each in case.decisions]
        assert len(set(deciders)) == len(deciders), "nobody decides twice in one case"


async def _case(shop: Any, case_id: str) -> moderation_pb2.ModerationCase:
    request = moderation_pb2.GetModerationCaseRequest(case_id=case_id)
    return (await shop.call(shop.moderation.GetModerationCase, request, shop.admin)).case  # type: ignore[no-any-return]


async def _take(shop: Any, post_id: str, cases: set[str], step: str, what: Any, back: int, token: str) -> None:
    if step == "flag":
        await shop.flag(token, post_id, what)
        cases |= {each.id for each in await shop.cases()}
        return
    found = [await _case(shop, each) for each in sorted(cases)]
    found = found[: len(found) - back] or found
    if step == "decide" and found:
        await shop.decide(token, found[-1].id, what, is_upheld=what != NONE)
    elif step == "appeal" and found and found[-1].decisions:
        request = moderation_pb2.AppealDecisionRequest(decision_id=found[-1].decisions[-1].id, text="No.")
        await shop.call(shop.moderation.AppealDecision, request, token)
    elif step == "settle" and found and found[-1].appeals:
        answer = moderation_pb2.DecideAppealRequest(
            appeal_id=found[-1].appeals[-1].id, action=what, clause_id="R1", facts="So it is."
        )
        await shop.call(shop.moderation.DecideAppeal, answer, token)
