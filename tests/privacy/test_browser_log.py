"""The browser log knows no visitor, forgets addresses in time and ends as counts; pages are counted, people are not."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from parley.options.v1 import access_pb2
from parley.privacy.v1 import browser_log_pb2, browser_log_pb2_grpc, ledger_pb2, page_view_pb2, page_view_pb2_grpc

from kernel import ids
from kernel.clock import ManualClock
from kernel.embedded import EngineUrls
from kernel.errors import InvalidArgument, NotFound, PermissionDenied
from services.privacy.domain.browser_log import plain_address
from services.privacy.domain.page_views import OTHERS, PATHS_A_DAY, tally
from services.privacy.store import metadata
from tests.platform import OFFICER, Platform, Tenant, a_config, migrated_database, running_platform

CHROME = browser_log_pb2.BROWSER_FAMILY_CHROME
SAFARI = browser_log_pb2.BROWSER_FAMILY_SAFARI
READ = ledger_pb2.LedgerEntry.KIND_READ


@pytest_asyncio.fixture
async def owner(platform: Platform) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """The database, as its administrator sees it."""
    connection = await asyncpg.connect(platform.config.database_url)
    yield connection
    await connection.close()


async def record(
    platform: Platform,
    tenant: Tenant,
    address: str,
    family: browser_log_pb2.BrowserFamily.ValueType = CHROME,
    *,
    site_id: str = "",
) -> None:
    """Notes a browser, as the gateway does."""
    await platform.call(
        browser_log_pb2_grpc.BrowserLogServiceStub(platform.channels.of("privacy")).RecordBrowser,
        browser_log_pb2.RecordBrowserRequest(
            site_id=site_id or tenant.site.id, network_address=address, family=family, major_version=140
        ),
        tenant_id=tenant.id,
    )


async def addresses(owner: asyncpg.Connection[asyncpg.Record], tenant: Tenant) -> list[str]:
    """Returns the addresses that a tenant's log holds."""
    rows = await owner.fetch(
        "SELECT network_address FROM privacy.browser_log WHERE tenant_id = $1 ORDER BY 1", ids.to_uuid(tenant.id, "ten")
    )
    return [row["network_address"] for row in rows]


async def worked(owner: asyncpg.Connection[asyncpg.Record], tenant: Tenant, clock: ManualClock) -> list[str]:
    """Returns the addresses once the daily jobs of the moment are done."""
    async with asyncio.timeout(20):
        while await owner.fetchval(
            "SELECT count(*) FROM privacy.jobs WHERE tenant_id = $1 AND (attempts > 0 OR due_time <= $2)",
            ids.to_uuid(tenant.id, "ten"),
            clock.now(),
        ):
            pass
    return await addresses(owner, tenant)


async def test_an_address_is_kept_in_full_for_a_week_then_as_a_prefix_then_not_at_all(
    engines: EngineUrls, tmp_path: Path
) -> None:
    # Noon, so that the daily job lies between any two steps of a day.
    start = datetime.now(UTC).replace(hour=12)
    clock = ManualClock(start)
    # A database of its own: where the clock moves, everybody's records grow old.
    async with AsyncExitStack() as running:
        url = await running.enter_async_context(migrated_database(engines))
        config = a_config(url, engines.redis_url, tmp_path)
        await running.enter_async_context(running_platform(config, services=("identity",)))
        later = await running.enter_async_context(running_platform(config, clock=clock, services=("privacy",)))
        owner = await asyncpg.connect(url)
        running.push_async_callback(owner.close)
        tenant = await later.tenant()
        await record(later, tenant, "203.0.113.77")
        await record(later, tenant, "2001:db8:1:2:3::4", SAFARI)
        assert await addresses(owner, tenant) == ["2001:db8:1:2:3::4", "203.0.113.77"]
        clock.advance(timedelta(days=3))
        await record(later, tenant, "198.51.100.9")
        clock.advance(timedelta(days=4))
        # After seven days nothing is left in full of the first two; the third is four days old.
        assert await worked(owner, tenant, clock) == ["198.51.100.9", "2001:db8:1::/48", "203.0.113.0/24"]
        marks = await owner.fetchval("SELECT count(*) FROM privacy.leftovers WHERE table_name = 'browser_log'")
        assert marks
        clock.advance(timedelta(days=23))
        assert await worked(owner, tenant, clock) == ["198.51.100.0/24"]
        clock.advance(timedelta(days=3))
        assert await worked(owner, tenant, clock) == []
        counts = await owner.fetch("SELECT day, family, count FROM privacy.browser_counts ORDER BY day, family")
    assert [tuple(row) for row in counts] == [
        (start.date(), CHROME, 1),
        (start.date(), SAFARI, 1),
        ((start + timedelta(days=3)).date(), CHROME, 1),
    ]


