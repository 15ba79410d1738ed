"""Polls: who votes in them, when counts are told, and that nobody ever learns who chose what."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from parley.community.v1 import (
    leaving_pb2,
    moderation_pb2,
    poll_pb2,
    poll_pb2_grpc,
    post_pb2,
    relation_pb2,
    space_pb2,
    terms_pb2,
    topic_pb2,
)

from gateway.server import Server
from kernel.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from services.community.domain.polls import AFTER_CLOSE, AFTER_VOTE, ALWAYS, Poll, new_poll
from tests.community.forum import MASK, PASSWORD, Forum, Poster, forum
from tests.community.test_pages import a_browser, door, fields, signed_in
from tests.community.test_transfer import exported, imported
from tests.platform import Platform

__all__ = ["door"]

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def a_poll(results: int = ALWAYS, **values: Any) -> Poll:
    """Returns a poll about which of two is chosen."""
    made = new_poll("Which?", ["Clay", "Glaze"], allows_several=False, results=results, close_time=None, now=NOW)
    counted = [replace(each, votes=3) for each in made.options]
    return replace(made, options=counted, voter_count=6, **values)


@pytest.mark.parametrize(
    ("results", "voted", "closed", "told"),
    [
        (ALWAYS, False, False, True),
        (AFTER_VOTE, False, False, False),
        (AFTER_VOTE, True, False, True),
        (AFTER_VOTE, False, True, True),
        (AFTER_CLOSE, True, False, False),
        (AFTER_CLOSE, False, True, True),
    ],
)
def test_counts_are_told_when_the_poll_says_so(results: int, voted: bool, closed: bool, told: bool) -> None:
    poll = a_poll(results, own_choices=(1,) if voted else (), is_closed=closed).told()
    assert poll.has_results is told
    assert [each.votes for each in poll.options] == ([3, 3] if told else [0, 0])
    assert poll.voter_count == 6


@pytest.mark.parametrize(
    ("options", "close_time"),
    [
        (["Clay", "clay "], None),
        (["Clay", "\u200b"], None),
        (["Clay", "Glaze"], NOW),
        (["Clay", "Glaze"], NOW + timedelta(days=400)),
    ],
)
def test_a_poll_in_which_nobody_could_choose_is_none(options: list[str], close_time: datetime | None) -> None:
    with pytest.raises(InvalidArgument):
        new_poll("", options, allows_several=False, results=ALWAYS, close_time=close_time, now=NOW)


def wanted(*options: str, several: bool = False, results: Any = poll_pb2.POLL_RESULTS_ALWAYS) -> poll_pb2.NewPoll:
    """Returns a poll as its author writes it."""
    return poll_pb2.NewPoll(
        question="Which pot?", options=options or ("Clay", "Glaze", "Tin"), allows_several=several, results=results
    )


class Asking:
    """A forum with a topic that carries a poll of Ann's, and Bo and Cy who vote."""

    def __init__(self, shop: Forum, ann: Poster, bo: Poster, cy: Poster, space: space_pb2.Space) -> None:
        """Takes who is there."""
        self.shop, self.ann, self.bo, self.cy, self.space = shop, ann, bo, cy, space
        self.polls: Any = poll_pb2_grpc.PollServiceStub(shop.platform.community)
        self.topic_id = self.post_id = ""

    async def ask(self, poll: poll_pb2.NewPoll, title: str, body: str) -> None:
        """Begins Ann's topic."""
        topic = await self.shop.topic(self.ann, self.space.id, title, body, poll=poll)
        self.topic_id = topic.id
        self.post_id = (await self.shop.read(topic.id))[0].id

    async def vote(self, member: Poster, *choices: int, etag: str = "") -> poll_pb2.Poll:
        """Votes."""
        request = poll_pb2.VotePollRequest(post_id=self.post_id, choices=choices, etag=etag)
        return (await self.shop.call(self.polls.VotePoll, request, member.token)).poll  # type: ignore[no-any-return]

    async def set(self, member: Poster, poll: poll_pb2.NewPoll | None, **more: Any) -> poll_pb2.SetPollResponse:
        """Puts another poll."""
        request = poll_pb2.SetPollRequest(post_id=self.post_id, poll=poll, **more)
        return await self.shop.call(self.polls.SetPoll, request, member.token)  # type: ignore[no-any-return]

    async def close(self, member: Poster) -> poll_pb2.Poll:
        """Closes it."""
        request = poll_pb2.ClosePollRequest(post_id=self.post_id)
        return (await self.shop.call(self.polls.ClosePoll, request, member.token)).poll  # type: ignore[no-any-return]

    async def seen(self, member: Poster | None = None) -> poll_pb2.Poll:
        """Returns the poll as it stands on the page, which is as it stands by itself."""
        token = member.token if member else ""
        (post, *_) = await self.shop.read(self.topic_id, token)
        alone = await self.shop.call(self.shop.posts.GetPost, post_pb2.GetPostRequest(post_id=post.id), token)
        assert alone.post.poll == post.poll
        return post.poll

    async def counts(self, member: Poster | None = None) -> list[int]:
        """Returns how many chose what, and how many voted."""
        poll = await self.seen(member)
        return [*(each.votes for each in poll.options), poll.voter_count]


