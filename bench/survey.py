"""`python -m bench.survey`: the results of a million answers, and a file of them all, against the bare SQL.

Ours is what surveys do for a page of results and for a file: the tallies are read with the tenant bound, under forced
row security, and pass the one rule of disclosure; a file is written page by page, each page on record before it leaves.
The bare ones read the same rows as a superuser whom no policy holds, and apply, record and write nothing.
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
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from parley.options.v1 import access_pb2
from parley.survey.v1 import definition_pb2
from parley.survey.v1.definition_pb2 import Choice, Definition, Question, Section, Targeting

from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel import ids
from kernel.config import Config
from kernel.embedded import Engines
from kernel.identity import Actor, Regime
from kernel.rpc.process import Process
from kernel.storage.migrate import migrate
from services.survey.__main__ import wire
from services.survey.actions import batches, results, rows
from services.survey.actions.wiring import Wiring
from services.survey.domain.definitions import content_hash

SECRET = "a key for the bench that keeps nothing of anybody's"
#: A page of results takes no longer than this, and a file makes the process grow by no more.
SLOWEST, GROWN = 1.0, 48 * 1024 * 1024
_BENCH = Path(__file__).resolve().parent
RESULTS = _BENCH / "results" / "survey.json"
DOCUMENT = _BENCH.parent / "docs" / "bench.md"
BEGIN, END = "<!-- survey: begin -->", "<!-- survey: end -->"
_CHOICES = ("c_0000fast", "c_0000kind", "c_0000good", "c_0000none")
ASKED = Definition(
    title="How was it?",
    language="en",
    sections=[
        Section(
            id="s_0000main",
            questions=[
                Question(id="q_0000csat", kind=definition_pb2.QUESTION_KIND_CSAT, text="Satisfied?"),
                Question(id="q_00000nps", kind=definition_pb2.QUESTION_KIND_NPS, text="Recommend?"),
                Question(
                    id="q_0000what",
                    kind=definition_pb2.QUESTION_KIND_SINGLE_CHOICE,
                    text="What was best?",
                    choices=[Choice(id=each, text=each[-4:]) for each in _CHOICES],
                ),
                Question(id="q_000words", kind=definition_pb2.QUESTION_KIND_LONG_TEXT, text="Why?"),
            ],
        )
    ],
)
_RESPONSES = """
INSERT INTO survey.responses (tenant_id, id, survey_id, version_id, invitation_mac, day, site_id, team_id, tags,
  language, channel, age_band, wants_follow_up, replace_until_time, is_counted)
SELECT $1, gen_random_uuid(), $2, $3, decode(md5(n::text) || md5(n::text || 'x'), 'hex'), date_trunc('day', now()),
  ($4::uuid[])[1 + n % 5], ($5::uuid[])[1 + n % 8], CASE WHEN n % 3 = 0 THEN '{billing}'::text[] ELSE '{}' END,
  (ARRAY['en', 'de', 'ar'])[1 + n % 3], 1 + n % 3, n % 7, false, now() - interval '1 hour', false
FROM generate_series($6::int, $7::int) AS n
"""
_ANSWERS = """
INSERT INTO survey.answers (tenant_id, response_id, question_id, value)
SELECT r.tenant_id, r.id, a.question, a.value
FROM survey.responses r CROSS JOIN LATERAL (VALUES
  ('q_0000csat', (1 + abs(hashtext(r.id::text)) % 5)::text),
  ('q_00000nps', (abs(hashtext(r.id::text || 'n')) % 11)::text),
  ('q_0000what', ($3::text[])[1 + abs(hashtext(r.id::text || 'w')) % 4])
) AS a(question, value)
WHERE r.tenant_id = $1 AND r.survey_id = $2
"""
_TEXTS = """
INSERT INTO survey.texts (tenant_id, id, response_id, survey_id, question_id, text, tags, day)
SELECT r.tenant_id, gen_random_uuid(), r.id, r.survey_id, 'q_000words', 'It was quick and kind, thank you', '{}', r.day
FROM survey.responses r WHERE r.tenant_id = $1 AND r.survey_id = $2 AND abs(hashtext(r.id::text)) % 5 = 0
"""
_TALLIES = """
SELECT dimension, within, question, value, count FROM survey.tallies WHERE tenant_id = $1 AND survey_id = $2
"""
_COUNTED = """
SELECT a.question_id, a.value, count(*) FROM survey.answers a
JOIN survey.responses r ON r.tenant_id = a.tenant_id AND r.id = a.response_id
WHERE r.tenant_id = $1 AND r.survey_id = $2 GROUP BY 1, 2
"""
_FILE = """
SELECT r.id, r.version_id, r.day, r.site_id, r.team_id, r.tags, r.language, r.channel, r.age_band,
  (SELECT array_agg(a.question_id || '=' || a.value) FROM survey.answers a
   WHERE a.tenant_id = r.tenant_id AND a.response_id = r.id) AS given,
  (SELECT array_agg(t.text) FROM survey.texts t WHERE t.tenant_id = r.tenant_id AND t.response_id = r.id) AS said
