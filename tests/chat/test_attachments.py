"""Files in a conversation: taken in within bounds, examined before anybody reads them, gone with their conversation."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
import pytest_asyncio
from parley.chat.v1 import attachment_pb2, conversation_pb2
from parley.files.v1 import files_pb2
from parley.identity.v1 import tenant_pb2
from parley.privacy.v1 import held_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from PIL import Image
from sqlalchemy import select

from kernel import ids
from kernel.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    from_rpc_error,
)
from kernel.files.removals import JOB
from kernel.files.tickets import Tickets
from services.chat.store.tables import metadata
from tests.chat.inside import a_wiring
from tests.chat.people import a_client_id, claim, close, read, readers
from tests.platform import OFFICER, SUPERVISOR, Member, Platform, Tenant, Visitor

Attachment = attachment_pb2.Attachment
Message = conversation_pb2.Message
PDF = b"%PDF-1.7\n" + b"x" * 2000
TEXT = "Grüße, 你好".encode()
_OUT = io.BytesIO()
with zipfile.ZipFile(_OUT, "w", zipfile.ZIP_DEFLATED) as _archive:
    for _name in ("[Content_Types].xml", "_rels/.rels", "word/document.xml"):
        _archive.writestr(_name, "<a/>")
LETTER = _OUT.getvalue()


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


_operators: dict[str, Member] = {}


async def a_talk(platform: Platform, tenant: Tenant) -> tuple[Visitor, Member, str]:
    """Returns a visitor, the tenant's one operator, and a running conversation of theirs."""
    if tenant.id not in _operators:
        _operators[tenant.id] = await tenant.member()
    visitor, robin = await tenant.visitor("Zoë"), _operators[tenant.id]
    await claim(platform, robin.token, visitor.conversation.id)
    return visitor, robin, visitor.conversation.id


async def upload(
    platform: Platform, token: str, conversation_id: str, *pieces: bytes, name: str = "a.pdf", **more: Any
) -> attachment_pb2.UploadAttachmentResponse:
    """Sends a file, piece by piece."""

    async def requests() -> AsyncIterator[attachment_pb2.UploadAttachmentRequest]:
        yield attachment_pb2.UploadAttachmentRequest(
            conversation_id=conversation_id, filename=name, **{"request_id": a_client_id(), **more}
        )
        for piece in pieces:
            yield attachment_pb2.UploadAttachmentRequest(data=piece)

    try:
        answer: attachment_pb2.UploadAttachmentResponse = await platform.attachments.UploadAttachment(
            requests(), metadata=(("authorization", f"Bearer {token}"),)
        )
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from None
    return answer


async def listed(platform: Platform, token: str, conversation_id: str) -> Sequence[Attachment]:
    request = attachment_pb2.ListAttachmentsRequest(conversation_id=conversation_id)
    answer = await platform.call(platform.attachments.ListAttachments, request, token=token)
    found: Sequence[Attachment] = answer.attachments
    return found


async def room(platform: Platform, token: str, conversation_id: str) -> int:
    request = attachment_pb2.ListAttachmentsRequest(conversation_id=conversation_id)
    return int((await platform.call(platform.attachments.ListAttachments, request, token=token)).most_bytes)


async def examined(platform: Platform, token: str, conversation_id: str) -> Sequence[Attachment]:
    """Returns a conversation's files once all of them were examined; its followers hear of each."""
    request = conversation_pb2.WatchConversationRequest(conversation_id=conversation_id)
    watching: Any = platform.chat.WatchConversation(request, metadata=(("authorization", f"Bearer {token}"),))
    try:
        async with asyncio.timeout(20):
            while True:
                found = await listed(platform, token, conversation_id)
                if all(each.state != Attachment.STATE_PENDING for each in found):
                    return found
                while (await watching.read()).message.kind != Message.KIND_ATTACHMENT_EXAMINED:
                    pass
    finally:
        watching.cancel()


async def ready(platform: Platform, token: str, conversation_id: str, content: bytes, **more: Any) -> Attachment:
    """Sends a file and returns it as it was passed."""
    sent = await upload(platform, token, conversation_id, content, **more)
    (found,) = [each for each in await examined(platform, token, conversation_id) if each.id == sent.attachment_id]
    return found


