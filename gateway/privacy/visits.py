"""Who is in front of the privacy centre's pages, how they came in, and what they sent.

It owns the two cookies of these pages. One holds the language, where somebody chose one, and nothing else. The other is
set only after somebody came in with a code or from the chat, holds what opens the pages, is sent to no other site and
from no other site, and lives for half an hour. A form is read only from these pages themselves.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope

from gateway import problems
from gateway.privacy.upstream import Tenant
from gateway.privacy.words import Words
from gateway.problems import Problem
from gateway.requests import header, read_body
from gateway.sessions import Grant
from kernel import ids
from kernel.errors import ParleyError

COOKIE = "__Host-parley_privacy"
#: In which language somebody chose to read; it holds the language and ends with the browser. It comes along as well
#: where a link in a mail is followed.
LANGUAGE = "__Host-parley_language"
SECONDS = 30 * 60
LARGEST_FORM = 64 * 1024
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
class Visit:
    """One request to the privacy centre."""

    scope: Scope
    receive: Receive
    tenant: Tenant
    words: Words
    address: str
    fields: Mapping[str, str]
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

    def query(self, name: str) -> str:
        """Returns a value of the address's query, or nothing."""
        try:
            values = parse_qs(self.scope["query_string"].decode("ascii"), max_num_fields=10).get(name, [])
        except ValueError:
            return ""
        return values[0] if len(values) == 1 else ""

    def id_in_path(self, name: str, prefix: str) -> str:
        """Returns an id from the address; raises a Problem, as for one that is missing, where it is none."""
        try:
            ids.to_uuid(self.fields[name], prefix)
        except ParleyError:
            raise problems.not_found() from None
        return self.fields[name]

    async def form(self) -> dict[str, str]:
        """Reads the form that was sent, each field once; raises a Problem for anything else."""
        if header(self.scope, b"content-type").split(b";")[0].strip().lower() != b"application/x-www-form-urlencoded":
            raise Problem(status=415, reason="UNSUPPORTED_MEDIA_TYPE", detail="The body must be a form.")
        body = await read_body(self.scope, self.receive, largest=LARGEST_FORM)
        try:
            # What browsers send is ASCII, with everything else escaped as UTF-8.
            read = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict")
        except ValueError:
            raise problems.malformed("The form could not be read.") from None
        if any(len(values) != 1 for values in read.values()):
            raise problems.malformed("The form names a field more than once.")
        # Browsers end lines as mail does; what was typed has plain ends.
        return {name: values[0].replace("\r\n", "\n") for name, values in read.items()}


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
