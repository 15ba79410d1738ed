"""Who is in front of a community's pages, and what they sent.

It owns the one cookie of these pages: the session of a member who signed in. Whoever only reads gets none. A form is
read only from these pages themselves.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import RedirectResponse, Response

from gateway import problems, refusals
from gateway.community.languages import ENGLISH, Words
from gateway.files import Form, Take, read_form
from gateway.privacy.upstream import Tenant
from gateway.problems import Problem
from gateway.visits import Asked
from kernel.community import UNSIGNED

COOKIE = "__Host-parley_member"
#: A field that people do not see and programs fill in.
TRAP = "website"
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,128}")
_LARGEST_FORM = 256 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """A member who is signed in."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    handle: str
    id: str = ""
    #: How many news were not seen when the session was looked up.
    unread: int = 0


@dataclass(slots=True, kw_only=True)
class Visit(Asked):
    """One request to a community."""

    tenant: Tenant
    anonymous: str = field(repr=False)
    member: Member | None = None
    words: Words = ENGLISH
    #: From where the request comes.
    address: str = field(default="", repr=False)
    #: Since when the form that was sent had been open, as it says; empty where none was sent.
    started: str = field(default="", repr=False)

    @property
    def base(self) -> str:
        """Where the community's pages stand."""
        return f"/c/{self.tenant.slug}"

    @property
    def token(self) -> str:
        """The token with which the pages ask."""
        return self.anonymous if self.member is None else self.member.token

    @property
    def known(self) -> Member:
        """The member, on pages that nobody else reaches."""
        if self.member is None:
            raise problems.credential_missing()
        return self.member

    def said(self, problem: Problem) -> str:
        """Returns what a page says to a refusal, in the reader's language."""
        return refusals.said(problem, self.words.tag)

    async def form(self) -> dict[str, str]:
        """Reads the form that was sent; raises a Problem for what is none, and for one that a program filled in."""
        read = await self.read_form(largest=_LARGEST_FORM)
        _check_trap(read)
        return read

    async def form_with_files(self, take: Take) -> Form:
        """Reads a form whose files are taken in as they come; raises a Problem for one that a program filled in."""
        form = await read_form(self.scope, self.receive, take)
        _check_trap(form.fields)
        form.fields = {name: value.replace("\r\n", "\n") for name, value in form.fields.items()}
        # Where the form is shown again, its time goes on.
        self.started = form.fields.get("started", "")[:128] or UNSIGNED
        return form

    def go(self, path: str) -> Response:
        """Sends the browser on to another page of the community, by GET."""
        return RedirectResponse(self.base + path, status_code=303)


Page = Callable[[Visit], Awaitable[Response]]


def _check_trap(fields: Mapping[str, str]) -> None:
    if fields.get(TRAP):
        raise Problem(status=400, reason="FORM_REFUSED", detail="A field that nobody sees was filled in.")


def kept_secret(cookie: str, slug: str) -> str:
    """Returns the session in a cookie, where it is of this tenant."""
    of, _, secret = cookie.partition(".")
    return secret if of == slug and _SECRET.fullmatch(secret) else ""


def keep(response: Response, slug: str, secret: str, seconds: int) -> None:
    """Keeps somebody signed in."""
    response.headers.append("set-cookie", f"{COOKIE}={slug}.{secret}; Max-Age={seconds}; {_ATTRIBUTES}")


def drop(response: Response) -> None:
    """Takes the cookie away."""
    response.headers.append("set-cookie", f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}")
