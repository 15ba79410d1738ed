"""Knows the sites whose public keys come by: which tenant, which id, and which origins may frame the panel.

It asks identity, keeps answers for half a minute, and tells identity on which origin a launcher was loaded, at most
once a minute for each origin. Nothing about who loaded it is known here.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from dataclasses import dataclass

import grpc
from parley.identity.v1 import site_pb2, site_pb2_grpc

from gateway.sessions import ChannelSource
from kernel.errors import InvalidArgument, NotFound, ParleyError, Unauthenticated, from_rpc_error
from kernel.identity import InternalTokens

_KEY = re.compile(r"pk_[A-Za-z0-9_-]{1,124}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?")
_KEPT_SECONDS = 30.0
_KEPT_SITES = 5_000
_SEEN_SECONDS = 60.0
_CALL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the gateway needs to know of a site."""

    id: str
    tenant_id: str
    origins: tuple[str, ...]
    #: By which rules the site offers a chat now: page, seconds, words, and from which visit on.
    invitations: tuple[tuple[str, int, str, int], ...] = ()
    #: True where the launcher stands in the corner at the beginning of a line.
    at_start: bool = False


def origin_of(address: str) -> str:
    """Returns the origin of an address, or nothing where it is not one of http."""
    found = _ORIGIN.match(address.lower())
    if found is None or address[found.end() : found.end() + 1] not in ("", "/", "?", "#"):
        return ""
    return found[0]


class SiteKeys:
    """Resolves public keys of sites."""

    def __init__(self, channels: ChannelSource, internal: InternalTokens) -> None:
        """Takes the way to identity, and the tokens by which the gateway is known there."""
        self._sites = site_pb2_grpc.SiteServiceStub(channels.of("identity"))
        self._internal = internal
        self._kept: OrderedDict[str, tuple[float, Site | None]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Site | None]] = {}
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._marking: set[asyncio.Task[None]] = set()

    def is_kept(self, key: str) -> bool:
        """Says whether a key is answered without asking identity: known to be a site's or no site's, or no key."""
        return not _KEY.fullmatch(key) or time.monotonic() < self._kept.get(key, (0.0, None))[0]

    async def find(self, key: str) -> Site | None:
        """Returns the site of a key, or None where there is none; raises ParleyError where identity cannot say."""
        if not _KEY.fullmatch(key):
            return None
        until, kept = self._kept.get(key, (0.0, None))
        if time.monotonic() < until:
            return kept
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.create_task(self._ask(key))
            self._asking[key] = asking
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        # Whoever gives up waiting must not take the answer from the others who wait for it.
        return await asyncio.shield(asking)

    async def _ask(self, key: str) -> Site | None:
        try:
            answer = await self._sites.ResolveSiteKey(
                site_pb2.ResolveSiteKeyRequest(site_key=key), metadata=self._metadata(), timeout=_CALL_SECONDS
            )
        except grpc.aio.AioRpcError as error:
            refused = from_rpc_error(error)
            if not isinstance(refused, NotFound | InvalidArgument | Unauthenticated):
                raise refused from None
            return self._keep(key, None)
        origins = tuple(origin for origin in answer.allowed_origins if _ORIGIN.fullmatch(origin))
        invitations = tuple((each.page, each.seconds, each.text, each.least_visits) for each in answer.invitations)
        site = Site(
            id=answer.site_id,
            tenant_id=answer.tenant_id,
            origins=origins,
            invitations=invitations,
            at_start=answer.position == site_pb2.Site.POSITION_START,
        )
        return self._keep(key, site)

    def mark_seen(self, key: str, page: str) -> None:
        """Tells identity, in the background, that the launcher was loaded on a page; `page` is the page's address."""
        origin = origin_of(page)
        now = time.monotonic()
        if not origin or not _KEY.fullmatch(key) or now - self._seen.get((key, origin), -_SEEN_SECONDS) < _SEEN_SECONDS:
            return
        self._seen[key, origin] = now
        self._seen.move_to_end((key, origin))
        while len(self._seen) > _KEPT_SITES:
            self._seen.popitem(last=False)
        task = asyncio.create_task(self._mark(key, origin))
        self._marking.add(task)
        task.add_done_callback(self._marking.discard)

    async def _mark(self, key: str, origin: str) -> None:
        try:
            site = await self.find(key)
            # What any page claims is written down only where the tenant allows that page.
            if site is not None and origin in site.origins:
                await self._sites.MarkSiteSeen(
                    site_pb2.MarkSiteSeenRequest(site_key=key, origin=origin),
                    metadata=self._metadata(),
                    timeout=_CALL_SECONDS,
                )
        except (grpc.aio.AioRpcError, ParleyError):
            # Whether a widget was seen is a hint for the tenant's administrators; the next load tells it again.
            self._seen.pop((key, origin), None)

    def _keep(self, key: str, site: Site | None) -> Site | None:
        self._kept[key] = (time.monotonic() + _KEPT_SECONDS, site)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT_SITES:
            self._kept.popitem(last=False)
        return site

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._internal.make()}"),)
