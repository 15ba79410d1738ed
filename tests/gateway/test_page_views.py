"""Pages of the house are counted in front of the real services, and nothing of who reads them goes along."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
from parley.privacy.v1 import page_view_pb2, page_view_pb2_grpc
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.page_views import HousePages
from tests.gateway.conftest import a_door
from tests.platform import Platform, Tenant


async def page(_: Request) -> Response:
    """A page."""
    return HTMLResponse("<!doctype html><title>The house</title>")


async def style(_: Request) -> Response:
    """What is no page."""
    return PlainTextResponse("", media_type="text/css")


async def gone(_: Request) -> Response:
    """What is not there."""
    return HTMLResponse("", status_code=404)


PAGES = Starlette(routes=[Route("/style.css", style), Route("/gone", gone), Route("/{path:path}", page)])


async def views(platform: Platform, house: Tenant) -> dict[str, int]:
    """Returns today's numbers."""
    stub = page_view_pb2_grpc.PageViewServiceStub(platform.channels.of("privacy"))
    found = await platform.call(
        stub.ListPageViews, page_view_pb2.ListPageViewsRequest(site_id=house.site.id), token=house.admin.token
    )
    return {each.path: each.count for each in found.page_views}


async def test_pages_are_counted_without_query_and_nobody_is(platform: Platform) -> None:
    house = await platform.tenant(house=True)
    config = replace(platform.config, public_base="http://localhost:8400", port=0)
    hosts = {"parley.localhost:8400": HousePages(PAGES, house.site.key)}
    async with a_door(config, extra_hosts=hosts) as door:
        async with door.client("parley", **{"user-agent": "Canary/77", "referer": "https://canary.example/"}) as client:
            for path in ("/", "/", "/about?name=canary", "/style.css", "/gone", "/canary@people.example"):
                await client.get(path)
            # Who says no to being counted is not counted, and neither is what nobody has looked at.
            await client.get("/", headers={"sec-gpc": "1"})
            await client.get("/", headers={"sec-purpose": "prefetch;prerender"})
            await client.post("/")
    # What was counted is told when the gateway stops, at the latest.
    assert await views(platform, house) == {"/": 2, "/about": 1}
    owner = await asyncpg.connect(platform.config.database_url)
    rows = await owner.fetch("SELECT v::text AS row FROM privacy.page_views v")
    await owner.close()
    assert not any("canary" in row["row"].lower() for row in rows)


async def test_pages_of_a_customer_are_not_counted_even_if_somebody_composed_them_in(platform: Platform) -> None:
    tenant = await platform.tenant()
    config = replace(platform.config, public_base="http://localhost:8400", port=0)
    async with a_door(config, extra_hosts={"shop.localhost:8400": HousePages(PAGES, tenant.site.key)}) as door:
        async with door.client("shop") as client:
            assert (await client.get("/")).status_code == 200
    assert not await views(platform, tenant)
