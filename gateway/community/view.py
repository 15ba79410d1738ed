"""Renders the communities' templates, and what every one of their pages has in common."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from parley.community.v1 import attachment_pb2, poll_pb2, post_pb2, space_pb2, topic_pb2
from starlette.responses import HTMLResponse, Response

from gateway import refusals
from gateway.community.languages import NAMES
from gateway.community.polls import DAYS
from gateway.community.upstream import Upstream
from gateway.community.visits import Visit
from gateway.community.words import WORDS
from gateway.pages import Pages
from gateway.problems import Problem
from kernel.community import FormTimes

#: After how long the last encrypted backup is gone that holds what was taken away.
BACKUPS_KEPT = timedelta(days=35)


def machine(moment: Timestamp) -> str:
    """Writes a moment for programs."""
    return moment.ToDatetime(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> datetime:
    """Returns now, for pages that say when they were made."""
    return datetime.now(UTC)


class View:
    """The templates."""

    def __init__(self, pages: Pages, origin: str, widget_origin: str, forms: FormTimes) -> None:
        """Takes what renders them, the origin of these pages, the one of the privacy centre, and what times forms."""
        self._pages = pages
        self._forms = forms
        self.origin = origin
        self.widget_origin = widget_origin

    def page(self, visit: Visit, name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Returns a template as a page."""
        now = today()
        return self._pages.render(
            f"community/{name}.html",
            status=status,
            w=WORDS,
            t=visit.words,
            languages=NAMES,
            tenant=visit.tenant,
            base=visit.base,
            origin=self.origin,
            privacy=f"{self.widget_origin}/privacy/{visit.tenant.slug}",
            me=visit.member,
            day=visit.words.time,
            date=visit.words.date,
            now=now,
            expires=visit.words.date(now + BACKUPS_KEPT),
            # What answers a form has no address that leads back to it.
            is_linked=visit.scope["method"] in ("GET", "HEAD"),
            machine=machine,
            fresh=secrets.token_urlsafe(18) if visit.member is not None else "",
            started=visit.started or self.started(visit, now),
            VISIBILITY=space_pb2.Visibility,
            JOINING=space_pb2.Joining,
            KIND=topic_pb2.TopicKind,
            STATE=topic_pb2.ContentState,
            REACTION=post_pb2.Reaction,
            FILE=attachment_pb2.AttachmentState,
            RESULTS=poll_pb2.PollResults,
            DAYS=DAYS,
            **{"indexed": False, "canonical": "", "feed": "", "wrong": frozenset(), **values},
        )

    def again(self, visit: Visit, name: str, problem: Problem, **values: Any) -> HTMLResponse:
        """Returns a form once more, with why it was refused and which fields are at fault.

        A fault of ours is raised anew.
        """
        if problem.status >= 500:
            raise problem
        # The page is not one that wants a credential; it is where one is got.
        status = 403 if problem.status == 401 else problem.status
        trouble, wrong = visit.said(problem), refusals.fields_of(problem)
        return self.page(visit, name, status=status, trouble=trouble, wrong=wrong, **values)

    def started(self, visit: Visit, since: datetime) -> str:
        """Returns since when a member has a form open, signed; nothing for everybody else."""
        return "" if visit.member is None else self._forms.give(visit.tenant.id, visit.member.id, since)

    async def desks(self, upstream: Upstream, visit: Visit) -> list[tuple[str, str]]:
        """Returns the help desks of a company, each with its address: one behind each site, the first few of them."""
        sites = await upstream.sites(visit.tenant)
        return [(site.display_name, f"{self.widget_origin}/support/{site.key}") for site in sites[:5]]

    def refused(self, visit: Visit, problem: Problem) -> Response:
        """Returns the page that says that something was refused."""
        if problem.status == 401:
            return visit.go("/sign-in")
        response = self.page(
            visit,
            "message",
            status=problem.status,
            title=WORDS["refused"],
            text=visit.said(problem),
            wants_terms=problem.reason in ("TERMS_NOT_ACCEPTED", "WARNING_NOT_ACKNOWLEDGED"),
        )
        for name, value in problem.headers.items():
            response.headers[name] = value
        return response
