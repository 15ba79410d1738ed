"""Keeps flags, cases, decisions, statements and appeals; decisions and statements are only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, and_, func, insert, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.moderation import (
    NONE,
    OPEN,
    PURGE,
    Appeal,
    Case,
    Decision,
    Flag,
    Statement,
    no_such_appeal,
    no_such_case,
    no_such_decision,
    no_such_flag,
)
from services.community.domain.posts import AUTHOR_DELETED
from services.community.store.tables import (
    appeals,
    cases,
    decisions,
    direct_messages,
    flags,
    members,
    posts,
    statements,
)
from services.community.store.topics import author_of

_g = direct_messages.c
_c, _f, _d, _s, _a, _p, _m = (each.c for each in (cases, flags, decisions, statements, appeals, posts, members))


def _written(table: Table, tenant_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row: ids as keys, and of an empty id nothing."""
    row: dict[str, Any] = {"tenant_id": tenant_id}
    for column in table.columns:
        prefix = column.info.get("prefix", "")
        if column.name in values:
            value = values[column.name]
            row[column.name] = (ids.to_uuid(value, prefix) if value else None) if prefix else value
    return row


def _read(table: Table, row: Row[Any]) -> dict[str, Any]:
    """Returns the values of a row as the domain has them."""
    made: dict[str, Any] = {}
    for column in table.columns:
        prefix, value = column.info.get("prefix", ""), row._mapping[column.name]
        if column.name != "tenant_id":
            made[column.name] = ("" if value is None else ids.from_uuid(prefix, value)) if prefix else value
    return made


async def open_case(connection: AsyncConnection, tenant_id: UUID, case: Case) -> tuple[str, bool]:
    """Returns the one open case of a post or a message, and whether it is new; two reports at once meet in it."""
    named = [column.name for column in cases.columns if column.name != "tenant_id"]
    made = upsert(cases).values(_written(cases, tenant_id, {name: getattr(case, name) for name in named}))
    # Written out: a plan for whatever state could not know that it is the index's.
    is_open = _c.state == literal_column(str(OPEN))
    keys = ["tenant_id", "thread_id", "message_number"] if case.is_message else ["tenant_id", "post_id"]
    done = await connection.execute(
        made.on_conflict_do_update(
            index_elements=keys,
            index_where=and_(is_open, _c.thread_id.is_not(None)) if case.is_message else is_open,
            set_={"flag_count": _c.flag_count + 1, "is_escalated": _c.is_escalated | made.excluded.is_escalated},
        ).returning(_c.id)
    )
    case_id = ids.from_uuid("mcs", done.scalar_one())
    return case_id, case_id == case.id


async def add_case(connection: AsyncConnection, tenant_id: UUID, case: Case) -> None:
    """Adds a case that waits for nobody."""
    named = [column.name for column in cases.columns if column.name != "tenant_id"]
    await connection.execute(
        insert(cases).values(_written(cases, tenant_id, {name: getattr(case, name) for name in named}))
    )


