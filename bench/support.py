"""`python -m bench.support`: a filtered view, a search and an open ticket among 200,000 tickets, against the bare SQL.

Ours is what the desk does for each: the queues that the caller sees, forced row security, seals, and the reading on
record before anything is shown. The bare ones read the very same rows as a superuser whom no policy holds, by the same
indexes, and record nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from parley.options.v1 import access_pb2
from parley.support.v1 import record_pb2, ticket_pb2

from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel import ids
from kernel.config import Config
from kernel.embedded import Engines
from kernel.identity import Actor, Regime
from kernel.rpc.process import Process
from kernel.storage.migrate import migrate
from services.support.__main__ import wire
from services.support.actions import tickets
from services.support.actions.wiring import Wiring

SECRET = "a key for the bench that keeps nothing of anybody's"
#: None of the three takes longer than so many times the bare SQL of the same rows.
MOST_TIMES = 3.0
PAGE, QUEUES, AGENTS = 50, 10, 40
_BENCH = Path(__file__).resolve().parent
RESULTS = _BENCH / "results" / "support.json"
DOCUMENT = _BENCH.parent / "docs" / "bench.md"
BEGIN, END = "<!-- support: begin -->", "<!-- support: end -->"
_FILL = (
    """
    INSERT INTO support.queues (tenant_id, id, label, assignment, is_private, is_retired, revision, create_time)
    SELECT $1, q, 'Queue ' || q, 1, n = 10, false, 1, now() FROM unnest($2::uuid[]) WITH ORDINALITY AS of(q, n)
    """,
    """
    INSERT INTO support.requesters (tenant_id, id, email, display_name, create_time)
    SELECT $1, gen_random_uuid(), n || '@people.example', 'Pat', now() FROM generate_series(1, $2) AS n
    """,
    """
    INSERT INTO support.tickets (tenant_id, id, reference, requester_id, subject, state, outcome, priority, severity,
      queue_id, assignee_id, site_url, source, is_spam, is_reply_last, create_time, update_time, close_time,
      entry_count, last_entry_time, next_metric, is_breached, revision)
    SELECT $1, uuidv7(interval '-90 days' + n * interval '30 seconds'), 'B' || n, r.id, 'It breaks, number ' || n,
      1 + n % 6, 1, 1 + n % 4, 1 + n % 4, ($2::uuid[])[1 + n % 10], ($3::uuid[])[1 + n % 40],
      'https://shop.example/', 1, n % 50 = 0, n % 2 = 0, now() - interval '90 days' + n * interval '30 seconds',
      now() - interval '90 days' + n * interval '33 seconds',
      CASE WHEN n % 6 = 5 THEN now() - interval '1 day' END, 2, now(), 0, false, 1
    FROM generate_series(1, $4::int) AS n
    JOIN (SELECT id, row_number() OVER () AS at FROM support.requesters WHERE tenant_id = $1) r
      ON r.at = 1 + n % $5::int
    """,
    # Words as they are said: a few of them very often, most of them seldom.
    """
    INSERT INTO support.entries (tenant_id, id, ticket_id, kind, staff_name, body, note, create_time, send_state,
      is_withdrawn, quoted_text)
    SELECT t.tenant_id, uuidv7(interval '-60 days' + s * interval '1 millisecond'), t.id, 1 + s, '',
      (SELECT string_agg('word' || floor(power(random(), 3) * 20000)::int, ' ')
       FROM generate_series(1, 12) WHERE t.id IS NOT NULL), '', now(), 0, false, ''
    FROM support.tickets t, generate_series(0, 1) AS s WHERE t.tenant_id = $1
    """,
    """
    INSERT INTO support.events (tenant_id, id, ticket_id, kind, from_value, to_value, time)
    SELECT t.tenant_id, gen_random_uuid(), t.id, 'STATE_CHANGED', 'TRIAGE', 'OPEN', now()
    FROM support.tickets t, generate_series(1, 5) WHERE t.tenant_id = $1
    """,
)
_SHOWN = """
SELECT t.*, r.email, r.display_name,
  (SELECT array_agg(g.tag_id) FROM support.ticket_tags g WHERE g.tenant_id = t.tenant_id AND g.ticket_id = t.id)
FROM support.tickets t JOIN support.requesters r ON r.tenant_id = t.tenant_id AND r.id = t.requester_id
"""
_VIEW = f"""
{_SHOWN} WHERE t.tenant_id = $1 AND t.queue_id = $2 AND t.state = 2 AND t.priority IN (3, 4)
  AND (t.snooze_until_time IS NULL OR t.snooze_until_time <= now()) AND NOT t.is_spam AND t.merged_into_id IS NULL
