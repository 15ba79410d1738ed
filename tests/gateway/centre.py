"""What the tests of the privacy centre's pages say again and again: where they stand, and how a form is read."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.gateway.backend import Backend
from tests.gateway.rights import SLUG

WIDGET = "http://widget.localhost:8400"
HOME = f"/privacy/{SLUG}"
COOKIE = "__Host-parley_privacy"


async def cookie_of(client: httpx.AsyncClient) -> str:
    """Comes in and returns the cookie."""
    response = await client.post(HOME, data={"code": "k7qm-2xpd 9rtv"})
    assert response.status_code == 303, response.text
    return str(response.headers["set-cookie"]).partition(";")[0]


def fields(page: httpx.Response) -> dict[str, str]:
    """Returns what a page's form would send if nobody changed anything."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))


def asked(backend: Backend, kind: type) -> list[Any]:
    """Returns what the services were asked, of one kind."""
    return [request for request in backend.requests if isinstance(request, kind)]
