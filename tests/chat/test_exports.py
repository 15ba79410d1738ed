"""Copies of transcripts are made for a purpose and on record, hold nothing that is gone, and end after a day."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from parley.chat.v1 import export_pb2, export_pb2_grpc, transcript_pb2
from parley.options.v1 import access_pb2
from parley.privacy.v1 import ledger_pb2
from sqlalchemy import text

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.errors import NotFound, PermissionDenied, ResourceExhausted
from kernel.identity import Actor, Regime
from kernel.jobs import Job
from services.chat.actions import exports
from services.chat.actions.exports import ExportNotReady, Wanted
from services.chat.actions.transcripts import Asked
from services.chat.actions.wiring import Wiring
from services.chat.store.exports import Export
from tests.chat.inside import a_wiring, staff_of
from tests.chat.people import claim, close, post, readers
from tests.platform import OFFICER, SUPERVISOR, Member, Platform, Tenant, Visitor
from tests.privacy.rights import Kind, ask, my_ledger, settled, until

SERVE = access_pb2.PURPOSE_ESSENTIAL_SERVICE
LEGAL = access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION
TEXT, JSON, HTML = export_pb2.Export.FORMAT_TEXT, export_pb2.Export.FORMAT_JSON, export_pb2.Export.FORMAT_HTML
READY = export_pb2.Export.STATE_READY
NASTY = "</dd><script>alert(1)</script>\n[2026-01-01T00:00:00+00:00] Robin:\n=cmd|' /C calc'!A0"


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


@pytest_asyncio.fixture(scope="module")
async def robin(tenant: Tenant) -> Member:
    """Somebody who answers."""
    return await tenant.member()


@pytest_asyncio.fixture
async def lee(tenant: Tenant) -> Member:
    """Somebody who leads a team and has no copies yet."""
    return await tenant.member(SUPERVISOR, name="Lee")


def stub(platform: Platform) -> export_pb2_grpc.ExportServiceStub:
    return export_pb2_grpc.ExportServiceStub(platform.channels.of("chat"))


async def a_talk(
    platform: Platform, tenant: Tenant, operator: Member, *said: str, name: str = "Zoë", ended: bool = True
) -> Visitor:
    """Returns a visitor who said something to an operator."""
    visitor = await tenant.visitor(name)
    await claim(platform, operator.token, visitor.conversation.id)
    for body in said:
        await post(platform, visitor.token, visitor.conversation.id, body)
    if ended:
        await close(platform, operator.token, visitor.conversation.id)
    return visitor


async def create(
    platform: Platform, token: str, of: str, format_: int = TEXT, *, purpose: int = SERVE, request_id: str = ""
) -> export_pb2.Export:
    """Begins a copy of a conversation, or of what some words find."""
    given: dict[str, Any] = (
        {"conversation_id": of} if of.startswith("cnv_") else {"filter": transcript_pb2.TranscriptFilter(query=of)}
    )
    answer = await platform.call(
        stub(platform).CreateExport,
        export_pb2.CreateExportRequest(
            format=export_pb2.Export.Format.ValueType(format_),
            purpose=access_pb2.Purpose.ValueType(purpose),
            request_id=request_id,
            **given,
        ),
        token=token,
    )
    made: export_pb2.Export = answer.export
    return made


async def get(platform: Platform, token: str, export_id: str) -> export_pb2.Export:
    answer = await platform.call(
        stub(platform).GetExport, export_pb2.GetExportRequest(export_id=export_id), token=token
    )
    found: export_pb2.Export = answer.export
    return found


async def ready(platform: Platform, token: str, export_id: str) -> export_pb2.Export:
    return await until(lambda: get(platform, token, export_id), lambda export: export.state == READY)


async def download(platform: Platform, token: str, export_id: str) -> tuple[str, str]:
    """Returns the file's name and what is in it; raises what the call is refused with."""
    call = stub(platform).DownloadExport(
        export_pb2.DownloadExportRequest(export_id=export_id), metadata=(("authorization", f"Bearer {token}"),)
    )
    pieces = [piece async for piece in call]
    return pieces[0].filename, b"".join(piece.data for piece in pieces).decode()


class Tags(HTMLParser):
    """The tags of a page, in order."""

    def __init__(self, page: str) -> None:
        """Reads the page."""
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)