ORDER BY t.update_time DESC, t.id DESC LIMIT {PAGE + 1}
"""
_QUERY = "websearch_to_tsquery('pg_catalog.simple'::regconfig, app.fold($2))"
_WORDS = "coalesce(app.fold(e.body), '') || ' ' || coalesce(app.fold(e.note), '')"
_VECTOR = f"to_tsvector('pg_catalog.simple'::regconfig, {_WORDS})"
# The words first and alone, as ours does: left to itself, the planner walks the newest entries and takes each apart.
_SEARCH = f"""
WITH hits AS MATERIALIZED (
  SELECT e.id, e.ticket_id FROM support.entries e
  WHERE e.tenant_id = $1 AND {_VECTOR} @@ {_QUERY} AND NOT e.is_withdrawn
), page AS (
  SELECT h.id FROM hits h JOIN support.tickets t ON t.tenant_id = $1 AND t.id = h.ticket_id
  ORDER BY h.id DESC LIMIT {PAGE + 1}
)
SELECT h.id, app.snippet(e.body, $2), s.* FROM page h JOIN support.entries e ON e.tenant_id = $1 AND e.id = h.id
JOIN ({_SHOWN}) s ON s.tenant_id = $1 AND s.id = e.ticket_id ORDER BY h.id DESC
"""  # noqa: S608 - Statements of ours.
_OPENED = (
    f"{_SHOWN} WHERE t.tenant_id = $1 AND t.id = $2",
    "SELECT * FROM support.entries WHERE tenant_id = $1 AND ticket_id = $2 ORDER BY id",
    "SELECT * FROM support.events WHERE tenant_id = $1 AND ticket_id = $2 ORDER BY id",
    "SELECT id FROM support.tickets WHERE tenant_id = $1 AND merged_into_id = $2",
    "SELECT other_id, kind FROM support.links WHERE tenant_id = $1 AND ticket_id = $2",
    "SELECT * FROM support.viewers WHERE tenant_id = $1 AND ticket_id = $2",
    "SELECT field_id, value FROM support.field_values WHERE tenant_id = $1 AND ticket_id = $2",
    "SELECT staff_id FROM support.followers WHERE tenant_id = $1 AND ticket_id = $2",
    "SELECT * FROM support.clocks WHERE tenant_id = $1 AND ticket_id = $2",
    "SELECT * FROM support.files WHERE tenant_id = $1 AND ticket_id = $2",
    "SELECT * FROM support.copies WHERE tenant_id = $1 AND ticket_id = $2",
    "SELECT * FROM support.drafts WHERE tenant_id = $1 AND ticket_id = $2",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured, in milliseconds at the median."""

    stored: int
    view: float
    view_bare: float
    search: float
    search_bare: float
    opened: float
    opened_bare: float

    @property
    def ratios(self) -> tuple[float, float, float]:
        """How many times the bare SQL each takes."""
        return (
            self.view / self.view_bare,
            self.search / self.search_bare,
            self.opened / self.opened_bare,
        )


async def measure(folder: Path, stored: int, rounds: int, say: Callable[[str], None]) -> Figures:
    """Fills a database with so many tickets and five times as many events, and measures."""
    with Engines(folder / "engines") as engines:
        await migrate(engines.database_url, SECRET, MIGRATIONS, declared=METADATA.values())
        config = Config(
            data_dir=folder, secret_key=SECRET, database_url=engines.database_url, redis_url=engines.redis_url
        )
        return await measure_at(config, stored, rounds, say)


async def measure_at(config: Config, stored: int, rounds: int, say: Callable[[str], None]) -> Figures:
    """Measures on engines that run, in a database in which every migration has run."""
    process = Process(config)
    owner = await asyncpg.connect(config.database_url, timeout=30)
    try:
        return await _measured(owner, wire(process), stored, rounds, say)
    finally:
        await owner.close()
        await process.close()


