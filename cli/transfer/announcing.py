"""Tells people that a company's data are to be handed over, and keeps since when they could know."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from parley.identity.v1 import site_pb2, site_pb2_grpc
from parley.privacy.v1 import notice_pb2, notice_pb2_grpc

from cli.archive import ArchiveError
from cli.calls import services_for_calls
from cli.deployment import Say, existing
from cli.services import METADATA
from kernel import ids
from kernel.clock import Clock, SystemClock
from kernel.config import Config
from kernel.embedded import engines_from, running_engines
from kernel.errors import NotFound, ParleyError
from kernel.identity import Actor, Regime
from kernel.rpc.channels import Channels
from kernel.settings import Settings
from kernel.storage.connecting import owner_connection
from services.identity.actions.settings import DECLARED, TRANSFER_DATE, TRANSFER_RECIPIENT

#: How long people are told before anything is handed over: as long as a request of theirs may take.
NOTICE = timedelta(days=30)
_WORDS = (
    "On {day} the conversations on this site, and all that belongs to them, are handed over to {recipient}. What you "
    "were promised stays as it is, and so does what you chose. Until that day and after it you can see, take along, "
    "correct or erase what is held about you."
)

_SETTINGS = """
    SELECT name, value #>> '{}' AS value, update_time FROM identity.settings WHERE tenant_id = $1 AND name = ANY ($2)