async def opened(platform: Platform, token: str, conversation_id: str, attachment_id: str) -> str:
    request = attachment_pb2.OpenAttachmentRequest(conversation_id=conversation_id, attachment_id=attachment_id)
    answer = await platform.call(platform.attachments.OpenAttachment, request, token=token)
    return str(answer.url)


async def content(platform: Platform, tenant: Tenant, file_id: str, start: int = 0, end: int = 0) -> bytes:
    """Returns a file's bytes, as a process of the platform reads them."""
    token = platform.channels.tokens.make(tenant.id)
    call = platform.files.ReadFile(
        files_pb2.ReadFileRequest(file_id=file_id, start=start, end=end),
        metadata=(("authorization", f"Bearer {token}"),),
    )
    try:
        return b"".join([piece.data async for piece in call])
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from None


def stored(platform: Platform, tenant: Tenant) -> int:
    """Returns how many of a tenant's files lie on the disk."""
    return len(list((Path(platform.config.data_dir) / "files" / tenant.id).rglob("fil_*")))


async def jobs_done(platform: Platform, tenant: Tenant) -> None:
    """Runs what chat has to do for a tenant now, besides what runs in its own time."""
    async with a_wiring(platform) as wiring:
        runner = wiring.retention.runner()
        wiring.removals.on(runner)
        await runner.run_due()
        jobs = metadata.tables["chat.jobs"]
        async with asyncio.timeout(20):
            # The platform's own runner may have taken some.
            while True:
                async with wiring.database.transaction(tenant.id) as connection:
                    query = select(jobs.c.id).where(jobs.c.kind == JOB).with_for_update()
                    if not (await connection.execute(query)).all():
                        return


async def set_to(platform: Platform, tenant: Tenant, name: str, value: str) -> None:
    request = tenant_pb2.UpdateSettingRequest(name=name, value_json=value)
    await platform.call(platform.tenants.UpdateSetting, request, token=tenant.admin.token)


