"""The page behind the link in a mail that ends such mails: by one click, without signing in and without a cookie."""

from __future__ import annotations

from parley.community.v1 import subscription_pb2
from starlette.responses import Response

from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Visit
from gateway.community.words import WORDS
from gateway.requests import read_body

_LARGEST = 1024


class Unsubscribing:
    """The page."""

    def __init__(self, upstream: Upstream, view: View) -> None:
        """Takes the services and the templates."""
        self._upstream = upstream
        self._view = view

    async def page(self, visit: Visit) -> Response:
        """Asks once more: programs that look at links in mails press no button."""
        return self._view.page(visit, "unsubscribe", token=visit.fields["token"])

    async def end(self, visit: Visit) -> Response:
        """Ends the mails: for the button, and for mail programs that send RFC 8058's one click."""
        await read_body(visit.scope, visit.receive, largest=_LARGEST)
        request = subscription_pb2.UnsubscribeRequest(token=visit.fields["token"][:300])
        await self._upstream.call(self._upstream.subscriptions.Unsubscribe, request, visit.anonymous)
        return self._view.page(visit, "message", title=WORDS["unsubscribed"], text=WORDS["unsubscribed.text"])
