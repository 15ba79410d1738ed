"""Figures are what their definitions say, hold nobody who asked, and come out the same when they are added up again."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley.chat.v1 import report_pb2, report_pb2_grpc
from sqlalchemy import select

from kernel import ids
from kernel.errors import InvalidArgument, PermissionDenied
from services.chat.actions import reports
from services.chat.actions.report_terms import METRICS
from services.chat.actions.reports import Asked, harmless
from services.chat.actions.wiring import Wiring
from services.chat.store import reports as store
from services.chat.store.reports import Fact, Wanted
from services.chat.store.tables import report_cells
from tests.chat.inside import a_wiring, staff_of
from tests.chat.people import claim, close, post
from tests.platform import ADMIN, OFFICER, SUPERVISOR, Member, Platform
from tests.privacy.rights import Kind, ask, settled, until

OPERATOR, HOUR, DAY, SITE = reports.OPERATOR, reports.HOUR, reports.DAY, reports.SITE
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
WHOLE = Wanted(since=NOON - timedelta(days=90), until=NOON + timedelta(days=90))


@pytest_asyncio.fixture(scope="module")
async def wiring(platform: Platform) -> AsyncIterator[Wiring]:
    """What the actions work with."""
    async with a_wiring(platform) as made:
        yield made


def stub(platform: Platform) -> report_pb2_grpc.ReportServiceStub:
    return report_pb2_grpc.ReportServiceStub(platform.channels.of("chat"))


async def report(
    platform: Platform, token: str, grouping: int = 0, first: str = "", last: str = "", **only: Any
) -> report_pb2.GetReportResponse:
    yesterday, tomorrow = (datetime.now(UTC) + timedelta(days=by) for by in (-1, 1))
    answer: report_pb2.GetReportResponse = await platform.call(
        stub(platform).GetReport,
        report_pb2.GetReportRequest(
            first_day=first or f"{yesterday:%Y-%m-%d}",
            last_day=last or f"{tomorrow:%Y-%m-%d}",
            grouping=report_pb2.ReportGrouping.ValueType(grouping),
            **only,
        ),
        token=token,
    )
    return answer


async def counted(platform: Platform, token: str, volume: int) -> report_pb2.GetReportResponse:
    """Returns the figures once so many conversations are in them."""
    return await until(lambda: report(platform, token), lambda answer: answer.total.volume >= volume)


async def put(wiring: Wiring, tenant_id: str, facts: Sequence[Fact]) -> None:
    async with wiring.database.transaction(tenant_id) as connection:
        for fact in facts:
            await store.add_fact(connection, fact)


async def cells(wiring: Wiring, tenant_id: str) -> list[tuple[Any, ...]]:
    async with wiring.database.transaction(tenant_id) as connection:
        rows = await connection.execute(select(report_cells).order_by(*report_cells.primary_key))
        return [tuple(row) for row in rows]


def a_fact(tenant_id: str, **changes: Any) -> Fact:
    values: dict[str, Any] = {"tenant_id": ids.to_uuid(tenant_id, "ten"), "quarter": NOON, "site_id": UUID(int=1)}
    return Fact(**(values | changes))


async def test_a_conversation_counts_once_it_is_over_as_the_definitions_say(platform: Platform) -> None:
    firm = await platform.tenant()
    robin, lee = await firm.member(), await firm.member(SUPERVISOR)
    served, silent, missed, running = [await firm.visitor() for _ in range(4)]
    for visitor in (served, silent, running):
        await claim(platform, robin.token, visitor.conversation.id)
    await post(platform, served.token, served.conversation.id, "Hello?")
    await post(platform, robin.token, served.conversation.id, "Hello!")
    for visitor in (served, silent, missed):
        await close(platform, visitor.token, visitor.conversation.id)
    answer = await counted(platform, lee.token, 3)
    total = answer.total
    assert (total.volume, total.missed, total.answered) == (3, 1, 1)
    assert 0 <= total.first_wait_seconds <= total.first_response_seconds < 60
    assert {metric.key for metric in answer.metrics} == {metric.key for metric in METRICS}
    by_operator = (await report(platform, lee.token, OPERATOR)).rows
    assert [(row.operator_id, row.volume, row.missed) for row in by_operator] == [(robin.id, 2, 0), ("", 1, 1)]
    (by_site,) = (await report(platform, lee.token, SITE)).rows
    assert (by_site.key, by_site.volume) == (firm.site.id, 3)
    assert (await report(platform, lee.token, operator_id=robin.id)).total.volume == 2
    assert sum(row.volume for row in (await report(platform, lee.token, HOUR)).rows) == 3


async def test_whoever_was_forgotten_is_counted_and_is_not_in_the_figures(platform: Platform) -> None:
    firm = await platform.tenant()
    lee = await firm.member(SUPERVISOR)
    zoe = await firm.visitor("Zoë")
    await close(platform, zoe.token, zoe.conversation.id)
    before = await counted(platform, lee.token, 1)
    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    await settled(platform, firm, made.tracking_code)
    await platform.call(stub(platform).RebuildReports, report_pb2.RebuildReportsRequest(), token=firm.admin.token)
    assert (await report(platform, lee.token)).total == before.total
    for table in ("report_facts", "report_cells"):
        assert not {"conversation_id", "visitor_id", "body", "display_name"} & set(
            report_cells.metadata.tables[f"chat.{table}"].columns.keys()
        )


async def test_only_those_who_lead_or_administer_see_the_figures(platform: Platform) -> None:
    firm = await platform.tenant()
    for member in (await firm.member(), await firm.member(OFFICER)):
        with pytest.raises(PermissionDenied):
            await report(platform, member.token)
    for token in (firm.admin.token, (await firm.member(SUPERVISOR)).token):
        assert (await report(platform, token)).total.volume == 0
    lee = await firm.member(SUPERVISOR)
    with pytest.raises(PermissionDenied):
        await platform.call(stub(platform).RebuildReports, report_pb2.RebuildReportsRequest(), token=lee.token)


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        ("2026-02-30", "2026-03-01", "DAY_INVALID"),
        ("2026-03-02", "2026-03-01", "PERIOD_INVALID"),
        ("2025-01-01", "2026-03-01", "PERIOD_INVALID"),
        ("2026-3-1", "2026-03-01", "ARGUMENT_INVALID"),
    ],
)
async def test_a_period_that_is_none_is_refused(platform: Platform, first: str, last: str, reason: str) -> None:
    firm = await platform.tenant()
    with pytest.raises(InvalidArgument, match=reason):
        await report(platform, firm.admin.token, first=first, last=last)


async def test_another_tenants_figures_are_not_there(platform: Platform, wiring: Wiring) -> None:
    one, other = await platform.tenant(), await platform.tenant()
    await put(wiring, one.id, [a_fact(one.id, quarter=datetime.now(UTC))])
    assert (await report(platform, other.admin.token, site_id=ids.from_uuid("sit", UUID(int=1)))).total.volume == 0
    assert (await report(platform, one.admin.token)).total.volume == 1


async def test_hours_and_days_are_the_tenants_also_when_clocks_change(wiring: Wiring) -> None:
    tenant_id = ids.new_id("ten")
    admin = staff_of(tenant_id, ADMIN)
    # In Vienna, 01:30 UTC is 02:30 the day before summer time begins, and 03:30 on the day itself.
    moments = [datetime(2026, 3, 28, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]
    late = datetime(2026, 3, 28, 23, 15, tzinfo=UTC)
    await put(wiring, tenant_id, [a_fact(tenant_id, quarter=moment) for moment in (*moments, late)])
    async with wiring.database.transaction(tenant_id) as connection:
        hours = await store.sums(connection, admin_tenant(tenant_id), WHOLE, "hour", "Europe/Vienna")
        days = await store.sums(connection, admin_tenant(tenant_id), WHOLE, "day", "Europe/Vienna")
        halves = await store.sums(connection, admin_tenant(tenant_id), WHOLE, "hour", "Asia/Kolkata")
    assert sorted((row.key, int(row.volume)) for row in hours) == [("0", 1), ("2", 1), ("3", 1)]
    assert {row.key: int(row.volume) for row in days} == {"2026-03-28": 1, "2026-03-29": 2}
    assert sorted((row.key, int(row.volume)) for row in halves) == [("4", 1), ("7", 2)]
    shown = await reports.get_report(admin, wiring, Asked(first_day="2026-03-27", last_day="2026-03-29", grouping=DAY))
    assert [(row.key, row.volume) for row in shown[1]] == [("2026-03-27", 0), ("2026-03-28", 2), ("2026-03-29", 1)]
    one_day = Asked(first_day="2026-03-28", last_day="2026-03-28", grouping=HOUR)
    assert len((await reports.get_report(admin, wiring, one_day))[1]) == 24


def admin_tenant(tenant_id: str) -> UUID:
    return ids.to_uuid(tenant_id, "ten")


_DURATION = st.none() | st.integers(0, 10**6)
_FACTS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 3), st.integers(0, 3), st.integers(0, 2), _DURATION, _DURATION),
    max_size=30,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_FACTS, st.integers(0, 30))
async def test_added_up_again_the_figures_are_the_same(
    wiring: Wiring, drawn: list[tuple[int, int, int, int, int | None, int | None]], cut: int
) -> None:
    tenant_id = ids.new_id("ten")
    facts = [
        a_fact(
            tenant_id,
            quarter=NOON + timedelta(minutes=15 * quarter),
            site_id=UUID(int=site),
            operator_id=UUID(int=operator),
            team_id=UUID(int=team),
            wait_seconds=wait,
            response_seconds=None if wait is None else response,
            handling_seconds=None if wait is None else wait // 2,
        )
        for quarter, site, operator, team, wait, response in drawn
    ]
    await put(wiring, tenant_id, facts[:cut])
    async with wiring.database.transaction(tenant_id) as connection:
        assert await store.rebuild(connection, admin_tenant(tenant_id)) == len(facts[:cut])
    await put(wiring, tenant_id, facts[cut:])
    before = await cells(wiring, tenant_id)
    async with wiring.database.transaction(tenant_id) as connection:
        await store.rebuild(connection, admin_tenant(tenant_id))
    assert await cells(wiring, tenant_id) == before
    asked = Asked(first_day="2026-03-29", last_day="2026-03-29", grouping=0)
    total, _, _ = await reports.get_report(staff_of(tenant_id, ADMIN), wiring, asked)
    waits = [fact.wait_seconds for fact in facts if fact.wait_seconds is not None]
    assert (total.volume, total.missed) == (len(facts), len(facts) - len(waits))
    assert total.first_wait_seconds == (round(sum(waits) / len(waits)) if waits else 0)


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\ufeff=1", "＝1", "\u200b＠x", "=cmd|' /C calc'!A0"],
)
def test_no_cell_is_a_formula(name: str) -> None:
    assert harmless(name) == f"'{name}"
    assert harmless(f"Robin {name}") == f"Robin {name}"


async def test_the_table_holds_the_same_figures_and_names_nobody_as_a_formula(platform: Platform) -> None:
    firm = await platform.tenant()
    robin = await firm.member(name="=HYPERLINK(1)")
    zoe = await firm.visitor()
    await claim(platform, robin.token, zoe.conversation.id)
    await close(platform, robin.token, zoe.conversation.id)
    shown = await counted(platform, firm.admin.token, 1)
    table = await downloaded(platform, firm.admin, OPERATOR)
    head, row, total = table
    assert head == ["operator (UTC)", "name", *(metric.key for metric in METRICS)]
    assert row[:4] == [robin.id, "'=HYPERLINK(1)", "1", "0"]
    assert total[0] == "all"
    assert int(total[2]) == shown.total.volume


async def downloaded(platform: Platform, member: Member, grouping: int) -> list[list[str]]:
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    call = stub(platform).DownloadReport(
        report_pb2.DownloadReportRequest(
            first_day=day, last_day=day, grouping=report_pb2.ReportGrouping.ValueType(grouping)
        ),
        metadata=(("authorization", f"Bearer {member.token}"),),
    )
    pieces = [piece async for piece in call]
    assert (pieces[0].content_type, pieces[0].filename) == ("text/csv", "report.csv")
    written = b"".join(piece.data for piece in pieces).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(written)))