"""
_NOTICES = """
    SELECT s.display_name,
      min(n.effective_time) FILTER (WHERE strpos(n.text, $2) > 0) AS since,
      (array_agg(strpos(n.text, $2) > 0 ORDER BY n.version DESC))[1] AS says_so
    FROM identity.sites s JOIN privacy.notices n ON n.tenant_id = s.tenant_id AND n.site_id = s.id
    WHERE s.tenant_id = $1 GROUP BY s.id, s.display_name ORDER BY s.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A tenant, and when its data go to whom; `since` is when people could first know."""

    tenant_id: str
    slug: str
    day: date | None = None
    recipient: str = ""
    since: datetime | None = None
    #: The sites whose notice does not say so.
    silent: tuple[str, ...] = ()

    def check(self, now: datetime) -> None:
        """Raises ArchiveError as long as people have not had their time."""
        if self.day is None or self.since is None or not self.recipient:
            raise ArchiveError(
                f"Nobody was told that the data of {self.slug} are to be handed over. Nothing was written; say so with "
                "`parley tenant announce`."
            )
        if self.silent:
            raise ArchiveError(
                f"The notice of {', '.join(self.silent)} does not say that the data are to be handed over. Nothing was "
                "written; say so with `parley tenant announce`."
            )
        earliest = max(self.day, (self.since + NOTICE).date())
        if now.date() < earliest or now < self.since + NOTICE:
            raise ArchiveError(
                f"The data of {self.slug} are not handed over before {earliest:%-d %B %Y}. Nothing was written: until "
                "then people can still be erased."
            )


async def find(connection: asyncpg.Connection[asyncpg.Record], slug: str) -> Announced:
    """Returns what was announced about a tenant; raises ArchiveError where there is none of this short name."""
    tenant = await connection.fetchval("SELECT tenant_id FROM identity.tenants WHERE slug = $1", slug)
    if tenant is None:
        raise ArchiveError("There is no company of this short name here.")
    names = [TRANSFER_DATE.name, TRANSFER_RECIPIENT.name]
    rows = await connection.fetch(_SETTINGS, tenant, names)
    known: dict[str, Any] = {row["name"]: row for row in rows}
    if len(known) < len(names):
        return Announced(tenant_id=ids.from_uuid("ten", tenant), slug=slug)
    try:
        day = date.fromisoformat(known[TRANSFER_DATE.name]["value"])
    except ValueError:
        day = None
    recipient = known[TRANSFER_RECIPIENT.name]["value"]
    told = {} if day is None else await _told(connection, tenant, words_of(day, recipient))
    return Announced(
        tenant_id=ids.from_uuid("ten", tenant),
        slug=slug,
        day=day,
        recipient=recipient,
        # Whoever changes the day or the recipient begins the time anew; so does a notice that says it later.
        since=max([*(row["update_time"] for row in rows), *filter(None, told.values())]),
        silent=tuple(name for name, since in told.items() if since is None),
    )


async def _told(connection: asyncpg.Connection[asyncpg.Record], tenant: UUID, words: str) -> dict[str, datetime | None]:
    """Returns, for each site with a notice, since when it says something; None where it does not say it now."""
    rows = await connection.fetch(_NOTICES, tenant, words)
    return {row["display_name"]: row["since"] if row["says_so"] else None for row in rows}


def words_of(day: date, recipient: str) -> str:
    """Returns what people are told."""
    return _WORDS.format(day=f"{day:%-d %B %Y}", recipient=recipient)


def announce(config: Config, slug: str, day: date, recipient: str, say: Say, *, clock: Clock | None = None) -> None:
    """Publishes on every site of a tenant that its data are handed over on a day; raises ArchiveError otherwise."""
    config, clock = existing(config), clock or SystemClock()
    if day < (clock.now() + NOTICE).date():
        raise ArchiveError(
            f"People are told {NOTICE.days} days before. Nothing was announced; name a day from "
            f"{(clock.now() + NOTICE).date():%-d %B %Y} on."
        )
    with ExitStack() as stack:
        engines = running_engines(config) or stack.enter_context(engines_from(config))
        config = replace(config, database_url=engines.database_url, redis_url=engines.redis_url)
        asyncio.run(_announce(config, slug, day, recipient.strip(), say, clock))


async def _announce(config: Config, slug: str, day: date, recipient: str, say: Say, clock: Clock) -> None:
    connection = await owner_connection(config.database_url)
    try:
        tenant = await find(connection, slug)
    finally:
        await connection.close()
    words = words_of(day, recipient)
    async with services_for_calls(config) as (process, channels):
        try:
            settings = Settings(
                process.database("identity"), METADATA["identity"], DECLARED, hints=process.hints, clock=process.clock
            )
            TRANSFER_RECIPIENT.accept(recipient)
            for site in await _sites(channels, tenant.tenant_id):
                say(await _publish(channels, tenant.tenant_id, site, words))
            actor = Actor(tenant_id=tenant.tenant_id, regime=Regime.HOUSE, callers=frozenset())
            async with process.database("identity").transaction(tenant.tenant_id) as running:
                for name, value in ((TRANSFER_DATE.name, day.isoformat()), (TRANSFER_RECIPIENT.name, recipient)):
                    await settings.change(running, actor, name, value, clock.now())
        except ParleyError as error:
            raise ArchiveError(f"It could not be announced: {error.detail}") from None
    say(f"Announced: the data of {slug} are handed over on {day:%-d %B %Y} at the earliest.")


async def _sites(channels: Channels, tenant_id: str) -> Sequence[site_pb2.Site]:
    stub, token, found = site_pb2_grpc.SiteServiceStub(channels.of("identity")), "", list[site_pb2.Site]()
    while True:
        page = await channels.call(stub.ListSites, site_pb2.ListSitesRequest(page_token=token), tenant_id=tenant_id)
        found.extend(page.sites)
        token = page.next_page_token
        if not token:
            return found


async def _publish(channels: Channels, tenant_id: str, site: site_pb2.Site, words: str) -> str:
    stub = notice_pb2_grpc.NoticeServiceStub(channels.of("privacy"))
    try:
        current = await channels.call(
            stub.GetCurrentNotice, notice_pb2.GetCurrentNoticeRequest(site_id=site.id), tenant_id=tenant_id
        )
    except NotFound:
        return f"{site.display_name}: has no notice, so that nobody can chat there"
    notice: notice_pb2.Notice = current.notice
    if words in notice.text:
        return f"{site.display_name}: says so already"
    published = await channels.call(
        stub.PublishNotice,
        notice_pb2.PublishNoticeRequest(
            site_id=site.id,
            language=notice.language,
            text=f"{notice.text}\n\n{words}",
            policy_url=notice.policy_url,
            material=True,
            change_summary=words,
            questions=notice.questions,
        ),
        tenant_id=tenant_id,
    )
    return f"{site.display_name}: version {published.notice.version} of its notice says so from now on"
