"""Opens, confirms and closes the cases of authorities, and hands out exactly what a confirmed one names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from parley.privacy.v1 import case_pb2
from parley.subject.v1 import subject_pb2

from kernel import ids
from kernel.identity import Actor, Subject
from kernel.storage.paging import page_size
from services.privacy.actions import ledger
from services.privacy.actions.archives import Contents, pieces
from services.privacy.actions.holds import keeper_of
from services.privacy.actions.wiring import Wiring
from services.privacy.domain import legal as domain
from services.privacy.domain.ledger import DISCLOSURE, Deed, role_of
from services.privacy.domain.legal import Case
from services.privacy.domain.texts import check_said
from services.privacy.store import legal as store

FILENAME = "disclosure.zip"


async def create_case(actor: Actor, wiring: Wiring, case: Case, request_id: str, request: Message) -> Case:
    """Opens a case; nothing can be given out yet. A retry returns the first one."""
    domain.check_regime(actor)
    check_said(authority=case.authority, reference=case.reference)
    now, tenant = wiring.clock.now(), ids.to_uuid(actor.tenant_id, "ten")
    # What is named twice is given out once.
    items = tuple(dict.fromkeys(case.items))
    await asyncio.gather(*(keeper_of(actor, wiring, item) for item in items))
    opened = replace(case, items=items, tenant_id=tenant, proposer_id=actor.subject_id, create_time=now)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(connection, actor, "CreateCase", request_id, request, case.id, now)
        if made != case.id:
            return await store.get_case(connection, tenant, made)
        await store.add_case(connection, opened)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
    return opened


async def confirm_case(actor: Actor, wiring: Wiring, case_id: str) -> Case:
    """Confirms a case that somebody else opened."""
    domain.check_regime(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_case(connection, ids.to_uuid(actor.tenant_id, "ten"), case_id, lock=True)
        changed = domain.confirmed_case(found, actor.subject_id, wiring.clock.now())
        await store.save_case(connection, changed)
    return changed


async def close_case(actor: Actor, wiring: Wiring, case_id: str) -> Case:
    """Closes a case."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_case(connection, ids.to_uuid(actor.tenant_id, "ten"), case_id, lock=True)
        changed = domain.closed_case(found, actor.subject_id, wiring.clock.now())
        await store.save_case(connection, changed)
    return changed


async def get_case(actor: Actor, wiring: Wiring, case_id: str) -> Case:
    """Returns a case."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_case(connection, ids.to_uuid(actor.tenant_id, "ten"), case_id)


async def list_cases(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Case], str]:
    """Returns a page of the tenant's cases, newest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListCases")
    position = wiring.pages.position(scope, token)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_cases(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            before=None if position is None else UUID(str(position[0])),
            limit=limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.id, "cas")),))


async def download_disclosure(actor: Actor, wiring: Wiring, case_id: str) -> AsyncIterator[bytes]:
    """Yields the archive with exactly what a confirmed case names; the ledger has it before the first byte goes."""
    domain.check_regime(actor)
    now, once = wiring.clock.now(), ids.random_uuid()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_case(connection, ids.to_uuid(actor.tenant_id, "ten"), case_id, lock=True)
        case = domain.disclosed_case(found, now)
        await store.save_case(connection, case)
        await ledger.append(
            connection,
            wiring,
            actor.tenant_id,
            *(
                Deed(
                    id=f"case:{once}:{position}",
                    kind=DISCLOSURE,
                    time=now,
                    subject=_subject(actor, item),
                    record_id=item.record_id,
                    staff_id=actor.subject_id,
                    role=role_of(actor.callers, actor.purpose),
                    recipient="authority",
                    silent=case.silent,
                )
                for position, item in enumerate(case.items)
            ),
        )
    basis: str = case_pb2.LegalBasis.Name(case_pb2.LegalBasis.ValueType(case.basis))
    contents = Contents(
        title="Disclosure in a legal case",
        opening=f"Given to {case.authority} under its reference {case.reference}. It holds the records that the case "
        "names, and nothing else.",
        made=now,
        about={
            "case": case.id,
            "basis": basis.removeprefix("LEGAL_BASIS_").lower(),
            "authority": case.authority,
            "reference": case.reference,
        },
        pages=lambda: _records(actor, wiring, case),
        seen=_nothing,
        files=lambda service, file_id: wiring.peers.read_file(actor.tenant_id, service, file_id),
    )
    async for piece in pieces(contents):
        yield piece


async def _records(
    actor: Actor, wiring: Wiring, case: Case
) -> AsyncIterator[tuple[str, Sequence[subject_pb2.HeldRecord]]]:
    for item in case.items:
        subject = _subject(actor, item)
        async for service, page in wiring.rights.people.pages(subject, record_id=item.record_id, case_id=case.id):
            yield service, page.records


async def _nothing() -> AsyncIterator[Sequence[Mapping[str, str]]]:
    return
    yield


def _subject(actor: Actor, item: domain.Item) -> Subject:
    return Subject(tenant_id=actor.tenant_id, kind=item.subject_kind, id=item.subject_id)
