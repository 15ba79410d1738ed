"""Adds up how conversations went, and shows it: from what was noted at the end of each, never from what was said."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from parley.chat.v1 import report_pb2
from parley.events.v1 import events_pb2
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.identity import Actor
from kernel.zones import REPORTS_ZONE, zone_named
from services.chat.actions.report_terms import METRICS
from services.chat.actions.wiring import Wiring, tenant_of
from services.chat.store import reports
from services.chat.store.reports import NOBODY, Fact, Wanted

LONGEST_DAYS = 366
DAY = report_pb2.REPORT_GROUPING_DAY
HOUR = report_pb2.REPORT_GROUPING_HOUR
OPERATOR = report_pb2.REPORT_GROUPING_OPERATOR
TEAM = report_pb2.REPORT_GROUPING_TEAM
SITE = report_pb2.REPORT_GROUPING_SITE
_BY: dict[int, str] = {DAY: "day", HOUR: "hour", OPERATOR: "operator_id", TEAM: "team_id", SITE: "site_id"}
_PREFIXES: dict[int, str] = {OPERATOR: "stf", TEAM: "tea", SITE: "sit"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which figures somebody wants: days in the tenant's time zone, and by what."""

    first_day: str
    last_day: str
    grouping: int
    site_id: UUID | None = None
    operator_id: UUID | None = None
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a day, an hour, an operator, a team, a site, or of all."""

    key: str
    name: str = ""
    volume: int = 0
    missed: int = 0
    answered: int = 0
    first_wait_seconds: int = 0
    first_response_seconds: int = 0
    handling_seconds: int = 0


async def hear_measured(connection: AsyncConnection, event: events_pb2.Event) -> None:
    """Adds how a conversation went, which chat has announced at its end."""
    told = event.attributes
    await reports.add_fact(
        connection,
        Fact(
            tenant_id=ids.to_uuid(event.tenant_id, "ten"),
            quarter=datetime.fromtimestamp(int(told["quarter"]), UTC),
            site_id=ids.to_uuid(told["site_id"], "sit"),
            operator_id=ids.to_uuid(told["operator_id"], "stf") if told["operator_id"] else NOBODY,
            team_id=ids.to_uuid(told["team_id"], "tea") if told["team_id"] else NOBODY,
            wait_seconds=_duration(told["wait_seconds"]),
            response_seconds=_duration(told["response_seconds"]),
            handling_seconds=_duration(told["handling_seconds"]),
        ),
    )


async def get_report(actor: Actor, wiring: Wiring, asked: Asked) -> tuple[Figures, list[Figures], str]:
    """Returns the figures of a period in all and by one thing, and the time zone in which they are meant."""
    zone = zone_named(await wiring.settings.get(actor.tenant_id, REPORTS_ZONE))
    first, last = _days(asked)
    wanted = Wanted(
        since=datetime.combine(first, time.min, zone),
        until=datetime.combine(last + timedelta(days=1), time.min, zone),
        site_id=asked.site_id,
        operator_id=asked.operator_id,
        team_id=asked.team_id,
    )
    tenant_id, by = tenant_of(actor), _BY.get(asked.grouping, "")

    async def added_up(connection: AsyncConnection) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]], dict[UUID, str]]:
        total = await reports.sums(connection, tenant_id, wanted, "", zone.key)
        rows = await reports.sums(connection, tenant_id, wanted, by, zone.key) if by else []
        names: dict[UUID, str] = {}
        if asked.grouping == OPERATOR:
            names = await reports.names_of(connection, tenant_id, [row.key for row in rows if row.key != NOBODY])
        return total, rows, names

    async with wiring.database.transaction(actor.tenant_id) as connection:
        total, rows, names = await wiring.database.aside(connection, actor.tenant_id, added_up)
    figures = [_figures(row, asked.grouping, names) for row in rows]
    if asked.grouping == DAY:
        figures = _whole(figures, [str(first + timedelta(days=at)) for at in range((last - first).days + 1)])
    elif asked.grouping == HOUR:
        figures = _whole(figures, [str(hour) for hour in range(24)])
    return (_figures(total[0], 0, {}) if total else Figures(key="")), figures, zone.key


async def write_report(actor: Actor, wiring: Wiring, asked: Asked) -> bytes:
    """Returns the same figures as a table for a spreadsheet, in which no cell is a formula."""
    total, rows, zone = await get_report(actor, wiring, asked)
    names = [metric.key for metric in METRICS]
    shown = io.StringIO(newline="")
    table = csv.writer(shown)
    table.writerow([f"{_HEADS.get(asked.grouping, '')} ({zone})".strip(), "name", *names])
    for row in [*rows, replace(total, key="all")]:
        table.writerow([harmless(row.key), harmless(row.name), *(getattr(row, name) for name in names)])
    # Some programs take a file without this mark for one in the alphabet of the machine.
    return b"\xef\xbb\xbf" + shown.getvalue().encode()


async def rebuild_reports(actor: Actor, wiring: Wiring) -> int:
    """Adds all of a tenant's figures up again, and returns of how many conversations they are."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await reports.rebuild(connection, tenant_of(actor))


def harmless(cell: str) -> str:
    """Returns a text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" \ufeff\u00a0\u200b").startswith(_FORMULA) else cell


_HEADS: dict[int, str] = {DAY: "day", HOUR: "hour", OPERATOR: "operator", TEAM: "team", SITE: "site"}


def _days(asked: Asked) -> tuple[date, date]:
    try:
        first, last = date.fromisoformat(asked.first_day), date.fromisoformat(asked.last_day)
    except ValueError:
        raise InvalidArgument(
            "DAY_INVALID", "There is no such day.", fields=[("first_day", "must be a day of the calendar")]
        ) from None
    if not timedelta() <= last - first < timedelta(days=LONGEST_DAYS):
        raise InvalidArgument(
            "PERIOD_INVALID",
            f"The last day must not be before the first, nor more than {LONGEST_DAYS} days be asked for.",
            fields=[("last_day", f"must be within {LONGEST_DAYS} days of the first")],
        )
    return first, last


def _duration(text: str) -> int | None:
    return int(text) if text else None


def _figures(row: Row[Any], grouping: int, names: dict[UUID, str]) -> Figures:
    prefix, key = _PREFIXES.get(grouping), row.key
    if prefix is not None:
        key = "" if row.key == NOBODY else ids.from_uuid(prefix, row.key)
    return Figures(
        key=key,
        name=names.get(row.key, ""),
        volume=int(row.volume),
        missed=int(row.volume - row.taken),
        answered=int(row.answered),
        first_wait_seconds=_mean(row.wait_seconds, row.taken),
        first_response_seconds=_mean(row.response_seconds, row.answered),
        handling_seconds=_mean(row.handling_seconds, row.taken),
    )


def _mean(total: Any, count: Any) -> int:
    return round(int(total) / int(count)) if count else 0


def _whole(figures: Sequence[Figures], keys: Sequence[str]) -> list[Figures]:
    known = {each.key: each for each in figures}
    return [known.get(key, Figures(key=key)) for key in keys]
