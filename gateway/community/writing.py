"""The pages of writing: a new topic, a reply, a change, and what is put on a post. What was typed is never lost."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from parley.community.v1 import attachment_pb2, draft_pb2, exposure_pb2, post_pb2, space_pb2, terms_pb2, topic_pb2
from starlette.responses import RedirectResponse, Response

from gateway import problems
from gateway.community.polls import AskedPoll
from gateway.community.reading import Draft, Found, Reading, exposure_lines
from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Visit
from gateway.community.words import FINDINGS, WORDS
from gateway.files import Form, Take, send
from gateway.privacy.upstream import metadata
from gateway.problems import Problem
from gateway.security import policy
from kernel import ids
from kernel.errors import ParleyError

_KINDS = {"discussion": topic_pb2.TOPIC_KIND_DISCUSSION, "question": topic_pb2.TOPIC_KIND_QUESTION}
_REACTIONS = {
    "helpful": post_pb2.REACTION_HELPFUL,
    "thanks": post_pb2.REACTION_THANKS,
    "agree": post_pb2.REACTION_AGREE,
    "laugh": post_pb2.REACTION_LAUGH,
}
_CHOICES = {
    "mask": exposure_pb2.EXPOSURE_CHOICE_MASK,
    "anyway": exposure_pb2.EXPOSURE_CHOICE_POST_ANYWAY,
}
#: From how many letters on a title is compared with others.
_FEWEST = 3
#: The composer's script asks these pages what is like a title.
_POLICY = policy(scripts=True)
_FILE = re.compile(r"pfl_[0-9a-v]{26}")
#: Why something is not posted that leads to a person, before its author has chosen.
_EXPOSES = "EXPOSES_SOMEBODY"


class Writing:
    """The pages."""

    def __init__(self, upstream: Upstream, view: View, reading: Reading, script: str) -> None:
        """Takes the services, the templates, the pages to which it leads back, and the composer's script, if any."""
        self._upstream = upstream
        self._view = view
        self._reading = reading
        self._script = script

    async def new_page(self, visit: Visit) -> Response:
        """Asks for a topic."""
        space = await self._reading.space_of(visit, visit.fields["space"])
        request = draft_pb2.FindDraftRequest(space_id=space.id)
        found = await self._upstream.call(self._upstream.drafts.FindDraft, request, visit.token)
        if not found.HasField("draft"):
            return await self._compose(visit, space, {})
        draft = found.draft
        # What was typed before was not typed just now.
        visit.started = self._view.started(visit, draft.update_time.ToDatetime(UTC))
        kind = "question" if draft.kind == topic_pb2.TOPIC_KIND_QUESTION else "discussion"
        form = {"title": draft.title, "body": draft.body, "tags": draft.tags, "kind": kind}
        return await self._compose(visit, space, form, kept=bool(visit.query("kept")))

    async def new(self, visit: Visit) -> Response:
        """Begins a topic."""
        sent = await visit.form_with_files(self._taken(visit))
        form = sent.fields
        space = await self._reading.space_of(visit, visit.fields["space"])
        tags = [each.lower() for each in form.get("tags", "").replace(",", " ").split()]
        if form.get("keep"):
            return await self._keep_topic(visit, space, form)
        if form.get("similar"):
            similar = await self._similar(visit, form)
            return await self._compose(visit, space, form, files=sent.files, similar=similar)
        if form.get("exposure") == "ticket":
            return await self._along(visit, form)
        if sent.refused:
            return await self._compose(visit, space, form, trouble=WORDS["files.refused"], status=400, files=sent.files)
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
                    attachment_ids=list(sent.files),
                    exposure_choice=choice_of(form),
                    form_token=visit.started,
                    poll=AskedPoll.of_form(form).message(),
                ),
                visit.token,
            )
        except Problem as problem:
            if problem.status >= 500 or problem.status == 401:
                raise
            found = await self._found(visit, form, problem, sent.files)
            return await self._compose(
                visit,
                space,
                form,
                trouble=trouble_of(visit, problem),
                status=problem.status,
                found=found,
                files=sent.files,
            )
        return visit.go(f"/t/{made.topic.id}")

    async def similar(self, visit: Visit) -> Response:
        """Returns the piece of a page that lists topics like a title, for the script that shows it."""
        return self._view.page(visit, "similar", similar=await self._similar(visit, await visit.form()))

    async def _similar(self, visit: Visit, form: Mapping[str, str]) -> Sequence[topic_pb2.Topic]:
        """Returns topics like the title in a form, which stands in no address."""
        title = form.get("title", "").strip()[:200]
        if len(title) < _FEWEST:
            return ()
        request = topic_pb2.FindSimilarTopicsRequest(title=title)
        found = await self._upstream.call(self._upstream.topics.FindSimilarTopics, request, visit.token)
        return list(found.topics)

    async def _keep_topic(self, visit: Visit, space: space_pb2.Space, form: Mapping[str, str]) -> Response:
        """Keeps what was typed as a draft, which only its author sees."""
        try:
            request = draft_pb2.SaveDraftRequest(
                space_id=space.id,
                kind=_KINDS.get(form.get("kind", ""), topic_pb2.TOPIC_KIND_DISCUSSION),
                title=form.get("title", ""),
                body=form.get("body", ""),
                tags=form.get("tags", ""),
            )
            await self._upstream.call(self._upstream.drafts.SaveDraft, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.status == 401:
                raise
            return await self._compose(visit, space, form, trouble=trouble_of(visit, problem), status=problem.status)
        return visit.go(f"/new/{space.slug}?kept=1")

    async def _along(self, visit: Visit, form: Mapping[str, str]) -> Response:
        """Posts nothing, and hands the text back to be taken along to the help desk."""
        request = draft_pb2.ReviewDraftRequest(
            title=form.get("title", ""), body=form.get("body", ""), moves_to_ticket=True
        )
        await self._upstream.call(self._upstream.drafts.ReviewDraft, request, visit.token)
        return self._view.page(
            visit,
            "along",
            title=form.get("title", ""),
            body=form.get("body", ""),
            desks=await self._view.desks(self._upstream, visit),
        )

    def _taken(self, visit: Visit) -> Take:
        """Returns what takes in the files of a form; what was agreed to in it stands before them."""

        async def take(form: Form, filename: str, media_type: str, pieces: AsyncIterator[bytes]) -> str:
            await self.agree(visit, form.fields)
            # It is noted once, however many files there are.
            form.fields.pop("terms_id", None)
            first = attachment_pb2.UploadAttachmentRequest(
                request_id=form.next_request_id, filename=filename, content_type=media_type
            )
            answer: Any = await send(self._upstream.attachments.UploadAttachment, first, pieces, metadata(visit.token))
            return str(answer.attachment.id)

        return take

    async def _found(
        self, visit: Visit, form: Mapping[str, str], problem: Problem, files: Mapping[str, str] | None = None
    ) -> Found | None:
        """Returns what leads to a person, where that is why nothing was posted."""
        body = f"{form.get('body', '').strip()}\n{AskedPoll.of_form(form).words}".strip()
        return await self.found_in(visit, form.get("title", "").strip(), body, problem, files)

    async def found_in(
        self, visit: Visit, title: str, body: str, problem: Problem, files: Mapping[str, str] | None = None
    ) -> Found | None:
        """Returns what in some texts leads to a person, where that is why nothing was posted."""
        if problem.reason != _EXPOSES:
            return None
        request = draft_pb2.ReviewDraftRequest(title=title, body=body, attachment_ids=list(files or ()))
        read = await self._upstream.call(self._upstream.drafts.ReviewDraft, request, visit.token)
        places = ((draft_pb2.FINDING_PLACE_TITLE, title), (draft_pb2.FINDING_PLACE_BODY, body))
        parts = [
            marked(text, [(each.start, each.end) for each in read.findings if each.place == place])
            for place, text in places
            if any(each.place == place for each in read.findings)
        ]
        kinds = list(dict.fromkeys(FINDINGS.get(each.kind, FINDINGS[0]) for each in read.findings))
        return Found(kinds=kinds, parts=parts)

    async def _compose(
        self,
        visit: Visit,
        space: space_pb2.Space,
        form: Mapping[str, str],
        *,
        trouble: str = "",
        status: int = 200,
        kept: bool = False,
        found: Found | None = None,
        files: Mapping[str, str] | None = None,
        similar: Sequence[topic_pb2.Topic] | None = None,
    ) -> Response:
        standing, current = await self._reading.standing(visit)
        response = self._view.page(
            visit,
            "compose",
            status=status,
            space=space,
            exposure=exposure_lines(space),
            title=form.get("title", ""),
            tags=form.get("tags", ""),
            kind=form.get("kind", "discussion"),
            draft=Draft(
                body=form.get("body", ""),
                trouble=trouble,
                kept=kept,
                found=found,
                files=files or {},
                poll=AskedPoll.of_form(form),
            ),
            standing=standing,
            current=current,
            similar=similar,
            script=self._script,
        )
        if self._script:
            response.headers["content-security-policy"] = _POLICY
        return response

    async def reply(self, visit: Visit) -> Response:
        """Posts a reply."""
        sent = await visit.form_with_files(self._taken(visit))
        form = sent.fields
        topic_id = visit.id_in_path("topic_id", "top")
        reply_to = form.get("reply_to", "0")
        number = int(reply_to) if reply_to.isascii() and reply_to.isdigit() and len(reply_to) <= 6 else 0
        asked = AskedPoll.of_form(form)
        if form.get("exposure") == "ticket":
            return await self._along(visit, form)
        if sent.refused:
            draft = Draft(
                body=form.get("body", ""),
                reply_to=number,
                trouble=WORDS["files.refused"],
                files=sent.files,
                poll=asked,
            )
            return await self._reading.topic_page(visit, topic_id, 999_999, draft=draft, status=400)
        try:
            if form.get("keep"):
                kept = draft_pb2.SaveDraftRequest(topic_id=topic_id, body=form.get("body", ""), reply_to=number)
                await self._upstream.call(self._upstream.drafts.SaveDraft, kept, visit.token)
                return visit.go(f"/t/{topic_id}?kept=1#reply")
            await self.agree(visit, form)
            made = await self._upstream.call(
                self._upstream.posts.CreatePost,
                post_pb2.CreatePostRequest(
                    topic_id=topic_id,
                    body=form.get("body", "").strip(),
                    reply_to=number,
                    request_id=form.get("fresh", "")[:64],
                    attachment_ids=list(sent.files),
                    exposure_choice=choice_of(form),
                    form_token=visit.started,
                    poll=asked.message(),
                ),
                visit.token,
            )
        except Problem as problem:
            if problem.status >= 500 or problem.status in (401, 404):
                raise
            found = await self._found(visit, form, problem, sent.files)
            draft = Draft(
                body=form.get("body", ""),
                reply_to=number,
                trouble=trouble_of(visit, problem),
                found=found,
                files=sent.files,
                poll=asked,
            )
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
        sent = await visit.form_with_files(self._taken(visit))
        form, dropped = sent.fields, _dropped(sent.fields)
        post = await self._reading.post_in(visit, visit.id_in_path("post_id", "pst"))
        if form.get("exposure") == "ticket":
            return await self._along(visit, form)
        if sent.refused:
            draft = Draft(body=form.get("body", ""), trouble=WORDS["files.refused"], files=sent.files)
            return await self._edit(visit, post, draft, status=400, dropped=dropped)
        try:
            await self.agree(visit, form)
            request = post_pb2.UpdatePostRequest(
                post_id=post.id,
                body=form.get("body", "").strip(),
                etag=form.get("etag", "")[:64],
                exposure_choice=choice_of(form),
                attachment_ids=list(sent.files),
                removed_attachment_ids=dropped,
            )
            changed = await self._upstream.call(self._upstream.posts.UpdatePost, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.status in (401, 404):
                raise
            found = await self._found(visit, form, problem, sent.files)
            draft = Draft(body=form.get("body", ""), trouble=trouble_of(visit, problem), found=found, files=sent.files)
            return await self._edit(visit, post, draft, status=problem.status, dropped=dropped)
        return visit.go(link_to(changed.post))

    async def edit_poll(
        self,
        visit: Visit,
        post: post_pb2.Post,
        asked: AskedPoll,
        *,
        trouble: str,
        found: Found | None,
        status: int,
    ) -> Response:
        """Shows a member's own post with a poll that was not taken."""
        refused = Draft(trouble=trouble, found=found, poll=asked)
        return await self._edit(visit, post, Draft(body=post.body), polled=refused, status=status)

    async def _edit(
        self,
        visit: Visit,
        post: post_pb2.Post,
        draft: Draft,
        *,
        status: int = 200,
        dropped: Sequence[str] = (),
        polled: Draft | None = None,
    ) -> Response:
        standing, current = await self._reading.standing(visit)
        return self._view.page(
            visit,
            "edit",
            status=status,
            post=post,
            draft=draft,
            polled=polled or Draft(poll=AskedPoll.of_poll(post.poll)),
            dropped=dropped,
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

    async def open_file(self, visit: Visit) -> Response:
        """Leads to a file on the content host, for a moment."""
        request = attachment_pb2.OpenAttachmentRequest(attachment_id=visit.id_in_path("attachment_id", "pfl"))
        opened = await self._upstream.call(self._upstream.attachments.OpenAttachment, request, visit.token)
        return RedirectResponse(opened.url, status_code=303)

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


def marked(text: str, found: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Returns a text in pieces, each with whether it is of what was found."""
    made: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(found):
        if start < at:
            continue
        made += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*made, (text[at:], False)] if piece[0]]


def _dropped(form: Mapping[str, str]) -> list[str]:
    """Returns the files that a form takes out of the post; what is no file's id is none of them."""
    named = [name.removeprefix("drop:") for name in form if name.startswith("drop:")]
    return [each for each in named if _FILE.fullmatch(each)]


def choice_of(form: Mapping[str, str]) -> exposure_pb2.ExposureChoice.ValueType:
    """Returns what becomes of what leads to a person, as a form says."""
    return _CHOICES.get(form.get("exposure", ""), exposure_pb2.EXPOSURE_CHOICE_UNSPECIFIED)


def trouble_of(visit: Visit, problem: Problem) -> str:
    """Says why something was not posted."""
    return f"{visit.said(problem)} {visit.words(WORDS['not_posted'])}"


def link_to(post: post_pb2.Post) -> str:
    """Returns the address of a post, which never changes: the page on which it stands, and its number."""
    after = (post.number - 1) // 20 * 20
    return f"/t/{post.topic_id}{f'?after={after}' if after else ''}#p{post.number}"


def _anchor(form: Mapping[str, str]) -> str:
    number = form.get("number", "")
    return f"#p{number}" if number.isascii() and number.isdigit() and len(number) <= 6 else ""
