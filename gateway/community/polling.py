"""The pages of polls: voting in one, changing it while nobody has, and closing it."""

from __future__ import annotations

from collections.abc import Mapping

from parley.community.v1 import poll_pb2
from starlette.responses import Response

from gateway import problems
from gateway.community.polls import AskedPoll
from gateway.community.reading import Reading
from gateway.community.upstream import Upstream
from gateway.community.visits import Visit
from gateway.community.writing import Writing, choice_of, link_to, trouble_of
from gateway.problems import Problem
from kernel import ids
from kernel.errors import ParleyError


class Polling:
    """The pages."""

    def __init__(self, upstream: Upstream, reading: Reading, writing: Writing) -> None:
        """Takes the services, and the pages to which it leads back."""
        self._upstream = upstream
        self._reading = reading
        self._writing = writing

    async def vote(self, visit: Visit) -> Response:
        """Votes, or takes a vote back."""
        form = await visit.form()
        request = poll_pb2.VotePollRequest(
            post_id=visit.id_in_path("post_id", "pst"),
            choices=[] if form.get("withdraw") else _choices(form),
            etag=form.get("etag", "")[:64],
        )
        await self._upstream.call(self._upstream.polls.VotePoll, request, visit.token)
        return visit.go(_place(form))

    async def close(self, visit: Visit) -> Response:
        """Closes a poll for good."""
        form = await visit.form()
        request = poll_pb2.ClosePollRequest(post_id=visit.id_in_path("post_id", "pst"))
        await self._upstream.call(self._upstream.polls.ClosePoll, request, visit.token)
        return visit.go(_place(form))

    async def change(self, visit: Visit) -> Response:
        """Puts another poll on a member's own post, a first one, or none."""
        form = await visit.form()
        post = await self._reading.post_in(visit, visit.id_in_path("post_id", "pst"))
        asked = AskedPoll() if form.get("remove") else AskedPoll.of_form(form)
        try:
            await self._writing.agree(visit, form)
            request = poll_pb2.SetPollRequest(post_id=post.id, poll=asked.message(), exposure_choice=choice_of(form))
            await self._upstream.call(self._upstream.polls.SetPoll, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.status in (401, 404):
                raise
            found = await self._writing.found_in(visit, "", asked.words, problem)
            return await self._writing.edit_poll(
                visit, post, asked, trouble=trouble_of(visit, problem), found=found, status=problem.status
            )
        return visit.go(link_to(post))


def _choices(form: Mapping[str, str]) -> list[int]:
    """Returns what is ticked in a form: one of several by its value, or some by their names."""
    said = [form.get("choice", ""), *(name.removeprefix("choice:") for name in form if name.startswith("choice:"))]
    return sorted({int(each) for each in said if each.isascii() and each.isdigit() and len(each) <= 2})


def _place(form: Mapping[str, str]) -> str:
    """Returns where the post of a form stands."""
    topic_id, number = form.get("topic_id", ""), form.get("number", "")
    try:
        ids.to_uuid(topic_id, "top")
    except ParleyError:
        raise problems.not_found() from None
    if not (number.isascii() and number.isdigit() and 0 < len(number) <= 6):
        raise problems.not_found()
    after = (int(number) - 1) // 20 * 20
    return f"/t/{topic_id}{f'?after={after}' if after > 0 else ''}#p{int(number)}"
