"""Who is in front of the privacy centre's pages, how they came in, and what they sent.

It owns the two cookies of these pages. One holds the language, where somebody chose one, and nothing else. The other is
set only after somebody came in with a code or from the chat, holds what opens the pages, is sent to no other site and
from no other site, and lives for half an hour. A form is read only from these pages themselves.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.responses import RedirectResponse, Response

from gateway import problems
from gateway.privacy.upstream import Tenant
from gateway.privacy.words import Words
from gateway.requests import header
from gateway.sessions import Grant
from gateway.visits import Asked

COOKIE = "__Host-parley_privacy"
#: In which language somebody chose to read; it holds the language and ends with the browser. It comes along as well
#: where a link in a mail is followed.
LANGUAGE = "__Host-parley_language"
SECONDS = 30 * 60
_LARGEST_FORM = 64 * 1024
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"
_CODE = re.compile(r"[0-9A-Z]{4,40}")
_CREDENTIAL = re.compile(r"pvc_[0-9a-v]{26}_[A-Za-z0-9_-]{20,100}")
_PLAIN_CODE = re.compile(r"[\s\u2010-\u2015-]+")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who came in: the token by which the services know them, and what opened the pages."""

    grant: Grant
    code: str

    @property
    def token(self) -> str:
        """The access token."""
        return self.grant.access_token


@dataclass(slots=True, kw_only=True)
class Visit(Asked):
    """One request to the privacy centre."""

    tenant: Tenant
    words: Words
    address: str
    person: Person | None = None
    #: The path that leads to the tenant's community; empty where it has none.
    community: str = ""
    #: Parts of the page's address that a form or a link may name.
    base: str = field(init=False)

    def __post_init__(self) -> None:
        """Works out where the pages stand."""
        self.base = f"/privacy/{self.tenant.slug}"

    @property
    def signal(self) -> bool:
        """True where the browser sends `Sec-GPC: 1`."""
        return header(self.scope, b"sec-gpc").strip() == b"1"

    @property
    def known(self) -> Person:
        """The person, on pages that nobody else reaches."""
        if self.person is None:
            raise problems.credential_missing()
        return self.person

    async def form(self) -> dict[str, str]:
        """Reads the form that was sent; raises a Problem for what is none."""
        return await self.read_form(largest=_LARGEST_FORM)


Page = Callable[[Visit], Awaitable[Response]]


def read_code(typed: str) -> str:
    """Returns a code without what people put between its characters; nothing where it cannot be one."""
    code = _PLAIN_CODE.sub("", typed).upper()
    return code if _CODE.fullmatch(code) else ""


def kept_code(cookie: str, slug: str) -> str:
    """Returns the code, or the credential, in a cookie, where it is of this tenant."""
    of, _, code = cookie.partition(".")
    return code if of == slug and (_CODE.fullmatch(code) or _CREDENTIAL.fullmatch(code)) else ""


def read_credential(text: str) -> str:
    """Returns a credential of a conversation, as a proof of an address gives it; nothing where it cannot be one."""
    return text if _CREDENTIAL.fullmatch(text) else ""


def keep(response: Response, slug: str, code: str) -> None:
    """Keeps the pages open for half an hour from now."""
    response.headers.append("set-cookie", f"{COOKIE}={slug}.{code}; Max-Age={SECONDS}; {_ATTRIBUTES}")


def in_language(path: str, tag: str) -> Response:
    """Shows the same page again, and every later one, in a language that somebody chose."""
    response = RedirectResponse(path, status_code=303)
    keep_language(response, tag)
    return response


def keep_language(response: Response, tag: str) -> None:
    """Keeps the language that somebody chose, until the browser is closed."""
    response.headers.append("set-cookie", f"{LANGUAGE}={tag}; Path=/; Secure; HttpOnly; SameSite=Lax")


def drop(response: Response) -> None:
    """Takes the cookie away."""
    response.headers.append("set-cookie", f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}")
