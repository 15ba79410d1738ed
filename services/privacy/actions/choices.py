"""Records what people choose, and says what holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from parley.privacy.v1 import choice_pb2
from parley.subject.v1 import subject_pb2

from kernel import ids
from kernel.events import EventType, one_of
from kernel.identity import Actor, Subject
from kernel.journal import Withdrawn
from kernel.journal.entries import as_row
from kernel.storage.paging import page_size
from services.privacy.actions import ledger
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.choices import GIVEN, Choice, Effective, counted, effective, is_news, whose
from services.privacy.domain.requests import no_such_person
from services.privacy.store import choices as store
from services.privacy.store import notices

_KIND, _DECISION, _SOURCE = "CHOICE_KIND_", "CHOICE_DECISION_", "CHOICE_SOURCE_"
CHANGED = EventType(
    "choice.changed",
    {
        "kind": one_of(*(name.removeprefix(_KIND).lower() for name, _ in choice_pb2.ChoiceKind.items())),
        "decision": one_of(*(name.removeprefix(_DECISION).lower() for name, _ in choice_pb2.ChoiceDecision.items())),
        "source": one_of(*(name.removeprefix(_SOURCE).lower() for name, _ in choice_pb2.ChoiceSource.items())),
    },
)


async def record_choice(
    actor: Actor, wiring: Wiring, choice: Choice, request_id: str, request: Message, *, signal: bool
) -> Choice:
    """Records what a visitor said and returns it as it counts; what was said before already is not said again.

    A refusal is in the journal before it is committed, so that no backup from before brings a consent back.
    """
    visitor_id = whose(_own(actor), choice.visitor_id)
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        notice = await notices.get_notice(connection, tenant_id, choice.notice_id)
        await store.lock_visitor(connection, tenant_id, visitor_id)
        made = await wiring.idempotency.claim(
            connection, actor, "RecordChoice", request_id, request, choice.id, choice.create_time
        )
        subject = Subject(tenant_id=actor.tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor_id)
        if made == choice.id and await ledger.is_forgotten(connection, wiring, subject):
            raise no_such_person()
        said = {each.kind: each for each in await store.last_choices(connection, tenant_id, visitor_id)}
        if made != choice.id:
            first = await store.find_choice(connection, tenant_id, made)
            return first if first is not None else said[choice.kind]
        last = said.get(choice.kind)
        decision, source = counted(choice.kind, choice.decision, signal=signal, last=last)
        if last is not None and not is_news(last, decision, source, notice.id):
            return last
        recorded = replace(
            choice, visitor_id=visitor_id, decision=decision, source=source, notice_hash=notice.content_hash
        )
        await store.add_choice(connection, tenant_id, recorded)
        await wiring.outbox.append(
            connection,
            CHANGED,
            tenant_id=actor.tenant_id,
            now=choice.create_time,
            subjects=[subject],
            attributes=_attributes(recorded),
        )
        await wiring.retention.schedule(connection, actor.tenant_id, choice.create_time)
        if decision != GIVEN:
            row = as_row(store.row_of(tenant_id, recorded))
            await wiring.journal.append(
                Withdrawn(subject=subject, choice_id=recorded.id, store="privacy.choices", row=row)
            )
    return recorded


async def get_choices(actor: Actor, wiring: Wiring, visitor_id: str, *, signal: bool) -> Sequence[Effective]:
    """Returns what holds for the caller, or for somebody of whom nothing is known; nothing is kept of the question."""
    if not _own(actor) and not visitor_id:
        return effective([], signal=signal)
    named = whose(_own(actor), visitor_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        said = await store.last_choices(connection, ids.to_uuid(actor.tenant_id, "ten"), named)
    return effective(said, signal=signal)


async def list_choices(
    actor: Actor, wiring: Wiring, visitor_id: str, size: int, token: str
) -> tuple[list[Choice], str]:
    """Returns a page of everything that a visitor chose, newest first, and the next page's token."""
    named = visitor_id or _own(actor)
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListChoices", named)
    position = wiring.pages.position(scope, token)
    whose(_own(actor), visitor_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_choices(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            named,
            None if position is None else UUID(str(position[0])),
            limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda choice: (str(ids.to_uuid(choice.id, "cho")),))


def _own(actor: Actor) -> str:
    """Returns the visitor that a caller is; nobody for staff and for the platform's processes."""
    return actor.subject_id if actor.subject_id.startswith("vis_") else ""


def _attributes(choice: Choice) -> dict[str, str]:
    kind = choice_pb2.ChoiceKind.Name(choice_pb2.ChoiceKind.ValueType(choice.kind))
    decision = choice_pb2.ChoiceDecision.Name(choice_pb2.ChoiceDecision.ValueType(choice.decision))
    source = choice_pb2.ChoiceSource.Name(choice_pb2.ChoiceSource.ValueType(choice.source))
    return {
        "kind": kind.removeprefix(_KIND).lower(),
        "decision": decision.removeprefix(_DECISION).lower(),
        "source": source.removeprefix(_SOURCE).lower(),
    }
