"""The pages that everybody reads: the spaces, a space, a topic, a member, and what stood in a post before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from parley.community.v1 import account_pb2, draft_pb2, post_pb2, space_pb2, terms_pb2, topic_pb2
from starlette.responses import Response

from gateway import problems
from gateway.community.polls import AskedPoll
from gateway.community.upstream import Upstream
from gateway.community.view import View, machine
from gateway.community.visits import Visit
from gateway.community.words import WORDS, exposure_of

POSTS, TOPICS = 20, 30
_SHOWN = frozenset({topic_pb2.CONTENT_STATE_LIVE, topic_pb2.CONTENT_STATE_RESTRICTED})
_GONE = {
    topic_pb2.CONTENT_STATE_HELD: WORDS["gone.held"],
    topic_pb2.CONTENT_STATE_HIDDEN_PENDING: WORDS["gone.pending"],
    topic_pb2.CONTENT_STATE_REMOVED: WORDS["gone.removed"],
    topic_pb2.CONTENT_STATE_AUTHOR_DELETED: WORDS["gone.author"],
    topic_pb2.CONTENT_STATE_PURGED: WORDS["gone.purged"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What in a text leads to a person: in words, and the texts in pieces, each with whether it was found."""

    kinds: list[str]
    parts: list[list[tuple[str, bool]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the composer, and why it was not posted."""

    body: str = ""
    reply_to: int = 0
    trouble: str = ""
    #: The names of the files that came in, by their ids.
    files: Mapping[str, str] = field(default_factory=dict)
    #: True where it was kept just now.
    kept: bool = False
    #: The poll that goes along with it.
    poll: AskedPoll = field(default_factory=AskedPoll)
    #: What in it leads to a person, where that has to be decided about.
    found: Found | None = None


class Reading:
    """The pages."""

    def __init__(self, upstream: Upstream, view: View) -> None:
        """Takes the services and the templates."""
        self._upstream = upstream
        self._view = view

    async def home(self, visit: Visit) -> Response:
        """Lists the spaces under their headings."""
        request = space_pb2.ListSpacesRequest(page_size=200)
        listed = await self._upstream.call(self._upstream.spaces.ListSpaces, request, visit.token)
        categories: dict[str, list[space_pb2.Space]] = {}
        for space in listed.spaces:
            categories.setdefault(space.category, []).append(space)
        return self._view.page(visit, "home", categories=categories, indexed=True, canonical=visit.base)

    async def space(self, visit: Visit) -> Response:
        """Lists a space's topics, the latest activity first."""
        space = await self.space_of(visit, visit.fields["space"])
        tag, token = visit.query("tag"), visit.query("after")
        path = f"{visit.base}/s/{space.slug}"
        if space.exposure.visibility == space_pb2.VISIBILITY_GROUP and not space.is_member:
            return self._view.page(visit, "group", space=space, asked=bool(visit.query("asked")))
        request = topic_pb2.ListTopicsRequest(space_id=space.id, page_size=TOPICS, tag=tag, page_token=token)
        listed = await self._upstream.call(self._upstream.topics.ListTopics, request, visit.token)
        return self._view.page(
            visit,
            "space",
            space=space,
            topics=listed.topics,
            following=listed.next_page_token,
            tag=tag,
            exposure=exposure_lines(space),
            indexed=space.exposure.is_indexed and not token and not tag,
            canonical=path,
            feed=f"{path}/feed" if space.exposure.has_feed else "",
        )

    async def topic(self, visit: Visit) -> Response:
        """Shows a topic's posts, from a number on."""
        return await self.topic_page(visit, visit.id_in_path("topic_id", "top"), visit.number("after"))

    async def topic_page(
        self, visit: Visit, topic_id: str, after: int, *, draft: Draft | None = None, status: int = 200
    ) -> Response:
        """Shows a topic's posts, with what somebody wrote below them."""
        request = post_pb2.GetTopicPageRequest(topic_id=topic_id, after_number=after, page_size=POSTS)
        read = await self._upstream.call(self._upstream.posts.GetTopicPage, request, visit.token)
        topic, space, after = read.topic, read.space, read.after_number
        standing = current = None
        quoted = visit.number("quote")
        if visit.member is not None:
            standing, current = await self.standing(visit)
            if draft is None:
                draft = Draft(body=quotation(read.posts, quoted), reply_to=quoted)
                if not quoted:
                    draft = await self._kept(visit, topic_id) or draft
        path = f"{visit.base}/t/{topic.id}"
        is_shown = topic.state in _SHOWN
        return self._view.page(
            visit,
            "topic",
            status=status,
            topic=topic,
            space=space,
            posts=read.posts,
            gone=_GONE,
            after=after,
            following=read.next_after_number,
            before=max(0, after - POSTS) if after else None,
            exposure=exposure_lines(space),
            draft=draft or Draft(),
            standing=standing,
            current=current,
            indexed=is_shown and space.exposure.is_indexed,
            canonical=f"{path}?after={after}" if after else path,
            linked_data=structured(self._view.origin + path, topic, list(read.posts), first=not after),
        )

    async def _kept(self, visit: Visit, topic_id: str) -> Draft | None:
        request = draft_pb2.FindDraftRequest(topic_id=topic_id)
        found = await self._upstream.call(self._upstream.drafts.FindDraft, request, visit.token)
        if not found.HasField("draft"):
            return None
        # What was typed before was not typed just now.
        visit.started = self._view.started(visit, found.draft.update_time.ToDatetime(UTC))
        return Draft(body=found.draft.body, reply_to=found.draft.reply_to, kept=bool(visit.query("kept")))

    async def member(self, visit: Visit) -> Response:
        """Shows what a member shows of themselves."""
        request = account_pb2.GetMemberRequest(handle=visit.fields["handle"])
        found = await self._upstream.call(self._upstream.accounts.GetMember, request, visit.token)
        return self._view.page(visit, "member", found=found)

    async def history(self, visit: Visit) -> Response:
        """Shows what stood in a post before."""
        request = post_pb2.ListRevisionsRequest(post_id=visit.id_in_path("post_id", "pst"))
        found = await self._upstream.call(self._upstream.posts.ListRevisions, request, visit.token)
        return self._view.page(visit, "history", revisions=found.revisions)

    async def space_of(self, visit: Visit, slug: str) -> space_pb2.Space:
        """Returns a space by its name in addresses."""
        request = space_pb2.GetSpaceRequest(slug=slug)
        found: space_pb2.GetSpaceResponse = await self._upstream.call(
            self._upstream.spaces.GetSpace, request, visit.token
        )
        return found.space

    async def standing(self, visit: Visit) -> tuple[terms_pb2.Standing, terms_pb2.Terms | None]:
        """Returns where a member stands, and the terms in force where something is missing."""
        call, up = self._upstream.call, self._upstream
        standing = (await call(up.terms.GetStanding, terms_pb2.GetStandingRequest(), visit.token)).standing
        if standing.may_post or not standing.terms_id:
            return standing, None
        current = await call(up.terms.GetCurrentTerms, terms_pb2.GetCurrentTermsRequest(), visit.token)
        return standing, current.terms

    async def post_in(self, visit: Visit, post_id: str) -> post_pb2.Post:
        """Returns a post of the member's own, as it was typed."""
        request = post_pb2.GetPostRequest(post_id=post_id)
        found: post_pb2.GetPostResponse = await self._upstream.call(self._upstream.posts.GetPost, request, visit.token)
        if not found.post.is_own:
            raise problems.not_found()
        return found.post


def exposure_lines(space: space_pb2.Space) -> list[str]:
    """Says who reads a space, and where what is posted in it goes."""
    told = space.exposure
    return exposure_of(
        told.visibility, is_indexed=told.is_indexed, has_feed=told.has_feed, is_exported=told.is_exported
    )


def quotation(posts: Any, number: int) -> str:
    """Returns the beginning of a reply that quotes a post on the page."""
    for post in posts:
        if post.number == number and post.html:
            text = " ".join(_plain(post.html).split())
            return f"> {text[:400]}\n\n"
    return ""


def _plain(html: str) -> str:
    inside, made = 0, []
    for each in html:
        inside += each == "<"
        if not inside:
            made.append(each)
        inside -= each == ">"
    text = "".join(made)
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(name, sign)
    return text


def structured(url: str, topic: topic_pb2.Topic, posts: list[post_pb2.Post], *, first: bool) -> str:
    """Returns what search engines read of a topic: a question with its answers, or a posting in a forum."""
    # What is shown less after a decision is handed to no search engine either.
    shown = [post for post in posts if post.state == topic_pb2.CONTENT_STATE_LIVE]
    if topic.state not in _SHOWN or not shown or not first or shown[0].number != 1:
        return ""
    opening, rest = shown[0], shown[1:]
    who = {"@type": "Person", "name": opening.author.handle or WORDS["nobody"]}
    if topic.kind == topic_pb2.TOPIC_KIND_QUESTION:
        answers = [_answer(url, post) for post in rest if post.number != topic.accepted_number]
        question: dict[str, Any] = {
            "@type": "Question",
            "name": topic.title,
            "text": _plain(opening.html).strip(),
            "answerCount": topic.post_count - 1,
            "dateCreated": machine(topic.create_time),
            "author": who,
            "suggestedAnswer": answers,
        }
        accepted = [post for post in rest if post.number == topic.accepted_number]
        if accepted:
            question["acceptedAnswer"] = _answer(url, accepted[0])
        made: dict[str, Any] = {"@context": "https://schema.org", "@type": "QAPage", "mainEntity": question}
    else:
        made = {
            "@context": "https://schema.org",
            "@type": "DiscussionForumPosting",
            "headline": topic.title,
            "text": _plain(opening.html).strip(),
            "url": url,
            "datePublished": machine(topic.create_time),
            "author": who,
            "commentCount": topic.post_count - 1,
        }
    # It stands in a page: nothing in it may end the element that holds it.
    return json.dumps(made, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _answer(url: str, post: post_pb2.Post) -> dict[str, Any]:
    return {
        "@type": "Answer",
        "text": _plain(post.html).strip(),
        "url": f"{url}#p{post.number}",
        "upvoteCount": post.votes,
        "dateCreated": machine(post.create_time),
        "author": {"@type": "Person", "name": post.author.handle or WORDS["nobody"]},
    }
