"""Renders the gateway's own pages: not found, expired, error, maintenance, problems and the API's documentation.

They are whole without a script, hold nothing that a visitor typed, and say what happened, what is safe and what to do
next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a page says: three short sentences, and after how long it may help to come back."""

    status: int
    title: str
    happened: str
    safe: str
    advice: str
    retry_seconds: int = 0


NOT_FOUND = Notice(
    status=404,
    title="Nothing here",
    happened="There is no page at this address.",
    safe="Nothing was changed and nothing was kept.",
    advice="Check the address, or go back to the page that you came from.",
)
UNKNOWN_SITE = Notice(
    status=404,
    title="This chat is not available",
    happened="The page that opened this chat is not registered for it.",
    safe="Nothing was kept.",
    advice="Please use another way to reach the people behind the page that you came from.",
)
EXPIRED = Notice(
    status=410,
    title="This has expired",
    happened="What you opened was good for a limited time, or it was deleted in the meantime.",
    safe="Nothing was changed just now.",
    advice="Open it again with your code, or ask for a new link where you got the old one.",
)
ERROR = Notice(
    status=500,
    title="Something failed on our side",
    happened="This page could not be shown.",
    safe="Nothing that you sent was kept by this request.",
    advice="Please try again in a moment.",
)
MAINTENANCE = Notice(
    status=503,
    title="Back in a moment",
    happened="This part of the service is being updated or is starting.",
    safe="What was said before is safe.",
    advice="Please load this page again in a moment.",
    retry_seconds=10,
)
NOT_BUILT = Notice(
    status=503,
    title="The web part is not built",
    happened="The gateway runs, but the files of its pages are not there.",
    safe="The API works without them.",
    advice="Run the build of the web part, then start the gateway again.",
)


class Pages:
    """Renders pages with one stylesheet."""

    def __init__(self, stylesheet: str) -> None:
        """Takes the name of the stylesheet below `/assets`."""
        self._stylesheet = stylesheet
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def notice(
        self,
        notice: Notice,
        *,
        headers: Mapping[str, str] | None = None,
        home: str = "",
        language: str = "en",
        direction: str = "ltr",
    ) -> HTMLResponse:
        """Returns a page that says what happened; `home` is the path of the page from which it goes on, if any."""
        sent = {"cache-control": "no-store", **(headers or {})}
        if notice.retry_seconds:
            sent["retry-after"] = str(notice.retry_seconds)
        spoken = {"language": language, "direction": direction}
        return self.render("notice.html", status=notice.status, headers=sent, notice=notice, home=home, **spoken)

    def render(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> HTMLResponse:
        """Returns a template as a page."""
        html = self._templates.get_template(template).render(stylesheet=self._stylesheet, **values)
        return HTMLResponse(html, status_code=status, headers=headers)
