"""`python -m bench.search`: the search of transcripts against the bare SQL of the same rows, turn by turn.

Ours is what a search takes in chat: a transaction with the tenant bound, the words looked up through `kernel.search`
under forced row security, the lines read by their keys, the words marked. The bare one is one statement that finds and
marks the same lines, as a superuser whom no policy holds. Both must return the same lines, or the run fails.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel import ids
from kernel.embedded import Engines
from kernel.storage import Database, runtime_url
from kernel.storage.migrate import migrate
from services.chat.store import transcripts
from services.chat.store.transcripts import Sought

SECRET = "a key for the bench that keeps nothing of anybody's"
#: How much slower than the bare statement a search may be.
BAR = 3.0
PAGE = 21
_BENCH = Path(__file__).resolve().parent
RESULTS = _BENCH / "results" / "search.json"
DOCUMENT = _BENCH.parent / "docs" / "bench.md"
BEGIN, END = "<!-- search: begin -->", "<!-- search: end -->"

_CONVERSATIONS = """
INSERT INTO chat.conversations (tenant_id, id, site_id, visitor_id, display_name, language, page_path, notice_id, state,
  operator_id, operator_name, head, visitor_read, operator_read, closed_by, create_time, claim_time, close_time)
SELECT $1, uuidv7(interval '-30 days' + n * interval '1 second'), $2, gen_random_uuid(), 'Zoë', 'en', '/page',
  gen_random_uuid(), 3, ($3::uuid[])[1 + n % 10], 'Robin', $5, $5, $5, 2, now() - interval '30 days',
  now() - interval '30 days', now() - interval '29 days'
FROM generate_series(1, $4) AS n RETURNING id
"""
# Words as they are said: a few of them very often, most of them seldom. A message has twelve.
_MESSAGES = """
INSERT INTO chat.messages (tenant_id, conversation_id, sequence, id, kind, side, client_message_id, operator_id, body,
  create_time)
SELECT $1, c, s, uuidv7(interval '-30 days' + s * interval '1 millisecond'), 1, 1 + s % 2, lpad(to_hex(s), 16, 'x'),
  NULL,
  (SELECT string_agg('wörd' || floor(power(random(), 3) * 20000)::int, ' ') FROM generate_series(1, 12) WHERE s > 0),
  now() - interval '30 days'
FROM unnest($2::uuid[]) AS c, generate_series(1, $3) AS s
"""
_VECTOR = "to_tsvector('pg_catalog.simple'::regconfig, coalesce(app.fold(m.body), ''))"
_QUERY = "websearch_to_tsquery('pg_catalog.simple'::regconfig, app.fold($2))"
_BARE = f"""
SELECT m.id, m.conversation_id, m.sequence, m.side, m.create_time, app.snippet(m.body, $2) AS snippet,
  c.display_name, c.operator_id, c.operator_name, c.site_id, c.close_time, c.visitor_id
FROM (
  SELECT m.id, m.tenant_id, m.conversation_id, m.sequence FROM chat.messages m
  JOIN chat.conversations c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id
  WHERE m.tenant_id = $1 AND m.kind = 1 AND {_VECTOR} @@ {_QUERY} AND c.state = 3 AND c.erase_time IS NULL
    AND c.close_time > $3 AND ($4::uuid IS NULL OR c.operator_id = $4) AND ($5::uuid IS NULL OR m.id < $5)
  ORDER BY m.id DESC LIMIT {PAGE}
) h
JOIN chat.messages m USING (tenant_id, conversation_id, sequence)
JOIN chat.conversations c ON c.tenant_id = h.tenant_id AND c.id = h.conversation_id
ORDER BY m.id DESC
"""  # noqa: S608 - Statements of ours.
EACH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """One search."""

    name: str
    words: str
    by_operator: bool = False
    next_page: bool = False


SEARCHES = (
    Asked("a rare word", "word19990"),
    Asked("a word of one message in a hundred", "word400"),
    Asked("a word of every third message", "word0"),
    Asked("two words", "word0 word7"),
    Asked("a phrase", '"word0 word1"'),
    Asked("a word, by one operator", "word400", by_operator=True),
    Asked("a word, the next page", "word400", next_page=True),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What one search took, in milliseconds, and how many lines it returned."""

    name: str
    lines: int
    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        """How many times the bare statement ours took."""
        return self.ours / self.bare


async def measure(folder: Path, stored: int, rounds: int, say: Callable[[str], None]) -> list[Found]:
    """Fills a database with so many messages of one tenant and half as many of another, and measures."""
    with Engines(folder / "engines") as engines:
        await migrate(engines.database_url, SECRET, MIGRATIONS, declared=METADATA.values())
        return await measure_at(engines.database_url, SECRET, stored, rounds, say)


async def measure_at(
    database_url: str, secret: str, stored: int, rounds: int, say: Callable[[str], None]
) -> list[Found]:
    """Measures in a database in which every migration has run, of the deployment with that key."""
    # Like ours, it is planned for the words asked: a plan for any words would be a bad one for most.
    owner = await asyncpg.connect(database_url, timeout=30, statement_cache_size=0)
    database = Database(runtime_url(database_url, secret, "chat"))
    try:
        tenant, operators = uuid4(), [uuid4() for _ in range(10)]
        await _fill(owner, tenant, operators, stored, say)
        kept = datetime.now(UTC) - timedelta(days=180)
        return [await _compare(owner, database, tenant, operators[0], asked, kept, rounds) for asked in SEARCHES]
    finally:
        await database.close()
        await owner.close()


