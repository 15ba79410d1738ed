"""A mask lasts until its own case is decided: nobody edits it away, no other case lifts it, and no history tells."""

from __future__ import annotations

import asyncio

import pytest
from parley.community.v1 import leaving_pb2, moderation_pb2, post_pb2

from kernel.errors import FailedPrecondition, NotFound
from services.community.domain.masking import Masked, is_visible, unmasked, without
from services.community.domain.posts import HIDDEN_PENDING, LIVE, REMOVED
from tests.community.forum import PASSWORD, Forum, Poster
from tests.community.test_leaving import exported
from tests.community.test_moderation import (
    EXPOSED,
    HARASSMENT,
    MODERATOR,
    NONE,
    PURGE,
    REMOVE,
    a_post,
    appeal,
    statements,
)
from tests.community.test_reviews import a_reviewer, waiting
from tests.community.test_reviews import decide as decide_above
from tests.platform import Platform

NEXT_DOOR = "Jo Miller lives next door."


async def change(shop: Forum, member: Poster, post_id: str, body: str) -> None:
    """Changes a post."""
    await shop.call(shop.posts.UpdatePost, post_pb2.UpdatePostRequest(post_id=post_id, body=body), member.token)


async def before(shop: Forum, post_id: str, token: str = "") -> str:
    """Returns what stood in a post before."""
    request = post_pb2.ListRevisionsRequest(post_id=post_id)
    return "".join(each.html for each in (await shop.call(shop.posts.ListRevisions, request, token)).revisions)


async def refuse(shop: Forum, case_id: str) -> None:
    """Decides that nothing is done."""
    await shop.decide(shop.admin, case_id, NONE, is_upheld=False)


async def refuse_appeal(shop: Forum, appeal_id: str) -> None:
    """Decides, as somebody else, that nothing is done about an appeal."""
    other = await shop.tenant.member(MODERATOR)
    request = moderation_pb2.DecideAppealRequest(appeal_id=appeal_id, action=NONE, facts="It is as it was.")
    await shop.call(shop.moderation.DecideAppeal, request, other.token)


async def said(shop: Forum, topic_id: str) -> list[str]:
    """Returns what everybody reads in a topic."""
    return [each.html for each in await shop.read(topic_id)]


async def test_what_a_masked_post_said_before_is_masked_as_well_and_goes_with_it(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform, NEXT_DOOR)
    quoting = await shop.reply(ann, post.topic_id, f"> {NEXT_DOOR}\n\nReally?", reply_to=2)
    await change(shop, bo, post.id, f"{NEXT_DOOR} Indeed.")
    await change(shop, ann, quoting.id, "Never mind.")
    flagged = await shop.flag("", post.id, EXPOSED, selection="Jo Miller")
    assert flagged.masked_count == 2, "the history of a quotation tells as much as the quotation"
    for token in ("", ann.token, bo.token):
        assert await before(shop, post.id, token) == await before(shop, quoting.id, token) == ""
    assert "Miller" in await before(shop, post.id, shop.admin), "whoever decides sees it"
    (case,) = await shop.cases()
    request = moderation_pb2.GetModerationCaseRequest(case_id=case.id)
    read = (await shop.call(shop.moderation.GetModerationCase, request, shop.admin)).case
    assert (list(read.masked_words), read.masked_count) == (["Jo Miller"], 2), "and what is masked"
    await shop.decide(shop.admin, case.id, PURGE)
    for id_ in (post.id, quoting.id):
        assert await before(shop, id_, shop.admin) == ""
    assert "Never mind." in (await said(shop, post.topic_id))[2]


async def test_a_mask_that_a_removal_makes_last_is_cleared_from_the_disk_and_one_that_is_refused_is_not(
    platform: Platform,
) -> None:
    for action, more in ((REMOVE, 1), (None, 0)):
        shop, _, _, post = await a_post(platform, NEXT_DOOR)
        await shop.flag("", post.id, EXPOSED, selection="Jo Miller")
        (case,) = await shop.cases()
        marks = await shop.marks("masked")
        if action is None:
            await refuse(shop, case.id)
        else:
            await shop.decide(shop.admin, case.id, action)
        assert await shop.marks("masked") == marks + more


async def test_a_post_in_which_something_is_masked_is_not_changed_until_it_is_decided(platform: Platform) -> None:
    shop, _, bo, post = await a_post(platform, NEXT_DOOR)
    await shop.flag("", post.id, EXPOSED, selection="Jo Miller")
    with pytest.raises(FailedPrecondition, match="POST_MASKED"):
        await change(shop, bo, post.id, f"{NEXT_DOOR} I say it again.")
    (case,) = await shop.cases()
    await refuse(shop, case.id)
    await change(shop, bo, post.id, f"{NEXT_DOOR} As I said.")
    assert "As I said" in (await said(shop, post.topic_id))[1]


