"""The pages of writing: a new topic, a reply, a change, and what is put on a post. What was typed is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parley.community.v1 import post_pb2, space_pb2, terms_pb2, topic_pb2
from starlette.responses import Response

from gateway import problems
from gateway.community.joining import said
from gateway.community.reading import Draft, Reading, exposure_lines
from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Visit
from gateway.community.words import WORDS
from gateway.problems import Problem
from kernel import ids
from kernel.errors import ParleyError

_KINDS = {"discussion": topic_pb2.TOPIC_KIND_DISCUSSION, "question": topic_pb2.TOPIC_KIND_QUESTION}
_REACTIONS = {
    "helpful": post_pb2.REACTION_HELPFUL,
    "thanks": post_pb2.REACTION_THANKS,
    "agree": post_pb2.REACTION_AGREE,
    "laugh": post_pb2.REACTION_LAUGH,
}


class Writing:
    """The pages."""

    def __init__(self, upstream: Upstream, view: View, reading: Reading) -> None:
        """Takes the services, the templates, and the pages to which it leads back."""
        self._upstream = upstream
        self._view = view
        self._reading = reading

    async def new_page(self, visit: Visit) -> Response:
        """Asks for a topic."""
        space = await self._reading.space_of(visit, visit.fields["space"])
        return await self._compose(visit, space, {})

    async def new(self, visit: Visit) -> Response:
        """Begins a topic."""
        form = await visit.form()
        space = await self._reading.space_of(visit, visit.fields["space"])
        tags = [each.lower() for each in form.get("tags", "").replace(",", " ").split()]
        try:
            await self.agree(visit, form)
            made = await self._upstream.call(
                self._upstream.topics.CreateTopic,
                topic_pb2.CreateTopicRequest(
                    space_id=space.id,
                    kind=_KINDS.get(form.get("kind", ""), topic_pb2.TOPIC_KIND_DISCUSSION),
                    title=form.get("title", "").strip(),
                    body=form.get("body", "").strip(),
                    tags=tags,
                    request_id=form.get("fresh", "")[:64],
                ),
                visit.token,
            )
        except Problem as problem:
            if problem.status >= 500 or problem.status == 401:
                raise
            trouble = f"{said(problem)} {WORDS['not_posted']}"
            return await self._compose(visit, space, form, trouble=trouble, status=problem.status)
        return visit.go(f"/t/{made.topic.id}")

    async def _compose(
        self,
        visit: Visit,
        space: space_pb2.Space,
        form: Mapping[str, str],
        *,
        trouble: str = "",
        status: int = 200,
    ) -> Response:
        standing, current = await self._reading.standing(visit)
        return self._view.page(
            visit,
            "compose",
            status=status,
            space=space,
            exposure=exposure_lines(space),
            title=form.get("title", ""),
            tags=form.get("tags", ""),
            kind=form.get("kind", "discussion"),
            draft=Draft(body=form.get("body", ""), trouble=trouble),
            standing=standing,
            current=current,
        )

    async def reply(self, visit: Visit) -> Response:
        """Posts a reply."""
        form = await visit.form()
        topic_id = visit.id_in_path("topic_id", "top")
        reply_to = form.get("reply_to", "0")
        number = int(reply_to) if reply_to.isascii() and reply_to.isdigit() and len(reply_to) <= 6 else 0
        try:
            await self.agree(visit, form)
            made = await self._upstream.call(
                self._upstream.posts.CreatePost,
                post_pb2.CreatePostRequest(
                    topic_id=topic_id,
                    body=form.get("body", "").strip(),
                    reply_to=number,
                    request_id=form.get("fresh", "")[:64],
                ),
                visit.token,
            )
        except Problem as problem:
            if problem.status >= 500 or problem.status in (401, 404):
                raise
            trouble = f"{said(problem)} {WORDS['not_posted']}"
            draft = Draft(body=form.get("body", ""), reply_to=number, trouble=trouble)
            return await self._reading.topic_page(visit, topic_id, 999_999, draft=draft, status=problem.status)
        return visit.go(link_to(made.post))

    async def agree(self, visit: Visit, form: Mapping[str, str]) -> None:
        """Notes what was agreed to in the same form: the terms, and that the warning was read."""
        if not (terms_id := form.get("terms_id", "")):
            return
        try:
            ids.to_uuid(terms_id, "trm")
        except ParleyError:
            raise problems.not_found() from None
        answers: list[Any] = [terms_pb2.ANSWER_ACCEPTED] if form.get("accept") else []
        answers += [terms_pb2.ANSWER_WARNING_ACKNOWLEDGED] if form.get("acknowledge") else []
        for answer in answers:
            request = terms_pb2.AnswerTermsRequest(terms_id=terms_id, answer=answer)
            await self._upstream.call(self._upstream.terms.AnswerTerms, request, visit.token)

    async def accept(self, visit: Visit) -> Response:
        """Marks an answer, or takes the mark away."""
        form = await visit.form()
        topic_id = visit.id_in_path("topic_id", "top")
        post_id = form.get("post_id", "")
        request = topic_pb2.AcceptAnswerRequest(topic_id=topic_id, post_id=post_id)
        await self._upstream.call(self._upstream.topics.AcceptAnswer, request, visit.token)
        return visit.go(f"/t/{topic_id}{_anchor(form)}")

    async def edit_page(self, visit: Visit) -> Response:
        """Shows a member's own post as it was typed."""
        post = await self._reading.post_in(visit, visit.id_in_path("post_id", "pst"))
        return await self._edit(visit, post, Draft(body=post.body))

    async def edit(self, visit: Visit) -> Response:
        """Changes a post."""
        form = await visit.form()
        post = await self._reading.post_in(visit, visit.id_in_path("post_id", "pst"))
        try:
            await self.agree(visit, form)
            request = post_pb2.UpdatePostRequest(
                post_id=post.id, body=form.get("body", "").strip(), etag=form.get("etag", "")[:64]
            )
            changed = await self._upstream.call(self._upstream.posts.UpdatePost, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.status in (401, 404):
                raise
            trouble = f"{said(problem)} {WORDS['not_posted']}"
            draft = Draft(body=form.get("body", ""), trouble=trouble)
            return await self._edit(visit, post, draft, status=problem.status)
        return visit.go(link_to(changed.post))

    async def _edit(self, visit: Visit, post: post_pb2.Post, draft: Draft, *, status: int = 200) -> Response:
        standing, current = await self._reading.standing(visit)
        return self._view.page(
            visit,
            "edit",
            status=status,
            post=post,
            draft=draft,
            standing=standing,
            current=current,
            back=visit.base + link_to(post),
        )

    async def delete(self, visit: Visit) -> Response:
        """Takes a post away, once somebody has said so on the page before."""
        await visit.form()
        post = await self._reading.post_in(visit, visit.id_in_path("post_id", "pst"))
        request = post_pb2.DeletePostRequest(post_id=post.id)
        await self._upstream.call(self._upstream.posts.DeletePost, request, visit.token)
        return visit.go(link_to(post))

    async def react(self, visit: Visit) -> Response:
        """Puts a reaction on a post, or takes it away."""
        form = await visit.form()
        reaction = _REACTIONS.get(form.get("reaction", ""))
        if reaction is None:
            raise problems.not_found()
        request = post_pb2.ReactRequest(
            post_id=visit.id_in_path("post_id", "pst"), reaction=reaction, remove=form.get("remove") == "1"
        )
        changed = await self._upstream.call(self._upstream.posts.React, request, visit.token)
        return visit.go(link_to(changed.post))


def link_to(post: post_pb2.Post) -> str:
    """Returns the address of a post, which never changes: the page on which it stands, and its number."""
    after = (post.number - 1) // 20 * 20
    return f"/t/{post.topic_id}{f'?after={after}' if after else ''}#p{post.number}"


def _anchor(form: Mapping[str, str]) -> str:
    number = form.get("number", "")
    return f"#p{number}" if number.isascii() and number.isdigit() and len(number) <= 6 else ""