async def _fill(
    owner: asyncpg.Connection[asyncpg.Record],
    tenant: UUID,
    operators: Sequence[UUID],
    stored: int,
    say: Callable[[str], None],
) -> None:
    # What is there before is indexed once, as after a restore.
    index = await owner.fetchval("SELECT pg_get_indexdef('chat.messages_search'::regclass)")
    await owner.execute("DROP INDEX chat.messages_search")
    await owner.execute("SET session_replication_role = replica")
    # The same words each time: of a thousand messages, none might have one that is asked for.
    await owner.execute("SELECT setseed(0.5)")
    for whose, count in ((tenant, stored), (uuid4(), stored // 2)):
        talks = max(10, count // EACH)
        rows = await owner.fetch(_CONVERSATIONS, whose, uuid4(), list(operators), talks, EACH)
        await owner.execute(_MESSAGES, whose, [row["id"] for row in rows], EACH)
    began = time.monotonic()
    await owner.execute(index)
    say(f"the index was built in {time.monotonic() - began:.1f} s")
    await owner.execute("VACUUM ANALYZE chat.messages")
    await owner.execute("VACUUM ANALYZE chat.conversations")
    await owner.execute("CHECKPOINT")


async def _compare(
    owner: asyncpg.Connection[asyncpg.Record],
    database: Database,
    tenant: UUID,
    operator: UUID,
    asked: Asked,
    kept: datetime,
    rounds: int,
) -> Found:
    by, before = operator if asked.by_operator else None, None
    sought = Sought(query=asked.words, closed_after=kept, operator_id=by)

    async def ours() -> list[tuple[UUID, str]]:
        async with database.transaction(ids.from_uuid("ten", tenant)) as connection:
            rows = await transcripts.search(connection, tenant, sought, before=before, limit=PAGE)
        return [(row.id, row.snippet) for row in rows]

    async def bare() -> list[tuple[UUID, str]]:
        rows = await owner.fetch(_BARE, tenant, asked.words, kept, by, before)
        return [(row["id"], row["snippet"]) for row in rows]

    if asked.next_page:
        before = (await bare())[-1][0]
    if await ours() != await bare():
        raise RuntimeError(f"{asked.name}: the two do not return the same lines")
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    lines = 0
    for _ in range(rounds):
        for name, run in (("ours", ours), ("bare", bare)):
            lines, seconds = await _timed(run)
            times[name].append(seconds * 1000)
    return Found(asked.name, lines, statistics.median(times["ours"]), statistics.median(times["bare"]))


async def _timed(run: Callable[[], Awaitable[Sequence[object]]]) -> tuple[int, float]:
    began = time.perf_counter()
    found = await run()
    return len(found), time.perf_counter() - began


def section(found: Sequence[Found], stored: int, rounds: int) -> str:
    """Writes what was found for people."""
    worst = max(each.ratio for each in found)
    rows = [
        f"| {each.name} | {each.lines} | {each.bare:.1f} ms | {each.ours:.1f} ms | {each.ratio:.2f} |" for each in found
    ]
    return "\n".join(
        [
            BEGIN,
            "## Search of transcripts",
            "",
            f"Written by `python -m bench.search`: {stored:,} messages of one tenant and half as many of another, the "
            f"median of {rounds} turns each. *Ours* is what a search takes in chat: a transaction with the tenant "
            "bound, the words looked up through `kernel/search` under forced row security, the lines read by their "
            "keys, the words marked. *Bare* is one statement that finds and marks the same lines for a superuser whom "
            "no policy holds, planned for the words as ours is; both are compared line by line. The record of the "
            "reading, which a search writes besides, is not in it.",
            "",
            "| search | lines | bare | ours | ratio |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"At most {BAR:g} times the bare statement was to be reached: {'yes' if worst <= BAR else '**no**'}, "
            f"at most {worst:.2f} times.",
            END,
        ]
    )


def saved_section() -> list[str]:
    """Returns the section of the last full run, for the page of the other figures; nothing where there was none."""
    if not RESULTS.exists():
        return []
    kept = json.loads(RESULTS.read_text())
    found = [Found(each["name"], each["lines"], each["ours"], each["bare"]) for each in kept["found"]]
    return [section(found, kept["stored"], kept["rounds"]), ""]


def main() -> None:
    """Runs, prints, and after a full run writes the results and the section of the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description="Measures the search of transcripts.")
    parser.add_argument("--quick", action="store_true", help="fewer messages; writes nothing")
    quick = parser.parse_args().quick
    stored, rounds = (20_000, 5) if quick else (500_000, 15)
    with tempfile.TemporaryDirectory(prefix="parley-bench-search-") as folder:
        found = asyncio.run(measure(Path(folder), stored, rounds, lambda what: print(what, flush=True)))
    written = section(found, stored, rounds)
    print(written)
    if not quick:
        kept = {"stored": stored, "rounds": rounds, "found": [asdict(each) for each in found]}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
        page = DOCUMENT.read_text()
        pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
        page = pattern.sub(lambda _: written, page) if pattern.search(page) else f"{page.rstrip()}\n\n{written}\n"
        DOCUMENT.write_text(page)
    if max(each.ratio for each in found) > BAR:
        raise SystemExit(f"a search takes more than {BAR:g} times the bare statement")


if __name__ == "__main__":
    main()
