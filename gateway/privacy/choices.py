"""The page of choices: to be remembered, to be invited, to be counted, to be asked, to chat at all."""

from __future__ import annotations

from dataclasses import dataclass

from parley.identity.v1 import recognition_pb2
from parley.privacy.v1 import choice_pb2, notice_pb2
from starlette.responses import Response

from gateway.privacy.upstream import Upstream
from gateway.privacy.view import View
from gateway.privacy.visits import Visit
from kernel import ids

ChoiceKind = choice_pb2.ChoiceKind
#: What is asked on the page, in its order.
ASKED = ("CHAT", "INVITATIONS", "RECOGNITION", "STATISTICS", "IDENTIFICATION")
_KINDS = {name: ChoiceKind.Value(f"CHOICE_KIND_{name}") for name in ASKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One thing to choose."""

    name: str
    title: str
    text: str
    allowed: bool
    by_signal: bool
    #: False where a yes cannot be given here, because it takes a cookie that only the chat can set.
    can_allow: bool


class Choices:
    """The choices."""

    def __init__(self, upstream: Upstream, view: View) -> None:
        """Takes the services and the templates."""
        self._upstream = upstream
        self._view = view

    async def page(self, visit: Visit) -> Response:
        """Shows what holds now."""
        return await self._shown(visit, "")

    async def save(self, visit: Visit) -> Response:
        """Records what was changed in the form, and nothing else."""
        form = await visit.form()
        before = await self._asked(visit)
        changed = [
            each
            for each in before
            if form.get(each.name) in ("yes", "no")
            and (form[each.name] == "yes") != each.allowed
            # What only the chat can allow is not saved here, and not said to be.
            and (each.can_allow or form[each.name] == "no")
        ]
        if changed:
            notice = await self._notice(visit)
            for each in changed:
                await self._record(visit, each, form[each.name] == "yes", notice)
        return await self._shown(visit, visit.words("choices.saved" if changed else "choices.unchanged"))

    async def _record(self, visit: Visit, asked: Asked, allow: bool, notice_id: str) -> None:
        if asked.name == "RECOGNITION":
            # Identity knows whom it remembers; that it was taken back is kept as every choice is.
            await self._upstream.call(
                self._upstream.recognition.ForgetVisitor, recognition_pb2.ForgetVisitorRequest(), visit.known.token
            )
        decision = choice_pb2.CHOICE_DECISION_GIVEN if allow else choice_pb2.CHOICE_DECISION_WITHDRAWN
        await self._upstream.call(
            self._upstream.choices.RecordChoice,
            choice_pb2.RecordChoiceRequest(
                kind=_KINDS[asked.name],
                decision=decision,
                notice_id=notice_id,
                global_privacy_control=visit.signal,
                request_id=ids.random_id("cho"),
            ),
            visit.known.token,
        )

    async def _notice(self, visit: Visit) -> str:
        answer = await self._upstream.call(
            self._upstream.notices.GetCurrentNotice,
            notice_pb2.GetCurrentNoticeRequest(site_id=visit.known.grant.site_id),
            visit.known.token,
        )
        return str(answer.notice.id)

    async def _asked(self, visit: Visit) -> list[Asked]:
        answer = await self._upstream.call(
            self._upstream.choices.GetChoices,
            choice_pb2.GetChoicesRequest(global_privacy_control=visit.signal),
            visit.known.token,
        )
        holds = {choice.kind: choice for choice in answer.choices}
        remembered = await self._upstream.call(
            self._upstream.recognition.GetRecognition, recognition_pb2.GetRecognitionRequest(), visit.known.token
        )
        # What counts is whether the visitor is remembered, not what was said about it last.
        holds[choice_pb2.CHOICE_KIND_RECOGNITION].allowed = remembered.is_remembered
        return [
            Asked(
                name=name,
                title=visit.words(f"choices.{name}"),
                text=visit.words(f"choices.{name}.text"),
                allowed=holds[kind].allowed,
                by_signal=holds[kind].source == choice_pb2.CHOICE_SOURCE_SIGNAL,
                can_allow=name != "RECOGNITION" or holds[kind].allowed,
            )
            for name, kind in _KINDS.items()
            if kind in holds
        ]

    async def _shown(self, visit: Visit, said: str) -> Response:
        return self._view.page(
            visit, "choices", here="choices", asked=await self._asked(visit), said=said, signal=visit.signal
        )