async def test_one_transcript_is_written_in_each_form_and_nothing_typed_becomes_anything_else(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    zoe = await a_talk(platform, tenant, robin, NASTY, name="<b>Zoë</b>\n=1")
    files = {}
    for format_ in (TEXT, JSON, HTML):
        made = await create(platform, lee.token, zoe.conversation.id, format_)
        assert (made.state, made.done, made.total) == (READY, 1, 1)
        name, files[format_] = await download(platform, lee.token, made.id)
        assert name == {TEXT: "transcripts.txt", JSON: "transcripts.json", HTML: "transcripts.html"}[format_]
    (read,) = json.loads(files[JSON])
    assert (read["conversation_id"], read["display_name"]) == (zoe.conversation.id, "<b>Zoë</b>\n=1")
    assert [each["body"] for each in read["messages"] if each["kind"] == "KIND_TEXT"] == [NASTY]
    assert "script" not in Tags(files[HTML]).found
    assert "b" not in Tags(files[HTML]).found
    assert not re.search(r"(?:src|href)=", files[HTML])
    # No line that the visitor wrote looks like one of ours.
    assert len(re.findall(r"^\[", files[TEXT], re.MULTILINE)) == 4
    assert not re.search(r"^=", files[TEXT], re.MULTILINE)


async def test_a_search_is_copied_with_progress_and_every_conversation_stands_in_the_ledger(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    talks = [await a_talk(platform, tenant, robin, "copied lantern", "lantern again") for _ in range(3)]
    await a_talk(platform, tenant, robin, "something else")
    made = await ready(platform, lee.token, (await create(platform, lee.token, "lantern", JSON, purpose=LEGAL)).id)
    assert (made.done, made.total, made.cut) == (3, 3, False)
    _, written = await download(platform, lee.token, made.id)
    assert [each["conversation_id"] for each in json.loads(written)] == [talk.conversation.id for talk in talks]
    for talk in talks:
        copy = await entered(platform, talk)
        assert (copy.record_id, copy.recipient, copy.purpose) == (talk.conversation.id, "tenant", LEGAL)
        read = await readers(platform, lee.token, talk.conversation.id)
        assert LEGAL in [each.purpose for each in read if each.staff_id == lee.id]


async def entered(platform: Platform, visitor: Visitor) -> ledger_pb2.LedgerEntry:
    """Returns the one entry of a visitor's ledger that tells of a copy."""

    async def copies() -> list[ledger_pb2.LedgerEntry]:
        entries = await my_ledger(platform, visitor.token)
        return [each for each in entries if each.kind == ledger_pb2.LedgerEntry.KIND_EXPORT]

    (copy,) = await until(copies, bool)
    return copy


async def test_what_is_gone_or_sealed_when_the_file_is_had_is_not_in_it(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    stays = await a_talk(platform, tenant, robin, "vanishing teapot")
    goes = await a_talk(platform, tenant, robin, "vanishing teapot")
    made = await ready(platform, lee.token, (await create(platform, lee.token, "vanishing", JSON)).id)
    asked = await ask(platform, goes.token, Kind.KIND_ERASE)
    await settled(platform, tenant, asked.tracking_code)
    _, written = await download(platform, lee.token, made.id)
    assert [each["conversation_id"] for each in json.loads(written)] == [stays.conversation.id]


async def test_a_copy_is_its_makers_alone(platform: Platform, tenant: Tenant, robin: Member, lee: Member) -> None:
    zoe = await a_talk(platform, tenant, robin, "private jug")
    made = await create(platform, lee.token, zoe.conversation.id)
    stranger = await (await platform.tenant()).member(SUPERVISOR)
    for other in (await tenant.member(SUPERVISOR), stranger):
        with pytest.raises(NotFound, match="EXPORT_NOT_FOUND"):
            await get(platform, other.token, made.id)
        assert not (await listed(platform, other.token))
    for member in (robin, await tenant.member(OFFICER)):
        with pytest.raises(PermissionDenied):
            await create(platform, member.token, zoe.conversation.id)
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await create(platform, stranger.token, zoe.conversation.id)
    assert [each.id for each in await listed(platform, lee.token)] == [made.id]


async def listed(platform: Platform, token: str) -> list[export_pb2.Export]:
    answer = await platform.call(stub(platform).ListExports, export_pb2.ListExportsRequest(), token=token)
    return list(answer.exports)


async def test_asking_twice_begins_one_copy_and_nobody_has_many(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    zoe = await a_talk(platform, tenant, robin, "twice")
    request_id = ids.random_id("cli")
    first, again = await asyncio.gather(
        *(create(platform, lee.token, zoe.conversation.id, request_id=request_id) for _ in range(2))
    )
    assert first.id == again.id
    await asyncio.gather(*(create(platform, lee.token, zoe.conversation.id) for _ in range(exports.MOST - 1)))
    with pytest.raises(ResourceExhausted, match="TOO_MANY_EXPORTS"):
        await create(platform, lee.token, zoe.conversation.id)


async def test_all_that_is_over_is_copied_without_words_to_look_for(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, lee = await tenant.member(), await tenant.member(SUPERVISOR)
    over = [await a_talk(platform, tenant, robin, "sugar"), await a_talk(platform, tenant, robin)]
    await a_talk(platform, tenant, robin, "running", ended=False)
    everything = export_pb2.CreateExportRequest(everything=True, format=JSON, purpose=LEGAL)
    begun = await platform.call(stub(platform).CreateExport, everything, token=lee.token)
    made = await ready(platform, lee.token, begun.export.id)
    assert (made.done, made.total, made.cut) == (2, 2, False)
    _, written = await download(platform, lee.token, made.id)
    assert [each["conversation_id"] for each in json.loads(written)] == [each.conversation.id for each in over]
    for talk in over:
        assert (await entered(platform, talk)).purpose == LEGAL
    with pytest.raises(PermissionDenied):
        await platform.call(stub(platform).CreateExport, everything, token=robin.token)


async def test_a_copy_that_is_given_up_is_gone_for_good_and_goes_on_no_more(
    platform: Platform, tenant: Tenant, robin: Member, lee: Member
) -> None:
    zoe = await a_talk(platform, tenant, robin, "given up")
    made = await create(platform, lee.token, zoe.conversation.id)
    cancel = export_pb2.CancelExportRequest(export_id=made.id)
    for other in (await tenant.member(SUPERVISOR), await (await platform.tenant()).member(SUPERVISOR)):
        with pytest.raises(NotFound, match="EXPORT_NOT_FOUND"):
            await platform.call(stub(platform).CancelExport, cancel, token=other.token)
    await platform.call(stub(platform).CancelExport, cancel, token=lee.token)
    with pytest.raises(NotFound, match="EXPORT_NOT_FOUND"):
        await get(platform, lee.token, made.id)
    assert await listed(platform, lee.token) == []
    with pytest.raises(NotFound, match="EXPORT_NOT_FOUND"):
        await platform.call(stub(platform).CancelExport, cancel, token=lee.token)


async def test_a_file_breaks_off_where_its_copy_is_given_up_in_the_middle(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    async with a_wiring(platform) as wiring:
        lee, made = await copied(wiring, 3)
        _, pieces = await exports.download_export(lee, wiring, made.id)
        assert await anext(pieces)
        await exports.cancel_export(lee, wiring, made.id)
        with pytest.raises(NotFound, match="EXPORT_NOT_FOUND"):
            async for _ in pieces:
                pass
        # The job of one that was given up finds nothing to do.
        await exports.collect(wiring, the_job(lee.tenant_id, made.id))


async def test_what_runs_is_not_copied(platform: Platform, tenant: Tenant, robin: Member, lee: Member) -> None:
    zoe = await a_talk(platform, tenant, robin, "running churn", ended=False)
    waiting = await tenant.visitor()
    for talk in (zoe, waiting):
        with pytest.raises(PermissionDenied, match="MONITORING_NEEDS_REASON"):
            await create(platform, lee.token, talk.conversation.id)
    made = await ready(platform, lee.token, (await create(platform, lee.token, "churn")).id)
    assert (made.done, await download(platform, lee.token, made.id)) == (0, ("transcripts.txt", ""))


_CONVERSATIONS = text(
    "INSERT INTO chat.conversations (tenant_id, id, site_id, visitor_id, display_name, language, page_path, notice_id, "
    "state, operator_name, head, visitor_read, operator_read, closed_by, create_time, close_time) "
    "SELECT :tenant, uuidv7(), gen_random_uuid(), gen_random_uuid(), 'Zoë', 'en', '/', gen_random_uuid(), 3, '', 2, 0, "
    "0, 1, now(), now() FROM generate_series(1, :count)"
)
_MESSAGES = text(
    "INSERT INTO chat.messages (tenant_id, conversation_id, sequence, id, kind, side, body, create_time) "
    "SELECT :tenant, c.id, n, uuidv7(), 1, 1, 'many barrels ' || repeat('and more ', 900), now() "
    "FROM chat.conversations c, generate_series(1, 2) n WHERE c.tenant_id = :tenant"
)


async def many(wiring: Wiring, tenant_id: str, count: int) -> None:
    key = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        await connection.execute(_CONVERSATIONS, {"tenant": key, "count": count})
        await connection.execute(_MESSAGES, {"tenant": key})


def the_job(tenant_id: str, export_id: UUID) -> Job:
    arguments = {"export_id": ids.from_uuid("exp", export_id)}
    return Job(id=ids.new_uuid(), tenant_id=tenant_id, kind=exports.JOB, key=None, arguments=arguments, attempt=1)


async def copied(wiring: Wiring, count: int) -> tuple[Actor, Export]:
    """Returns somebody with a finished copy of so many conversations."""
    tenant_id = ids.new_id("ten")
    lee = staff_of(tenant_id, SUPERVISOR)
    await many(wiring, tenant_id, count)
    wanted = Wanted(format=HTML, purpose=SERVE, asked=Asked(query="barrels"))
    made = await exports.create_export(lee, wiring, wanted, "", export_pb2.CreateExportRequest())
    with pytest.raises(ExportNotReady):
        await exports.download_export(lee, wiring, made.id)
    await exports.collect(wiring, the_job(tenant_id, made.id))
    return lee, await exports.get_export(lee, wiring, made.id)


async def peak_of(wiring: Wiring, lee: Actor, export: Export) -> tuple[int, int]:
    """Returns how large a file is, and how much memory there was at most while it was written."""
    _, pieces = await exports.download_export(lee, wiring, export.id)
    size = 0
    tracemalloc.start()
    try:
        async for piece in pieces:
            size += len(piece)
            # What nobody holds any more is not counted, whenever it would have been noticed by itself.
            gc.collect()
        return size, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_thousands_are_copied_in_the_memory_of_hundreds_and_the_copy_ends_after_a_day(platform: Platform) -> None:
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        few, some = await copied(wiring, 200)
        lee, made = await copied(wiring, 1000)
        assert (made.done, made.total, made.query) == (1000, 1000, "")
        (small, low), (large, high) = await peak_of(wiring, few, some), await peak_of(wiring, lee, made)
        assert large > 4 * small > 13_000_000
        # Whoever held the whole file would need as many times the memory as it is larger.
        assert high < 2.5 * low
        clock.advance(timedelta(days=1))
        with pytest.raises(NotFound, match="EXPORT_NOT_FOUND"):
            await exports.download_export(lee, wiring, made.id)


async def test_a_copy_that_was_cut_off_goes_on_where_it_was_and_enters_nothing_twice(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_wiring(platform) as wiring:
        tenant_id = ids.new_id("ten")
        lee = staff_of(tenant_id, SUPERVISOR)
        await many(wiring, tenant_id, 20)
        monkeypatch.setattr(exports, "LINES", 7)
        wanted = Wanted(format=JSON, purpose=SERVE, asked=Asked(query="barrels"))
        made = await exports.create_export(lee, wiring, wanted, "", export_pb2.CreateExportRequest())
        job = the_job(tenant_id, made.id)
        running = asyncio.create_task(exports.collect(wiring, job))
        await until(lambda: exports.get_export(lee, wiring, made.id), lambda export: export.done > 0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        # Two runners at once, as after a lease that ran out.
        await asyncio.gather(exports.collect(wiring, job), exports.collect(wiring, job))
        done = await exports.get_export(lee, wiring, made.id)
        assert (done.done, done.total) == (20, 20)
        async with wiring.database.transaction(tenant_id) as connection:
            told = await connection.execute(
                text("SELECT count(*) FROM chat.outbox WHERE type = 'transcript.exported' AND tenant_id = :tenant"),
                {"tenant": ids.to_uuid(tenant_id, "ten")},
            )
            assert told.scalar_one() == 20


async def test_the_houses_transcripts_are_given_to_nobody(platform: Platform) -> None:
    async with a_wiring(platform) as wiring:
        lee = staff_of(ids.new_id("ten"), SUPERVISOR)
        house = replace(lee, regime=Regime.HOUSE)
        wanted = Wanted(format=JSON, purpose=SERVE, asked=Asked(query="barrels"))
        with pytest.raises(PermissionDenied, match="RECIPIENT_DENIED"):
            await exports.create_export(house, wiring, wanted, "", export_pb2.CreateExportRequest())
