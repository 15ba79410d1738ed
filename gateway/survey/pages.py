"""Asks a survey on a page of its own: the age first, then what is shown, then what the answers opened.

It owns the routes below `/survey/<site key>`. The invitation, the pass and what was answered so far travel in the form
alone: no cookie, no script, and nothing kept between two pages. In an address stands an invitation once, where it
comes by mail; it opens by a button, so that programs that look at links leave no trace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import grpc
from google.protobuf.message import Message
from parley.survey.v1 import answering_pb2, answering_pb2_grpc, definition_pb2
from parley.survey.v1.definition_pb2 import Question
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import problems, refusals, tracing
from gateway.credentials import require_origin
from gateway.limits import Limit, Limiter
from gateway.pages import Pages
from gateway.paths import RouteTable, parse_template
from gateway.privacy.upstream import metadata
from gateway.problems import Problem
from gateway.requests import Disconnected, Proxies, read_body
from gateway.security import policy
from gateway.sessions import ChannelSource, Kind, Sessions
from gateway.survey.words import accepted, language_of, words_in
from kernel.errors import ParleyError
from kernel.rpc.values import named

_HEADERS = {
    "content-security-policy": policy(),
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_SECONDS, _LARGEST_FORM, _MOST_FIELDS = 15.0, 512 * 1024, 2000
_LONGEST_INVITATION = 2048
_KINDS = definition_pb2.QuestionKind
_SCALES = {
    definition_pb2.QUESTION_KIND_STARS: (1, 5),
    definition_pb2.QUESTION_KIND_CSAT: (1, 5),
    definition_pb2.QUESTION_KIND_CES: (1, 7),
    definition_pb2.QUESTION_KIND_NPS: (0, 10),
}
#: What is refused and ends the page.
_ENDS = frozenset({"SURVEY_REFUSED", "SURVEY_CLOSED", "INVITATION_USED", "INVITATION_NOT_FOUND", "AGE_PASS_WRONG"})

#: How forms write the numbers of scales, and choices.
_NUMBER, _CHOICE = re.compile(r"n:([0-9]{1,2})"), re.compile(r"c:c_[0-9a-z]{8}")
_QUESTION = re.compile(r"q_[0-9a-z]{8}")
#: What stands before a question's id where something is typed, so that nothing that is typed is taken for a choice.
_TYPED = "typed:"


Form = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whoever reads a page: with which token, and in which languages, the survey's own before the browser's."""

    token: str
    accepted: tuple[str, ...]

    def language(self, *first: str) -> str:
        return language_of(*first, *self.accepted)

    def words(self, *first: str) -> Mapping[str, str]:
        return words_in(self.language(*first))


