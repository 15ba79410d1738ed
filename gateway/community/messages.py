"""The pages of messages between two members: asked for first, answered, and written once both want it."""

from __future__ import annotations

from parley.community.v1 import account_pb2, direct_pb2, moderation_pb2
from starlette.responses import Response

from gateway import problems
from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Visit
from gateway.community.words import FLAGS, GONE, KINDS, WORDS
from gateway.problems import Problem

#: What a message can be reported as; where it stands, nothing is off topic.
_REPORTED = tuple(name for name in KINDS if name != "off_topic")
_ANSWERS = {
    "accept": direct_pb2.CONTACT_ANSWER_ACCEPT,
    "decline": direct_pb2.CONTACT_ANSWER_DECLINE,
    "block": direct_pb2.CONTACT_ANSWER_BLOCK,
}


class Messages:
    """The pages."""

    def __init__(self, upstream: Upstream, view: View) -> None:
        """Takes the services and the templates."""
        self._upstream = upstream
        self._view = view

    async def threads(self, visit: Visit) -> Response:
        """Lists the member's threads, the latest message first."""
        request = direct_pb2.ListThreadsRequest(page_size=50, page_token=visit.query("after")[:512])
        found = await self._upstream.call(self._upstream.direct.ListThreads, request, visit.token)
        return self._view.page(
            visit, "threads", threads=found.threads, following=found.next_page_token, STATE_OF=direct_pb2.ThreadState
        )

    async def thread(self, visit: Visit) -> Response:
        """Shows a thread from its latest messages on."""
        return await self._thread(visit, "", "")

    async def _thread(self, visit: Visit, body: str, trouble: str, status: int = 200) -> Response:
        request = direct_pb2.ListMessagesRequest(
            thread_id=visit.id_in_path("thread_id", "thr"), before_number=visit.number("before")
        )
        found = await self._upstream.call(self._upstream.direct.ListMessages, request, visit.token)
        return self._view.page(
            visit,
            "thread",
            status=status,
            thread=found.thread,
            messages=found.messages,
            before=found.next_before_number,
            body=body,
            trouble=trouble,
            gone=GONE,
            STATE_OF=direct_pb2.ThreadState,
        )

    async def send(self, visit: Visit) -> Response:
        """Writes to the other."""
        form = await visit.form()
        thread_id = visit.id_in_path("thread_id", "thr")
        try:
            request = direct_pb2.SendMessageRequest(
                thread_id=thread_id, body=form.get("body", "").strip(), request_id=form.get("fresh", "")[:64]
            )
            made = await self._upstream.call(self._upstream.direct.SendMessage, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.status in (401, 404):
                raise
            trouble = f"{visit.said(problem)} {visit.words(WORDS['not_sent'])}"
            return await self._thread(visit, form.get("body", ""), trouble, problem.status)
        return visit.go(f"/messages/{thread_id}#d{made.message.number}")

    async def answer(self, visit: Visit) -> Response:
        """Accepts a request, declines it, or blocks whoever asked."""
        answer = _ANSWERS.get((await visit.form()).get("answer", ""))
        if answer is None:
            raise problems.not_found()
        thread_id = visit.id_in_path("thread_id", "thr")
        request = direct_pb2.AnswerContactRequest(thread_id=thread_id, answer=answer)
        await self._upstream.call(self._upstream.direct.AnswerContact, request, visit.token)
        is_open = answer == direct_pb2.CONTACT_ANSWER_ACCEPT
        return visit.go(f"/messages/{thread_id}" if is_open else "/messages")

    async def delete(self, visit: Visit) -> Response:
        """Takes the member's own message away, for both."""
        number = _number((await visit.form()).get("number", ""))
        thread_id = visit.id_in_path("thread_id", "thr")
        request = direct_pb2.DeleteMessageRequest(thread_id=thread_id, number=number)
        await self._upstream.call(self._upstream.direct.DeleteMessage, request, visit.token)
        return visit.go(f"/messages/{thread_id}")

    async def report_page(self, visit: Visit) -> Response:
        """Asks what is wrong with a message."""
        return await self._report(visit, "unsolicited", "", "")

    async def _report(self, visit: Visit, kind: str, text: str, trouble: str, status: int = 200) -> Response:
        thread_id, number = visit.id_in_path("thread_id", "thr"), _number(visit.fields["number"])
        request = direct_pb2.ListMessagesRequest(thread_id=thread_id, before_number=number + 1, page_size=1)
        found = await self._upstream.call(self._upstream.direct.ListMessages, request, visit.token)
        message = next((each for each in found.messages if each.number == number and not each.is_own), None)
        if message is None or not message.html:
            raise problems.not_found()
        return self._view.page(
            visit,
            "report_message",
            status=status,
            thread=found.thread,
            message=message,
            kinds=[(name, FLAGS[name]) for name in _REPORTED],
            kind=kind,
            text=text,
            trouble=trouble,
        )

    async def report(self, visit: Visit) -> Response:
        """Takes a report of a message."""
        form = await visit.form()
        name = form.get("kind", "")
        if name not in _REPORTED:
            raise problems.not_found()
        try:
            request = moderation_pb2.FlagMessageRequest(
                thread_id=visit.id_in_path("thread_id", "thr"),
                number=_number(visit.fields["number"]),
                kind=KINDS[name],
                text=form.get("text", ""),
            )
            made = await self._upstream.call(self._upstream.moderation.FlagMessage, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.status in (401, 404):
                raise
            return await self._report(visit, name, form.get("text", ""), visit.said(problem), problem.status)
        return self._view.page(visit, "flagged", made=made, is_message=True)

    async def write_page(self, visit: Visit) -> Response:
        """Asks for a first message to a member."""
        return await self._write(visit, "", "")

    async def _write(self, visit: Visit, body: str, trouble: str, status: int = 200) -> Response:
        request = account_pb2.GetMemberRequest(handle=visit.fields["handle"])
        found = await self._upstream.call(self._upstream.accounts.GetMember, request, visit.token)
        return self._view.page(visit, "write", status=status, found=found, body=body, trouble=trouble)

    async def write(self, visit: Visit) -> Response:
        """Asks a member for contact, or writes where the two are in contact."""
        form = await visit.form()
        try:
            request = direct_pb2.AskContactRequest(
                handle=visit.fields["handle"],
                body=form.get("body", "").strip(),
                request_id=form.get("fresh", "")[:64],
            )
            made = await self._upstream.call(self._upstream.direct.AskContact, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.status in (401, 404):
                raise
            trouble = f"{visit.said(problem)} {visit.words(WORDS['not_sent'])}"
            return await self._write(visit, form.get("body", ""), trouble, problem.status)
        return visit.go(f"/messages/{made.thread.id}")


def _number(text: str) -> int:
    """Returns the number of a message; raises a Problem, as for one that is missing, where it is none."""
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 6 and int(text)):
        raise problems.not_found()
    return int(text)