def a_photo(width: int = 60, height: int = 40, *, turned: int = 1, place: str = "Secret Street 7") -> bytes:
    """Returns a JPEG that says where it was taken, by what, and how the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010E] = place
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "JPEG", exif=exif, comment=b"by Zed")
    return out.getvalue()


async def test_a_file_stands_in_the_talk_at_once_and_both_sides_hear_that_it_can_be_read(
    platform: Platform, tenant: Tenant
) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    sent = await upload(platform, visitor.token, conversation_id, PDF[:999], PDF[999:], name="Bill März.pdf")
    assert (sent.message.kind, sent.message.body) == (Message.KIND_ATTACHMENT, sent.attachment_id)
    found = Attachment()
    for token in (visitor.token, robin.token):
        (found,) = await examined(platform, token, conversation_id)
        assert (found.state, found.media_type, found.size) == (Attachment.STATE_READY, "application/pdf", len(PDF))
        assert (found.filename, found.side) == ("Bill März.pdf", conversation_pb2.SIDE_VISITOR)
        assert (await read(platform, token, conversation_id))[-1].body == f"{found.id} ready"
    assert await content(platform, tenant, found.id) == PDF
    assert await content(platform, tenant, found.id, 5, 9) == PDF[5:9]
    assert await content(platform, tenant, found.id, -7) == PDF[-7:]


async def test_nobody_reads_a_file_that_was_not_passed(platform: Platform, tenant: Tenant) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    sent = await upload(platform, visitor.token, conversation_id, b"MZ" + b"\x00" * 99, content_type="application/pdf")
    (found,) = await examined(platform, visitor.token, conversation_id)
    assert (found.state, found.reason) == (Attachment.STATE_REFUSED, "FILE_TYPE_NOT_ALLOWED")
    with pytest.raises(FailedPrecondition):
        await opened(platform, visitor.token, conversation_id, sent.attachment_id)
    with pytest.raises(NotFound):
        await content(platform, tenant, sent.attachment_id)


@pytest.mark.parametrize(
    ("bytes_", "claimed", "found"),
    [
        (PDF, "image/png", "application/pdf"),
        (PDF, "", "application/pdf"),
        (TEXT, "text/csv; charset=utf-8", "text/csv"),
        # What its sender calls an archive is told by what is in it.
        (LETTER, "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (TEXT, "text/html", "text/plain"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", ""),
        (b"\x89PNG\r\n\x1a\n" + b"no picture", "image/png", ""),
    ],
)
async def test_a_file_is_what_its_bytes_are_and_not_what_its_sender_says(
    platform: Platform, tenant: Tenant, bytes_: bytes, claimed: str, found: str
) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    await upload(platform, visitor.token, conversation_id, bytes_, content_type=claimed)
    (each,) = await examined(platform, visitor.token, conversation_id)
    assert (each.media_type, each.state == Attachment.STATE_READY) == (found, bool(found))


async def test_a_picture_is_drawn_anew_and_says_nothing_of_where_it_was_taken(
    platform: Platform, tenant: Tenant
) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    photo = a_photo(60, 40, turned=6)
    assert b"Secret Street" in photo
    found = await ready(platform, visitor.token, conversation_id, photo, name="me.jpg")
    drawn = await content(platform, tenant, found.id)
    assert b"Secret Street" not in drawn
    assert b"by Zed" not in drawn
    with Image.open(io.BytesIO(drawn)) as image:
        # It stands upright, as the camera was held.
        assert (image.size, dict(image.getexif())) == ((40, 60), {})
    assert (found.width, found.height, found.size) == (40, 60, len(drawn))


async def test_a_picture_that_would_fill_the_memory_is_refused(platform: Platform, tenant: Tenant) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    found = await ready(platform, visitor.token, conversation_id, out.getvalue(), name="bomb.png")
    assert (found.state, found.reason) == (Attachment.STATE_REFUSED, "IMAGE_TOO_LARGE")


async def test_a_retry_is_the_same_file(platform: Platform, tenant: Tenant) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    first, again = [
        await upload(platform, visitor.token, conversation_id, PDF, request_id="the-same-id") for _ in range(2)
    ]
    assert first == again
    assert len(await examined(platform, visitor.token, conversation_id)) == 1


async def test_limits_hold_for_a_file_a_conversation_and_a_tenant(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    await set_to(platform, tenant, "files.most_megabytes", "1")
    await set_to(platform, tenant, "files.most_megabytes_together", "2")
    assert await room(platform, visitor.token, conversation_id) == 1_000_000
    megabyte = b"%PDF-1.7\n" + b"x" * 999_991
    with pytest.raises(InvalidArgument) as too_large:
        await upload(platform, visitor.token, conversation_id, megabyte, b"x")
    assert too_large.value.reason == "FILE_TOO_LARGE"
    # Both at once find room, and only one of them still has it at its end.
    await upload(platform, visitor.token, conversation_id, megabyte)
    half = megabyte[:600_000]
    outcomes = await asyncio.gather(
        *(upload(platform, visitor.token, conversation_id, half) for _ in range(2)), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert len(refused) == 1
    assert isinstance(refused[0], ResourceExhausted | InvalidArgument)
    assert await room(platform, robin.token, conversation_id) == 400_000
    await set_to(platform, tenant, "files.from_visitors", "false")
    assert await room(platform, visitor.token, conversation_id) == 0
    with pytest.raises(PermissionDenied):
        await upload(platform, visitor.token, conversation_id, PDF)
    assert stored(platform, tenant) == 2


async def test_only_the_two_sides_of_a_running_talk_send_and_read(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    stranger, colleague = await tenant.visitor(), await tenant.member()
    elsewhere = await (await platform.tenant()).member(SUPERVISOR)
    found = await ready(platform, robin.token, conversation_id, PDF)
    for token in (stranger.token, colleague.token, elsewhere.token):
        for attempt in (
            upload(platform, token, conversation_id, PDF),
            listed(platform, token, conversation_id),
            opened(platform, token, conversation_id, found.id),
        ):
            with pytest.raises(NotFound) as refused:
                await attempt
            assert refused.value.reason == "CONVERSATION_NOT_FOUND"
    with pytest.raises(NotFound) as other:
        await opened(platform, stranger.token, stranger.conversation.id, found.id)
    with pytest.raises(NotFound) as missing:
        await opened(platform, stranger.token, stranger.conversation.id, ids.new_id("att"))
    assert other.value.reason == missing.value.reason == "ATTACHMENT_NOT_FOUND"
    await close(platform, visitor.token, conversation_id)
    for token in (visitor.token, robin.token):
        with pytest.raises(FailedPrecondition):
            await upload(platform, token, conversation_id, PDF)
        assert await opened(platform, token, conversation_id, found.id)


async def test_whoever_of_the_staff_opens_a_file_is_recorded(platform: Platform, tenant: Tenant) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    found = await ready(platform, visitor.token, conversation_id, PDF)
    await close(platform, visitor.token, conversation_id)
    officer = await tenant.member(OFFICER, name="Kim")
    await opened(platform, officer.token, conversation_id, found.id)
    assert "Kim" in {each.display_name for each in await readers(platform, officer.token, conversation_id)}


async def test_a_ticket_opens_one_file_of_one_tenant_and_ends(platform: Platform, tenant: Tenant) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    found = await ready(platform, visitor.token, conversation_id, PDF)
    url = await opened(platform, visitor.token, conversation_id, found.id)
    assert url.startswith(platform.config.origin("content") + "/files/")
    now = datetime.now(UTC)
    tickets, ticket = Tickets(platform.config.secret_key), url.rpartition("/")[2]
    said = tickets.read(ticket, now)
    assert said is not None
    assert (said.tenant_id, said.file_id, said.service) == (tenant.id, found.id, "chat")
    assert tickets.read(ticket, now + timedelta(minutes=3)) is None
    assert Tickets("another secret").read(ticket, now) is None
    for at in range(0, len(ticket), 7):
        changed = ticket[:at] + ("A" if ticket[at] != "A" else "B") + ticket[at + 1 :]
        assert tickets.read(changed, now) is None


async def test_a_file_goes_with_its_visitor_bytes_and_all(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    found = await ready(platform, visitor.token, conversation_id, PDF, name="Passport Zoë.pdf")
    await ready(platform, robin.token, conversation_id, a_photo(), name="b.jpg")
    assert stored(platform, tenant) == 2
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat"))
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id)
    held = await platform.call(
        subjects.ExportSubject, subject_pb2.ExportSubjectRequest(subject=subject), tenant_id=tenant.id
    )
    assert "Passport Zoë.pdf" in {value.value for record in held.records for value in record.values}
    done = await platform.call(
        subjects.EraseSubject, subject_pb2.EraseSubjectRequest(subject=subject), tenant_id=tenant.id
    )
    assert {each.store: each.deleted for each in done.stores}["chat.attachments"] == 2
    await jobs_done(platform, tenant)
    assert stored(platform, tenant) == 0
    with pytest.raises(NotFound):
        await content(platform, tenant, found.id)


async def test_the_copy_that_a_visitor_asks_for_holds_the_files(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor, _, conversation_id = await a_talk(platform, tenant)
    await ready(platform, visitor.token, conversation_id, PDF, name="a/b: bill?.pdf")
    await ready(platform, visitor.token, conversation_id, b"MZ" + b"\x00" * 99, name="refused.exe")
    call: Any = platform.held.DownloadCopy(
        held_pb2.DownloadCopyRequest(), metadata=(("authorization", f"Bearer {visitor.token}"),)
    )
    data = b"".join([piece.data async for piece in call])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (name,) = [each for each in archive.namelist() if each.startswith("files/")]
        assert name.endswith("b_ bill_.pdf")
        assert archive.read(name) == PDF


async def test_what_comes_in_by_halves_is_not_kept(platform: Platform, tenant: Tenant) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    begun = asyncio.Event()

    async def requests() -> AsyncIterator[attachment_pb2.UploadAttachmentRequest]:
        yield attachment_pb2.UploadAttachmentRequest(conversation_id=conversation_id, data=PDF)
        begun.set()
        await asyncio.Event().wait()

    call = platform.attachments.UploadAttachment(requests(), metadata=(("authorization", f"Bearer {visitor.token}"),))
    await begun.wait()
    call.cancel()
    assert await listed(platform, visitor.token, conversation_id) == []