async def test_what_is_masked_in_a_topic_is_not_said_there_again_until_it_is_decided(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform, NEXT_DOOR)
    earlier = await shop.reply(ann, post.topic_id, "Where do they live?")
    await shop.flag("", post.id, EXPOSED, selection="Jo Miller")
    for repeated in ("It was jo miller, I think.", f"> {NEXT_DOOR}\n\nReally?"):
        with pytest.raises(FailedPrecondition) as refused:
            await shop.reply(ann, post.topic_id, repeated)
        assert refused.value.reason == "WORDS_MASKED"
        assert "Miller" not in refused.value.detail
        with pytest.raises(FailedPrecondition, match="WORDS_MASKED"):
            await change(shop, ann, earlier.id, repeated)
    assert len(await said(shop, post.topic_id)) == 3
    await shop.reply(ann, post.topic_id, "Somebody who lives there.")
    (case,) = await shop.cases()
    await refuse(shop, case.id)
    await shop.reply(bo, post.topic_id, "It was Jo Miller, I think.")
    # Of a post that is hidden whole, nothing is quoted.
    whole = await shop.reply(bo, post.topic_id, "The house with the blue door is theirs.")
    await shop.flag("", whole.id, EXPOSED)
    with pytest.raises(FailedPrecondition, match="WORDS_MASKED"):
        await shop.reply(ann, post.topic_id, "> The house with the blue door is theirs.\n\nI see.")
    await shop.reply(ann, post.topic_id, "That is a strange thing to write.")


async def test_a_word_that_stands_all_over_a_topic_hides_the_post_that_was_reported_and_not_the_topic(
    platform: Platform,
) -> None:
    shop, ann, bo, post = await a_post(platform, NEXT_DOOR)
    await shop.set("community.first_day_posts", 100)
    for number in range(11):
        await shop.reply(ann if number % 2 else bo, post.topic_id, f"Who lives next to number {number}?")
    flagged = await shop.flag("", post.id, EXPOSED, selection="lives")
    assert flagged.masked_count == 1
    read = await said(shop, post.topic_id)
    assert (read[1], sum("lives" in each for each in read)) == ("", 11)
    await shop.reply(ann, post.topic_id, "Everybody lives somewhere.")
    # What leads to a person by itself is masked wherever it stands.
    for number in range(11):
        await shop.reply(ann if number % 2 else bo, post.topic_id, f"Ask Jonathan Millerson, of house {number}.")
    telling = (await shop.read(post.topic_id, after=14))[0]
    flagged = await shop.flag("", telling.id, EXPOSED, selection="Jonathan Millerson")
    assert flagged.masked_count == 11


async def test_what_two_cases_mask_in_one_post_comes_back_one_by_one(platform: Platform) -> None:
    shop, ann, _, post = await a_post(platform, NEXT_DOOR)
    other = await shop.reply(ann, post.topic_id, f"> {NEXT_DOOR}\n\nAnd Eve Smith too.", reply_to=2)
    await shop.flag("", post.id, EXPOSED, selection="Jo Miller")
    await shop.flag("", other.id, EXPOSED, selection="Eve Smith")
    case = {each.post_id: each.id for each in await shop.cases()}
    await refuse(shop, case[post.id])
    assert "Miller" in (await said(shop, post.topic_id))[2]
    assert "Smith" not in (await said(shop, post.topic_id))[2], "its own case is not decided"
    await refuse(shop, case[other.id])
    assert f"<p>{NEXT_DOOR}</p>" in (await said(shop, post.topic_id))[2]
    assert "Smith" in (await said(shop, post.topic_id))[2]


async def test_what_was_taken_out_for_good_does_not_come_back_with_another_mask(platform: Platform) -> None:
    shop, ann, _, post = await a_post(platform, NEXT_DOOR)
    other = await shop.reply(ann, post.topic_id, f"> {NEXT_DOOR}\n\nAnd Eve Smith too.", reply_to=2)
    await shop.flag("", other.id, EXPOSED, selection="Eve Smith")
    await shop.flag("", post.id, EXPOSED, selection="Jo Miller")
    case = {each.post_id: each.id for each in await shop.cases()}
    await shop.decide(shop.admin, case[post.id], PURGE)
    await refuse(shop, case[other.id])
    assert "Smith" in (await said(shop, post.topic_id))[2]
    assert "Miller" not in (await said(shop, post.topic_id))[2]


