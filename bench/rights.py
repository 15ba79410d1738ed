"""Measures people's rights at size: ten thousand conversations copied, corrected, erased, and the memory that takes.

It asks as a privacy officer does, through the contract, and waits until every service has done its part. What was said
before is written by the owner, in whole sets, as in `bench.history`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from parley.privacy.v1 import held_pb2, held_pb2_grpc, request_pb2, request_pb2_grpc
from parley.subject.v1 import subject_pb2

from bench import processes
from bench.frames import BODY
from kernel import ids
from kernel.rpc.channels import Channels

MESSAGES_EACH = 10
_NAME = "parley.chat.v1.Conversation.display_name"
_AT_ONCE = 4
#: How often the memory of the services is looked at, and how often the officer looks whether all is done.
_LOOK_SECONDS, _ASK_SECONDS = 0.25, 0.1

_CONVERSATIONS = """
INSERT INTO chat.conversations (tenant_id, id, site_id, visitor_id, display_name, language, page_path, notice_id, state,
  operator_id, operator_name, head, visitor_read, operator_read, closed_by, create_time, claim_time, close_time)
SELECT $1, uuidv7(interval '-9 days' + n * interval '1 second'), gen_random_uuid(), v, 'Robbin', 'en', '/page',
  gen_random_uuid(), 3, $2, 'Robin', $5, $5, $5, 2, now() - interval '9 days', now() - interval '9 days',
  now() - interval '8 days'
FROM unnest($3::uuid[]) AS v, generate_series(1, $4) AS n RETURNING id
"""
_MESSAGES = """
INSERT INTO chat.messages (tenant_id, conversation_id, sequence, id, kind, side, client_message_id, operator_id, body,
  create_time)
SELECT $1, c, s, uuidv7(interval '-9 days'), 1, 1 + s % 2, lpad(to_hex(s), 16, 'x'),
  CASE WHEN s % 2 = 1 THEN $2::uuid END, $3, now() - interval '9 days'
FROM unnest($4::uuid[]) AS c, generate_series(1, $5) AS s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured. Times are in seconds, memory is the services' in bytes (PSS)."""

    people: int
    conversations: int
    messages: int
    #: Until every service had counted what a copy would hold, and until all archives were handed out.
    counted: float
    copied: float
    corrected: float
    erased: float
    archive_bytes: int
    memory_before: int
    memory_most: int
    #: What was found to be wrong afterwards.
    troubles: tuple[str, ...] = ()

    @property
    def grown(self) -> int:
        """How much memory the services took more than before, at most."""
        return self.memory_most - self.memory_before


async def measure(
    channels: Channels,
    *,
    database_url: str,
    tenant_id: str,
    officer: Callable[[], Awaitable[str]],
    second: Callable[[], Awaitable[str]],
    services: int,
    people: int,
    each: int,
) -> Figures:
    """Lets so many people with so many conversations each have a copy, a correction and an erasure.

    `officer` returns a fresh token of a privacy officer, `second` one of the person who confirms how it is known who
    asked, and `services` is the process id of the services.
    """
    subjects = await _fill(database_url, tenant_id, people, each)
    run = _Run(channels, officer, second, subjects)
    before = processes.memory([services]).pss
    seen = [before]
    watching = asyncio.create_task(_watch(services, seen))
    try:
        counted = await _timed(run.ask(request_pb2.SubjectRequest.KIND_ACCESS))
        copied = await _timed(run.download())
        corrected = await _timed(
            run.ask(
                request_pb2.SubjectRequest.KIND_CORRECT,
                corrections=[request_pb2.Correction(field=_NAME, value="Robin")],
            )
        )
        erased = await _timed(run.ask(request_pb2.SubjectRequest.KIND_ERASE))
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return Figures(
        people=people,
        conversations=people * each,
        messages=people * each * MESSAGES_EACH,
        counted=counted,
        copied=copied,
        corrected=corrected,
        erased=erased,
        archive_bytes=run.archive_bytes,
        memory_before=before,
        memory_most=max(seen),
        troubles=tuple(await _left(database_url, tenant_id, subjects)),
    )


