"""Keeps rules, tries them without changing anything, and shows what they did. They run where changes are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from sqlalchemy.exc import IntegrityError

from kernel import ids
from kernel.errors import ParleyError
from kernel.identity import Actor
from services.support.actions.changing import carry_out, known_to
from services.support.actions.seeing import reader_of, visible_queues
from services.support.actions.wiring import Wiring, tenant_of
from services.support.domain import rules as domain
from services.support.domain.changes import Asked, By
from services.support.domain.queues import NameTaken, too_many
from services.support.domain.rules import Condition, Rule
from services.support.domain.tickets import check_etag
from services.support.store import lists
from services.support.store import rules as store
from services.support.store.lists import Filter
from services.support.store.rules import Run

_TRIED, _SHOWN = 100, 200
_ALL_STATES = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What would become of one ticket."""

    ticket_id: UUID
    kinds: Sequence[str] = ()
    refusal: str = ""


async def create_rule(actor: Actor, wiring: Wiring, made: Rule, request_id: str, request: Message) -> Rule:
    """Keeps a rule; a retry returns the first one."""
    tenant = tenant_of(actor)
    domain.check(made.conditions)
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            claimed = await wiring.idempotency.claim(
                connection, actor, "CreateRule", request_id, request, str(made.id), wiring.clock.now()
            )
            if claimed != str(made.id):
                return await store.get_rule(connection, tenant, UUID(claimed))
            if len(await store.list_rules(connection, tenant)) >= domain.MOST_RULES:
                raise too_many("rules")
            await store.add_rule(connection, tenant, made)
    except IntegrityError:
        raise NameTaken from None
    return made


async def list_rules(actor: Actor, wiring: Wiring) -> list[Rule]:
    """Returns all rules."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_rules(connection, tenant_of(actor))


async def update_rule(actor: Actor, wiring: Wiring, changed: Rule, etag: str) -> Rule:
    """Replaces what a rule is."""
    tenant = tenant_of(actor)
    domain.check(changed.conditions)
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            current = await store.get_rule(connection, tenant, changed.id, lock=True)
            check_etag(etag, current.revision)
            changed = replace(changed, revision=current.revision + 1)
            await store.save_rule(connection, tenant, changed)
    except IntegrityError:
        raise NameTaken from None
    return changed


async def delete_rule(actor: Actor, wiring: Wiring, rule_id: UUID) -> None:
    """Deletes a rule."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.delete_rule(connection, tenant_of(actor), rule_id)


async def try_rule(
    actor: Actor, wiring: Wiring, conditions: Sequence[Condition], steps: Sequence[Asked]
) -> tuple[list[Tried], int]:
    """Returns what a rule would do to the newest tickets that the caller sees, and how many there were."""
    domain.check(conditions)
    now = wiring.clock.now()
    tried: list[Tried] = []
    wanted = Filter(reader=reader_of(actor), states=_ALL_STATES, merged=True)
    newest = await wiring.database.read(
        actor.tenant_id,
        lambda connection, tenant: lists.list_tickets(
            connection, tenant, wanted, "newest", after=None, limit=_TRIED, now=now
        ),
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        known = await known_to(connection, wiring, actor.tenant_id)
        by = By(rule_id=ids.new_uuid())
        for each in newest:
            if not domain.fits(conditions, each.ticket, each.email):
                continue
            try:
                # Who would be given something depends on whose turn it is then.
                given = [replace(step, value="") if step.value == "auto" else step for step in steps]
                work = await carry_out(connection, actor.tenant_id, each.ticket, given, by, known, now)
            except ParleyError as error:
                tried.append(Tried(ticket_id=each.ticket.id, refusal=error.reason))
                continue
            tags = [*["TAGGED"] * len(work.tags_on), *["UNTAGGED"] * len(work.tags_off)]
            tried.append(Tried(ticket_id=each.ticket.id, kinds=[*(one.kind for one in work.happened), *tags]))
    return tried, len(newest)


async def list_runs(actor: Actor, wiring: Wiring, rule_id: UUID | None) -> list[Run]:
    """Returns what rules did last, on tickets that the caller sees; whoever sets them up sees all."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        is_admin = actor.has(access_pb2.CALLER_ADMIN)
        seen = None if is_admin else await visible_queues(connection, actor)
        return await store.list_runs(connection, tenant_of(actor), seen, rule_id, _SHOWN)