async def last_suspension(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> str:
    """Returns the case of a member's last suspension; empty where there is none."""
    query = (
        select(_c.id)
        .where(
            _c.tenant_id == tenant_id,
            _c.author_id == ids.to_uuid(member_id, "mem"),
            _c.post_id.is_(None),
            _c.thread_id.is_(None),
        )
        .order_by(_c.id.desc())
        .limit(1)
    )
    found = (await connection.execute(query)).scalar_one_or_none()
    return "" if found is None else ids.from_uuid("mcs", found)


def _cases(tenant_id: UUID) -> Any:
    kinds = (
        select(func.array_agg(_f.kind.distinct()))
        .where(_f.tenant_id == _c.tenant_id, _f.case_id == _c.id)
        .scalar_subquery()
    )
    return (
        select(
            cases,
            _p.topic_id,
            _p.number,
            func.coalesce(_p.state, _g.state, literal_column(str(AUTHOR_DELETED))).label("post_state"),
            _p.terms_id.label("post_terms_id"),
            _m.handle,
            _m.display_name.label("author_display_name"),
            kinds.label("kinds"),
        )
        .outerjoin(posts, and_(_p.tenant_id == _c.tenant_id, _p.id == _c.post_id))
        .outerjoin(
            direct_messages,
            and_(_g.tenant_id == _c.tenant_id, _g.thread_id == _c.thread_id, _g.number == _c.message_number),
        )
        .outerjoin(members, and_(_m.tenant_id == _c.tenant_id, _m.id == _c.author_id))
        .where(_c.tenant_id == tenant_id)
    )


def _case(row: Row[Any]) -> Case:
    read = _read(cases, row)
    if row.post_terms_id is not None:
        read["terms_id"] = ids.from_uuid("trm", row.post_terms_id)
    return Case(
        **read,
        topic_id="" if row.topic_id is None else ids.from_uuid("top", row.topic_id),
        number=row.number or 0,
        post_state=row.post_state,
        author=author_of(row),
        kinds=tuple(sorted(row.kinds or ())),
    )


async def get_case(connection: AsyncConnection, tenant_id: UUID, case_id: str, *, lock: bool = False) -> Case:
    """Returns a case; `lock` holds it until the transaction ends."""
    query = _cases(tenant_id).where(_c.id == ids.to_uuid(case_id, "mcs"))
    row = (await connection.execute(query.with_for_update(of=cases) if lock else query)).one_or_none()
    if row is None:
        raise no_such_case()
    return _case(row)


async def list_cases(
    connection: AsyncConnection, tenant_id: UUID, states: list[int], after: UUID | None, limit: int
) -> list[Case]:
    """Returns a page of cases, those that wait longest first."""
    query = _cases(tenant_id).where(_c.state.in_(states)).order_by(_c.id).limit(limit)
    if after is not None:
        query = query.where(_c.id > after)
    return [_case(row) for row in await connection.execute(query)]


async def save_case_state(connection: AsyncConnection, tenant_id: UUID, case_id: str, state: int) -> None:
    """Writes where a case stands."""
    at = (_c.tenant_id == tenant_id, _c.id == ids.to_uuid(case_id, "mcs"))
    await connection.execute(update(cases).where(*at).values(state=state))


async def add(connection: AsyncConnection, tenant_id: UUID, record: Flag | Decision | Appeal | Statement) -> None:
    """Adds a flag, a decision, an appeal or a statement."""
    table = {Flag: flags, Decision: decisions, Appeal: appeals, Statement: statements}[type(record)]
    values = {name: getattr(record, name) for name in record.__slots__}
    await connection.execute(insert(table).values(_written(table, tenant_id, values)))


async def list_flags(connection: AsyncConnection, tenant_id: UUID, case_id: str) -> list[Flag]:
    """Returns the reports of a case: the first two hundred."""
    query = (
        select(flags)
        .where(_f.tenant_id == tenant_id, _f.case_id == ids.to_uuid(case_id, "mcs"))
        .order_by(_f.id)
        .limit(200)
    )
    return [Flag(**_read(flags, row)) for row in await connection.execute(query)]


async def get_flag(connection: AsyncConnection, tenant_id: UUID, flag_id: str) -> Flag:
    """Returns a report."""
    query = select(flags).where(_f.tenant_id == tenant_id, _f.id == ids.to_uuid(flag_id, "flg"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_flag()
    return Flag(**_read(flags, row))


async def uphold_flags(connection: AsyncConnection, tenant_id: UUID, case_id: str, *, is_upheld: bool) -> None:
    """Writes whether the reports of a case were right."""
    at = (_f.tenant_id == tenant_id, _f.case_id == ids.to_uuid(case_id, "mcs"))
    await connection.execute(update(flags).where(*at).values(is_upheld=is_upheld))


async def list_decisions(connection: AsyncConnection, tenant_id: UUID, case_id: str) -> list[Decision]:
    """Returns what was decided in a case, in its order."""
    at = (_d.tenant_id == tenant_id, _d.case_id == ids.to_uuid(case_id, "mcs"))
    rows = await connection.execute(select(decisions).where(*at).order_by(_d.id))
    return [Decision(**_read(decisions, row)) for row in rows]


async def get_decision(connection: AsyncConnection, tenant_id: UUID, decision_id: str) -> Decision:
    """Returns a decision."""
    query = select(decisions).where(_d.tenant_id == tenant_id, _d.id == ids.to_uuid(decision_id, "dcn"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_decision()
    return Decision(**_read(decisions, row))


async def list_appeals(connection: AsyncConnection, tenant_id: UUID, case_id: str) -> list[Appeal]:
    """Returns the appeals in a case, in their order."""
    query = (
        select(appeals)
        .join(decisions, and_(_d.tenant_id == _a.tenant_id, _d.id == _a.decision_id))
        .where(_a.tenant_id == tenant_id, _d.case_id == ids.to_uuid(case_id, "mcs"))
        .order_by(_a.id)
    )
    return [Appeal(**_read(appeals, row)) for row in await connection.execute(query)]


async def get_appeal(connection: AsyncConnection, tenant_id: UUID, appeal_id: str) -> Appeal:
    """Returns an appeal, and holds it until the transaction ends."""
    query = select(appeals).where(_a.tenant_id == tenant_id, _a.id == ids.to_uuid(appeal_id, "apl")).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_appeal()
    return Appeal(**_read(appeals, row))


async def strictest_of_others(connection: AsyncConnection, tenant_id: UUID, post_id: str, case_id: str) -> int:
    """Returns what the other cases about a post decided last, the strictest of it; NONE where nothing was.

    A purge is not among it: either nothing is left of the post, or words alone went.
    """
    later = decisions.alias()
    is_last = ~(
        select(later.c.id)
        .where(later.c.tenant_id == _d.tenant_id, later.c.case_id == _d.case_id, later.c.id > _d.id)
        .exists()
    )
    query = (
        select(func.coalesce(func.max(_d.action), NONE))
        .join(cases, and_(_c.tenant_id == _d.tenant_id, _c.id == _d.case_id))
        .where(
            _d.tenant_id == tenant_id,
            _c.post_id == ids.to_uuid(post_id, "pst"),
            _c.id != ids.to_uuid(case_id, "mcs"),
            _d.action != PURGE,
            is_last,
        )
    )
    return int((await connection.execute(query)).scalar_one())


async def has_statement(connection: AsyncConnection, tenant_id: UUID, decision_id: str, member_id: str) -> bool:
    """Says whether a decision restricted something of a member's."""
    at = (
        _s.tenant_id == tenant_id,
        _s.decision_id == ids.to_uuid(decision_id, "dcn"),
        _s.member_id == ids.to_uuid(member_id, "mem"),
    )
    return (await connection.execute(select(_s.id).where(*at))).first() is not None


async def has_appeal(connection: AsyncConnection, tenant_id: UUID, decision_id: str, *, by_author: bool) -> bool:
    """Says whether one side has appealed against a decision."""
    query = select(_a.id).where(
        _a.tenant_id == tenant_id, _a.decision_id == ids.to_uuid(decision_id, "dcn"), _a.by_author.is_(by_author)
    )
    return (await connection.execute(query)).first() is not None


async def close_appeal(connection: AsyncConnection, tenant_id: UUID, appeal_id: str) -> None:
    """Says of an appeal that it was decided."""
    at = (_a.tenant_id == tenant_id, _a.id == ids.to_uuid(appeal_id, "apl"))
    await connection.execute(update(appeals).where(*at).values(is_decided=True))


def _reverses(later: Any, first: Any) -> Any:
    """Says of two decisions that the second reverses the first: in the same case, after it, and restricting nothing."""
    return and_(
        later.c.tenant_id == first.c.tenant_id,
        later.c.case_id == first.c.case_id,
        later.c.id > first.c.id,
        later.c.action == NONE,
        # What upholds a suspension acts on no post either, and names a rule.
        later.c.clause_id == "",
    )


async def list_statements(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, before: UUID | None, limit: int
) -> list[Statement]:
    """Returns a page of a member's statements, newest first, with whether each was reversed."""
    first, later = decisions.alias(), decisions.alias()
    reversed_ = (
        select(later.c.id)
        .join(first, _reverses(later, first))
        .where(first.c.tenant_id == _s.tenant_id, first.c.id == _s.decision_id)
        .exists()
    )
    appealed = (
        select(_a.id).where(_a.tenant_id == _s.tenant_id, _a.decision_id == _s.decision_id, _a.by_author).exists()
    )
    # What answers an appeal of the reporter's is appealed against once, what answers one of the author's never.
    answered, of, heard = appeals.alias(), decisions.alias(), appeals.alias()
    had = (
        select(heard.c.id)
        .join(of, and_(of.c.tenant_id == heard.c.tenant_id, of.c.id == heard.c.decision_id))
        .where(heard.c.tenant_id == _d.tenant_id, of.c.case_id == _d.case_id, heard.c.by_author)
        .correlate(decisions)
        .exists()
    )
    ended = (
        select(answered.c.id)
        .join(decisions, and_(_d.tenant_id == answered.c.tenant_id, _d.appeal_id == answered.c.id))
        .where(_d.tenant_id == _s.tenant_id, _d.id == _s.decision_id, or_(answered.c.by_author, had))
        .correlate(statements)
        .exists()
    )
    # A suspension of before cases were kept of them.
    caseless = (
        select(_d.id)
        .where(_d.tenant_id == _s.tenant_id, _d.id == _s.decision_id, _d.case_id.is_(None))
        .correlate(statements)
        .exists()
    )
    query = (
        select(statements, reversed_.label("is_reversed"), or_(appealed, ended, caseless).label("appealed"))
        .where(_s.tenant_id == tenant_id, _s.member_id == ids.to_uuid(member_id, "mem"))
        .order_by(_s.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_s.id < before)
    return [
        Statement(**_read(statements, row), is_reversed=row.is_reversed, may_appeal=not row.appealed)
        for row in await connection.execute(query)
    ]


async def count_all(connection: AsyncConnection, tenant_id: UUID) -> tuple[int, int, int, dict[str, tuple[int, int]]]:
    """Counts flags, decisions and appeals, and by clause the restrictions and those that were reversed."""
    counts = []
    for table in (flags, decisions, appeals):
        query = select(func.count()).select_from(table).where(table.c.tenant_id == tenant_id)
        counts.append(int((await connection.execute(query)).scalar_one()))
    later = decisions.alias()
    reversed_ = select(later.c.id).where(_reverses(later, decisions)).exists()
    by = (
        select(_d.clause_id, func.count(), func.count().filter(reversed_))
        .where(_d.tenant_id == tenant_id, _d.clause_id != "")
        .group_by(_d.clause_id)
        .order_by(_d.clause_id)
    )
    by_clause = {row[0]: (row[1], row[2]) for row in await connection.execute(by)}
    return counts[0], counts[1], counts[2], by_clause


async def suspend(connection: AsyncConnection, tenant_id: UUID, member_id: str, until: datetime | None) -> None:
    """Writes until when a member only reads."""
    at = (_m.tenant_id == tenant_id, _m.id == ids.to_uuid(member_id, "mem"))
    await connection.execute(update(members).where(*at).values(suspended_until_time=until))