async def test_reports_and_decisions_at_once_lose_no_mask_and_leave_none_behind(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform, NEXT_DOOR)
    other = await shop.reply(ann, post.topic_id, f"> {NEXT_DOOR}\n\nAnd Eve Smith too.", reply_to=2)
    third = await shop.reply(bo, post.topic_id, "> And Eve Smith too.\n\nAnd Jo Miller.", reply_to=3)
    names = ("Jo Miller", "Eve Smith")
    flags = [shop.flag("", each.id, EXPOSED, selection=name) for each in (post, other, third) for name in names[:1]]
    await asyncio.gather(*flags, shop.flag("", other.id, EXPOSED, selection=names[1]))
    texts = "".join(await said(shop, post.topic_id))
    assert "Miller" not in texts
    assert "Smith" not in texts
    await asyncio.gather(*(refuse(shop, each.id) for each in await shop.cases()))
    texts = "".join(await said(shop, post.topic_id))
    assert (texts.count("Miller"), texts.count("Smith")) == (3, 2)


async def test_a_post_that_is_hidden_whole_is_hidden_where_it_is_quoted_and_comes_back(platform: Platform) -> None:
    shop, ann, _, post = await a_post(platform, NEXT_DOOR)
    await shop.reply(ann, post.topic_id, f"> {NEXT_DOOR}\n\nReally?", reply_to=2)
    assert (await shop.flag("", post.id, EXPOSED)).masked_count == 2
    _, hidden, quoting = await said(shop, post.topic_id)
    (case,) = await shop.cases()
    request = moderation_pb2.GetModerationCaseRequest(case_id=case.id)
    read = (await shop.call(shop.moderation.GetModerationCase, request, shop.admin)).case
    assert (list(read.masked_words), read.masked_count) == ([], 2)
    assert hidden == ""
    assert "Miller" not in quoting
    assert "Really?" in quoting
    await refuse(shop, case.id)
    assert all("Miller" in each for each in (await said(shop, post.topic_id))[1:])


async def test_a_purge_from_above_reaches_what_the_community_had_restored_and_who_quotes_it(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform, NEXT_DOOR)
    ines = await a_reviewer(platform)
    await shop.reply(ann, post.topic_id, f"> {NEXT_DOOR}\n\nReally?", reply_to=2)
    await shop.flag("", post.id, EXPOSED, selection="Jo Miller")
    (case,) = await shop.cases()
    await refuse(shop, case.id)
    await decide_above(shop, ines, (await waiting(shop, ines))[case.id].id, PURGE)
    assert "Miller" not in "".join(await said(shop, post.topic_id))
    # Whoever quoted it is restricted as well, is told, and may appeal.
    (told,) = await statements(shop, ann)
    assert told.may_appeal
    assert (await appeal(shop, ann, told.decision_id)).by_author
    assert len(await statements(shop, bo)) == 1


async def test_nothing_of_what_is_taken_out_for_good_stays_in_reports(platform: Platform) -> None:
    shop, ann, _, post = await a_post(platform, NEXT_DOOR)
    await shop.flag(ann.token, post.id, HARASSMENT)
    (earlier,) = await shop.cases()
    await refuse(shop, earlier.id)
    await shop.flag(ann.token, post.id, EXPOSED, selection="Jo Miller")
    assert "Miller" in await exported(shop, ann), "until it is decided, a report says what it is about"
    (case,) = await shop.cases()
    marks = await shop.marks("posts")
    decided = await shop.decide(shop.admin, case.id, PURGE)
    assert decided.flags[0].snapshot == ""
    assert await shop.marks("posts") > marks, "the next rewrite clears what lies on the disk"
    assert "Miller" not in await exported(shop, ann)


async def test_whoever_is_erased_does_not_come_back_with_a_mask(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform, "My secret garden lies by the river.")
    answer = f"> My secret garden lies by the river.\n\nSays Jo Miller to @{bo.handle}."
    quoting = await shop.reply(ann, post.topic_id, answer, reply_to=2)
    await shop.flag("", quoting.id, EXPOSED, selection="Jo Miller")
    request = leaving_pb2.LeaveRequest(remains=leaving_pb2.REMAINS_ERASED, password=PASSWORD)
    await shop.call(shop.leaving.Leave, request, bo.token)
    (case,) = await shop.cases()
    await refuse(shop, case.id)
    text = (await said(shop, post.topic_id))[2]
    assert "Miller" in text
    assert "secret garden" not in text
    assert bo.handle not in text