async def test_nothing_in_the_log_leads_to_a_visitor(
    platform: Platform, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    tenant = await platform.tenant()
    visitor = await tenant.visitor()
    await record(platform, tenant, "203.0.113.5")
    names = {column.name for column in metadata.tables["privacy.browser_log"].columns}
    assert names == {
        "tenant_id",
        "id",
        "site_id",
        "network_address",
        "family",
        "major_version",
        "hour_time",
        "is_shortened",
    }
    row = await owner.fetchrow(
        "SELECT id, hour_time, l::text AS row FROM privacy.browser_log l WHERE tenant_id = $1",
        ids.to_uuid(tenant.id, "ten"),
    )
    assert row is not None
    for known in (visitor.conversation.visitor_id, visitor.conversation.id):
        assert str(ids.to_uuid(known, known[:3])) not in row["row"]
    # Neither the id nor the time says when, more finely than the hour.
    assert row["id"].version == 4
    assert (row["hour_time"].minute, row["hour_time"].second) == (0, 0)


async def test_only_the_privacy_officer_reads_addresses_and_the_counts_hold_none(platform: Platform) -> None:
    tenant = await platform.tenant()
    officer = await tenant.member(OFFICER)
    for number in range(3):
        await record(platform, tenant, f"203.0.113.{number}")
    await record(platform, tenant, "not an address", SAFARI)
    stub = browser_log_pb2_grpc.BrowserLogServiceStub(platform.channels.of("privacy"))
    found: list[str] = []
    request = browser_log_pb2.ListBrowserLogRequest(site_id=tenant.site.id, page_size=3)
    entered = ledger_pb2.ListLedgerRequest(record_id=tenant.site.id)
    assert not (await platform.call(platform.ledger.ListLedger, entered, token=officer.token)).entries
    while True:
        page = await platform.call(stub.ListBrowserLog, request, token=officer.token)
        found += [each.network_address for each in page.entries]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert sorted(found) == ["", "203.0.113.0", "203.0.113.1", "203.0.113.2"]
    # That it was read is in the ledger, once for all of its pages, by whom and for which purpose.
    (told,) = (await platform.call(platform.ledger.ListLedger, entered, token=officer.token)).entries
    assert (told.kind, told.staff_id, told.role, told.pseudonym) == (READ, officer.id, "privacy_officer", "")
    assert told.purpose == access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS
    with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
        await platform.call(stub.ListBrowserLog, request, token=tenant.admin.token)
    counted = await platform.call(
        stub.ListBrowserCounts,
        browser_log_pb2.ListBrowserCountsRequest(site_id=tenant.site.id),
        token=tenant.admin.token,
    )
    assert {(each.counted_family, each.count) for each in counted.counts} == {(CHROME, 3), (SAFARI, 1)}
    other = await platform.tenant()
    for site_id in (other.site.id, ids.new_id("sit")):
        with pytest.raises(NotFound, match="SITE_NOT_FOUND"):
            await record(platform, tenant, "203.0.113.1", site_id=site_id)


@given(st.text(max_size=50))
def test_no_text_but_an_address_is_kept_as_one(text: str) -> None:
    kept = plain_address(text)
    assert not kept or set(kept) <= set("0123456789abcdef.:")


# Page views.


async def count(platform: Platform, tenant: Tenant, *tallies: tuple[str, int], site_id: str = "") -> None:
    """Adds page views, as the gateway does."""
    await platform.call(
        page_view_pb2_grpc.PageViewServiceStub(platform.channels.of("privacy")).RecordPageViews,
        page_view_pb2.RecordPageViewsRequest(
            site_id=site_id or tenant.site.id,
            tallies=[page_view_pb2.PageViewTally(path=path, count=number) for path, number in tallies],
        ),
        tenant_id=tenant.id,
    )


async def views(platform: Platform, tenant: Tenant) -> dict[str, int]:
    """Returns the numbers of today, by path."""
    stub = page_view_pb2_grpc.PageViewServiceStub(platform.channels.of("privacy"))
    request = page_view_pb2.ListPageViewsRequest(site_id=tenant.site.id, page_size=150)
    found: dict[str, int] = {}
    while True:
        page = await platform.call(stub.ListPageViews, request, token=tenant.admin.token)
        found |= {each.path: each.count for each in page.page_views}
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


@pytest_asyncio.fixture(scope="module")
async def house(platform: Platform) -> Tenant:
    """The platform's own tenant."""
    return await platform.tenant(house=True)


async def test_pages_of_the_house_are_counted_by_path_and_day(platform: Platform, house: Tenant) -> None:
    await asyncio.gather(*(count(platform, house, ("/", 2), ("/about", 1)) for _ in range(3)))
    found = await views(platform, house)
    assert (found["/"], found["/about"]) == (6, 3)


async def test_a_day_has_a_bounded_number_of_paths(platform: Platform) -> None:
    house = await platform.tenant(house=True)
    for start in range(0, 2 * PATHS_A_DAY, PATHS_A_DAY):
        await count(platform, house, *((f"/{start + each}-{secrets.token_hex(2)}", 1) for each in range(PATHS_A_DAY)))
    found = await views(platform, house)
    assert len(found) == PATHS_A_DAY + 1
    assert found[OTHERS] == PATHS_A_DAY


async def test_no_pages_of_a_customer_are_counted(platform: Platform) -> None:
    tenant = await platform.tenant()
    with pytest.raises(PermissionDenied, match="HOUSE_ONLY"):
        await count(platform, tenant, ("/", 1))
    assert not await views(platform, tenant)


async def test_no_query_and_no_person_fits_into_a_path(platform: Platform, house: Tenant) -> None:
    for path in ("/?name=ann", "/a#b", "/ann@people.example", "/a b", "//" * 200, "no-slash", "/%61"):
        with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
            await count(platform, house, (path, 1))
    columns = {each.name for each in metadata.tables["privacy.page_views"].columns}
    assert columns == {"tenant_id", "site_id", "path", "day", "count"}


@given(
    st.lists(st.text("ab/", max_size=3), max_size=250, unique=True),
    st.lists(st.tuples(st.text("abc/", max_size=4), st.integers(1, 9)), max_size=50),
)
def test_nothing_goes_uncounted_however_many_paths_there_are(known: list[str], counted: list[tuple[str, int]]) -> None:
    added = tally(known, counted)
    assert sum(added.values()) == sum(number for _, number in counted)
    assert len((set(known) | set(added)) - {OTHERS}) <= max(len(set(known) - {OTHERS}), PATHS_A_DAY)