FROM survey.responses r WHERE r.tenant_id = $1 AND r.survey_id = $2 ORDER BY r.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured: milliseconds for pages, seconds for the rest, bytes of memory."""

    stored: int
    exported: int
    #: How many responses were counted, and how long that took.
    counted: int
    sealed: float
    page: float
    page_bare: float
    counted_bare: float
    trend: float
    table: float
    file: float
    file_bare: float
    grown: int


class _Settings:
    """The settings of a tenant that changed none."""

    async def get(self, tenant_id: str, setting: Any) -> Any:
        return setting.default


async def measure(folder: Path, stored: int, exported: int, rounds: int, say: Callable[[str], None]) -> Figures:
    """Fills a database with so many responses, counts them, and measures."""
    with Engines(folder / "engines") as engines:
        await migrate(engines.database_url, SECRET, MIGRATIONS, declared=METADATA.values())
        config = Config(
            data_dir=folder, secret_key=SECRET, database_url=engines.database_url, redis_url=engines.redis_url
        )
        return await measure_at(config, stored, exported, rounds, say)


async def measure_at(config: Config, stored: int, exported: int, rounds: int, say: Callable[[str], None]) -> Figures:
    """Measures on engines that run, in a database in which every migration has run."""
    process = Process(config)
    wiring, _ = wire(process)
    wiring = replace(wiring, settings=_Settings())  # type: ignore[arg-type]  # The settings' own service is away.
    owner = await asyncpg.connect(config.database_url, timeout=30)
    try:
        return await _measured(owner, wiring, stored, exported, rounds, say)
    finally:
        await owner.close()
        await process.close()


async def _measured(
    owner: asyncpg.Connection[asyncpg.Record],
    wiring: Wiring,
    stored: int,
    exported: int,
    rounds: int,
    say: Callable[[str], None],
) -> Figures:
    tenant = uuid4()
    tenant_id = ids.from_uuid("ten", tenant)
    large, small = [await _filled(owner, tenant, count) for count in (stored, exported)]
    for name in ("responses", "answers", "texts"):
        await owner.execute(f"VACUUM ANALYZE survey.{name}")
    say(f"{stored:,} and {exported:,} responses are there")
    began = time.perf_counter()
    sealed = await batches.seal_tenant(wiring, tenant_id)
    seconds = time.perf_counter() - began
    await owner.execute("VACUUM ANALYZE survey.responses")
    await owner.execute("VACUUM ANALYZE survey.tallies")
    say(f"{sealed:,} responses were counted in {seconds:.0f} s")
    actor = Actor(
        tenant_id=tenant_id,
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_ADMIN}),
        subject_id=ids.from_uuid("stf", uuid4()),
        purpose=access_pb2.PURPOSE_FUNCTIONAL_SERVICE_IMPROVE,
    )
    survey_id = ids.from_uuid("srv", large)
    shown = await results.get_results(actor, wiring, survey_id, "", "")
    if shown.count < stored * 0.99:
        raise RuntimeError("the page does not show what was counted")
    page = await _median(lambda: results.get_results(actor, wiring, survey_id, "", ""), rounds)
    page_bare = await _median(lambda: owner.fetch(_TALLIES, tenant, large), rounds)
    counted_bare = await _median(lambda: owner.fetch(_COUNTED, tenant, large), 3)
    trend = await _median(lambda: results.get_trend(actor, wiring, survey_id, "q_0000csat"), rounds)
    table = await _median(
        lambda: results.cross_tabulate(actor, wiring, survey_id, "q_0000csat", "q_0000what", ""), rounds
    )
    say("the pages are measured")
    file, grown = await _exported(actor, wiring, ids.from_uuid("srv", small))
    say("the file is written")
    began = time.perf_counter()
    async with owner.transaction():
        size = 0
        async for row in owner.cursor(_FILE, tenant, small, prefetch=1000):
            size += len(",".join(map(str, row.values())))
    return Figures(
        stored=stored,
        exported=exported,
        counted=sealed,
        sealed=seconds,
        page=page,
        page_bare=page_bare,
        counted_bare=counted_bare,
        trend=trend,
        table=table,
        file=file,
        file_bare=time.perf_counter() - began,
        grown=grown,
    )


async def _filled(owner: asyncpg.Connection[asyncpg.Record], tenant: UUID, count: int) -> UUID:
    survey, version = uuid4(), uuid4()
    draft, now = ASKED.SerializeToString(deterministic=True), datetime.now(UTC) - timedelta(days=1)
    await owner.execute(
        "INSERT INTO survey.surveys VALUES ($1, $2, 2, 'Bench', $3, $4, $4, $5, $6, 1, 1, $7, $7)",
        tenant,
        survey,
        draft,
        content_hash(ASKED),
        Targeting(sampling_permille=1000).SerializeToString(),
        version,
        now,
    )
    await owner.execute(
        "INSERT INTO survey.versions VALUES ($1, $2, $3, 1, $4, $5, $6)",
        tenant,
        version,
        survey,
        draft,
        content_hash(ASKED),
        now,
    )
    sites, teams = [uuid4() for _ in range(5)], [uuid4() for _ in range(8)]
    # As after a restore: what refers to what is not looked up once more for each row.
    await owner.execute("SET session_replication_role = replica")
    first = 0 if count % 2 == 0 else 1
    offset = await owner.fetchval("SELECT count(*) FROM survey.responses") + first
    await owner.execute(_RESPONSES, tenant, survey, version, sites, teams, offset + 1, offset + count, timeout=600)
    await owner.execute(_ANSWERS, tenant, survey, list(_CHOICES), timeout=600)
    await owner.execute(_TEXTS, tenant, survey, timeout=600)
    await owner.execute("SET session_replication_role = origin")
    return survey


async def _median(run: Callable[[], Awaitable[object]], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        await run()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


async def _exported(actor: Actor, wiring: Wiring, survey_id: str) -> tuple[float, int]:
    """Writes the file to nowhere; returns how long that took, and by how much the process grew meanwhile."""
    began, pieces, before, most = time.perf_counter(), 0, 0, 0
    async for _ in rows.export_responses(actor, wiring, survey_id):
        pieces += 1
        if pieces == 5:
            before = most = _resident()
        elif pieces > 5:
            most = max(most, _resident())
    return time.perf_counter() - began, most - before


def section(found: Figures) -> str:
    """Writes what was found for people."""
    f = found
    good = f.page < SLOWEST * 1000 and f.grown <= GROWN
    rows = [
        ("page of results, from the tallies", f"{f.page_bare:.1f} ms", f"{f.page:.1f} ms", f.page / f.page_bare),
        ("the same, counted anew", f"{f.counted_bare:,.0f} ms", f"{f.page:.1f} ms", f.page / f.counted_bare),
        ("month by month", "", f"{f.trend:.1f} ms", None),
        ("one question by another", "", f"{f.table:.1f} ms", None),
        (f"file of {f.exported:,} responses", f"{f.file_bare:.1f} s", f"{f.file:.1f} s", f.file / f.file_bare),
    ]
    return "\n".join(
        [
            BEGIN,
            "## Surveys",
            "",
            f"Written by `python -m bench.survey`: {f.stored:,} responses to one survey of three closed questions and "
            f"a text, and {f.exported:,} to another one for the file. Batches are counted at "
            f"{f.counted / f.sealed:,.0f} responses a second, with every dimension and every pair of questions, over "
            f"{f.counted:,} of them. *Ours* binds the tenant, is held by row security and shows full groups only; the "
            "file puts every reading on record before it leaves. *Bare* reads the same rows as a superuser and does "
            "nothing else.",
            "",
            "| what | bare | ours | ratio |",
            "|---|---|---|---|",
            *(f"| {what} | {bare} | {ours} | {'' if r is None else f'{r:.2f}'} |" for what, bare, ours, r in rows),
            "",
            f"A page within {SLOWEST:g} s and a file for which the process grows by {GROWN // 2**20} MB at most were "
            f"to be reached: {'yes' if good else '**no**'}, {f.page / 1000:.3f} s and {f.grown / 2**20:.1f} MB.",
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
    parser = argparse.ArgumentParser(prog="python -m bench.survey", description="Measures surveys at size.")
    parser.add_argument("--quick", action="store_true", help="fewer responses; writes nothing")
    quick = parser.parse_args(arguments).quick
    stored, exported, rounds = (20_000, 5_000, 5) if quick else (1_000_000, 100_000, 15)
    with tempfile.TemporaryDirectory(prefix="parley-bench-survey-") as folder:
        found = asyncio.run(measure(Path(folder), stored, exported, rounds, lambda what: print(what, flush=True)))
    written = section(found)
    print(written)
    if not quick:
        RESULTS.write_text(json.dumps(asdict(found), indent=1) + "\n")
        page = DOCUMENT.read_text()
        pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
        page = pattern.sub(lambda _: written, page) if pattern.search(page) else f"{page.rstrip()}\n\n{written}\n"
        DOCUMENT.write_text(page)
    if found.page > SLOWEST * 1000 or found.grown > GROWN:
        raise SystemExit("a page takes too long, or a file takes memory")


if __name__ == "__main__":
    main()