async def asking(
    platform: Platform, poll: poll_pb2.NewPoll | None = None, body: str = "Say it.", title: str = "Pots"
) -> Asking:
    """Makes a forum in which Ann asks."""
    shop = await forum(platform)
    space = await shop.space()
    made = Asking(shop, await shop.poster("ann"), await shop.poster("bob"), await shop.poster("cyd"), space)
    await made.ask(poll or wanted(), title, body)
    return made


async def test_a_vote_is_changed_and_taken_back_until_the_poll_is_closed(platform: Platform) -> None:
    it = await asking(platform)
    assert list((await it.vote(it.bo, 1)).own_choices) == [1]
    await it.vote(it.cy, 1)
    assert await it.counts() == [2, 0, 0, 2]
    await it.vote(it.bo, 3)
    await it.vote(it.bo, 3)
    await it.vote(it.ann, 2)
    assert await it.counts(it.bo) == [1, 1, 1, 3]
    assert [list((await it.seen(each)).own_choices) for each in (it.bo, it.cy, None)] == [[3], [1], []]
    await it.vote(it.cy)
    assert await it.counts() == [0, 1, 1, 2]
    for wrong in ([1, 2], [4]):
        with pytest.raises(InvalidArgument):
            await it.vote(it.cy, *wrong)
    with pytest.raises(PermissionDenied):
        await it.close(it.bo)
    closed = await it.close(it.ann)
    assert closed.is_closed
    assert (await it.close(it.ann)).close_time == closed.close_time
    for late in ([1], []):
        with pytest.raises(FailedPrecondition, match="POLL_CLOSED"):
            await it.vote(it.bo, *late)
    with pytest.raises(FailedPrecondition):
        await it.set(it.ann, wanted("Other", "Else"))
    assert await it.counts() == [0, 1, 1, 2]


async def test_several_are_chosen_where_that_is_meant_and_a_voter_counts_once(platform: Platform) -> None:
    it = await asking(platform, wanted(several=True, results=poll_pb2.POLL_RESULTS_AFTER_VOTE))
    voted = await it.vote(it.bo, 3, 1)
    assert list(voted.own_choices) == [1, 3]
    assert await it.counts(it.bo) == [1, 0, 1, 1]
    assert await it.counts(it.cy) == await it.counts() == [0, 0, 0, 1]
    assert not (await it.seen(it.cy)).has_results


