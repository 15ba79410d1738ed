"""Serves the demo's pages, each from a host of its own: the house, two shops, and a page that says where to go.

They are pages as any customer has them. All that they know of Parley is one script tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cli.demo import state
from cli.demo.people import COMPANIES, Company
from cli.demo.texts import blocks_of, policy_of
from gateway.page_views import HousePages
from kernel.config import Config

_FOLDER = Path(__file__).parent / "pages"
_templates = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)

_GOODS = {
    "parley": (
        ("Live chat", "Talk with the people on your pages, and lose nothing they say.", "/"),
        ("Your promises, as code", "Every field says what it is for, and the software holds you to it.", "/"),
        ("One line to embed", "No cookie, no request, no trace until somebody opens it.", "/"),
    ),
    "fern": (
        ("Monstera", "Large leaves, little work. 24.90", "/plants/monstera"),
        ("Blue glazed pot", "18 cm outside, 16 cm inside. 12.50", "/pots"),
        ("Delivery", "Two days, four to the islands.", "/delivery"),
    ),
    "harbor": (
        ("Tern", "A folding bike for trains and small flats. 890", "/bikes/tern"),
        ("Workshop", "Bring it by nine, fetch it by five.", "/workshop"),
        ("Lights", "See and be seen. 29", "/lights"),
    ),
}


def hosts(config: Config) -> Mapping[str, ASGIApp | HousePages]:
    """Returns the demo's applications by the hosts on which they stand; how often the house's are read is counted."""
    keys = {each.slug: each.site_key for each in state.read(config)}
    apps: dict[str, ASGIApp | HousePages] = {}
    for company in COMPANIES:
        if company.slug in keys:
            shop = _shop(config, company, keys[company.slug])
            host = urlsplit(config.origin(company.host)).netloc
            apps[host] = HousePages(shop, keys[company.slug]) if company.is_house else shop
    apps[urlsplit(config.base).netloc] = _landing(config)
    return apps


def _page(name: str, **values: object) -> Response:
    return Response(_templates.get_template(name).render(values), media_type="text/html; charset=utf-8")


async def _stylesheet(_: Request) -> Response:
    return FileResponse(_FOLDER / "shop.css", media_type="text/css")


def _shop(config: Config, company: Company, site_key: str) -> ASGIApp:
    snippet = f"{config.origin('widget')}/launcher.js?site={site_key}"

    async def page(request: Request) -> Response:
        path = request.url.path
        shown = next((goods for goods in _GOODS[company.slug] if goods[2] == path), None)
        return _page(
            "shop.html",
            company=company,
            goods=_GOODS[company.slug],
            title=shown[0] if shown and path != "/" else company.name,
            snippet=snippet,
            # Whoever comes from the shop hears at the border what changes.
            community=f"{config.origin('community')}/c/{company.slug}/in" if company.has_community else "",
            start=config.base,
        )

    async def privacy(_: Request) -> Response:
        return _page("privacy.html", company=company, start=config.base, policy=blocks_of(policy_of(company)))

    return Starlette(
        routes=[
            Route("/shop.css", _stylesheet),
            Route("/privacy", privacy),
            Route("/{path:path}", page),
        ]
    )


def _landing(config: Config) -> ASGIApp:
    async def page(_: Request) -> Response:
        return _page(
            "start.html",
            shops=[(company.name, config.origin(company.host), company.greeting) for company in COMPANIES],
            console=config.origin("console"),
            api=config.origin("api"),
            communities=[
                (company.name, f"{config.origin('community')}/c/{company.slug}")
                for company in COMPANIES
                if company.has_community
            ],
            data=config.data_dir / "demo.json",
        )

    return Starlette(routes=[Route("/shop.css", _stylesheet), Route("/", page)])