async def test_what_stays_without_a_name_is_restored_as_well(platform: Platform) -> None:
    shop, _, bo, post = await a_post(platform, NEXT_DOOR)
    await shop.flag("", post.id, EXPOSED, selection="Jo Miller")
    request = leaving_pb2.LeaveRequest(remains=leaving_pb2.REMAINS_ANONYMISED, password=PASSWORD)
    await shop.call(shop.leaving.Leave, request, bo.token)
    (case,) = await shop.cases()
    await refuse(shop, case.id)
    assert NEXT_DOOR in (await said(shop, post.topic_id))[1]


async def test_no_answer_in_one_case_brings_back_what_another_took_away(platform: Platform) -> None:
    shop, ann, bo, post = await a_post(platform)
    await shop.flag(ann.token, post.id, HARASSMENT)
    (case,) = await shop.cases()
    first = (await shop.decide(shop.admin, case.id, NONE, is_upheld=False)).decisions[0]
    await shop.flag(ann.token, post.id, HARASSMENT)
    (case,) = await shop.cases()
    await shop.decide(shop.admin, case.id, REMOVE)
    await refuse_appeal(shop, (await appeal(shop, ann, first.id)).id)
    assert (await said(shop, post.topic_id))[1] == ""
    with pytest.raises(NotFound, match="POST_NOT_FOUND"):
        await shop.flag(ann.token, post.id, HARASSMENT)
    # The case in which it was taken away brings it back.
    (told,) = await statements(shop, bo)
    await refuse_appeal(shop, (await appeal(shop, bo, told.decision_id)).id)
    assert "fools" in (await said(shop, post.topic_id))[1]


async def test_what_is_hidden_until_it_is_decided_stays_so_whatever_another_case_says(platform: Platform) -> None:
    shop, ann, _, post = await a_post(platform)
    await shop.flag(ann.token, post.id, HARASSMENT)
    (case,) = await shop.cases()
    first = (await shop.decide(shop.admin, case.id, NONE, is_upheld=False)).decisions[0]
    await shop.flag("", post.id, EXPOSED)
    await refuse_appeal(shop, (await appeal(shop, ann, first.id)).id)
    assert (await said(shop, post.topic_id))[1] == ""
    await refuse(shop, next(each.id for each in await shop.cases() if each.id != case.id))
    assert "fools" in (await said(shop, post.topic_id))[1]


async def test_words_that_went_for_good_do_not_take_the_rest_of_the_post_with_them_later(platform: Platform) -> None:
    shop, ann, _, post = await a_post(platform, NEXT_DOOR)
    await shop.flag("", post.id, EXPOSED, selection="Jo Miller")
    (case,) = await shop.cases()
    await shop.decide(shop.admin, case.id, PURGE)
    await shop.flag(ann.token, post.id, HARASSMENT)
    (case,) = await shop.cases()
    await refuse(shop, case.id)
    assert (await said(shop, post.topic_id))[1] == "<p>••• lives next door.</p>\n"


def a_mask(*words: str, state: int = LIVE) -> Masked:
    """Makes what a case masks in a post."""
    return Masked(
        case_id="", post_id="", author_id="", body="Jo and Eve.", title="Of Jo and Eve", state=state, words=words
    )


@pytest.mark.parametrize(
    ("others", "state", "left"),
    [
        ([], LIVE, ("Jo and Eve.", "Of Jo and Eve", LIVE)),
        ([a_mask("EVE")], LIVE, ("Jo and •••.", "Of Jo and •••", LIVE)),
        ([], HIDDEN_PENDING, ("Jo and Eve.", "Of Jo and Eve", LIVE)),
        ([a_mask()], HIDDEN_PENDING, ("Jo and Eve.", "Of Jo and Eve", HIDDEN_PENDING)),
        ([a_mask()], LIVE, ("Jo and Eve.", "Of Jo and Eve", HIDDEN_PENDING)),
        ([], REMOVED, ("Jo and Eve.", "Of Jo and Eve", REMOVED)),
    ],
)
def test_a_mask_takes_away_itself_alone(others: list[Masked], state: int, left: tuple[str, str, int]) -> None:
    assert unmasked(a_mask("Jo"), others, state) == left


def test_words_are_found_as_they_are_read() -> None:
    assert is_visible("<p>Jo <em>Miller</em> &amp; Co</p>", "jo  miller & co")
    assert not is_visible("<p>Jo</p>", "Miller")
    assert without("A (b) a (B)", ["(b)"]) == "A ••• a •••"