class SurveyPages:
    """The ASGI application of `/survey/`."""

    def __init__(
        self,
        *,
        channels: ChannelSource,
        sessions: Sessions,
        limiter: Limiter,
        proxies: Proxies,
        pages: Pages,
        origin: str,
    ) -> None:
        """Takes what the pages need, and the origin on which they stand."""
        self._answering: Any = answering_pb2_grpc.AnsweringServiceStub(channels.of("survey"))
        self._sessions = sessions
        self._limiter = limiter
        self._proxies = proxies
        self._pages = pages
        self._origin = origin
        self._routes = RouteTable(
            (method, parse_template("/survey/{key}" + path), page)
            for method, path, page in (
                ("GET", "/from/{invitation}", self._invited),
                ("GET", "/{survey_id}", self._begin),
                ("POST", "/{survey_id}", self._go_on),
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        try:
            with tracing.span(scope, "survey_page"):
                response = await self._answer(scope, receive)
        except Disconnected:
            return
        for name, value in _HEADERS.items():
            response.headers[name] = value
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        reader = _Reader("", accepted(scope))
        found = self._routes.find(method, scope["raw_path"])
        try:
            await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
            if found is None:
                allowed = self._routes.methods(scope["raw_path"])
                raise problems.method_not_allowed(allowed) if allowed else problems.not_found()
            require_origin(scope, self._origin)
            token = (await self._sessions.exchange(Kind.SITE_KEY, found.fields["key"])).access_token
            reader = _Reader(token, reader.accepted)
            named = found.fields.get("survey_id") or found.fields["invitation"]
            response: Response = await found.route(scope, receive, reader, named)
        except (Problem, ParleyError) as error:
            return self._refuse(scope, problems.from_error(error), reader)
        return response

    def _refuse(self, scope: Scope, problem: Problem, reader: _Reader) -> Response:
        if problem.reason in _ENDS:
            return self._end(reader, reader.words()[problem.reason], problem.status)
        return refusals.page(self._pages, scope, problem)

    async def _begin(self, scope: Scope, receive: Receive, reader: _Reader, survey_id: str) -> Response:
        wanted = reader.accepted[0] if reader.accepted else ""
        offered = await self._call(
            self._answering.OfferSurvey,
            answering_pb2.OfferSurveyRequest(survey_id=survey_id, language=wanted),
            reader,
        )
        return await self._asked(reader, {"invitation": [offered.invitation]}, is_new=True)

    async def _invited(self, scope: Scope, receive: Receive, reader: _Reader, invitation: str) -> Response:
        """Shows the way to the survey of a link that came by mail; programs that look at links open nothing by it."""
        if len(invitation) > _LONGEST_INVITATION:
            raise problems.not_found()
        return self._pages.render(
            "survey/invited.html", w=reader.words(), language=reader.language(), invitation=invitation
        )

    async def _go_on(self, scope: Scope, receive: Receive, reader: _Reader, survey_id: str) -> Response:
        form = await _read(scope, receive)
        step = _one(form, "step")
        if step == "open":
            return await self._asked(reader, form, is_new=True)
        if step == "age":
            return await self._check_age(reader, form)
        if step == "withdraw":
            request = answering_pb2.WithdrawResponseRequest(invitation=_one(form, "invitation"))
            await self._call(self._answering.WithdrawResponse, request, reader)
            return self._end(reader, reader.words()["withdrawn"])
        answers = _answers(form)
        shown = await self._shown(reader, form, answers)
        if not set(shown) <= set(form.get("seen", [])):
            # What was answered opened questions that nobody has seen yet.
            return await self._asked(reader, form, trouble="more")
        try:
            sent = await self._call(
                self._answering.SubmitResponse,
                answering_pb2.SubmitResponseRequest(
                    invitation=_one(form, "invitation"),
                    age_pass=_one(form, "age_pass"),
                    answers=answers,
                    wants_follow_up=_one(form, "follow") == "yes",
                ),
                reader,
            )
        except Problem as problem:
            if problem.status in (400, 409, 412) and problem.reason not in _ENDS:
                trouble = problem.reason if problem.reason in reader.words() else "ANSWER_WRONG"
                wrong = {field for field, _ in problem.fields}
                return await self._asked(reader, form, trouble=trouble, status=400, wrong=wrong)
            raise
        if not sent.kept_count:
            return self._end(reader, reader.words()["nothing"])
        opened = await self._opened(reader, form)
        language = reader.language(opened.definition.language)
        words = words_in(language)
        return self._pages.render(
            "survey/end.html",
            w=words,
            language=language,
            text=opened.definition.thanks_text or words["thanks"],
            invitation=_one(form, "invitation"),
        )

    async def _check_age(self, reader: _Reader, form: Form) -> Response:
        typed = _one(form, "age").strip()
        if not typed:
            return await self._asked(reader, {**form, "age_pass": [""], "seen": []}, past_age=True)
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 3 and int(typed) <= 130):
            return await self._asked(reader, form, trouble="AGE_WRONG", status=400)
        request = answering_pb2.CheckAgeRequest(invitation=_one(form, "invitation"), age=int(typed))
        checked = await self._call(self._answering.CheckAge, request, reader)
        return await self._asked(reader, {**form, "age_pass": [checked.age_pass], "seen": []}, past_age=True)

    async def _asked(
        self,
        reader: _Reader,
        form: Form,
        *,
        trouble: str = "",
        status: int = 200,
        is_new: bool = False,
        past_age: bool = False,
        wrong: Collection[str] = (),
    ) -> Response:
        opened = await self._opened(reader, form, is_again=not is_new)
        invitation, age_pass = _one(form, "invitation"), _one(form, "age_pass")
        words = reader.words(opened.definition.language)
        shown = set(await self._shown(reader, form, _answers(form)))
        asks_age = opened.needs_age and not past_age and "age_pass" not in form
        sections = [
            {
                "title": section.title,
                "questions": [
                    _view(question, form, wrong)
                    for question in section.questions
                    if question.id in shown and _fits(question, age_pass, needs_age=opened.needs_age)
                ],
            }
            for section in opened.definition.sections
        ]
        return self._pages.render(
            "survey/ask.html",
            status=status,
            w=words,
            survey=opened.definition,
            accent=named(definition_pb2.Theme.Accent, opened.definition.theme.accent).removeprefix("ACCENT_").lower(),
            sections=[each for each in sections if each["questions"]],
            asks_age=asks_age,
            has_email=any(
                question.kind == definition_pb2.QUESTION_KIND_EMAIL and question.id in shown
                for section in opened.definition.sections
                for question in section.questions
            )
            and bool(age_pass),
            follow=_one(form, "follow") == "yes",
            invitation=invitation,
            age_pass=age_pass,
            seen=sorted(shown),
            trouble=words[trouble] if trouble else "",
            kept=words["kept"].format(days=opened.kept_days, texts=opened.texts_kept_days),
            of_visitor=opened.is_of_visitor,
        )

    async def _opened(self, reader: _Reader, form: Form, *, is_again: bool = True) -> answering_pb2.OpenSurveyResponse:
        request = answering_pb2.OpenSurveyRequest(invitation=_one(form, "invitation"), is_again=is_again)
        opened: answering_pb2.OpenSurveyResponse = await self._call(self._answering.OpenSurvey, request, reader)
        return opened

    async def _shown(self, reader: _Reader, form: Form, answers: list[answering_pb2.Answer]) -> list[str]:
        request = answering_pb2.ListShownRequest(invitation=_one(form, "invitation"), answers=answers)
        found = await self._call(self._answering.ListShown, request, reader)
        return list(found.question_ids)

    def _end(self, reader: _Reader, text: str, status: int = 200) -> Response:
        language = reader.language()
        return self._pages.render(
            "survey/end.html", status=status, w=reader.words(), language=language, text=text, invitation=""
        )

    async def _call(self, method: Callable[..., Any], request: Message, reader: _Reader) -> Any:
        try:
            return await method(request, metadata=metadata(reader.token), timeout=_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(error) from None


async def _read(scope: Scope, receive: Receive) -> Form:
    body = await read_body(scope, receive, largest=_LARGEST_FORM)
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise problems.malformed("The form could not be read.") from None


def _one(form: Form, name: str) -> str:
    return (form.get(name) or [""])[0]


def _answers(form: Form) -> list[answering_pb2.Answer]:
    """Returns what a form says in answer to questions; names that are no questions are left out."""
    found: list[answering_pb2.Answer] = []
    for name, values in form.items():
        given = [value for value in values if value.strip()]
        question_id = name.removeprefix(_TYPED)
        if not _QUESTION.fullmatch(question_id) or not given:
            continue
        answer = answering_pb2.Answer(question_id=question_id)
        if name.startswith(_TYPED):
            answer.text = given[0].replace("\r\n", "\n")
        elif number := _NUMBER.fullmatch(given[0]):
            answer.number = int(number[1])
        elif all(_CHOICE.fullmatch(value) for value in given):
            answer.choice_ids.extend(dict.fromkeys(value.removeprefix("c:") for value in given))
        else:
            continue
        found.append(answer)
    return found


def _fits(question: Question, age_pass: str, *, needs_age: bool) -> bool:
    """Says whether a question is asked of somebody who gave an age, or of anybody."""
    if question.kind == definition_pb2.QUESTION_KIND_AGE:
        return False
    is_closed = question.kind in _SCALES or question.kind in (
        definition_pb2.QUESTION_KIND_SINGLE_CHOICE,
        definition_pb2.QUESTION_KIND_MULTIPLE_CHOICE,
    )
    return is_closed or bool(age_pass) or not needs_age


def _view(question: Question, form: Form, wrong: Collection[str]) -> dict[str, Any]:
    given, typed = form.get(question.id, []), form.get(_TYPED + question.id, [])
    low, high = _SCALES.get(question.kind, (0, -1))
    options = [(f"n:{number}", str(number)) for number in range(low, high + 1)]
    options += [(f"c:{choice.id}", choice.text) for choice in question.choices]
    return {
        "id": question.id,
        "kind": named(_KINDS, question.kind).removeprefix("QUESTION_KIND_").lower(),
        "text": question.text,
        "help": " ".join(filter(None, (question.help, question.declared_purpose))),
        "required": question.required,
        "options": options,
        "low": question.low_label,
        "high": question.high_label,
        "given": given,
        "said": typed[0] if typed else given[0] if given else "",
        "is_wrong": question.id in wrong,
    }