async def _measured(
    owner: asyncpg.Connection[asyncpg.Record], wiring: Wiring, stored: int, rounds: int, say: Callable[[str], None]
) -> Figures:
    tenant, queues = uuid4(), [uuid4() for _ in range(QUEUES)]
    # Another company's lie beside them.
    for whose in (tenant, uuid4()):
        await _filled(owner, whose, queues if whose == tenant else [uuid4() for _ in range(QUEUES)], stored)
    for name in ("tickets", "entries", "events", "requesters"):
        await owner.execute(f"VACUUM ANALYZE support.{name}")
    await owner.execute("CHECKPOINT")
    # The plan is made for the words asked, as in our own searches.
    await owner.execute("SET plan_cache_mode = force_custom_plan")
    say(f"{stored:,} tickets are there, twice")
    actor = Actor(
        tenant_id=ids.from_uuid("ten", tenant),
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_SUPERVISOR}),
        subject_id=ids.from_uuid("stf", uuid4()),
        purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT,
    )
    wanted = ticket_pb2.TicketFilter(
        states=[record_pb2.STATE_OPEN],
        queue_id=ids.from_uuid("que", queues[1]),
        priorities=[record_pb2.PRIORITY_HIGH, record_pb2.PRIORITY_URGENT],
    )
    order, words = ticket_pb2.ORDER_UPDATED, "word777"
    page, _, _ = await tickets.list_tickets(actor, wiring, wanted, order, PAGE, "")
    bare = await owner.fetch(_VIEW, tenant, queues[1])
    if [each.ticket.id for each in page] != [row["id"] for row in bare][:PAGE] or len(page) < PAGE:
        raise RuntimeError("the two do not return the same tickets")
    found, _ = await tickets.search_tickets(actor, wiring, words, PAGE, "")
    if not found:
        raise RuntimeError("nothing is found")
    some = [
        row["id"] for row in await owner.fetch("SELECT id FROM support.tickets WHERE tenant_id = $1 LIMIT 500", tenant)
    ]
    turn = iter(range(10**9))

    async def bare_opened() -> None:
        ticket_id = some[next(turn) % len(some)]
        for statement in _OPENED:
            await owner.fetch(statement, tenant, ticket_id)

    view = await _medians(
        lambda: tickets.list_tickets(actor, wiring, wanted, order, PAGE, ""),
        lambda: owner.fetch(_VIEW, tenant, queues[1]),
        rounds,
    )
    search = await _medians(
        lambda: tickets.search_tickets(actor, wiring, words, PAGE, ""),
        lambda: owner.fetch(_SEARCH, tenant, words),
        rounds,
    )
    opened = await _medians(
        lambda: tickets.get_ticket(actor, wiring, some[next(turn) % len(some)]), bare_opened, rounds
    )
    return Figures(
        stored=stored,
        view=view[0],
        view_bare=view[1],
        search=search[0],
        search_bare=search[1],
        opened=opened[0],
        opened_bare=opened[1],
    )


async def _filled(owner: asyncpg.Connection[asyncpg.Record], tenant: UUID, queues: Sequence[UUID], stored: int) -> None:
    people = max(10, stored // 10)
    queue, person, ticket, entry, event = _FILL
    # As after a restore: what refers to what is not looked up once more for each row.
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(queue, tenant, list(queues))
    await owner.execute(person, tenant, people, timeout=600)
    await owner.execute(ticket, tenant, list(queues), [uuid4() for _ in range(AGENTS)], stored, people, timeout=600)
    await owner.execute(entry, tenant, timeout=900)
    await owner.execute(event, tenant, timeout=900)
    await owner.execute("SET session_replication_role = origin")


async def _medians(
    ours: Callable[[], Awaitable[object]], bare: Callable[[], Awaitable[object]], rounds: int
) -> tuple[float, float]:
    """Measures both in turns, so that whatever else the machine does hits both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 2):
        for run, taken in zip((ours, bare), times, strict=True):
            began = time.perf_counter()
            await run()
            taken.append((time.perf_counter() - began) * 1000)
    # The first two find caches cold that stay warm.
    return statistics.median(times[0][2:]), statistics.median(times[1][2:])


def section(found: Figures) -> str:
    """Writes what was found for people."""
    f = found
    rows = [
        (f"a filtered view's first page of {PAGE}", f.view_bare, f.view),
        (f"a search's first page of {PAGE}", f.search_bare, f.search),
        ("an open ticket", f.opened_bare, f.opened),
    ]
    good = max(f.ratios) <= MOST_TIMES
    return "\n".join(
        [
            BEGIN,
            "## The support desk",
            "",
            f"Written by `python -m bench.support`: {f.stored:,} tickets with {5 * f.stored:,} events and "
            f"{2 * f.stored:,} entries, and as many of another company's beside them. *Ours* binds the tenant, looks "
            "which queues the caller sees, is held by row security and puts every reading on record. *Bare* reads the "
            "same rows as a superuser and does nothing else.",
            "",
            "| what | bare | ours | ratio |",
            "|---|---|---|---|",
            *(f"| {what} | {bare:.1f} ms | {ours:.1f} ms | {ours / bare:.2f} |" for what, bare, ours in rows),
            "",
            f"At most {MOST_TIMES:g} times the bare SQL was to be reached: {'yes' if good else '**no**'}.",
            END,
        ]
    )


def saved_section() -> list[str]:
    """Returns the section of the last full run, for the page of the other figures; nothing where there was none."""
    if not RESULTS.exists():
        return []
    return [section(Figures(**json.loads(RESULTS.read_text()))), ""]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs, prints, and after a full run writes the results and the section of the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.support", description="Measures the desk at size.")
    parser.add_argument("--quick", action="store_true", help="fewer tickets; writes nothing")
    quick = parser.parse_args(arguments).quick
    stored, rounds = (5_000, 7) if quick else (200_000, 25)
    with tempfile.TemporaryDirectory(prefix="parley-bench-support-") as folder:
        found = asyncio.run(measure(Path(folder), stored, rounds, lambda what: print(what, flush=True)))
    written = section(found)
    print(written)
    if not quick:
        RESULTS.write_text(json.dumps(asdict(found), indent=1) + "\n")
        page = DOCUMENT.read_text()
        pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
        page = pattern.sub(lambda _: written, page) if pattern.search(page) else f"{page.rstrip()}\n\n{written}\n"
        DOCUMENT.write_text(page)


if __name__ == "__main__":
    main()