async def test_a_poll_closes_by_itself(platform: Platform) -> None:
    soon = Timestamp()
    soon.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    poll = wanted(results=poll_pb2.POLL_RESULTS_AFTER_CLOSE)
    poll.close_time.CopyFrom(soon)
    it = await asking(platform, poll)
    await it.vote(it.bo, 2)
    assert await it.counts(it.bo) == [0, 0, 0, 1]
    await it.shop.rows(
        "UPDATE community.polls SET close_time = now() - interval '1 minute' WHERE post_id = :id RETURNING 1",
        id=it.post_id,
    )
    with pytest.raises(FailedPrecondition):
        await it.vote(it.cy, 1)
    assert await it.counts() == [0, 1, 0, 1]


async def test_choices_stay_as_they_are_once_somebody_chose(platform: Platform) -> None:
    it = await asking(platform)
    before = (await it.seen()).etag
    with pytest.raises(PermissionDenied):
        await it.set(it.bo, wanted())
    changed = await it.set(it.ann, wanted("Clay", "Tin"))
    assert [each.text for each in changed.poll.options] == ["Clay", "Tin"]
    with pytest.raises(Aborted):
        await it.vote(it.bo, 2, etag=before)
    await it.vote(it.bo, 2, etag=changed.poll.etag)
    for other in (wanted(), None):
        with pytest.raises(FailedPrecondition):
            await it.set(it.ann, other)
    await it.vote(it.bo)
    assert not (await it.set(it.ann, None)).HasField("poll")
    assert not (await it.shop.read(it.topic_id))[0].HasField("poll")
    with pytest.raises(NotFound):
        await it.vote(it.bo, 1)


async def test_voting_needs_the_terms_and_taking_back_does_not(platform: Platform) -> None:
    it = await asking(platform)
    await it.vote(it.bo, 1)
    await it.shop.publish(text="Anew.")
    with pytest.raises(FailedPrecondition):
        await it.vote(it.cy, 1)
    with pytest.raises(FailedPrecondition):
        await it.vote(it.bo, 2)
    assert not (await it.vote(it.bo)).own_choices
    current = await it.shop.call(it.shop.terms.GetCurrentTerms, terms_pb2.GetCurrentTermsRequest())
    await it.shop.answer(it.cy, current.terms.id, terms_pb2.ANSWER_ACCEPTED)
    assert (await it.vote(it.cy, 1)).voter_count == 1, "the warning is as it was"
    blocked = relation_pb2.SetRelationRequest(handle="cyd", kind=relation_pb2.RELATION_KIND_BLOCKED)
    await it.shop.call(it.shop.relations.SetRelation, blocked, it.ann.token)
    with pytest.raises(PermissionDenied):
        await it.vote(it.cy, 2)


async def test_in_a_locked_topic_and_on_what_is_not_shown_nobody_votes(platform: Platform) -> None:
    it = await asking(platform)
    arrange = topic_pb2.ArrangeTopicRequest(topic_id=it.topic_id, is_locked=True)
    await it.shop.call(it.shop.topics.ArrangeTopic, arrange, it.shop.admin)
    with pytest.raises(FailedPrecondition):
        await it.vote(it.bo, 1)
    arrange.is_locked = False
    await it.shop.call(it.shop.topics.ArrangeTopic, arrange, it.shop.admin)
    await it.vote(it.bo, 1)
    await it.shop.flag(it.cy.token, it.post_id, moderation_pb2.FLAG_KIND_HARASSMENT)
    (case,) = await it.shop.cases()
    whole = moderation_pb2.GetModerationCaseRequest(case_id=case.id)
    told = await it.shop.call(it.shop.moderation.GetModerationCase, whole, it.shop.admin)
    assert "Glaze" in told.case.flags[0].snapshot
    await it.shop.decide(it.shop.admin, case.id, moderation_pb2.CASE_ACTION_REMOVE)
    for reader in (it.bo, None):
        assert not (await it.seen(reader)).options
    with pytest.raises(NotFound):
        await it.vote(it.bo, 2)