class _Run:
    """The officer's side of a run."""

    def __init__(
        self,
        channels: Channels,
        officer: Callable[[], Awaitable[str]],
        second: Callable[[], Awaitable[str]],
        subjects: Sequence[str],
    ) -> None:
        self._channels = channels
        self._officer = officer
        self._second = second
        self._subjects = subjects
        self._requests = request_pb2_grpc.RequestServiceStub(channels.of("privacy"))
        self._held = held_pb2_grpc.HeldServiceStub(channels.of("privacy"))
        self._copies: list[str] = []
        self.archive_bytes = 0

    async def ask(self, kind: request_pb2.SubjectRequest.Kind.ValueType, **more: Any) -> None:
        """Asks for everybody, and waits until nothing is left to do."""
        token = await self._officer()

        async def one(subject_id: str) -> str:
            made = await self._channels.call(
                self._requests.CreateRequest,
                request_pb2.CreateRequestRequest(
                    kind=kind,
                    subject_kind=subject_pb2.SUBJECT_KIND_VISITOR,
                    subject_id=subject_id,
                    proof="the bench",
                    proof_kind=request_pb2.PROOF_KIND_CUSTOMER_ACCOUNT,
                    **more,
                ),
                token=token,
                deadline=60.0,
            )
            return str(made.request.id)

        made = await _some_at_once(self._subjects, one)
        if kind == request_pb2.SubjectRequest.KIND_ACCESS:
            self._copies = made
        while True:
            page = await self._channels.call(
                self._requests.ListRequests,
                request_pb2.ListRequestsRequest(filter=request_pb2.REQUEST_FILTER_OPEN, page_size=1),
                token=await self._officer(),
            )
            if not page.open_count:
                return
            await asyncio.sleep(_ASK_SECONDS)

    async def download(self) -> None:
        """Takes everybody's archive, once a second person has confirmed the proof, and keeps none of it."""

        async def one(request_id: str) -> None:
            confirmed = request_pb2.ConfirmProofRequest(privacy_request_id=request_id)
            await self._channels.call(self._requests.ConfirmProof, confirmed, token=await self._second())
            metadata = (("authorization", f"Bearer {await self._officer()}"),)
            request = held_pb2.DownloadCopyRequest(privacy_request_id=request_id)
            async for piece in self._held.DownloadCopy(request, metadata=metadata):
                self.archive_bytes += len(piece.data)

        await _some_at_once(self._copies, one)


async def _some_at_once(items: Sequence[str], work: Callable[[str], Awaitable[Any]]) -> list[Any]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(item: str) -> Any:
        async with turns:
            return await work(item)

    return await asyncio.gather(*(one(item) for item in items))


async def _timed(work: Awaitable[None]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def _watch(pid: int, seen: list[int]) -> None:
    while True:
        seen.append(processes.memory([pid]).pss)
        await asyncio.sleep(_LOOK_SECONDS)


async def _fill(database_url: str, tenant_id: str, people: int, each: int) -> list[str]:
    tenant, operator = ids.to_uuid(tenant_id, "ten"), uuid4()
    visitors = [ids.random_uuid() for _ in range(people)]
    connection = await asyncpg.connect(database_url, timeout=30)
    try:
        await connection.execute("SET session_replication_role = replica")
        rows = await connection.fetch(_CONVERSATIONS, tenant, operator, visitors, each, MESSAGES_EACH)
        keys = [row["id"] for row in rows]
        await connection.execute(_MESSAGES, tenant, operator, BODY, keys, MESSAGES_EACH)
        for table in ("chat.conversations", "chat.messages"):
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()
    return [ids.from_uuid("vis", visitor) for visitor in visitors]


async def _left(database_url: str, tenant_id: str, subjects: Sequence[str]) -> list[str]:
    """Returns what should not be there any more."""
    tenant = ids.to_uuid(tenant_id, "ten")
    visitors: list[UUID] = [ids.to_uuid(subject, "vis") for subject in subjects]
    connection = await asyncpg.connect(database_url)
    try:
        bodies = await connection.fetchval(
            "SELECT count(*) FROM chat.messages m JOIN chat.conversations c "
            "ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id "
            "WHERE c.tenant_id = $1 AND c.visitor_id = ANY ($2) AND m.body <> ''",
            tenant,
            visitors,
        )
        dead = await connection.fetchval("SELECT count(*) FROM privacy.jobs WHERE state = 2 AND tenant_id = $1", tenant)
    finally:
        await connection.close()
    return [
        f"rights: {count} {what}"
        for count, what in ((bodies, "messages still have their words"), (dead, "jobs were given up"))
        if count
    ]


def lines(found: Figures) -> list[str]:
    """Writes the section of the page."""

    def row(what: str, seconds: float) -> str:
        return f"| {what} | {seconds:.1f} s | {found.conversations / seconds:,.0f} | {found.people / seconds:,.1f} |"

    return [
        "## People's rights",
        "",
        f"{found.people:,} people with {found.conversations:,} conversations and {found.messages:,} messages, each "
        "asked for by a privacy officer and carried out by all services, in one run:",
        "",
        "| what | all of it | conversations a second | people a second |",
        "|---|---|---|---|",
        row("found and counted in every service", found.counted),
        row("handed out, JSON and page in one archive each", found.copied),
        row("a name corrected everywhere", found.corrected),
        row("erased, with receipts", found.erased),
        "",
        f"The archives were {found.archive_bytes / 1e6:.1f} MB together. The services held "
        f"{found.memory_before / 1e6:.0f} MB before and {found.memory_most / 1e6:.0f} MB at most (PSS).",
        "",
    ]
