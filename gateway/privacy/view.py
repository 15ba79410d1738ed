"""Renders the privacy centre's templates with the reader's words, and what every one of its pages has in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.pages import Pages
from gateway.privacy.visits import Visit
from gateway.privacy.words import LANGUAGES, machine
from gateway.problems import Problem

#: What is linked from every page: for somebody inside, and for everybody.
INSIDE = (
    ("held", ""),
    ("correct", "/correct"),
    ("copy", "/copy"),
    ("choices", "/choices"),
    ("object", "/object"),
    ("erase", "/erase"),
)
FOR_ALL = (
    ("complain", "/complain"),
    ("track", "/track"),
    ("notices", "/notices"),
    ("policy", "/policy"),
    ("recipients", "/recipients"),
)


class View:
    """The templates."""

    def __init__(self, pages: Pages) -> None:
        """Takes what renders them."""
        self._pages = pages

    def page(
        self, visit: Visit, name: str, *, here: str = "", status: int = 200, inside: bool | None = None, **values: Any
    ) -> HTMLResponse:
        """Returns a template as a page; `here` is the link that stands for it, `inside` whether somebody came in."""
        return self._pages.render(f"privacy/{name}.html", status=status, **self._common(visit, here, inside), **values)

    def parts(self, visit: Visit, name: str, **values: Any) -> Iterator[str]:
        """Returns a template in two parts, before and after its one `<!-- parts -->`."""
        response = self.page(visit, name, inside=False, **values)
        head, _, tail = bytes(response.body).decode().partition("<!-- parts -->")
        yield head
        yield tail

    def fragment(self, visit: Visit, name: str, **values: Any) -> str:
        """Returns a piece of a page."""
        return bytes(self.page(visit, name, **values).body).decode()

    def refused(self, visit: Visit, problem: Problem) -> Response:
        """Returns the page that says that something was refused, in the reader's words."""
        words = visit.words
        if problem.status == 404:
            text = words("track.wrong") if visit.scope["method"] == "POST" else words("refused.missing")
        elif problem.reason == "TOO_MANY_REQUESTS":
            # Of what is still being answered; a minute changes nothing.
            text = words("asked.many")
        elif problem.status == 429:
            text = words("refused.limited")
        elif problem.reason == "ORIGIN_REJECTED":
            text = words("refused.origin")
        else:
            text = words("refused.other")
        response = self.page(visit, "refused", status=problem.status, text=text)
        for name, value in problem.headers.items():
            response.headers[name] = value
        return response

    def go(self, visit: Visit, path: str) -> Response:
        """Sends the browser on to another page, by GET."""
        return RedirectResponse(visit.base + path, status_code=303)

    def _common(self, visit: Visit, here: str, inside: bool | None) -> Mapping[str, Any]:
        inside = visit.person is not None if inside is None else inside
        return {
            "t": visit.words,
            "languages": [(each.TAG, each.NAME) for each in LANGUAGES.values()],
            "machine": machine,
            "tenant": visit.tenant,
            "base": visit.base,
            "here": here,
            "inside": inside,
            "links": INSIDE if inside else (("home", ""),),
            "more": FOR_ALL,
            "community": visit.community,
        }