@pytest.mark.parametrize(
    ("number", "action"), [(1, moderation_pb2.CASE_ACTION_PURGE), (2, moderation_pb2.CASE_ACTION_NONE)]
)
async def test_words_in_a_poll_hide_its_post_until_it_is_decided(platform: Platform, number: int, action: Any) -> None:
    poll = wanted("Ola Stern", "Somebody else")
    it = await asking(platform, poll, body="Who waters the pots?", title="Ola Stern and the pots")
    await it.shop.reply(it.bo, it.topic_id, "I saw Ola Stern there.")
    await it.vote(it.bo, 1)
    flagged = (await it.shop.read(it.topic_id))[number - 1].id
    await it.shop.flag(it.cy.token, flagged, moderation_pb2.FLAG_KIND_EXPOSED, selection="Ola Stern")
    posts = await it.shop.read(it.topic_id)
    about = topic_pb2.GetTopicRequest(topic_id=it.topic_id)
    title = (await it.shop.call(it.shop.topics.GetTopic, about)).topic.title
    assert "Ola" not in f"{posts} {title}"
    assert not posts[0].HasField("poll"), "what was chosen would be something else"
    assert posts[1].html
    with pytest.raises(FailedPrecondition):
        await it.shop.reply(it.bo, it.topic_id, "As I said.", poll=wanted("Ola Stern", "Not"))
    (case,) = await it.shop.cases()
    is_back = action == moderation_pb2.CASE_ACTION_NONE
    await it.shop.decide(it.shop.admin, case.id, action, is_upheld=not is_back)
    assert (await it.shop.rows("SELECT count(*) FROM community.polls"))[0][0] == is_back
    if is_back:
        assert await it.counts() == [1, 0, 1]
        assert (await it.shop.call(it.shop.topics.GetTopic, about)).topic.title == "Ola Stern and the pots"


async def test_a_common_word_in_a_poll_hides_its_post_and_not_the_topic(platform: Platform) -> None:
    it = await asking(platform, wanted("rose", "tulip"), title="Which?")
    # As many say it as are still masked one by one; the poll is one more.
    for number in range(10):
        await it.shop.reply(await it.shop.poster(), it.topic_id, f"A rose, says number {number}.")
    await it.shop.flag(it.cy.token, it.post_id, moderation_pb2.FLAG_KIND_EXPOSED, selection="rose")
    posts = await it.shop.read(it.topic_id)
    assert not posts[0].HasField("poll")
    assert sum("rose" in each.html for each in posts) == 10


async def test_what_leads_to_a_person_is_chosen_about_in_a_poll_too(platform: Platform) -> None:
    it = await asking(platform)
    telling = wanted("ola@people.example", "Nobody")
    with pytest.raises(FailedPrecondition):
        await it.set(it.ann, telling)
    masked = await it.set(it.ann, telling, exposure_choice=MASK)
    assert masked.poll.options[0].text == "•••"


async def test_whoever_leaves_keeps_a_count_or_takes_it_along(platform: Platform) -> None:
    it = await asking(platform, wanted("Ask @bob", "Ask nobody", several=True))
    for member in (it.bo, it.cy):
        await it.vote(member, 1, 2)
    copied = it.shop.leaving.ExportAccount(
        leaving_pb2.ExportAccountRequest(), metadata=(("authorization", f"Bearer {it.bo.token}"),)
    )
    kept = b"".join([piece.data async for piece in copied]).decode()
    assert kept.count("poll_votes") == 2
    for member, remains, left in (
        (it.cy, leaving_pb2.REMAINS_ANONYMISED, [2, 2, 2]),
        (it.bo, leaving_pb2.REMAINS_ERASED, [1, 1, 1]),
    ):
        request = leaving_pb2.LeaveRequest(remains=remains, password=PASSWORD)
        await it.shop.call(it.shop.leaving.Leave, request, member.token)
        assert await it.counts() == left
    assert (await it.shop.rows("SELECT count(*) FROM community.poll_votes"))[0][0] == 0
    assert "@bob" not in str(await it.seen())
    request = leaving_pb2.LeaveRequest(remains=leaving_pb2.REMAINS_ERASED, password=PASSWORD)
    await it.shop.call(it.shop.leaving.Leave, request, it.ann.token)
    assert (await it.shop.rows("SELECT count(*) FROM community.polls"))[0][0] == 0


