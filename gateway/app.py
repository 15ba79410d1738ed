"""Puts the gateway together: one application for each host, with everything that they share.

Nothing else in this package builds its own collaborators. Hosts that the platform does not know, such as the demo's
shops, are composed in as whole applications by whoever starts the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import redis.asyncio
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import contract, files, problems, sse
from gateway.assets import Assets
from gateway.browser_log import BrowserLog
from gateway.community import CommunityPages
from gateway.console import Console
from gateway.credentials import Credentials
from gateway.docs import Docs
from gateway.entry import Entry
from gateway.health import Health
from gateway.keys import Keys
from gateway.limits import Allowance, Limit, Limiter
from gateway.live import Live
from gateway.live.replicas import Replicas
from gateway.page_views import HousePages, PageViews
from gateway.pages import Pages
from gateway.privacy import Centre
from gateway.requests import Proxies, text_header
from gateway.routes import HostApp, Routes, Shield
from gateway.secure_sessions import note_arrival
from gateway.security import Host, Security
from gateway.sessions import ChannelSource, Sessions
from gateway.site_keys import SiteKeys
from gateway.static import Static
from gateway.support import PortalPages, SupportPages
from gateway.survey import SurveyPages, SurveyReports
from gateway.tokens import Tokens
from gateway.transcoding import Transcoder
from gateway.widget import Widget
from kernel.clock import SystemClock
from kernel.community import FormTimes
from kernel.config import SERVICES, Config
from kernel.files.tickets import Tickets
from kernel.identity import InternalTokens
from kernel.limits import DailyHashes, WhenDown
from kernel.rpc.server import cancel
from kernel.stamps import Stamps

#: Services without which chats go on: while they are away, a gateway is ready all the same.
DISPENSABLE = frozenset({"survey", "support", "community"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstreams:
    """Everything that the gateway speaks to."""

    #: The channels to the services, each spread over all replicas.
    services: ChannelSource
    #: The chat replicas, each of which gets a stream of its own.
    replicas: Replicas
    #: Redis, for limits and for the stamps of pages; None limits in this process alone, and keeps no page.
    store: redis.asyncio.Redis | None


def allowances(config: Config) -> dict[Limit, Allowance]:
    """Returns the limits that the settings ask for."""
    return {
        Limit.REQUEST: Allowance(config.limit_requests),
        Limit.START: Allowance(config.limit_starts),
        Limit.SIGN_IN: Allowance(config.limit_sign_ins, when_down=WhenDown.LOCAL),
        Limit.CODE: Allowance(config.limit_codes, when_down=WhenDown.LOCAL),
        Limit.SITE_KEY: Allowance(config.limit_site_keys, when_down=WhenDown.LOCAL),
    }


class Gateway:
    """The whole gateway, as one ASGI application."""

    def __init__(self, config: Config, upstreams: Upstreams, extra_hosts: Mapping[str, ASGIApp | HousePages]) -> None:
        """Builds every part; raises UnroutableContract or InvalidTemplate for a contract that cannot be served."""
        internal = InternalTokens(config.secret_key, "gateway")
        self._proxies = Proxies(config.trusted_proxies)
        self._limiter = Limiter(allowances(config), secret_key=config.secret_key, store=upstreams.store)
        self._sessions = Sessions(upstreams.services, internal)
        self._site_keys = SiteKeys(upstreams.services, internal)
        self._keys = Keys(upstreams.services, internal)
        self._assets = Assets(config.web_dist)
        self._store = upstreams.store
        self._pages = Pages(self._assets.stylesheet)
        self._browser_log = BrowserLog(upstreams.services, self._sessions, self._proxies)
        self._streams = sse.Streams(self._keys.ring)
        self._health = Health(upstreams.services, [name for name in SERVICES if name not in DISPENSABLE])
        self._config = config
        self._services = upstreams.services
        known = contract.load()
        self._docs = Docs(known, config.origin("api"), self._pages)
        self._origins = DailyHashes(config.secret_key, "origins", SystemClock())
        self._transcoder = Transcoder(
            contract=known,
            channels=upstreams.services,
            credentials=Credentials(self._sessions, self._keys, config.origin("console")),
            limiter=self._limiter,
            proxies=self._proxies,
            streams=self._streams,
            started=self._browser_log.note,
            origins=self._origins,
        )
        self.live = Live(
            replicas=upstreams.replicas,
            metadata=self._sessions.metadata,
            keys=self._keys.ring,
            refresh_keys=self._keys.refresh,
            secure=self._sessions.secure,
            proxies=self._proxies,
            origins=[config.origin(part.value) for part in (Host.API, Host.CONSOLE, Host.WIDGET)],
            most_sockets=config.most_sockets,
        )
        self._hosts: dict[str, ASGIApp] = {
            _host_name(urlsplit(config.origin(host.value)).netloc): self._host(host) for host in Host
        }
        self._page_views = PageViews(upstreams.services, self._sessions, self._site_keys)
        self._extra = {
            _host_name(name): self._page_views.around(app) if isinstance(app, HousePages) else app
            for name, app in extra_hosts.items()
        }
        self._other = self._hosts[_host_name(urlsplit(config.origin("api")).netloc)]
        self._following: list[asyncio.Task[None]] = []

    def _host(self, host: Host) -> ASGIApp:
        static = Static(self._assets, self._pages, shared=host is Host.WIDGET)
        exact = {
            "/healthz": {"GET": self._health.alive},
            "/readyz": {"GET": self._health.ready},
            "/.well-known/jwks.json": {"GET": self._keys.publish},
            "/robots.txt": {"GET": static.robots},
        }
        below: dict[str, ASGIApp] = {"/assets/": static}
        sockets: dict[str, ASGIApp] = {}
        page = None
        if host not in (Host.CONTENT, Host.COMMUNITY):
            below["/v1/"] = self._with_cookies if host is Host.CONSOLE else self._transcoder
            sockets["/live"] = self.live
            exact |= {
                "/openapi.json": {"GET": self._docs.document},
                "/docs": {"GET": self._docs.page},
            }
            below["/problems/"] = self._docs
        if host is Host.CONTENT:
            below[files.PREFIX] = files.ContentHost(
                channels=self._services,
                sessions=self._sessions,
                tickets=Tickets(self._config.secret_key),
                limiter=self._limiter,
                proxies=self._proxies,
                pages=self._pages,
            )
        if host is Host.COMMUNITY:
            below["/c/"] = self.communities = CommunityPages(
                channels=self._services,
                sessions=self._sessions,
                limiter=self._limiter,
                proxies=self._proxies,
                pages=self._pages,
                origin=self._config.origin("community"),
                widget_origin=self._config.origin("widget"),
                stamps=None if self._store is None else Stamps(self._store),
                forms=FormTimes(self._config.secret_key),
                origins=self._origins,
                calculator=self._assets.calculator,
                composer=self._assets.composer,
            )
            exact["/robots.txt"] = {"GET": static.robots_of_communities}
        if host is Host.API:
            tokens = Tokens(sessions=self._sessions, limiter=self._limiter, proxies=self._proxies)
            exact["/token"] = {"POST": tokens.issue}
        if host is Host.CONSOLE:
            console = Console(
                sessions=self._sessions,
                limiter=self._limiter,
                proxies=self._proxies,
                assets=self._assets,
                pages=self._pages,
                origin=self._config.origin("console"),
                widget_origin=self._config.origin("widget"),
            )
            exact["/session"] = {"POST": console.sign_in, "GET": console.session, "DELETE": console.sign_out}
            entry = Entry(
                channels=self._services,
                sessions=self._sessions,
                limiter=self._limiter,
                proxies=self._proxies,
                origin=self._config.origin("console"),
            )
            exact["/session/code"] = {"POST": console.finish_sign_in}
            exact["/oidc/start"] = {"POST": console.start_oidc}
            exact["/oidc/callback"] = {"GET": console.finish_oidc}
            exact["/password-reset"] = {"POST": entry.ask_reset}
            exact["/entry/check"] = {"POST": entry.check}
            exact["/entry"] = {"POST": entry.use}
            below["/reports/"] = SurveyReports(
                channels=self._services,
                sessions=self._sessions,
                limiter=self._limiter,
                proxies=self._proxies,
                pages=self._pages,
            )
            page = console.page
        elif host is Host.WIDGET:
            centre = Centre(
                channels=self._services,
                sessions=self._sessions,
                limiter=self._limiter,
                proxies=self._proxies,
                pages=self._pages,
                origin=self._config.origin("widget"),
                community_origin=self._config.origin("community"),
            )
            below["/privacy/"] = centre
            below["/community/"] = centre.border
            below["/survey/"] = SurveyPages(
                channels=self._services,
                sessions=self._sessions,
                limiter=self._limiter,
                proxies=self._proxies,
                pages=self._pages,
                origin=self._config.origin("widget"),
            )
            # The requester's own pages are tried first: they stand below the others.
            below["/support/t/"] = PortalPages(
                channels=self._services,
                sessions=self._sessions,
                limiter=self._limiter,
                proxies=self._proxies,
                pages=self._pages,
                origin=self._config.origin("widget"),
                border=centre.border,
            )
            below["/support/"] = SupportPages(
                channels=self._services,
                sessions=self._sessions,
                limiter=self._limiter,
                proxies=self._proxies,
                pages=self._pages,
                origin=self._config.origin("widget"),
                border=centre.border,
            )
            widget = Widget(
                sessions=self._sessions,
                site_keys=self._site_keys,
                tenants=centre.upstream,
                limiter=self._limiter,
                proxies=self._proxies,
                assets=self._assets,
                pages=self._pages,
                origin=self._config.origin("widget"),
                content_origin=self._config.origin("content"),
            )
            exact["/launcher.js"] = {"GET": widget.launcher, "OPTIONS": widget.preflight}
            exact["/panel"] = {"GET": widget.panel}
            exact["/widget/session"] = {
                "POST": widget.session,
                "PUT": widget.keep_session,
                "DELETE": widget.forget_session,
            }
        routes = Routes(exact=exact, below=below, sockets=sockets, page=page)
        app = Shield(HostApp(routes, self._pages), self._pages)
        return Security(app, host=host, config=self._config, proxies=self._proxies)

    async def _with_cookies(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["parley.cookies"] = True
        await self._transcoder(scope, receive, send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on to the application of its host."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        note_arrival(scope, self._proxies, self._config)
        name = _host_name(text_header(scope, b"host"))
        if not name and scope["type"] == "http":
            # HTTP/1.1 demands exactly one Host; two would let two readers disagree about who is asked.
            response = problems.malformed("The request names no host, or more than one.").response()
            await response(scope, receive, send)
            return
        app = self._hosts.get(name) or self._extra.get(name) or self._other
        await app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    def start(self) -> None:
        """Starts to follow identity's keys and to keep the live streams."""
        self._following = [asyncio.create_task(self._keys.follow()), asyncio.create_task(self._page_views.run())]
        self.live.start()

    def not_ready(self) -> None:
        """Says at `/readyz` that nobody new should be sent here."""
        self._health.draining = True

    def drain(self) -> None:
        """Says not ready, closes all sockets and ends all streams, so that clients go to another gateway."""
        self.not_ready()
        self.live.drain()
        self._streams.drain()

    async def stop(self) -> None:
        """Ends what `start` started."""
        await self.live.stop()
        await cancel(self._following)
        await self._page_views.flush()


def create_app(
    config: Config, upstreams: Upstreams, *, extra_hosts: Mapping[str, ASGIApp | HousePages] | None = None
) -> Gateway:
    """Builds the gateway; `extra_hosts` are applications by host name, with or without a port."""
    return Gateway(config, upstreams, extra_hosts or {})


def _host_name(host: str) -> str:
    """Returns the name of a host without its port, in small letters."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].rstrip(".").lower()