async def test_a_file_carries_polls_with_counts_and_no_voter(platform: Platform) -> None:
    it = await asking(platform, wanted(results=poll_pb2.POLL_RESULTS_AFTER_CLOSE))
    await it.vote(it.bo, 2)
    file = await exported(it.shop)
    lines = [orjson.loads(line) for line in file.splitlines()]
    assert [line["kind"] for line in lines[-2:]] == ["post", "poll"]
    assert [each["votes"] for each in lines[-1]["options"]] == [0, 1, 0]
    assert "bob" not in [line.get("handle") for line in lines]
    other = await forum(platform, terms=False)
    await imported(other, file)
    posts = await other.read(it.topic_id)
    assert [each.text for each in posts[0].poll.options] == ["Clay", "Glaze", "Tin"]
    assert posts[0].poll.voter_count == 1


async def test_a_poll_is_asked_answered_and_closed_without_a_script(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    await shop.set("community.least_typing_seconds", 0)
    await shop.space("plants")
    ann, bob = await shop.poster(), await shop.poster()
    base = f"/c/{shop.tenant.slug}"
    async with a_browser(door, shop) as asks, a_browser(door, shop) as votes, a_browser(door, shop) as reads:
        await signed_in(asks, ann.email)
        await signed_in(votes, bob.email)
        form = fields((await asks.get("/new/plants")).text)
        sent = form | {
            "title": "Pots",
            "body": "Say.",
            "poll_question": "Which <pot>?",
            "poll_options": "Clay\n\nClay ",
        }
        refused = await asks.post("/new/plants", data=sent | {"poll_results": "voted"})
        assert "Each choice of a poll says something" in refused.text
        assert "Which &lt;pot&gt;?" in refused.text, "what was typed is still there"
        sent |= {"poll_options": "Clay\nGlaze\n", "poll_results": "voted", "poll_days": "7"}
        topic = (await asks.post("/new/plants", data=sent)).headers["location"].removeprefix(base)
        again = await asks.post("/new/plants", data=sent)
        assert again.headers["location"].endswith(topic), "a form that is sent twice asks once"
        page = (await votes.get(topic)).text
        assert "How many chose what is told once you have voted." in page
        vote = re.findall(r'action="([^"]*/vote)"', page)[0]
        ballot = fields(page, vote)
        voted = await votes.post(vote.removeprefix(base), data=ballot | {"choice": "2"})
        assert voted.headers["location"] == f"{base}{topic}#p1"
        seen = (await votes.get(topic)).text
        assert re.search(
            r'value="2" required checked> <span dir="auto">Glaze</span></label> <span class="mark good">', seen
        )
        assert "1 vote, 100 %" in seen
        anybody = (await reads.get(topic)).text
        assert "<progress" not in anybody
        assert "1 person voted." in anybody
        assert "<form" not in anybody.split('class="poll"')[1].split("</section>")[0]
        edit = await asks.get(f"/p/{ballot_post(vote)}")
        assert "Somebody has voted, or the poll is closed." in edit.text
        close = vote.removesuffix("vote") + "close"
        await asks.post(close.removeprefix(base), data=ballot)
        anybody = (await reads.get(topic)).text
        assert "1 vote, 100 %" in anybody, "a kept page is not older than the poll"
        assert bob.handle not in anybody
        late = await votes.post(vote.removeprefix(base), data=ballot | {"choice": "1"})
        assert "This poll is closed." in late.text


def ballot_post(vote: str) -> str:
    """Returns the post of a form in which is voted."""
    return vote.split("/")[-2]
